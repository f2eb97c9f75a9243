package eval

import (
	"strings"

	"berth.dev/nix/diagnostic"
	"berth.dev/nix/syntax"
)

// attrsNode is an attribute set.
type attrsNode struct {
	delayed
	shape     *shape
	bindings  []binding // in the order of the shape
	sources   []node    // of `inherit (e)`
	recursive bool
	dynamic   []dynamicBinding
	overrides int // index of __overrides in a recursive set, or -1
}

type dynamicBinding struct {
	at    Pos
	name  node
	value node
}

func (n *attrsNode) eval(t *thread, f *frame) Value {
	if n.recursive {
		return n.evalRecursive(t, f)
	}
	if len(n.bindings) == 0 && len(n.dynamic) == 0 {
		return t.ev.emptyAttrs
	}
	set := t.slab.attrs(n.shape)
	cells := set.cells()
	inner := f
	if len(n.sources) > 0 {
		inner = n.sourceFrame(t, f)
	}
	for i := range n.bindings {
		b := &n.bindings[i]
		if b.outer {
			cells[i] = b.value.delay(t, f)
		} else {
			cells[i] = b.value.delay(t, inner)
		}
	}
	if len(n.dynamic) > 0 {
		return n.addDynamic(t, f, set)
	}
	return mkAttrs(set)
}

// sourceFrame holds the sources of `inherit (e)` of a set that is not
// recursive; only the inherited attributes see it.
func (n *attrsNode) sourceFrame(t *thread, f *frame) *frame {
	g := t.slab.frame(f, uint32(len(n.sources)))
	for i, s := range n.sources {
		g.set(uint32(i), s.delay(t, f))
	}
	return g
}

func (n *attrsNode) evalRecursive(t *thread, f *frame) Value {
	slots := uint32(len(n.bindings) + len(n.sources))
	var g *frame
	if n.overrides >= 0 {
		g = n.bindThunks(t, f, slots)
	} else {
		g = t.bind(f, slots, n.bindings, n.sources)
	}
	set := t.slab.attrs(n.shape)
	cells := set.cells()
	for i := range cells {
		cells[i] = g.get(uint32(i))
	}
	v := mkAttrs(set)
	if n.overrides >= 0 {
		v = n.override(t, g, v)
	}
	if len(n.dynamic) > 0 {
		return n.addDynamic(t, g, v.attrs())
	}
	return v
}

// bindThunks is bind for sets with __overrides: `rec { x = y; y = 1; }` must
// not share the cell of y with x, as y may be replaced.
func (n *attrsNode) bindThunks(t *thread, f *frame, slots uint32) *frame {
	g := t.slab.frame(f, slots)
	for i, s := range n.sources {
		g.set(uint32(len(n.bindings)+i), s.delay(t, g))
	}
	for i := range n.bindings {
		b := &n.bindings[i]
		switch {
		case b.outer:
			g.set(uint32(i), b.value.delay(t, f))
		default:
			g.set(uint32(i), t.ownCell(b.value, g))
		}
	}
	return g
}

// ownCell delays an expression without sharing a cell that exists already.
func (t *thread) ownCell(n node, f *frame) *Value {
	return t.cell(mkLazy(func(t *thread) Value { return n.eval(t, f) }))
}

// override puts the attributes of __overrides in place of those of the set, for
// the set and for the expressions inside it.
func (n *attrsNode) override(t *thread, g *frame, v Value) Value {
	replacements := t.force(g.get(uint32(n.overrides)))
	if replacements.tag() != tagAttrs {
		t.failType(n.at, "a set", replacements)
	}
	r := replacements.attrs()
	for i, name := range n.shape.symbols {
		if c := r.get(name); c != nil {
			g.set(uint32(i), c)
		}
	}
	var m *shapeMerge
	return t.update(v, replacements, &m)
}

// addDynamic adds the attributes whose names are computed.
func (n *attrsNode) addDynamic(t *thread, f *frame, set *attrSet) Value {
	list := make([]attribute, 0, set.len()+len(n.dynamic))
	for i, name := range set.shape.symbols {
		list = append(list, attribute{name, set.shape.position(i), set.cell(i)})
	}
	for i := range n.dynamic {
		d := &n.dynamic[i]
		v := d.name.eval(t, f)
		if v.tag() == tagNull {
			continue
		}
		name := t.ev.symbols.Intern(t.plainString(v, d.at))
		for _, other := range list {
			if other.name == name {
				t.failDuplicate(d.at, name, other.pos)
			}
		}
		list = append(list, attribute{name, d.at, d.value.delay(t, f)})
	}
	return t.attrsFrom(list)
}

func (t *thread) failDuplicate(at Pos, name Symbol, previous Pos) {
	t.fail(ErrOther, at, "dynamic attribute '%s' already defined at %s", syntax.QuoteName(t.ev.symbols.Name(name)), t.ev.placeName(previous))
}

// inheritedNode is an attribute from `inherit (e)`: e is in a slot of the frame.
type inheritedNode struct {
	delayed
	slot  uint32
	name  Symbol
	cache lookupCache
}

func (n *inheritedNode) eval(t *thread, f *frame) Value {
	source := t.force(f.get(n.slot))
	if source.tag() != tagAttrs {
		t.failType(n.at, "a set", source)
	}
	if c := n.cache.get(source.attrs(), n.name); c != nil {
		return t.force(c)
	}
	t.failMissing(n.at, n.name, source.attrs())
	return null
}

// selectNode is a selection of one attribute with a known name: `e.x`.
type selectNode struct {
	delayed
	object node
	name   Symbol
	cache  lookupCache
}

func (n *selectNode) eval(t *thread, f *frame) Value {
	object := n.object.eval(t, f)
	if object.tag() != tagAttrs {
		t.failType(n.at, "a set", object)
	}
	set := object.attrs()
	if c := n.cache.get(set, n.name); c != nil {
		return t.force(c)
	}
	t.failMissing(n.at, n.name, set)
	return null
}

// delay shares the attribute's cell if both set and attribute are evaluated.
// Functions, floats and lists are not shared: that they are distinct objects
// after a selection shows when they are compared, or printed.
func (n *selectNode) delay(t *thread, f *frame) *Value {
	if variable, ok := n.object.(*localNode); ok {
		if c := f.get(variable.slot); c != nil && c.tag() == tagAttrs {
			if a := n.cache.get(c.attrs(), n.name); a != nil && shareable(*a) {
				return a
			}
		}
	}
	return n.delayed.delay(t, f)
}

func shareable(v Value) bool {
	t := v.tag()
	return t >= tagNull && t < tagLambda && t != tagFloat && t != tagList
}

// attrPath is the path of a selection: names, computed or not.
type attrPath []pathElement

type pathElement struct {
	at       Pos
	name     Symbol
	computed node // nil if the name is known
	cache    lookupCache
}

func (e *pathElement) symbol(t *thread, f *frame) Symbol {
	if e.computed == nil {
		return e.name
	}
	return t.ev.symbols.Intern(t.plainString(e.computed.eval(t, f), e.at))
}

func (e *pathElement) find(set *attrSet, name Symbol) *Value {
	if e.computed == nil {
		return e.cache.get(set, name)
	}
	return set.get(name)
}

// selectPathNode is any selection: `e.x.${y} or z`.
type selectPathNode struct {
	delayed
	object node
	path   attrPath
	preset node // nil without `or`
}

func (n *selectPathNode) eval(t *thread, f *frame) Value {
	v := n.object.eval(t, f)
	for i := range n.path {
		e := &n.path[i]
		name := e.symbol(t, f)
		if v.tag() != tagAttrs {
			if n.preset != nil {
				return n.preset.eval(t, f)
			}
			t.failType(n.at, "a set", v)
		}
		c := e.find(v.attrs(), name)
		if c == nil {
			if n.preset != nil {
				return n.preset.eval(t, f)
			}
			t.failMissing(n.at, name, v.attrs())
		}
		v = t.force(c)
	}
	return v
}

// hasAttrNode is `e ? a.b`.
type hasAttrNode struct {
	delayed
	object node
	path   attrPath
}

func (n *hasAttrNode) eval(t *thread, f *frame) Value {
	v := n.object.eval(t, f)
	for i := range n.path {
		name := n.path[i].symbol(t, f)
		if v.tag() != tagAttrs {
			return mkBool(false)
		}
		c := n.path[i].find(v.attrs(), name)
		if c == nil {
			return mkBool(false)
		}
		if i == len(n.path)-1 {
			break
		}
		v = t.force(c)
	}
	return mkBool(true)
}

// currentPosNode is __curPos.
type currentPosNode struct{ delayed }

func (n *currentPosNode) eval(t *thread, _ *frame) Value { return t.positionValue(n.at) }

// positionValue makes the set that describes a place, null if there is none.
func (t *thread) positionValue(at Pos) Value {
	where, ok := t.ev.sources.Locate(at)
	if !ok || where.Origin.Kind != diagnostic.OriginFile {
		return null
	}
	n := &t.ev.names
	return t.attrsFrom([]attribute{
		{name: n.column, value: t.cell(mkInt(int64(where.Column)))},
		{name: n.file, value: t.cell(mkString(strings.TrimPrefix(where.Origin.Name, internalMark)))},
		{name: n.line, value: t.cell(mkInt(int64(where.Line)))},
	})
}
