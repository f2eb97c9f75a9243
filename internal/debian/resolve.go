package debian

import (
	"fmt"
	"slices"
	"strings"
)

// A MissingError says that no universe has a package.
type MissingError struct {
	Name string
	Near []string // names that look alike, the nearest first
}

func (e *MissingError) Error() string {
	text := fmt.Sprintf("Debian has no package %q", e.Name)
	if len(e.Near) > 0 {
		text += "; did you mean " + strings.Join(e.Near, ", ") + "?"
	}
	return text
}

// An UnsatisfiedError says that a dependency has no candidate.
type UnsatisfiedError struct {
	Package string
	Group   Group
}

func (e *UnsatisfiedError) Error() string {
	return fmt.Sprintf("package %s depends on %s, which no package of the index fulfils", e.Package, e.Group)
}

// Resolve returns the dependency closure of the seeds, sorted by name, as apt
// computes it for an empty system without recommendations: breadth first; a
// dependency that the selection already fulfils adds nothing; otherwise its
// first alternative that any package fulfils is taken, a real package before
// a provider. The universes are asked in order: a later one only when all
// earlier ones together have no answer.
func Resolve(seeds []string, universes ...Universe) ([]Record, error) {
	r := resolver{universes: universes, selected: map[string]Record{}, provided: map[string][]Provider{}}
	for _, name := range seeds {
		if err := r.seed(name); err != nil {
			return nil, err
		}
	}
	for len(r.queue) > 0 {
		next := r.queue[0]
		r.queue = r.queue[1:]
		if err := r.expand(next); err != nil {
			return nil, err
		}
	}
	closure := make([]Record, 0, len(r.selected))
	for _, record := range r.selected {
		closure = append(closure, record)
	}
	slices.SortFunc(closure, func(a, b Record) int { return strings.Compare(a.Name, b.Name) })
	return closure, checkConflicts(closure)
}

type resolver struct {
	universes []Universe
	selected  map[string]Record
	provided  map[string][]Provider // provisions of the selection by name
	queue     []Record
}

// seed selects a package by its name; a name that is only provided selects
// its preferred provider.
func (r *resolver) seed(name string) error {
	if _, done := r.selected[name]; done {
		return nil
	}
	record, ok, err := r.choose(Group{{Name: name}})
	if err != nil {
		return err
	}
	if !ok {
		return &MissingError{Name: name}
	}
	return r.take(record)
}

func (r *resolver) take(record Record) error {
	if _, done := r.selected[record.Name]; done {
		return nil
	}
	r.selected[record.Name] = record
	r.queue = append(r.queue, record)
	groups, err := ParseRelations(record.Provides)
	if err != nil {
		return fmt.Errorf("package %s: %w", record.Name, err)
	}
	for _, g := range groups {
		r.provided[g[0].Name] = append(r.provided[g[0].Name], Provider{record, g[0].Version})
	}
	return nil
}

func (r *resolver) expand(record Record) error {
	for _, dependencies := range []string{record.PreDepends, record.Depends} {
		groups, err := ParseRelations(dependencies)
		if err != nil {
			return fmt.Errorf("package %s: %w", record.Name, err)
		}
		for _, group := range groups {
			if r.satisfied(group) {
				continue
			}
			chosen, ok, err := r.choose(group)
			if err != nil {
				return err
			}
			if !ok {
				return &UnsatisfiedError{record.Name, group}
			}
			if err := r.take(chosen); err != nil {
				return err
			}
		}
	}
	return nil
}

func (r *resolver) satisfied(group Group) bool {
	for _, relation := range group {
		if record, ok := r.selected[relation.Name]; ok && relation.Accepts(record.Version) {
			return true
		}
		for _, p := range r.provided[relation.Name] {
			if relation.AcceptsProvided(p.Version) {
				return true
			}
		}
	}
	return false
}

// choose finds the package for a group in the shortest prefix of universes
// that has one.
func (r *resolver) choose(group Group) (Record, bool, error) {
	for n := range r.universes {
		for _, relation := range group {
			record, ok, err := r.candidate(relation, r.universes[:n+1])
			if ok || err != nil {
				return record, ok, err
			}
		}
	}
	return Record{}, false, nil
}

// candidate finds the real package of a relation or else a provider. A
// package of an earlier universe hides the same name in later ones.
func (r *resolver) candidate(relation Relation, universes []Universe) (Record, bool, error) {
	for _, u := range universes {
		record, ok, err := u.Package(relation.Name)
		if err != nil {
			return Record{}, false, err
		}
		if ok && relation.Accepts(record.Version) {
			return record, true, nil
		}
		if ok {
			break
		}
	}
	for _, u := range universes {
		providers, err := u.Providers(relation.Name)
		if err != nil {
			return Record{}, false, err
		}
		for _, p := range providers {
			if relation.AcceptsProvided(p.Version) {
				return p.Record, true, nil
			}
		}
	}
	return Record{}, false, nil
}
