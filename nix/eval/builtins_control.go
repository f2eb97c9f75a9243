package eval

import "berth.dev/nix/diagnostic"

func controlBuiltins() []*PrimOp {
	return []*PrimOp{
		primop1("throw", func(t *thread, a *Value) Value {
			s, _ := t.coerce(a, coercion{copy: true})
			t.failHere(ErrThrow, "%s", s)
			return null
		}),
		primop1("abort", func(t *thread, a *Value) Value {
			s, _ := t.coerce(a, coercion{copy: true})
			t.failHere(ErrAbort, "evaluation aborted with the following error message: '%s'", s)
			return null
		}),
		primop1("tryEval", tryEval),
		primop2("seq", func(t *thread, a, b *Value) Value {
			t.force(a)
			return t.force(b)
		}),
		primop2("deepSeq", func(t *thread, a, b *Value) Value {
			t.forceDeep(a)
			return t.force(b)
		}),
		primop2("trace", trace),
		primop2("traceVerbose", func(t *thread, a, b *Value) Value {
			if t.ev.settings.TraceVerbose {
				return trace(t, a, b)
			}
			return t.force(b)
		}),
		primop2("warn", func(t *thread, a, b *Value) Value {
			s, _ := t.stringOf(a)
			t.ev.onWarn(s)
			return t.force(b)
		}),
		primop1("break", func(t *thread, a *Value) Value { return t.force(a) }),
		primop2("addErrorContext", addErrorContext),
		primop1("genericClosure", genericClosure),
	}
}

func tryEval(t *thread, a *Value) Value {
	var result Value
	failed := t.try(func() { result = t.force(a) })
	value := a
	if failed {
		value = t.cell(mkBool(false))
	} else if !a.evaluated() {
		value = t.cell(result)
	}
	return t.attrsFrom([]attribute{
		{name: t.ev.names.success, value: t.cell(mkBool(!failed))},
		{name: t.ev.names.value, value: value},
	})
}

func trace(t *thread, a, b *Value) Value {
	v := t.force(a)
	if v.isString() {
		t.ev.onTrace(v.text())
	} else {
		t.ev.onTrace(t.showTraced(v))
	}
	return t.force(b)
}

// addErrorContext adds a message to the trace of an error that passes by. The
// message is evaluated only then; if that fails, it is the error.
func addErrorContext(t *thread, a, b *Value) Value {
	if b.evaluated() {
		return *b
	}
	var v Value
	err := t.catch(func() { v = t.force(b) })
	if err == nil {
		return v
	}
	message, _ := t.coerce(a, coercion{})
	err.Trace = append(err.Trace, diagnostic.Frame{Message: message})
	panic(err)
}

// forceDeep evaluates a value and all it holds, once each.
func (t *thread) forceDeep(c *Value) { (&deepForcer{t, map[identity]bool{}}).cell(c) }

type deepForcer struct {
	t    *thread
	seen map[identity]bool
}

func (d *deepForcer) cell(c *Value) {
	v := d.t.force(c)
	switch v.tag() {
	case tagList:
		if d.enter(v) {
			for _, e := range v.list() {
				d.cell(e)
			}
			d.t.unnest()
		}
	case tagAttrs:
		if d.enter(v) {
			set := v.attrs()
			for i := range set.len() {
				d.cell(set.cell(i))
			}
			d.t.unnest()
		}
	}
}

func (d *deepForcer) enter(v Value) bool {
	if d.seen[v.identity()] {
		return false
	}
	d.seen[v.identity()] = true
	d.t.nestCall()
	return true
}
