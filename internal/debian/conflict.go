package debian

import "fmt"

// A ConflictError says that two packages of a closure exclude each other.
type ConflictError struct {
	Package  string
	Field    string // "Conflicts" or "Breaks"
	Relation Relation
	Other    string
}

func (e *ConflictError) Error() string {
	return fmt.Sprintf("packages %s and %s cannot be used together: %s says %s: %s",
		e.Package, e.Other, e.Package, e.Field, e.Relation)
}

// checkConflicts verifies that no member of a closure conflicts with or
// breaks another. A package never conflicts with itself or what it provides.
func checkConflicts(closure []Record) error {
	provided := map[string][]Provider{}
	for _, r := range closure {
		provided[r.Name] = append(provided[r.Name], Provider{r, r.Version})
		groups, err := ParseRelations(r.Provides)
		if err != nil {
			return fmt.Errorf("package %s: %w", r.Name, err)
		}
		for _, g := range groups {
			provided[g[0].Name] = append(provided[g[0].Name], Provider{r, g[0].Version})
		}
	}
	for _, r := range closure {
		for _, f := range []struct{ field, value string }{{"Conflicts", r.Conflicts}, {"Breaks", r.Breaks}} {
			if err := checkExclusions(r, f.field, f.value, provided); err != nil {
				return err
			}
		}
	}
	return nil
}

func checkExclusions(r Record, field, value string, provided map[string][]Provider) error {
	groups, err := ParseRelations(value)
	if err != nil {
		return fmt.Errorf("package %s: %w", r.Name, err)
	}
	for _, g := range groups {
		for _, p := range provided[g[0].Name] {
			if p.Record.Name != r.Name && g[0].AcceptsProvided(p.Version) {
				return &ConflictError{r.Name, field, g[0], p.Record.Name}
			}
		}
	}
	return nil
}
