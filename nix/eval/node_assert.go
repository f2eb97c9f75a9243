package eval

import "berth.dev/nix/syntax"

// assertNode is `assert condition; body`.
type assertNode struct {
	delayed
	text      syntax.Expr // the condition, for the message
	condition node
	body      node
}

func (n *assertNode) eval(t *thread, f *frame) Value {
	if !t.boolean(n.condition.eval(t, f), n.at) {
		n.explain(t, f)
	}
	return n.body.eval(t, f)
}

// explain fails, telling for an equality what differs.
func (n *assertNode) explain(t *thread, f *frame) {
	if e, ok := n.condition.(*equalNode); ok && !e.negated {
		d := difference{t: t, at: e.at}
		d.values(e.left.eval(t, f), e.right.eval(t, f))
	}
	t.fail(ErrAssertion, n.at, "assertion '%s' failed", syntax.Print(n.text, t.ev.symbols))
}

// difference finds out in what two values differ, and fails with that.
type difference struct {
	t  *thread
	at Pos
}

func (d difference) fail(format string, args ...any) { d.t.fail(ErrAssertion, d.at, format, args...) }

func (d difference) cells(a, b *Value) {
	va, vb := d.t.force(a), d.t.force(b)
	if a != b {
		d.values(va, vb)
	}
}

func (d difference) values(a, b Value) {
	t := d.t
	number := func(v Value) bool { return v.isInt() || v.tag() == tagFloat }
	switch {
	case number(a) && number(b):
		if !equalNumbers(a, b) {
			d.fail("%s with value '%s' is not equal to %s with value '%s'", t.kindOf(a), t.brief(a), t.kindOf(b), t.brief(b))
		}
	case a.kind() != b.kind():
		d.fail("%s of value '%s' is not equal to %s of value '%s'", t.kindOf(a), t.brief(a), t.kindOf(b), t.brief(b))
	case a.tag() == tagAttrs:
		d.attrs(a, b)
	case a.tag() == tagList:
		d.lists(a, b)
	case isFunction(a):
		d.fail("distinct functions and immediate comparisons of identical functions compare as unequal")
	case !t.equal(a, b):
		d.fail("%s '%s' is not equal to %[1]s '%[3]s'", comparedKind(a), t.brief(a), t.brief(b))
	}
}

func comparedKind(v Value) string {
	switch v.kind() {
	case KindBool:
		return "boolean"
	case KindString:
		return "string"
	default:
		return "path"
	}
}

func (d difference) lists(a, b Value) {
	la, lb := a.list(), b.list()
	if len(la) != len(lb) {
		d.fail("list of size '%d' is not equal to list of size '%d', left hand side is '%s', right hand side is '%s'",
			len(la), len(lb), d.t.brief(a), d.t.brief(b))
	}
	for i := range la {
		d.cells(la[i], lb[i])
	}
}

func (d difference) attrs(a, b Value) {
	t, sa, sb := d.t, a.attrs(), b.attrs()
	if t.isDerivation(sa) && t.isDerivation(sb) {
		pa, pb := sa.get(t.ev.names.outPath), sb.get(t.ev.names.outPath)
		if pa != nil && pb != nil {
			d.cells(pa, pb)
			return
		}
	}
	if sa.len() != sb.len() {
		d.fail("attribute names of attribute set '%s' differs from attribute set '%s'", t.brief(a), t.brief(b))
	}
	d.names(a, b)
	for i, name := range sa.shape.symbols {
		d.cells(sa.cell(i), sb.get(name))
	}
}

// names fails if a has an attribute that b lacks.
func (d difference) names(a, b Value) {
	for _, name := range a.attrs().shape.symbols {
		if b.attrs().get(name) == nil {
			d.fail("attribute name '%s' is contained in '%s', but not in '%s'", syntax.QuoteName(d.t.ev.symbols.Name(name)), d.t.brief(a), d.t.brief(b))
		}
	}
}
