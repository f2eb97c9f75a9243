package debian

import (
	"fmt"
	"strings"
)

// A Relation names a package and, with an operator, the versions of it that
// are meant.
type Relation struct {
	Name     string
	Operator string // one of "", "<<", "<=", "=", ">=", ">>"
	Version  string
}

func (r Relation) String() string {
	if r.Operator == "" {
		return r.Name
	}
	return r.Name + " (" + r.Operator + " " + r.Version + ")"
}

// Accepts reports whether the version of a real package fulfils the relation.
func (r Relation) Accepts(version string) bool {
	c := CompareVersions(version, r.Version)
	switch r.Operator {
	case "":
		return true
	case "<<":
		return c < 0
	case "<=":
		return c <= 0
	case "=":
		return c == 0
	case ">=":
		return c >= 0
	case ">>":
		return c > 0
	}
	return false
}

// AcceptsProvided is Accepts for a provided name: a provision without a
// version fulfils only a relation without one.
func (r Relation) AcceptsProvided(version string) bool {
	if version == "" {
		return r.Operator == ""
	}
	return r.Accepts(version)
}

// A Group is one dependency: any of its relations fulfils it.
type Group []Relation

func (g Group) String() string {
	parts := make([]string, len(g))
	for i, r := range g {
		parts[i] = r.String()
	}
	return strings.Join(parts, " | ")
}

// ParseRelations reads the value of a Depends, Conflicts or Provides field.
func ParseRelations(field string) ([]Group, error) {
	var groups []Group
	for item := range strings.SplitSeq(field, ",") {
		if item = strings.TrimSpace(item); item == "" {
			continue
		}
		var group Group
		for alternative := range strings.SplitSeq(item, "|") {
			r, err := parseRelation(strings.TrimSpace(alternative))
			if err != nil {
				return nil, err
			}
			group = append(group, r)
		}
		groups = append(groups, group)
	}
	return groups, nil
}

// parseRelation reads `name[:arch] [(op version)]`. The architecture
// qualifier is dropped: every package of an index has the same architecture
// or none.
func parseRelation(s string) (Relation, error) {
	name, constraint, constrained := strings.Cut(s, "(")
	name = strings.TrimSpace(name)
	name, _, _ = strings.Cut(name, ":")
	if name == "" || strings.ContainsAny(name, " \t[]<>") {
		return Relation{}, fmt.Errorf("read relation %q: not a package name", s)
	}
	if !constrained {
		return Relation{Name: name}, nil
	}
	constraint, _, closed := strings.Cut(constraint, ")")
	if !closed {
		return Relation{}, fmt.Errorf("read relation %q: missing ')'", s)
	}
	constraint = strings.TrimSpace(constraint)
	version := strings.TrimLeft(constraint, "<>=")
	operator := constraint[:len(constraint)-len(version)]
	switch operator {
	case "<": // the old spellings of <= and >=
		operator = "<="
	case ">":
		operator = ">="
	case "<<", "<=", "=", ">=", ">>":
	default:
		return Relation{}, fmt.Errorf("read relation %q: unknown operator %q", s, operator)
	}
	return Relation{Name: name, Operator: operator, Version: strings.TrimSpace(version)}, nil
}
