package eval

import "slices"

// peeksort is the natural merge sort of Munro and Wild ("Nearly-Optimal
// Mergesorts", 2018): runs that are there already are found around the middle
// and used. It is stable, and ends whatever the comparison answers. C++ Nix
// uses it too, which shows when a comparison is inconsistent or fails: the
// order of comparisons is part of what a program can see.
type peeksort struct {
	list, buffer []*Value
	less         func(a, b *Value) bool
}

// insertionLimit is the length up to which insertion is used.
const insertionLimit = 16

// sortStable sorts a list.
func sortStable(list []*Value, less func(a, b *Value) bool) {
	switch len(list) {
	case 0, 1:
	case 2:
		if less(list[1], list[0]) {
			list[0], list[1] = list[1], list[0]
		}
	default:
		s := peeksort{list, make([]*Value, len(list)), less}
		s.sort(0, len(list), 0, len(list))
	}
}

// sort sorts [low, high), of which [low, leftEnd) and [rightStart, high) are
// known to be sorted.
func (s *peeksort) sort(low, high, leftEnd, rightStart int) {
	if leftEnd == high || rightStart == low {
		return
	}
	if high-low <= insertionLimit {
		s.insert(low, high)
		return
	}
	middle := low + (high-low)/2
	switch {
	case middle <= leftEnd:
		s.sort(leftEnd, high, leftEnd+1, rightStart)
		s.merge(low, leftEnd, high)
		return
	case middle >= rightStart:
		s.sort(low, rightStart, leftEnd, rightStart-1)
		s.merge(low, rightStart, high)
		return
	}
	from, to := s.runAround(middle, leftEnd, rightStart)
	switch {
	case from == low && to == high:
	case middle-from < to-middle:
		s.sort(low, from, leftEnd, from-1)
		s.sort(from, high, to, rightStart)
		s.merge(low, from, high)
	default:
		s.sort(low, to, leftEnd, from)
		s.sort(to, high, to+1, rightStart)
		s.merge(low, to, high)
	}
}

// runAround finds the longest run that contains the element before middle, and
// turns it around if it falls.
func (s *peeksort) runAround(middle, leftEnd, rightStart int) (from, to int) {
	falling := s.falls(middle)
	from = middle - 1
	for from > leftEnd && s.falls(from) == falling {
		from--
	}
	to = middle
	for to < rightStart && s.falls(to) == falling {
		to++
	}
	if falling {
		slices.Reverse(s.list[from:to])
	}
	return from, to
}

// falls reports whether an element is less than the one before it.
func (s *peeksort) falls(i int) bool { return s.less(s.list[i], s.list[i-1]) }

func (s *peeksort) insert(low, high int) {
	for i := low + 1; i < high; i++ {
		for j := i; j > low && s.falls(j); j-- {
			s.list[j], s.list[j-1] = s.list[j-1], s.list[j]
		}
	}
}

func (s *peeksort) merge(low, middle, high int) {
	copy(s.buffer, s.list[low:high])
	left, right := s.buffer[:middle-low], s.buffer[middle-low:high-low]
	out := s.list[low:high]
	for len(left) > 0 && len(right) > 0 {
		if s.less(right[0], left[0]) {
			out[0], right = right[0], right[1:]
		} else {
			out[0], left = left[0], left[1:]
		}
		out = out[1:]
	}
	copy(out[copy(out, left):], right)
}
