package eval

// node is an expression after binding: names have become places in frames.
type node interface {
	// eval computes the value in a frame.
	eval(t *thread, f *frame) Value
	// delay returns a cell that will hold the value: one that exists already
	// where the language lets it be shared, else a new one that computes it on
	// first use.
	delay(t *thread, f *frame) *Value
}

// delayed is embedded in nodes that need evaluation when delayed.
type delayed struct {
	code uint32 // index in thread.code
	at   Pos
}

func (d *delayed) delay(t *thread, f *frame) *Value { return t.slab.cell(mkThunk(d.code, f)) }

// assign gives the node its place in the code table.
func (d *delayed) assign(code uint32) { d.code = code }

func (d *delayed) position() Pos { return d.at }

// delayable is a node with a place in the code table.
type delayable interface {
	node
	assign(code uint32)
	position() Pos
}

// delayVariable delays a variable whose cell is not there yet. That is rare, so
// variables get their place in the code table only here.
func (t *thread) delayVariable(n delayable, d *delayed, f *frame) *Value {
	if d.code == 0 {
		t.register(n, 0)
	}
	return d.delay(t, f)
}

// register gives a node a place in the code table.
func (t *thread) register(n delayable, label Symbol) {
	n.assign(uint32(len(t.code)))
	t.code = append(t.code, codeEntry{n, n.position(), label})
}

// constantNode is a value known from the text or from the global scope.
type constantNode struct{ cell *Value }

func (n *constantNode) eval(t *thread, _ *frame) Value { return t.force(n.cell) }
func (n *constantNode) delay(*thread, *frame) *Value   { return n.cell }

// localNode is a variable of the innermost frame.
type localNode struct {
	delayed
	slot uint32
}

func (n *localNode) eval(t *thread, f *frame) Value { return t.force(f.get(n.slot)) }

// delay shares the cell, unless it is still to be made: in `rec { x = y; y = 1; }`
// x comes first.
func (n *localNode) delay(t *thread, f *frame) *Value {
	if c := f.get(n.slot); c != nil {
		return c
	}
	return t.delayVariable(n, &n.delayed, f)
}

// outerNode is a variable of the frame around the innermost one.
type outerNode struct {
	delayed
	slot uint32
}

func (n *outerNode) eval(t *thread, f *frame) Value { return t.force(f.up.get(n.slot)) }

func (n *outerNode) delay(t *thread, f *frame) *Value {
	if c := f.up.get(n.slot); c != nil {
		return c
	}
	return t.delayVariable(n, &n.delayed, f)
}

// distantNode is a variable of any frame.
type distantNode struct {
	delayed
	depth, slot uint32
}

func (n *distantNode) eval(t *thread, f *frame) Value {
	return t.force(f.ancestor(n.depth).get(n.slot))
}

func (n *distantNode) delay(t *thread, f *frame) *Value {
	if c := f.ancestor(n.depth).get(n.slot); c != nil {
		return c
	}
	return t.delayVariable(n, &n.delayed, f)
}

// withVarNode is a variable that only a `with` can define.
type withVarNode struct {
	delayed
	name   Symbol
	depths []uint32 // of the frames of the withs around it, innermost first
	cache  lookupCache
}

func (n *withVarNode) eval(t *thread, f *frame) Value {
	for _, depth := range n.depths {
		cell := f.ancestor(depth).get(0)
		scope := *cell
		if !scope.evaluated() {
			scope = t.force(cell)
		}
		if scope.tag() != tagAttrs {
			t.failType(n.at, "a set", scope)
		}
		if c := n.cache.get(scope.attrs(), n.name); c != nil {
			return t.force(c)
		}
	}
	t.failUndefined(n.at, n.name, nil)
	return null
}

// lookupCache remembers where a name was in the last shape seen at one place.
type lookupCache struct {
	shape *shape
	index int // -1 if the name was not there
}

func (c *lookupCache) get(set *attrSet, name Symbol) *Value {
	if set.shape != c.shape {
		c.shape, c.index = set.shape, set.shape.find(name)
	}
	if c.index < 0 {
		return nil
	}
	return set.cell(c.index)
}

// listNode is a list.
type listNode struct {
	delayed
	elements []node
}

func (n *listNode) eval(t *thread, f *frame) Value {
	cells := t.slab.list(len(n.elements))
	for i, e := range n.elements {
		cells[i] = e.delay(t, f)
	}
	return mkList(cells)
}

// letNode evaluates its body in a new frame of bindings.
type letNode struct {
	delayed
	slots    uint32
	bindings []binding
	sources  []node
	body     node
}

// binding is one name of a let or a set.
type binding struct {
	value node
	outer bool // evaluated in the frame around the bindings
}

func (n *letNode) eval(t *thread, f *frame) Value {
	return n.body.eval(t, t.bind(f, n.slots, n.bindings, n.sources))
}

// bind makes the frame of recursive bindings. The sources of `inherit (e)`
// stand behind the bindings, and first in time.
func (t *thread) bind(f *frame, slots uint32, bindings []binding, sources []node) *frame {
	g := t.slab.frame(f, slots)
	for i, s := range sources {
		g.set(uint32(len(bindings)+i), s.delay(t, g))
	}
	for i := range bindings {
		b := &bindings[i]
		scope := g
		if b.outer {
			scope = f
		}
		g.set(uint32(i), b.value.delay(t, scope))
	}
	return g
}

// withNode evaluates its body with a set as the place to look up names in.
type withNode struct {
	delayed
	scope, body node
}

func (n *withNode) eval(t *thread, f *frame) Value {
	g := t.slab.frame(f, 1)
	g.set(0, n.scope.delay(t, f))
	return n.body.eval(t, g)
}

// ifNode is a conditional.
type ifNode struct {
	delayed
	cond, then, otherwise node
}

func (n *ifNode) eval(t *thread, f *frame) Value {
	if t.boolean(n.cond.eval(t, f), n.at) {
		return n.then.eval(t, f)
	}
	return n.otherwise.eval(t, f)
}

// boolean reads a Boolean or fails.
func (t *thread) boolean(v Value, at Pos) bool {
	if v.tag() != tagBool {
		t.failType(at, "a Boolean", v)
	}
	return v.bool()
}
