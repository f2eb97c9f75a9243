package eval

import (
	"slices"

	"berth.dev/nix/syntax"
)

// binder turns syntax into nodes: it finds out where each variable will be at
// run time, and chooses the node that is fastest for what stands there.
type binder struct {
	t     *thread
	scope *scope
	extra map[Symbol]*Value // identifiers that only some files see
}

// scope is what one frame will hold. Exactly one of its forms is used.
type scope struct {
	up      *scope
	with    bool // the frame of a `with`
	attrs   []syntax.Attr
	arg     Symbol
	formals []syntax.Formal
	offset  uint32   // slot of the first formal
	names   []Symbol // sorted; of scopedImport
}

// slot finds a name in a scope.
func (s *scope) slot(name Symbol) (uint32, bool) {
	if s.arg == name {
		return 0, true
	}
	if i, ok := slices.BinarySearchFunc(s.attrs, name, func(a syntax.Attr, n Symbol) int { return int(a.Name) - int(n) }); ok {
		return uint32(i), true
	}
	if i, ok := slices.BinarySearchFunc(s.formals, name, func(f syntax.Formal, n Symbol) int { return int(f.Name) - int(n) }); ok {
		return uint32(i) + s.offset, true
	}
	if i, ok := slices.BinarySearch(s.names, name); ok {
		return uint32(i), true
	}
	return 0, false
}

func (b *binder) push(s scope) {
	s.up = b.scope
	b.scope = &s
}

func (b *binder) pop() { b.scope = b.scope.up }

// lazy binds an expression that will be delayed.
func (b *binder) lazy(e syntax.Expr, label Symbol) node {
	n := b.bind(e)
	switch d := n.(type) {
	case *localNode, *outerNode, *distantNode:
	case delayable:
		b.t.register(d, label)
	}
	return n
}

func (b *binder) lazyAll(list []syntax.Expr) []node {
	nodes := make([]node, len(list))
	for i, e := range list {
		nodes[i] = b.lazy(e, 0)
	}
	return nodes
}

func (b *binder) constant(v Value) node { return &constantNode{b.t.cell(v)} }

// bind turns an expression into a node.
func (b *binder) bind(e syntax.Expr) node {
	d := delayed{at: e.Pos()}
	switch e := e.(type) {
	case *syntax.Int:
		return b.constant(mkInt(e.Value))
	case *syntax.Float:
		return b.constant(mkFloat(e.Value))
	case *syntax.String:
		return b.constant(mkString(e.Value))
	case *syntax.Path:
		return b.constant(mkPath(e.Value))
	case *syntax.Var:
		return b.variable(e.Name, e.At)
	case *syntax.CurPos:
		return &currentPosNode{d}
	case *syntax.Select:
		return b.selection(e)
	case *syntax.HasAttr:
		return &hasAttrNode{d, b.bind(e.Object), b.path(e.Path)}
	case *syntax.Attrs:
		return b.attrs(e)
	case *syntax.List:
		if len(e.Elements) == 0 {
			return &constantNode{b.t.ev.emptyList}
		}
		return &listNode{d, b.lazyAll(e.Elements)}
	case *syntax.Lambda:
		return b.lambda(e)
	case *syntax.Call:
		return b.call(e)
	case *syntax.Let:
		return b.let(e)
	case *syntax.With:
		scope := b.lazy(e.Scope, 0)
		b.push(scopeOfWith())
		defer b.pop()
		return &withNode{d, scope, b.bind(e.Body)}
	case *syntax.If:
		return &ifNode{d, b.bind(e.Cond), b.bind(e.Then), b.bind(e.Else)}
	case *syntax.Assert:
		return &assertNode{d, e.Cond, b.bind(e.Cond), b.bind(e.Body)}
	case *syntax.Not:
		return &notNode{d, b.bind(e.Operand)}
	case *syntax.Negate:
		return b.negate(e)
	case *syntax.Binary:
		return b.binary(e)
	case *syntax.Concat:
		return b.concat(e)
	}
	panic("syntax tree holds an unknown kind of expression")
}

func scopeOfWith() scope { return scope{with: true} }

// variable finds out where a name will be. Names bound in the text win over
// `with`, however far out they are.
func (b *binder) variable(name Symbol, at Pos) node {
	depth := uint32(0)
	var withs []uint32
	for s := b.scope; s != nil; s = s.up {
		if s.with {
			withs = append(withs, depth)
		} else if slot, ok := s.slot(name); ok {
			return localVariable(at, depth, slot)
		}
		depth++
	}
	if c := b.extra[name]; c != nil {
		return &constantNode{c}
	}
	if c := b.t.ev.global(name); c != nil {
		return &constantNode{c}
	}
	if withs == nil {
		b.t.failUndefined(at, name, b.visible())
	}
	return &withVarNode{delayed: delayed{at: at}, name: name, depths: withs}
}

func localVariable(at Pos, depth, slot uint32) node {
	d := delayed{at: at}
	switch depth {
	case 0:
		return &localNode{d, slot}
	case 1:
		return &outerNode{d, slot}
	default:
		return &distantNode{d, depth, slot}
	}
}

// visible lists the names in scope, for suggestions.
func (b *binder) visible() []Symbol {
	var names []Symbol
	for s := b.scope; s != nil; s = s.up {
		for i := range s.attrs {
			names = append(names, s.attrs[i].Name)
		}
		for i := range s.formals {
			names = append(names, s.formals[i].Name)
		}
		if s.arg != 0 {
			names = append(names, s.arg)
		}
		names = append(names, s.names...)
	}
	return append(names, b.t.ev.globalNames()...)
}

// rebound reports whether an operator's function has another meaning here than
// the built-in one, and returns the node to call then.
func (b *binder) rebound(function string, at Pos) (node, bool) {
	name := b.t.ev.symbols.Intern(function)
	for s := b.scope; s != nil; s = s.up {
		if _, ok := s.slot(name); ok && !s.with {
			return b.variable(name, at), true
		}
	}
	return nil, false
}

func (b *binder) binary(e *syntax.Binary) node {
	if function := e.Op.Function(); function != "" {
		if n, ok := b.rebound(function, e.At); ok {
			return b.reboundCall(e, n)
		}
	}
	both := binaryNode{delayed{at: e.At}, b.bind(e.Left), b.bind(e.Right)}
	switch e.Op {
	case syntax.OpEqual:
		return &equalNode{both, false}
	case syntax.OpNotEqual:
		return &equalNode{both, true}
	case syntax.OpAnd:
		return &andNode{both}
	case syntax.OpOr:
		return &orNode{both}
	case syntax.OpImplies:
		return &impliesNode{both}
	case syntax.OpUpdate:
		return &updateNode{binaryNode: both}
	case syntax.OpAppend:
		return &appendNode{both}
	case syntax.OpSub:
		return &arithmeticNode{both, subtract}
	case syntax.OpMul:
		return &arithmeticNode{both, multiply}
	case syntax.OpDiv:
		return &arithmeticNode{both, divide}
	default:
		return &lessNode{both, e.Op.Swapped(), e.Op.Negated()}
	}
}

// reboundCall is an operator whose function was given another meaning.
func (b *binder) reboundCall(e *syntax.Binary, function node) node {
	left, right := b.lazy(e.Left, 0), b.lazy(e.Right, 0)
	if e.Op.Swapped() {
		left, right = right, left
	}
	d := delayed{at: e.At}
	call := &call2Node{d, function, left, right}
	if e.Op.Negated() {
		return &notNode{d, call}
	}
	return call
}

func (b *binder) negate(e *syntax.Negate) node {
	d := delayed{at: e.At}
	zero := b.constant(mkInt(0))
	if n, ok := b.rebound("__sub", e.At); ok {
		return &call2Node{d, n, zero, b.lazy(e.Operand, 0)}
	}
	return &arithmeticNode{binaryNode{d, zero, b.bind(e.Operand)}, subtract}
}

func (b *binder) concat(e *syntax.Concat) node {
	parts := make([]part, len(e.Parts))
	for i, p := range e.Parts {
		parts[i] = part{b.bind(p), p.Pos()}
	}
	d := delayed{at: e.At}
	if e.Interpolation {
		return &interpolationNode{d, parts}
	}
	return &concatNode{d, parts}
}

func (b *binder) path(names []syntax.AttrName) attrPath {
	path := make(attrPath, len(names))
	for i, n := range names {
		path[i] = pathElement{at: n.At, name: n.Name}
		if n.Expr != nil {
			path[i].computed = b.bind(n.Expr)
		}
	}
	return path
}

func (b *binder) selection(e *syntax.Select) node {
	d := delayed{at: e.At}
	object := b.bind(e.Object)
	if len(e.Path) == 1 && e.Path[0].Expr == nil && e.Default == nil {
		return &selectNode{delayed: d, object: object, name: e.Path[0].Name}
	}
	n := &selectPathNode{delayed: d, object: object, path: b.path(e.Path)}
	if e.Default != nil {
		n.preset = b.bind(e.Default)
	}
	return n
}

func (b *binder) call(e *syntax.Call) node {
	d := delayed{at: e.At}
	function := b.bind(e.Func)
	args := b.lazyAll(e.Args)
	switch len(args) {
	case 1:
		return &call1Node{d, function, args[0]}
	case 2:
		return &call2Node{d, function, args[0], args[1]}
	default:
		return &callNode{d, function, args}
	}
}

func (b *binder) lambda(e *syntax.Lambda) node {
	n := &lambdaNode{at: e.At, name: e.Name, arg: e.Arg, index: uint32(len(b.t.lambdas)), slots: 1}
	b.t.lambdas = append(b.t.lambdas, n)
	s := scope{arg: e.Arg}
	if e.Formals != nil {
		n.formals = &formals{ellipsis: e.Formals.Ellipsis}
		if e.Arg != 0 {
			n.formals.named, s.offset = 1, 1
		}
		s.formals = e.Formals.Formals
		n.slots = n.formals.named + uint32(len(s.formals))
	}
	b.push(s)
	defer b.pop()
	if e.Formals != nil {
		n.formals.list = b.presets(e.Formals.Formals)
	}
	n.body = b.bind(e.Body)
	if inner, ok := n.body.(*lambdaNode); ok {
		n.inner = inner
	}
	return n
}

func (b *binder) presets(list []syntax.Formal) []formal {
	formals := make([]formal, len(list))
	for i, f := range list {
		formals[i] = formal{name: f.Name, at: f.At}
		if f.Default != nil {
			formals[i].preset = b.lazy(f.Default, f.Name)
		}
	}
	return formals
}

func (b *binder) let(e *syntax.Let) node {
	n := &letNode{delayed: delayed{at: e.At}}
	outer := b.scope
	b.push(scope{attrs: e.Attrs.Attrs})
	defer b.pop()
	n.sources = b.lazyAll(e.Attrs.InheritFrom)
	n.bindings = b.bindings(e.Attrs, outer, true)
	n.slots = uint32(len(n.bindings) + len(n.sources))
	n.body = b.bind(e.Body)
	return n
}

// bindings binds the attributes of a set or let. Those inherited from around it
// see the scope outer. The sources of `inherit (e)` stand behind recursive
// bindings in their frame, and have a frame of their own otherwise.
func (b *binder) bindings(e *syntax.Attrs, outer *scope, recursive bool) []binding {
	list := make([]binding, len(e.Attrs))
	inner := b.scope
	for i := range e.Attrs {
		a := &e.Attrs[i]
		switch a.Kind {
		case syntax.AttrInherited:
			b.scope = outer
			list[i] = binding{b.lazy(a.Value, 0), true}
			b.scope = inner
		case syntax.AttrInheritedFrom:
			slot := uint32(a.From)
			if recursive {
				slot += uint32(len(e.Attrs))
			}
			n := &inheritedNode{delayed: delayed{at: a.At}, slot: slot, name: a.Name}
			b.t.register(n, 0)
			list[i] = binding{n, false}
		default:
			list[i] = binding{b.lazy(a.Value, a.Name), !recursive}
		}
	}
	return list
}

func (b *binder) attrs(e *syntax.Attrs) node {
	n := &attrsNode{delayed: delayed{at: e.At}, recursive: e.Recursive, overrides: -1, shape: shapeOf(e)}
	outer := b.scope
	if e.Recursive {
		b.push(scope{attrs: e.Attrs})
		defer b.pop()
		n.overrides = n.shape.find(b.t.ev.names.overrides)
		n.sources = b.lazyAll(e.InheritFrom)
		n.bindings = b.bindings(e, outer, true)
	} else {
		n.sources = b.lazyAll(e.InheritFrom)
		n.bindings = b.bindings(e, outer, false)
	}
	for _, d := range e.Dynamic {
		n.dynamic = append(n.dynamic, dynamicBinding{d.At, b.bind(d.Name), b.lazy(d.Value, 0)})
	}
	return n
}

func shapeOf(e *syntax.Attrs) *shape {
	s := &shape{symbols: make([]Symbol, len(e.Attrs)), positions: make([]Pos, len(e.Attrs))}
	for i := range e.Attrs {
		s.symbols[i], s.positions[i] = e.Attrs[i].Name, e.Attrs[i].At
	}
	return s
}
