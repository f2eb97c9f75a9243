package eval

import (
	"slices"

	"berth.dev/nix/diagnostic"
)

// shapeTable remembers shapes made lately, so that sets with the same names
// share one: lookups remembered for a shape then serve all of them. Forgetting
// costs time only.
type shapeTable struct {
	known  [shapeTableSize]*shape
	merges [shapeTableSize]*shapeMerge
	// The names of a set under construction, before it is known whether a
	// shape has them already.
	symbols   []Symbol
	positions []Pos
}

const (
	shapeTableBits = 11
	shapeTableSize = 1 << shapeTableBits
)

// begin empties the names under construction.
func (t *shapeTable) begin() { t.symbols, t.positions = t.symbols[:0], t.positions[:0] }

func (t *shapeTable) add(name Symbol, at Pos) {
	t.symbols, t.positions = append(t.symbols, name), append(t.positions, at)
}

// shape returns the shape of the names under construction, sorted as they are.
func (t *shapeTable) shape() *shape {
	positions := t.positions
	if !slices.ContainsFunc(positions, func(p Pos) bool { return p != diagnostic.NoPos }) {
		positions = nil
	}
	hash := uint64(len(t.symbols))
	for _, s := range t.symbols {
		hash = (hash ^ uint64(s)) * shapeHashMultiplier
	}
	slot := &t.known[hash>>(64-shapeTableBits)]
	if s := *slot; s != nil && slices.Equal(s.symbols, t.symbols) && slices.Equal(s.positions, positions) {
		return s
	}
	*slot = &shape{symbols: slices.Clone(t.symbols), positions: slices.Clone(positions), id: uint32(hash >> 16)}
	return *slot
}

const shapeHashMultiplier = 0x9e3779b97f4a7c15

// merge returns how two shapes combine.
func (t *shapeTable) merge(left, right *shape) *shapeMerge {
	hash := (uint64(left.hash())*shapeHashMultiplier ^ uint64(right.hash())) * shapeHashMultiplier
	slot := &t.merges[hash>>(64-shapeTableBits)]
	if m := *slot; m == nil || m.left != left || m.right != right {
		*slot = t.combine(left, right)
	}
	return *slot
}

// hash is a number that is likely another one for every shape.
func (s *shape) hash() uint32 {
	if s.id == 0 {
		h := uint64(len(s.symbols))
		for _, name := range s.symbols {
			h = (h ^ uint64(name)) * shapeHashMultiplier
		}
		s.id = uint32(h>>16) | 1
	}
	return s.id
}

// shapeMerge is how two shapes combine under //.
type shapeMerge struct {
	left, right *shape
	result      *shape
	runs        []mergeRun
}

// mergeRun is a stretch of cells of the result that stand together in one
// operand: from cell n of the left set on for n >= 0, from cell -n-1 of the
// right one otherwise.
type mergeRun struct{ from, count int32 }

// combine finds out how two shapes combine; right's attributes win.
func (t *shapeTable) combine(left, right *shape) *shapeMerge {
	if n := len(left.symbols); n >= extensibleSize && left.symbols[n-1] < right.symbols[0] {
		runs := []mergeRun{{0, int32(n)}, {-1, int32(len(right.symbols))}}
		return &shapeMerge{left, right, left.extend(right), runs}
	}
	t.begin()
	m := &shapeMerge{left: left, right: right}
	l, r := left.symbols, right.symbols
	i, j := 0, 0
	for j < len(r) {
		if n := countBelow(l[i:], r[j]); n > 0 {
			m.runs = append(m.runs, mergeRun{int32(i), int32(n)})
			t.addRun(left, i, n)
			i += n
		}
		first := j
		for j < len(r) && (i == len(l) || r[j] <= l[i]) {
			if i < len(l) && r[j] == l[i] {
				i++
			}
			j++
		}
		m.runs = append(m.runs, mergeRun{int32(-first - 1), int32(j - first)})
		t.addRun(right, first, j-first)
	}
	if i < len(l) {
		m.runs = append(m.runs, mergeRun{int32(i), int32(len(l) - i)})
		t.addRun(left, i, len(l)-i)
	}
	m.result = t.merged(m)
	return m
}

// extensibleSize is the size from which on a shape leaves room behind its names
// when names are added after them. A loop that adds new names one by one with
// // would copy all names so far every time.
const extensibleSize = 64

// extend returns the shape with the names of another one behind. It uses the
// same memory if nobody else has used what is behind these names there.
func (s *shape) extend(right *shape) *shape {
	n := len(s.symbols)
	longer := &shape{symbols: s.symbols, positions: s.positions, used: s.used}
	if s.used == nil || *s.used != n || n+len(right.symbols) > cap(s.symbols) {
		longer.symbols = append(make([]Symbol, 0, 2*(n+len(right.symbols))), s.symbols...)
		longer.positions = make([]Pos, n, cap(longer.symbols))
		copy(longer.positions, s.positions)
		longer.used = new(int)
	}
	longer.symbols = append(longer.symbols, right.symbols...)
	for i := range right.symbols {
		longer.positions = append(longer.positions, right.position(i))
	}
	*longer.used = len(longer.symbols)
	return longer
}

// merged returns the shape of a merge. It is often that of one operand.
func (t *shapeTable) merged(m *shapeMerge) *shape {
	if len(t.symbols) > rememberedMerge {
		return &shape{symbols: slices.Clone(t.symbols), positions: slices.Clone(t.positions)}
	}
	return t.shape()
}

// rememberedMerge is the largest shape worth looking for when it came from //.
const rememberedMerge = 256

func (t *shapeTable) addRun(from *shape, first, count int) {
	t.symbols = append(t.symbols, from.symbols[first:first+count]...)
	if from.positions != nil {
		t.positions = append(t.positions, from.positions[first:first+count]...)
		return
	}
	for range count {
		t.positions = append(t.positions, diagnostic.NoPos)
	}
}

// countBelow tells how many of the sorted names come before one; that is often
// few, and else most of them.
func countBelow(names []Symbol, name Symbol) int {
	step := 1
	low := 0
	for low+step <= len(names) && names[low+step-1] < name {
		low += step
		step *= 2
	}
	high := min(low+step, len(names))
	for low < high {
		middle := (low + high) / 2
		if names[middle] < name {
			low = middle + 1
		} else {
			high = middle
		}
	}
	return low
}

// fill copies the cells of both operands to those of the result.
func (m *shapeMerge) fill(cells, left, right []*Value) {
	for _, run := range m.runs {
		source := left
		from := int(run.from)
		if from < 0 {
			source, from = right, -from-1
		}
		n := int(run.count)
		copy(cells[:n], source[from:from+n])
		cells = cells[n:]
	}
}
