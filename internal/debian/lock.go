package debian

import (
	"slices"
	"strings"
	"time"
)

// A Lock pins the packages that were used and the index they came from, so
// that the same closures resolve again without any index.
type Lock struct {
	Release      string      `json:"release"` // "trixie"
	Architecture string      `json:"architecture"`
	Suites       []SuiteLock `json:"suites"`
	Essential    []string    `json:"essential,omitempty"` // recorded once a machine asked for them
	Packages     []Record    `json:"packages"`            // sorted by name
}

// A SuiteLock identifies the index of one suite.
type SuiteLock struct {
	Suite           string    `json:"suite"`
	Date            time.Time `json:"date"`
	InReleaseSHA256 string    `json:"inReleaseSHA256"`
}

// Package implements [Universe].
func (l *Lock) Package(name string) (Record, bool, error) {
	i, found := slices.BinarySearchFunc(l.Packages, name, func(r Record, name string) int { return strings.Compare(r.Name, name) })
	if !found {
		return Record{}, false, nil
	}
	return l.Packages[i], true, nil
}

// Providers implements [Universe].
func (l *Lock) Providers(name string) ([]Provider, error) {
	var found []Provider
	for _, r := range l.Packages {
		if !strings.Contains(r.Provides, name) {
			continue
		}
		groups, err := ParseRelations(r.Provides)
		if err != nil {
			return nil, err
		}
		for _, g := range groups {
			if g[0].Name == name {
				found = append(found, Provider{r, g[0].Version})
			}
		}
	}
	slices.SortStableFunc(found, func(a, b Provider) int {
		return priorityRank(a.Record.Priority) - priorityRank(b.Record.Priority)
	})
	return found, nil
}

// Merge returns the lock together with what only an older one pins. A lock of
// another release or architecture adds nothing; nil is empty.
func (l *Lock) Merge(older *Lock) *Lock {
	if older == nil || older.Release != l.Release || older.Architecture != l.Architecture {
		return l
	}
	merged := *l
	merged.Packages = slices.Clone(l.Packages)
	for _, r := range older.Packages {
		if _, pinned, _ := l.Package(r.Name); !pinned {
			merged.Packages = append(merged.Packages, r)
		}
	}
	slices.SortFunc(merged.Packages, func(a, b Record) int { return strings.Compare(a.Name, b.Name) })
	if len(merged.Essential) == 0 {
		merged.Essential = older.Essential
	}
	return &merged
}

// dates lists when the locked suites were signed, each once.
func (l *Lock) dates() []time.Time {
	var dates []time.Time
	for _, s := range l.Suites {
		dates = append(dates, s.Date)
	}
	return dates
}
