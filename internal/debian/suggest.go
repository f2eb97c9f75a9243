package debian

import (
	"slices"
	"strings"
)

// maxSuggestions is how many near names an error shows.
const maxSuggestions = 5

// near returns the names nearest to a misspelt one: by edit distance, then
// names that begin with it, the shortest first.
func near(wanted string, names func(yield func(string) bool)) []string {
	wanted = strings.ToLower(wanted)
	limit := 1 + len(wanted)/4
	type candidate struct {
		name  string
		score int
	}
	var found []candidate
	names(func(name string) bool {
		if d := distance(wanted, name, limit); d <= limit {
			found = append(found, candidate{strings.Clone(name), d})
		} else if strings.HasPrefix(name, wanted) && len(wanted) > 1 {
			found = append(found, candidate{strings.Clone(name), limit + len(name) - len(wanted)})
		}
		return true
	})
	slices.SortFunc(found, func(a, b candidate) int {
		if a.score != b.score {
			return a.score - b.score
		}
		return strings.Compare(a.name, b.name)
	})
	if len(found) > maxSuggestions {
		found = found[:maxSuggestions]
	}
	result := make([]string, len(found))
	for i, c := range found {
		result[i] = c.name
	}
	return result
}

// distance is the number of single-character edits (a swap of neighbours
// counts as one) between two strings, or more than limit.
func distance(a, b string, limit int) int {
	if len(a)-len(b) > limit || len(b)-len(a) > limit {
		return limit + 1
	}
	before, previous, current := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range previous {
		previous[j] = j
	}
	for i := 1; i <= len(a); i++ {
		current[0] = i
		best := i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			current[j] = min(previous[j]+1, current[j-1]+1, previous[j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				current[j] = min(current[j], before[j-2]+1)
			}
			best = min(best, current[j])
		}
		if best > limit {
			return limit + 1
		}
		before, previous, current = previous, current, before
	}
	return previous[len(b)]
}
