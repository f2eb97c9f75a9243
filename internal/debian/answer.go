package debian

import (
	"errors"
	"slices"
	"strings"
)

// Lookup returns the record of a package; false when there is none.
func (s *Source) Lookup(name string) (Record, bool, error) {
	for _, u := range s.universes() {
		r, ok, err := u.Package(name)
		if ok || err != nil {
			return r, ok, err
		}
	}
	return Record{}, false, nil
}

// Resolve returns the dependency closure of names, sorted by name, and
// remembers it for [Source.UsedLock]. See the function [Resolve].
func (s *Source) Resolve(names []string) ([]Record, error) {
	closure, err := s.resolve(names)
	var missing *MissingError
	if errors.As(err, &missing) {
		missing.Near = s.Suggest(missing.Name)
	}
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, r := range closure {
		s.used[r.Name] = r
	}
	return closure, nil
}

// resolve tells the resolver that /usr is merged, as it always is in our
// roots: bookworm's default would be a package that merges it, with all of
// Perl.
func (s *Source) resolve(names []string) ([]Record, error) {
	const merges, isMerged = "usrmerge", "usr-is-merged"
	closure, err := Resolve(names, s.universes()...)
	if err != nil || slices.Contains(names, merges) {
		return closure, err
	}
	if slices.ContainsFunc(closure, func(r Record) bool { return r.Name == merges }) {
		return Resolve(append([]string{isMerged}, names...), s.universes()...)
	}
	return closure, nil
}

// Essential returns the names of the packages every Debian system has,
// sorted.
func (s *Source) Essential() ([]string, error) {
	names, err := s.essential()
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.usedEssential = names
	return slices.Clone(names), nil
}

func (s *Source) essential() ([]string, error) {
	if s.config.Lock != nil && len(s.config.Lock.Essential) > 0 {
		return s.config.Lock.Essential, nil
	}
	x, err := s.openIndex()
	if err != nil {
		return nil, err
	}
	return x.Essential(), nil
}

// Suggest returns package names that look like a misspelt one, the nearest
// first; none where there is no index.
func (s *Source) Suggest(name string) []string {
	x, err := s.openIndex()
	if err != nil {
		return nil
	}
	return near(name, x.Names)
}

// Names returns the names of all packages that begin with prefix, sorted; those
// of the lock where there is no index.
func (s *Source) Names(prefix string) ([]string, error) {
	var names []string
	add := func(name string) bool {
		if strings.HasPrefix(name, prefix) {
			names = append(names, name)
		}
		return true
	}
	x, err := s.openIndex()
	switch {
	case err == nil:
		x.Names(add)
	case s.config.Lock == nil:
		return nil, err
	default:
		for _, r := range s.config.Lock.Packages {
			add(r.Name)
		}
	}
	return names, nil
}

// Search returns the records whose name or synopsis contains every word,
// sorted by name.
func (s *Source) Search(words []string) ([]Record, error) {
	x, err := s.openIndex()
	if err != nil {
		return nil, err
	}
	var found []Record
	err = x.Records(func(r Record) bool {
		text := strings.ToLower(r.Name + " " + r.Description)
		for _, w := range words {
			if !strings.Contains(text, strings.ToLower(w)) {
				return true
			}
		}
		found = append(found, r)
		return true
	})
	return found, err
}

// Freshness says how current the index is that answers; nothing where only a
// lock has answered so far.
func (s *Source) Freshness() []Freshness {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.state == nil {
		return nil
	}
	var all []Freshness
	for _, suite := range s.state.Suites {
		all = append(all, freshness(suite.Suite, suite.Date, suite.ValidUntil, s.config.Now()))
	}
	return all
}

// UsedLock returns the lock that pins everything resolved so far.
func (s *Source) UsedLock() *Lock {
	s.mu.Lock()
	defer s.mu.Unlock()
	l := &Lock{Release: s.config.Release, Architecture: s.config.Architecture, Essential: s.usedEssential}
	switch {
	case s.state != nil:
		for _, suite := range s.state.Suites {
			l.Suites = append(l.Suites, SuiteLock{suite.Suite, suite.Date, suite.InReleaseSHA256})
		}
	case s.config.Lock != nil:
		l.Suites = s.config.Lock.Suites
	}
	for _, r := range s.used {
		l.Packages = append(l.Packages, r)
	}
	slices.SortFunc(l.Packages, func(a, b Record) int { return strings.Compare(a.Name, b.Name) })
	return l
}
