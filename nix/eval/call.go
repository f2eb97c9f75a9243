package eval

// call1 applies a function to an argument.
func (t *thread) call1(function Value, arg *Value, at Pos) Value {
	switch function.tag() {
	case tagLambda:
		index, up := function.lambda()
		l := t.lambdas[index]
		t.enter(at, index, nil)
		v := l.body.eval(t, l.open(t, up, arg))
		t.depth--
		return v
	case tagPrimOp:
		p := function.primOp()
		if p.arity != 1 {
			return mkPartial(&partial{p, []*Value{arg}})
		}
		t.enter(at, 0, p)
		v := p.f1(t, arg)
		t.depth--
		return v
	}
	return t.callOther(function, arg, at)
}

// call2 applies a function to two arguments.
func (t *thread) call2(function Value, first, second *Value, at Pos) Value {
	switch function.tag() {
	case tagLambda:
		return t.callLambda2(function, first, second, at)
	case tagPrimOp:
		if p := function.primOp(); p.arity == 2 {
			t.enter(at, 0, p)
			v := p.f2(t, first, second)
			t.depth--
			return v
		}
	}
	return t.call1(t.call1(function, first, at), second, at)
}

// callLambda2 enters a function, and the function that it returns, as one call.
func (t *thread) callLambda2(function Value, first, second *Value, at Pos) Value {
	index, up := function.lambda()
	l := t.lambdas[index]
	t.enter(at, index, nil)
	g := l.open(t, up, first)
	var v Value
	if inner := l.inner; inner != nil {
		t.calls[t.depth-1].lambda = inner.index
		v = inner.body.eval(t, inner.open(t, g, second))
	} else {
		next := l.body.eval(t, g)
		if next.tag() == tagLambda {
			index, up = next.lambda()
			l = t.lambdas[index]
			t.calls[t.depth-1].lambda = index
			v = l.body.eval(t, l.open(t, up, second))
		} else {
			v = t.call1(next, second, at)
		}
	}
	t.depth--
	return v
}

// callN applies a function to arguments one after the other.
func (t *thread) callN(function Value, args []*Value, at Pos) Value {
	for len(args) > 1 {
		function = t.call2(function, args[0], args[1], at)
		args = args[2:]
	}
	if len(args) == 1 {
		function = t.call1(function, args[0], at)
	}
	return function
}

// callOther applies what is not simply a function.
func (t *thread) callOther(function Value, arg *Value, at Pos) Value {
	switch function.tag() {
	case tagPartial:
		return t.callPartial(function.partial(), arg, at)
	case tagAttrs:
		if functor := function.attrs().get(t.ev.names.functor); functor != nil {
			return t.call2(t.force(functor), t.cell(function), arg, at)
		}
	}
	t.fail(ErrType, at, "attempt to call something which is not a function but %s", t.describeValue(function))
	return null
}

func (t *thread) callPartial(p *partial, arg *Value, at Pos) Value {
	if len(p.args)+1 < p.primop.arity {
		args := append(p.args[:len(p.args):len(p.args)], arg)
		return mkPartial(&partial{p.primop, args})
	}
	t.enter(at, 0, p.primop)
	var v Value
	switch p.primop.arity {
	case 2:
		v = p.primop.f2(t, p.args[0], arg)
	case 3:
		v = p.primop.f3(t, p.args[0], p.args[1], arg)
	default:
		v = p.primop.fn(t, append(p.args[:len(p.args):len(p.args)], arg))
	}
	t.depth--
	return v
}

// isFunction reports whether a value can be called, as isFunction sees it.
func isFunction(v Value) bool { return v.tag() >= tagLambda }
