package syntax

// slab hands out values from larger allocations. A tree lives and dies as a
// whole, so its nodes need not be collected one by one.
type slab[T any] struct{ free []T }

const slabSize = 64

// one returns a pointer to a zero value.
func (s *slab[T]) one() *T {
	if len(s.free) == 0 {
		s.free = make([]T, slabSize)
	}
	p := &s.free[0]
	s.free = s.free[1:]
	return p
}

// keep returns a copy of values that nobody else appends to.
func (s *slab[T]) keep(values []T) []T {
	n := len(values)
	if n == 0 {
		return nil
	}
	if n > slabSize/4 {
		return append(make([]T, 0, n), values...)
	}
	if len(s.free) < n {
		s.free = make([]T, slabSize)
	}
	kept := s.free[:n:n]
	s.free = s.free[n:]
	copy(kept, values)
	return kept
}
