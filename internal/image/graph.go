package image

import (
	"cmp"
	"slices"
	"strings"
)

// An object is a store object as layering sees it.
type object struct {
	path       string
	size       int64
	hash       string   // of its archive
	references []string // without itself
	part       bool     // it is a Debian package
}

// name is what follows the digest in the object's path.
func (o *object) name() string { return nameOf(o.path) }

func nameOf(path string) string {
	base := path[strings.LastIndexByte(path, '/')+1:]
	if len(base) > 33 {
		return base[33:]
	}
	return base
}

// byName orders paths by name, then by digest.
func byName(a, b string) int {
	return cmp.Or(strings.Compare(nameOf(a), nameOf(b)), strings.Compare(a, b))
}

// A graph holds objects by path. References to what is not in it are ignored.
type graph map[string]*object

func newGraph(objects []*object) graph {
	g := make(graph, len(objects))
	for _, o := range objects {
		g[o.path] = o
	}
	return g
}

// paths returns the paths of the graph by name.
func (g graph) paths() []string {
	all := make([]string, 0, len(g))
	for p := range g {
		all = append(all, p)
	}
	slices.SortFunc(all, byName)
	return all
}

// children returns what an object refers to within the graph.
func (g graph) children(p string) []string {
	var found []string
	if o := g[p]; o != nil {
		for _, r := range o.references {
			if r != p && g[r] != nil {
				found = append(found, r)
			}
		}
	}
	return found
}

// roots returns the objects that no other refers to, by name.
func (g graph) roots() []string {
	referred := map[string]bool{}
	for p := range g {
		for _, c := range g.children(p) {
			referred[c] = true
		}
	}
	return slices.DeleteFunc(g.paths(), func(p string) bool { return referred[p] })
}

// reach returns everything that can be reached from some paths, with them.
func (g graph) reach(from []string) graph {
	found := graph{}
	for queue := slices.Clone(from); len(queue) > 0; {
		p := queue[len(queue)-1]
		queue = queue[:len(queue)-1]
		if g[p] == nil || found[p] != nil {
			continue
		}
		found[p] = g[p]
		queue = append(queue, g.children(p)...)
	}
	return found
}

// reversed returns the graph with all references turned around.
func (g graph) reversed() graph {
	turned := make(graph, len(g))
	for p, o := range g {
		turned[p] = &object{path: p, size: o.size, hash: o.hash, part: o.part}
	}
	for _, p := range g.paths() {
		for _, c := range g.children(p) {
			turned[c].references = append(turned[c].references, p)
		}
	}
	return turned
}

// only returns the part of the graph with some paths.
func (g graph) only(paths []string) graph {
	picked := graph{}
	for _, p := range paths {
		if g[p] != nil {
			picked[p] = g[p]
		}
	}
	return picked
}

// without returns the graph less what another has.
func (g graph) without(other graph) graph {
	rest := graph{}
	for p, o := range g {
		if other[p] == nil {
			rest[p] = o
		}
	}
	return rest
}

func (g graph) size() (total int64) {
	for _, o := range g {
		total += o.size
	}
	return total
}
