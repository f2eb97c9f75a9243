package eval

import (
	"slices"
	"strings"

	"berth.dev/nix/diagnostic"
	"berth.dev/nix/syntax"
)

func (t *thread) failUndefined(at Pos, name Symbol, visible []Symbol) {
	e := &Error{Class: ErrUndefined}
	e.Pos, e.Message = at, "undefined variable "+quote(t.ev.symbols.Name(name))
	e.Hints = t.suggest(name, visible)
	panic(e)
}

func (t *thread) failMissing(at Pos, name Symbol, set *attrSet) {
	e := &Error{Class: ErrMissing, Diagnostic: diagnostic.Diagnostic{Pos: at}}
	e.Message = "attribute " + quote(syntax.QuoteName(t.ev.symbols.Name(name))) + " missing"
	e.Hints = t.suggest(name, set.shape.symbols)
	panic(e)
}

// suggest makes a hint of the known names that resemble one.
func (t *thread) suggest(name Symbol, known []Symbol) []string {
	const maxSuggestions, maxDistance = 3, 2
	wanted := t.ev.symbols.Name(name)
	type candidate struct {
		name     string
		distance int
	}
	var near []candidate
	for _, k := range known {
		text := t.ev.symbols.Name(k)
		if d := distance(wanted, text, maxDistance); d <= maxDistance && d < max(len(wanted), len(text)) {
			near = append(near, candidate{text, d})
		}
	}
	slices.SortFunc(near, func(a, b candidate) int {
		if a.distance != b.distance {
			return a.distance - b.distance
		}
		return strings.Compare(a.name, b.name)
	})
	near = slices.Compact(near)
	if len(near) == 0 {
		return nil
	}
	var names []string
	for _, c := range near[:min(len(near), maxSuggestions)] {
		names = append(names, c.name)
	}
	if len(names) > 1 {
		last := len(names) - 1
		return []string{"did you mean " + strings.Join(names[:last], ", ") + " or " + names[last] + "?"}
	}
	return []string{"did you mean " + names[0] + "?"}
}

// distance counts the insertions, deletions and replacements that turn one name
// into another; above the limit any larger number will do.
func distance(a, b string, limit int) int {
	if len(a)-len(b) > limit || len(b)-len(a) > limit {
		return limit + 1
	}
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := 1; i <= len(a); i++ {
		diagonal := row[0]
		row[0] = i
		for j := 1; j <= len(b); j++ {
			cost := diagonal
			if a[i-1] != b[j-1] {
				cost = 1 + min(diagonal, row[j], row[j-1])
			}
			diagonal, row[j] = row[j], cost
		}
	}
	return row[len(b)]
}
