package eval

import (
	"berth.dev/nix/diagnostic"
)

func listBuiltins() []*PrimOp {
	return []*PrimOp{
		primop1("length", func(t *thread, a *Value) Value { return mkInt(int64(len(t.listOf(a)))) }),
		primop1("head", func(t *thread, a *Value) Value {
			list := t.listOf(a)
			if len(list) == 0 {
				t.failHere(ErrOther, "'builtins.head' called on an empty list")
			}
			return t.force(list[0])
		}),
		primop1("tail", func(t *thread, a *Value) Value {
			list := t.listOf(a)
			if len(list) == 0 {
				t.failHere(ErrOther, "'builtins.tail' called on an empty list")
			}
			return mkList(list[1:])
		}),
		primop2("elemAt", elemAt),
		primop2("elem", elem),
		primop2("map", mapList),
		primop2("filter", filterList),
		primop2("genList", genList),
		primop3("foldl'", foldStrict),
		primop1("concatLists", func(t *thread, a *Value) Value { return t.concatLists(t.listOf(a)) }),
		primop2("concatMap", concatMap),
		primop2("all", func(t *thread, a, b *Value) Value { return mkBool(!t.anyIs(a, b, false)) }),
		primop2("any", func(t *thread, a, b *Value) Value { return mkBool(t.anyIs(a, b, true)) }),
		primop2("partition", partition),
		primop2("groupBy", groupBy),
		primop2("sort", sortList),
	}
}

func elemAt(t *thread, a, b *Value) Value {
	n := t.intOf(b)
	list := t.listOf(a)
	if n < 0 || n >= int64(len(list)) {
		t.failHere(ErrOther, "'builtins.elemAt' called with index %d on a list of size %d", n, len(list))
	}
	return t.force(list[n])
}

func elem(t *thread, a, b *Value) Value {
	for _, c := range t.listOf(b) {
		if t.equalCells(a, c) {
			return mkBool(true)
		}
	}
	return mkBool(false)
}

func mapList(t *thread, a, b *Value) Value {
	list := t.listOf(b)
	if len(list) == 0 {
		return mkList(nil)
	}
	t.functionOf(a)
	cells := t.slab.list(len(list))
	for i, c := range list {
		cells[i] = t.slab.application(a, c)
	}
	return mkList(cells)
}

func filterList(t *thread, a, b *Value) Value {
	list := t.listOf(b)
	if len(list) == 0 {
		return mkList(nil)
	}
	f := t.functionOf(a)
	kept := make([]*Value, 0, len(list))
	for _, c := range list {
		if t.boolean(t.call1(f, c, diagnostic.NoPos), t.here()) {
			kept = append(kept, c)
		}
	}
	if len(kept) == len(list) {
		return mkList(list)
	}
	return mkList(kept)
}

const maxListLength = 1 << 40

func genList(t *thread, a, b *Value) Value {
	n := t.intOf(b)
	if n < 0 || n >= maxListLength {
		t.failHere(ErrOther, "cannot create list of size %d", n)
	}
	t.functionOf(a)
	cells := t.slab.list(int(n))
	for i := range cells {
		cells[i] = t.slab.generated(a, int64(i))
	}
	return mkList(cells)
}

func foldStrict(t *thread, op, start, list *Value) Value {
	f := t.functionOf(op)
	cells := t.listOf(list)
	if len(cells) == 0 {
		return t.force(start)
	}
	acc := start
	var v Value
	for i, c := range cells {
		v = t.call2(f, acc, c, diagnostic.NoPos)
		if i < len(cells)-1 {
			acc = t.cell(v)
		}
	}
	return v
}

// concatLists joins the lists that cells hold.
func (t *thread) concatLists(cells []*Value) Value {
	total := 0
	for _, c := range cells {
		total += len(t.listOf(c))
	}
	if total == 0 {
		return mkList(nil)
	}
	joined := t.slab.list(total)[:0]
	for _, c := range cells {
		joined = append(joined, c.list()...)
	}
	return mkList(joined)
}

func concatMap(t *thread, a, b *Value) Value {
	f := t.functionOf(a)
	list := t.listOf(b)
	var joined []*Value
	for _, c := range list {
		joined = append(joined, t.listValue(t.call1(f, c, t.here()), t.here()).list()...)
	}
	return mkList(joined)
}

// anyIs reports whether a predicate is `want` for some element.
func (t *thread) anyIs(a, b *Value, want bool) bool {
	f := t.functionOf(a)
	for _, c := range t.listOf(b) {
		if t.boolean(t.call1(f, c, diagnostic.NoPos), t.here()) == want {
			return true
		}
	}
	return false
}

func partition(t *thread, a, b *Value) Value {
	f := t.functionOf(a)
	var right, wrong []*Value
	for _, c := range t.listOf(b) {
		t.force(c)
		if t.boolean(t.call1(f, c, diagnostic.NoPos), t.here()) {
			right = append(right, c)
		} else {
			wrong = append(wrong, c)
		}
	}
	return t.attrsFrom([]attribute{
		{name: t.ev.names.right, value: t.cell(mkList(right))},
		{name: t.ev.names.wrong, value: t.cell(mkList(wrong))},
	})
}

func groupBy(t *thread, a, b *Value) Value {
	f := t.functionOf(a)
	groups := map[Symbol]int{}
	var names []Symbol
	var members [][]*Value
	for _, c := range t.listOf(b) {
		name := t.ev.symbols.Intern(t.plainString(t.call1(f, c, diagnostic.NoPos), t.here()))
		i, ok := groups[name]
		if !ok {
			i = len(names)
			groups[name] = i
			names, members = append(names, name), append(members, nil)
		}
		members[i] = append(members[i], c)
	}
	list := make([]attribute, len(names))
	for i, name := range names {
		list[i] = attribute{name: name, value: t.cell(mkList(members[i]))}
	}
	return t.attrsFrom(list)
}

// sortList sorts with a comparison that is a program, and so may be anything:
// the algorithm must end whatever it answers.
func sortList(t *thread, a, b *Value) Value {
	list := t.listOf(b)
	if len(list) == 0 {
		return mkList(nil)
	}
	f := t.functionOf(a)
	less := func(x, y *Value) bool { return t.boolean(t.call2(f, x, y, diagnostic.NoPos), t.here()) }
	if f.tag() == tagPrimOp && f.primOp().name == "lessThan" {
		less = func(x, y *Value) bool {
			l := t.force(x)
			return t.less(l, t.force(y), t.here())
		}
	}
	sorted := make([]*Value, len(list))
	for i, c := range list {
		t.force(c)
		sorted[i] = c
	}
	sortStable(sorted, less)
	return mkList(sorted)
}

// genericClosure walks a graph breadth first; the first element with a key
// stays.
func genericClosure(t *thread, a *Value) Value {
	set := t.attrsOf(a)
	work := t.listOf(t.required(set, t.ev.names.startSet))
	if len(work) == 0 {
		return mkList(work)
	}
	operator := t.functionOf(t.required(set, t.ev.names.operator))
	queue := append([]*Value(nil), work...)
	var done []*Value
	seen := keySet{t: t}
	for len(queue) > 0 {
		c := queue[0]
		queue = queue[1:]
		key := t.required(t.attrsOf(c), t.ev.names.key)
		if !seen.add(t.force(key)) {
			continue
		}
		done = append(done, c)
		queue = append(queue, t.listValue(t.call1(operator, c, diagnostic.NoPos), t.here()).list()...)
	}
	return mkList(done)
}

// required returns an attribute that must be there.
func (t *thread) required(set *attrSet, name Symbol) *Value {
	c := set.get(name)
	if c == nil {
		t.failMissing(t.here(), name, set)
	}
	return c
}

// keySet is a set of values that compares them as < does. Strings and integers,
// the common keys, are in maps; others in a sorted slice.
type keySet struct {
	t       *thread
	first   Value
	strings map[string]bool
	ints    map[int64]bool
	others  []Value
}

// add reports whether the value was new.
func (s *keySet) add(v Value) bool {
	if s.first.w == 0 {
		s.first = v
	} else if !comparableKinds(s.first, v) {
		s.t.failIncomparable(v, s.first, s.t.here())
	}
	switch {
	case v.isString():
		return addTo(&s.strings, v.text())
	case v.isInt() && len(s.others) == 0:
		return addTo(&s.ints, v.int())
	}
	return s.addOrdered(v)
}

func comparableKinds(a, b Value) bool {
	number := func(v Value) bool { return v.isInt() || v.tag() == tagFloat }
	return a.kind() == b.kind() || number(a) && number(b)
}

func addTo[K comparable](m *map[K]bool, key K) bool {
	if *m == nil {
		*m = map[K]bool{}
	}
	if (*m)[key] {
		return false
	}
	(*m)[key] = true
	return true
}

// addOrdered keeps keys of other kinds in a sorted slice.
func (s *keySet) addOrdered(v Value) bool {
	for n := range s.ints {
		s.insert(mkInt(n))
	}
	s.ints = nil
	return s.insert(v)
}

func (s *keySet) insert(v Value) bool {
	low, high := 0, len(s.others)
	for low < high {
		middle := (low + high) / 2
		if s.t.less(s.others[middle], v, s.t.here()) {
			low = middle + 1
		} else {
			high = middle
		}
	}
	if low < len(s.others) && !s.t.less(v, s.others[low], s.t.here()) {
		return false
	}
	s.others = append(s.others, Value{})
	copy(s.others[low+1:], s.others[low:])
	s.others[low] = v
	return true
}
