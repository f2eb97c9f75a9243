package eval

import (
	"slices"
	"strings"

	"berth.dev/nix/diagnostic"
)

// lambdaNode is a function.
type lambdaNode struct {
	at      Pos
	name    Symbol
	index   uint32 // in thread.lambdas
	arg     Symbol // or zero
	formals *formals
	body    node
	slots   uint32

	// inner is the body if that is a function of one plain argument: a call
	// with two arguments then enters both at once.
	inner *lambdaNode
}

// formals is an argument pattern.
type formals struct {
	list     []formal // sorted by name
	ellipsis bool
	named    uint32 // 1 if the whole argument has a name, in slot 0
	seen     matched
}

type formal struct {
	name   Symbol
	at     Pos
	preset node // nil if required
}

// matched tells where the formals are in sets of one shape, -1 if missing.
// That the shape fits the pattern has been checked.
type matched struct {
	shape   *shape
	indices []int32
}

func (n *lambdaNode) eval(_ *thread, f *frame) Value { return mkLambda(n.index, f) }

func (n *lambdaNode) delay(t *thread, f *frame) *Value { return t.slab.cell(mkNewLambda(n.index, f)) }

// open makes the frame of a call.
func (n *lambdaNode) open(t *thread, up *frame, arg *Value) *frame {
	g := t.slab.frame(up, n.slots)
	if n.formals == nil {
		g.set(0, arg)
		return g
	}
	n.match(t, g, arg)
	return g
}

func (n *lambdaNode) match(t *thread, g *frame, arg *Value) {
	v := t.force(arg)
	if v.tag() != tagAttrs {
		t.failType(n.at, "a set", v)
	}
	set, p := v.attrs(), n.formals
	if p.named == 1 {
		g.set(0, arg)
	}
	m := &p.seen
	if m.shape != set.shape {
		n.matchShape(t, set)
	}
	for i, index := range m.indices {
		slot := uint32(i) + p.named
		if index >= 0 {
			g.set(slot, set.cell(int(index)))
		}
	}
	for i, index := range m.indices {
		if index < 0 {
			g.set(uint32(i)+p.named, p.list[i].preset.delay(t, g))
		}
	}
}

// matchShape checks a set against the pattern and remembers its shape.
func (n *lambdaNode) matchShape(t *thread, set *attrSet) {
	p := n.formals
	m, found := &p.seen, 0
	m.shape = nil
	if m.indices == nil {
		m.indices = make([]int32, len(p.list))
	}
	for i := range p.list {
		index := set.shape.find(p.list[i].name)
		m.indices[i] = int32(index)
		if index >= 0 {
			found++
			continue
		}
		if p.list[i].preset == nil {
			t.failCallMissing(n, set)
		}
	}
	if !p.ellipsis && found < set.len() {
		t.failCallUnexpected(n, set)
	}
	m.shape = set.shape
}

// failCallMissing names the first missing argument in the order of the names.
func (t *thread) failCallMissing(n *lambdaNode, set *attrSet) {
	for i := range n.formals.list {
		f := &n.formals.list[i]
		if f.preset == nil && set.get(f.name) == nil {
			e := &Error{Class: ErrType}
			e.Pos = n.at
			e.Message = "function " + quote(t.lambdaName(n)) + " called without required argument " +
				quote(t.ev.symbols.Name(f.name))
			e.Trace = []diagnostic.Frame{{Pos: t.here(), Message: "from call site"}}
			panic(e)
		}
	}
}

func (t *thread) failCallUnexpected(n *lambdaNode, set *attrSet) {
	for _, name := range set.shape.symbols {
		if n.formals.has(name) {
			continue
		}
		e := &Error{Class: ErrType}
		e.Pos = n.at
		e.Message = "function " + quote(t.lambdaName(n)) + " called with unexpected argument " +
			quote(t.ev.symbols.Name(name))
		e.Trace = []diagnostic.Frame{{Pos: t.here(), Message: "from call site"}}
		var known []Symbol
		for i := range n.formals.list {
			known = append(known, n.formals.list[i].name)
		}
		e.Hints = t.suggest(name, known)
		panic(e)
	}
}

func (p *formals) has(name Symbol) bool {
	_, found := slices.BinarySearchFunc(p.list, name, func(f formal, s Symbol) int { return int(f.name) - int(s) })
	return found
}

func (t *thread) lambdaName(n *lambdaNode) string {
	if n.name == 0 {
		return "anonymous lambda"
	}
	return t.ev.symbols.Name(n.name)
}

// call1Node is a call with one argument.
type call1Node struct {
	delayed
	function, arg node
}

func (n *call1Node) eval(t *thread, f *frame) Value {
	arg := n.arg.delay(t, f)
	return t.call1(n.function.eval(t, f), arg, n.at)
}

// call2Node is a call with two arguments.
type call2Node struct {
	delayed
	function, first, second node
}

func (n *call2Node) eval(t *thread, f *frame) Value {
	function := n.function.eval(t, f)
	return t.call2(function, n.first.delay(t, f), n.second.delay(t, f), n.at)
}

// callNode is a call with any number of arguments.
type callNode struct {
	delayed
	function node
	args     []node
}

func (n *callNode) eval(t *thread, f *frame) Value {
	v := n.function.eval(t, f)
	if v.tag() == tagPrimOp && v.primOp().arity == 3 && len(n.args) == 3 {
		p := v.primOp()
		t.enter(n.at, 0, p)
		v = p.f3(t, n.args[0].delay(t, f), n.args[1].delay(t, f), n.args[2].delay(t, f))
		t.depth--
		return v
	}
	args := make([]*Value, len(n.args))
	for i, a := range n.args {
		args[i] = a.delay(t, f)
	}
	return t.callN(v, args, n.at)
}

// byName returns the indices of the formals in the order of their names' bytes.
func (p *formals) byName(t *thread) []int {
	order := make([]int, len(p.list))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(a, b int) int {
		return strings.Compare(t.ev.symbols.Name(p.list[a].name), t.ev.symbols.Name(p.list[b].name))
	})
	return order
}
