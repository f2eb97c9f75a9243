package image

import (
	"cmp"
	"fmt"
	"slices"
)

// A cut is a set of objects that become one layer, and the reason.
type cut struct {
	paths []string
	why   string
}

// A division deals objects out to groups. A group is named by a set of large
// objects: it holds what is reached through exactly these. Sets are kept as
// sorted lists of indices.
type division struct {
	graph   graph
	paths   []string       // all, largest first
	index   map[string]int // into paths
	below   []map[int]bool // what each depends on, directly or not
	members [][]int        // the group of each path, by index
}

// cutBySize is the default strategy: again and again the largest object that
// has no group of its own gets one, together with what only it needs, until
// there are as many groups as layers are allowed.
func cutBySize(g graph, limit int) []cut {
	d := newDivision(g)
	for i := range d.paths {
		next := d.split(i)
		if countGroups(next) > limit {
			break
		}
		d.members = next
	}
	return d.cuts()
}

func newDivision(g graph) *division {
	d := &division{graph: g, paths: g.paths(), index: map[string]int{}}
	slices.SortStableFunc(d.paths, func(a, b string) int { return cmp.Compare(g[b].size, g[a].size) })
	for i, p := range d.paths {
		d.index[p] = i
	}
	d.members = make([][]int, len(d.paths))
	d.below = make([]map[int]bool, len(d.paths))
	for i, p := range d.paths {
		d.below[i] = map[int]bool{}
		for q := range g.reach([]string{p}) {
			if q != p {
				d.below[i][d.index[q]] = true
			}
		}
	}
	return d
}

// split returns the groups after an object has got its own.
func (d *division) split(i int) [][]int {
	next := slices.Clone(d.members)
	next[i] = []int{i}
	for below := range d.below[i] {
		// Users of i reach it through i from now on.
		kept := slices.DeleteFunc(slices.Clone(next[below]), func(m int) bool { return d.below[m][i] })
		if !slices.ContainsFunc(kept, func(m int) bool { return d.below[i][m] }) {
			kept = append(kept, i)
			slices.Sort(kept)
		}
		next[below] = kept
	}
	return next
}

func groupKey(members []int) string { return fmt.Sprint(members) }

func countGroups(members [][]int) int {
	keys := map[string]bool{}
	for _, m := range members {
		keys[groupKey(m)] = true
	}
	return len(keys)
}

// cuts returns the groups, those others depend on first.
func (d *division) cuts() []cut {
	groups := map[string][]int{}
	for i, m := range d.members {
		groups[groupKey(m)] = append(groups[groupKey(m)], i)
	}
	type sized struct {
		cut
		closure int64
		key     string
	}
	var all []sized
	for key, indices := range groups {
		paths := make([]string, len(indices))
		for n, i := range indices {
			paths[n] = d.paths[i]
		}
		slices.SortFunc(paths, byName)
		all = append(all, sized{cut{paths, d.why(d.members[indices[0]], len(paths))}, d.graph.reach(paths).size(), key})
	}
	slices.SortFunc(all, func(a, b sized) int { return cmp.Or(cmp.Compare(a.closure, b.closure), byName(a.paths[0], b.paths[0])) })
	cuts := make([]cut, len(all))
	for i, s := range all {
		cuts[i] = s.cut
	}
	return cuts
}

func (d *division) why(members []int, count int) string {
	names := make([]string, len(members))
	for i, m := range members {
		names[i] = nameOf(d.paths[m])
	}
	switch {
	case len(names) == 0:
		return "needed by nothing that has a layer of its own"
	case len(names) == 1 && count == 1:
		return "large enough for a layer of its own"
	case len(names) == 1:
		return names[0] + " and what only it needs"
	}
	return "shared by " + listing(names)
}

// listing names a few things for people.
func listing(names []string) string {
	const shown = 4
	switch n := len(names); {
	case n == 1:
		return names[0]
	case n > shown:
		return fmt.Sprintf("%s and %d others", joined(names[:shown-1]), n-shown+1)
	default:
		return joined(names[:n-1]) + " and " + names[n-1]
	}
}

func joined(names []string) string {
	text := names[0]
	for _, name := range names[1:] {
		text += ", " + name
	}
	return text
}
