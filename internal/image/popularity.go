package image

import (
	"cmp"
	"slices"
)

// byPopularity orders the objects of a graph so that those that most others
// need come first, which are the ones that images have in common.
//
// Every object hands each of its descendants one more than what the children
// it is reached through hand them; the popularity is what the roots hand down.
func byPopularity(g graph) []string {
	counts := popularity{graph: g, memory: map[string]map[string]float64{}}
	total := counts.among(g.roots())
	ordered := g.paths()
	slices.SortStableFunc(ordered, func(a, b string) int { return cmp.Compare(total[b], total[a]) })
	return ordered
}

// popularity remembers what each object hands down. Counts grow with the
// number of ways through the graph, so they are floating point numbers.
type popularity struct {
	graph  graph
	memory map[string]map[string]float64
}

func (p *popularity) among(siblings []string) map[string]float64 {
	counts := map[string]float64{}
	for _, s := range siblings {
		counts[s]++
		for descendant, value := range p.below(s) {
			counts[descendant] += value + 1
		}
	}
	return counts
}

func (p *popularity) below(path string) map[string]float64 {
	if known, ok := p.memory[path]; ok {
		return known
	}
	counts := p.among(p.graph.children(path))
	p.memory[path] = counts
	return counts
}
