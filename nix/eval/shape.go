package eval

import (
	"slices"
	"strings"

	"berth.dev/nix/diagnostic"
	"berth.dev/nix/syntax"
)

// Symbol is an interned attribute or variable name.
type Symbol = syntax.Symbol

// Pos is a place in a source text.
type Pos = diagnostic.Pos

// shape is what attribute sets with the same names have in common: the names,
// sorted by symbol, and where each was defined. All sets made by one expression
// share one shape, so a set itself is one word per attribute, and a lookup can
// be remembered as "in this shape, at this index".
type shape struct {
	symbols   []Symbol
	positions []Pos // by index; nil when no position is known
	lazy      *shapeLookup
	id        uint32 // see hash; 0 if not computed
	used      *int   // see extend: how much of the memory of the names is taken
}

// shapeLookup is what a shape computes about itself when asked.
type shapeLookup struct {
	names []int32 // indices in order of the names' bytes
	index []int32 // open-addressing table of indices plus one
	bare  *shape  // the same names without positions
}

func (s *shape) lookup() *shapeLookup {
	if s.lazy == nil {
		s.lazy = &shapeLookup{}
	}
	return s.lazy
}

const (
	linearLimit = 8
	binaryLimit = 48
)

// find returns the index of a name, or -1.
func (s *shape) find(name Symbol) int {
	if len(s.symbols) <= linearLimit {
		for i, symbol := range s.symbols {
			if symbol == name {
				return i
			}
		}
		return -1
	}
	return s.search(name)
}

func (s *shape) search(name Symbol) int {
	if len(s.symbols) > binaryLimit {
		return s.probe(name)
	}
	low, high := 0, len(s.symbols)
	for low < high {
		middle := int(uint(low+high) >> 1)
		if s.symbols[middle] < name {
			low = middle + 1
		} else {
			high = middle
		}
	}
	if low < len(s.symbols) && s.symbols[low] == name {
		return low
	}
	return -1
}

const hashMultiplier = 0x9e3779b1

// probe looks a name up in the hash index.
func (s *shape) probe(name Symbol) int {
	lookup := s.lookup()
	if lookup.index == nil {
		lookup.index = s.buildIndex()
	}
	index := lookup.index
	mask := uint32(len(index) - 1)
	for h := uint32(name) * hashMultiplier >> 7 & mask; index[h] != 0; h = (h + 1) & mask {
		if i := index[h] - 1; s.symbols[i] == name {
			return int(i)
		}
	}
	return -1
}

func (s *shape) buildIndex() []int32 {
	size := 128
	for size < 2*len(s.symbols) {
		size *= 2
	}
	index := make([]int32, size)
	mask := uint32(size - 1)
	for i, symbol := range s.symbols {
		h := uint32(symbol) * hashMultiplier >> 7 & mask
		for index[h] != 0 {
			h = (h + 1) & mask
		}
		index[h] = int32(i + 1)
	}
	return index
}

// position returns where the attribute with an index was defined.
func (s *shape) position(i int) Pos {
	if s.positions == nil {
		return diagnostic.NoPos
	}
	return s.positions[i]
}

// byName returns the indices in the order of the names' bytes, the order of
// every enumeration that a program can see.
func (s *shape) byName(symbols *syntax.SymbolTable) []int32 {
	lookup := s.lookup()
	if lookup.names == nil && len(s.symbols) > 0 {
		names := make([]int32, len(s.symbols))
		for i := range names {
			names[i] = int32(i)
		}
		slices.SortFunc(names, func(a, b int32) int {
			return strings.Compare(symbols.Name(s.symbols[a]), symbols.Name(s.symbols[b]))
		})
		lookup.names = names
	}
	return lookup.names
}

// withoutPositions returns the shape for sets that only have the names from s.
func (s *shape) withoutPositions() *shape {
	if s.positions == nil {
		return s
	}
	lookup := s.lookup()
	if lookup.bare == nil {
		lookup.bare = &shape{symbols: s.symbols}
	}
	return lookup.bare
}
