package eval

import "slices"

func (a *attrSet) len() int { return len(a.shape.symbols) }

// get returns the cell of an attribute, or nil.
func (a *attrSet) get(name Symbol) *Value {
	if i := a.shape.find(name); i >= 0 {
		return a.cell(i)
	}
	return nil
}

// attribute is one name of a set under construction.
type attribute struct {
	name  Symbol
	pos   Pos
	value *Value
}

// attrsFrom makes a set from attributes in any order. Of attributes with the
// same name the first stays.
func (t *thread) attrsFrom(list []attribute) Value {
	if len(list) == 0 {
		return t.ev.emptyAttrs
	}
	if !sortedUnique(list) {
		list = sortUnique(list)
	}
	t.shapes.begin()
	for i := range list {
		t.shapes.add(list[i].name, list[i].pos)
	}
	set := t.slab.attrs(t.shapes.shape())
	cells := set.cells()
	for i := range list {
		cells[i] = list[i].value
	}
	return mkAttrs(set)
}

func sortedUnique(list []attribute) bool {
	for i := 1; i < len(list); i++ {
		if list[i-1].name >= list[i].name {
			return false
		}
	}
	return true
}

// sortUnique returns the attributes sorted by name, without later ones of the
// same name. It sorts numbers made of name and index: that is several times
// faster than moving attributes.
func sortUnique(list []attribute) []attribute {
	var small [16]uint64
	keys := small[:0]
	for i := range list {
		keys = append(keys, uint64(list[i].name)<<32|uint64(i))
	}
	slices.Sort(keys)
	sorted := make([]attribute, 0, len(list))
	for _, key := range keys {
		a := list[uint32(key)]
		if n := len(sorted); n == 0 || sorted[n-1].name != a.name {
			sorted = append(sorted, a)
		}
	}
	return sorted
}

// update computes left // right; last remembers the shapes for the next time.
func (t *thread) update(left, right Value, last **shapeMerge) Value {
	l, r := left.attrs(), right.attrs()
	if l.len() == 0 {
		return right
	}
	if r.len() == 0 {
		return left
	}
	m := *last
	if m == nil || m.left != l.shape || m.right != r.shape {
		m = t.shapes.merge(l.shape, r.shape)
		*last = m
	}
	set := t.slab.attrs(m.result)
	m.fill(set.cells(), l.cells(), r.cells())
	return mkAttrs(set)
}

// withCells makes a set with the shape given and cells computed one by one.
func (t *thread) withCells(sh *shape, cell func(i int) *Value) Value {
	if len(sh.symbols) == 0 {
		return t.ev.emptyAttrs
	}
	set := t.slab.attrs(sh)
	cells := set.cells()
	for i := range cells {
		cells[i] = cell(i)
	}
	return mkAttrs(set)
}

// keep makes the subset of a set whose indices are given in rising order.
func (t *thread) keep(a *attrSet, indices []int32) Value {
	if len(indices) == a.len() {
		return mkAttrs(a)
	}
	t.shapes.begin()
	for _, from := range indices {
		t.shapes.add(a.shape.symbols[from], a.shape.position(int(from)))
	}
	return t.withCells(t.shapes.shape(), func(i int) *Value { return a.cell(int(indices[i])) })
}

// byName returns the indices of a set's attributes in name order.
func (t *thread) byName(a *attrSet) []int32 { return a.shape.byName(t.ev.symbols) }
