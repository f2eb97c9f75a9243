package eval

import (
	"slices"

	"berth.dev/nix/diagnostic"
)

func attrBuiltins() []*PrimOp {
	return []*PrimOp{
		primop1("attrNames", attrNames),
		primop1("attrValues", attrValues),
		primop2("getAttr", func(t *thread, a, b *Value) Value {
			name := t.ev.symbols.Intern(t.stringNoContext(a))
			set := t.attrsOf(b)
			return t.force(t.required(set, name))
		}),
		primop2("hasAttr", func(t *thread, a, b *Value) Value {
			name := t.ev.symbols.Intern(t.stringNoContext(a))
			return mkBool(t.attrsOf(b).get(name) != nil)
		}),
		primop2("unsafeGetAttrPos", attrPosition),
		primop2("removeAttrs", removeAttrs),
		primop1("listToAttrs", listToAttrs),
		primop2("intersectAttrs", intersectAttrs),
		primop2("catAttrs", catAttrs),
		primop2("mapAttrs", mapAttrs),
		primop2("zipAttrsWith", zipAttrsWith),
	}
}

func attrNames(t *thread, a *Value) Value {
	set := t.attrsOf(a)
	cells := t.slab.list(set.len())
	for n, i := range t.byName(set) {
		cells[n] = t.ev.symbolValue(set.shape.symbols[i])
	}
	return mkList(cells)
}

func attrValues(t *thread, a *Value) Value {
	set := t.attrsOf(a)
	cells := t.slab.list(set.len())
	for n, i := range t.byName(set) {
		cells[n] = set.cell(int(i))
	}
	return mkList(cells)
}

func attrPosition(t *thread, a, b *Value) Value {
	name := t.ev.symbols.Intern(t.stringNoContext(a))
	set := t.attrsOf(b)
	i := set.shape.find(name)
	if i < 0 {
		return null
	}
	return t.positionValue(set.shape.position(i))
}

func removeAttrs(t *thread, a, b *Value) Value {
	set := t.attrsOf(a)
	names := t.listOf(b)
	var drop []int
	for _, c := range names {
		if i := set.shape.find(t.ev.symbols.Intern(t.stringNoContext(c))); i >= 0 {
			drop = append(drop, i)
		}
	}
	if len(drop) == 0 {
		return mkAttrs(set)
	}
	slices.Sort(drop)
	kept := make([]int32, 0, set.len())
	for i := range set.len() {
		if len(drop) > 0 && drop[0] == i {
			for len(drop) > 0 && drop[0] == i {
				drop = drop[1:]
			}
			continue
		}
		kept = append(kept, int32(i))
	}
	return t.keep(set, kept)
}

func listToAttrs(t *thread, a *Value) Value {
	cells := t.listOf(a)
	list := make([]attribute, 0, len(cells))
	for _, c := range cells {
		pair := t.attrsOf(c)
		name := t.ev.symbols.Intern(t.stringNoContext(t.required(pair, t.ev.names.name)))
		i := pair.shape.find(t.ev.names.value)
		if i >= 0 {
			list = append(list, attribute{name, pair.shape.position(i), pair.cell(i)})
		} else if !slices.ContainsFunc(list, func(a attribute) bool { return a.name == name }) {
			t.failMissing(t.here(), t.ev.names.value, pair)
		}
	}
	return t.attrsFrom(list)
}

// intersectAttrs keeps what is in both sets, with the values of the second.
func intersectAttrs(t *thread, a, b *Value) Value {
	left, right := t.attrsOf(a), t.attrsOf(b)
	var kept []int32
	if left.len() < right.len() {
		for _, name := range left.shape.symbols {
			if i := right.shape.find(name); i >= 0 {
				kept = append(kept, int32(i))
			}
		}
	} else {
		for i, name := range right.shape.symbols {
			if left.shape.find(name) >= 0 {
				kept = append(kept, int32(i))
			}
		}
	}
	if len(kept) == 0 {
		return t.ev.emptyAttrs
	}
	return t.keep(right, kept)
}

func catAttrs(t *thread, a, b *Value) Value {
	name := t.ev.symbols.Intern(t.stringNoContext(a))
	var found []*Value
	for _, c := range t.listOf(b) {
		if v := t.attrsOf(c).get(name); v != nil {
			found = append(found, v)
		}
	}
	return mkList(found)
}

func mapAttrs(t *thread, a, b *Value) Value {
	set := t.attrsOf(b)
	return t.withCells(set.shape.withoutPositions(), func(i int) *Value {
		return t.slab.application2(a, t.ev.symbolValue(set.shape.symbols[i]), set.cell(i))
	})
}

// zipAttrsWith turns a list of sets into a set of lists and maps a function
// over it.
func zipAttrsWith(t *thread, a, b *Value) Value {
	t.functionOf(a)
	places := map[Symbol]int{}
	var names []Symbol
	var members [][]*Value
	for _, c := range t.listOf(b) {
		set := t.attrsOf(c)
		for i, name := range set.shape.symbols {
			n, ok := places[name]
			if !ok {
				n = len(names)
				places[name] = n
				names, members = append(names, name), append(members, nil)
			}
			members[n] = append(members[n], set.cell(i))
		}
	}
	list := make([]attribute, len(names))
	for i, name := range names {
		value := t.slab.application2(a, t.ev.symbolValue(name), t.cell(mkList(members[i])))
		list[i] = attribute{name, diagnostic.NoPos, value}
	}
	return t.attrsFrom(list)
}
