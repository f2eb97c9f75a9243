package image

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// maxPackageLayers bounds the layers for Debian packages: more would cost
// engines time for every container and win nothing, because Debian's packages
// change together.
const maxPackageLayers = 12

// cutPackages groups the Debian packages of an image by who needs them: those
// that are needed by the same objects share a layer, so that adding or
// replacing an application leaves the layers of all others as they were.
func cutPackages(g graph, limit int) []cut {
	users := map[string][]string{}
	for _, p := range g.paths() {
		if g[p].part {
			continue
		}
		for _, c := range g.children(p) {
			if g[c].part {
				users[c] = append(users[c], p)
			}
		}
	}
	groups := map[string]*packageGroup{}
	for _, p := range g.paths() {
		if !g[p].part {
			continue
		}
		key := strings.Join(users[p], "\n")
		if groups[key] == nil {
			groups[key] = &packageGroup{users: users[p]}
		}
		groups[key].add(p, g[p].size)
	}
	return layersOf(groups, max(1, min(limit, maxPackageLayers)))
}

// A packageGroup is a set of packages with the same users.
type packageGroup struct {
	users, paths []string
	size         int64
	merged       int // how many smaller groups are in it
}

func (p *packageGroup) add(path string, size int64) {
	p.paths = append(p.paths, path)
	p.size += size
}

func layersOf(groups map[string]*packageGroup, limit int) []cut {
	all := make([]*packageGroup, 0, len(groups))
	for _, g := range groups {
		all = append(all, g)
	}
	bySize := func(a, b *packageGroup) int {
		return cmp.Or(cmp.Compare(b.size, a.size), byName(a.paths[0], b.paths[0]))
	}
	for slices.SortFunc(all, bySize); len(all) > limit; slices.SortFunc(all, bySize) {
		small, next := all[len(all)-1], all[len(all)-2]
		for _, p := range small.paths {
			next.add(p, 0)
		}
		next.size += small.size
		next.merged += small.merged + 1
		all = all[:len(all)-1]
	}
	// What most objects share is what changes least, and comes first.
	slices.SortFunc(all, func(a, b *packageGroup) int {
		return cmp.Or(cmp.Compare(len(b.users), len(a.users)), byName(a.paths[0], b.paths[0]))
	})
	cuts := make([]cut, len(all))
	for i, g := range all {
		slices.SortFunc(g.paths, byName)
		cuts[i] = cut{g.paths, g.why()}
	}
	return cuts
}

func (p *packageGroup) why() string {
	names := make([]string, len(p.users))
	for i, u := range p.users {
		names[i] = nameOf(u)
	}
	var text string
	switch {
	case p.merged > 0:
		return fmt.Sprintf("%d small groups of Debian packages", p.merged+1)
	case len(names) == 0:
		return "Debian packages that every image has"
	case len(names) == 1:
		text = "Debian packages that only " + names[0] + " needs"
	default:
		text = "Debian packages shared by " + listing(names)
	}
	return text
}
