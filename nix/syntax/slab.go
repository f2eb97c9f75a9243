package syntax

// slab hands out values from larger allocations. A tree lives and dies as a
// whole, so its nodes need not be collected one by one. The allocations grow
// with their number, because most texts are short.
type slab[T any] struct {
	free []T
	size int // of the last allocation
}

const (
	firstSlab = 4
	lastSlab  = 64
)

// reserve makes n values free.
func (s *slab[T]) reserve(n int) {
	if len(s.free) < n {
		s.size = max(n, min(max(firstSlab, 2*s.size), lastSlab))
		s.free = make([]T, s.size)
	}
}

// one returns a pointer to a zero value.
func (s *slab[T]) one() *T {
	s.reserve(1)
	p := &s.free[0]
	s.free = s.free[1:]
	return p
}

// keep returns a copy of values that nobody else appends to.
func (s *slab[T]) keep(values []T) []T {
	n := len(values)
	switch {
	case n == 0:
		return nil
	case n > lastSlab/4:
		return append(make([]T, 0, n), values...)
	}
	s.reserve(n)
	kept := s.free[:n:n]
	s.free = s.free[n:]
	copy(kept, values)
	return kept
}
