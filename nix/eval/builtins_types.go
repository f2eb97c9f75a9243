package eval

func typeBuiltins() []*PrimOp {
	is := func(name string, kind Kind) *PrimOp {
		return primop1(name, func(t *thread, a *Value) Value { return mkBool(t.force(a).kind() == kind) })
	}
	return []*PrimOp{
		is("isNull", KindNull), is("isBool", KindBool), is("isInt", KindInt), is("isFloat", KindFloat),
		is("isString", KindString), is("isPath", KindPath), is("isList", KindList), is("isAttrs", KindAttrs),
		is("isFunction", KindFunction),
		primop1("typeOf", func(t *thread, a *Value) Value { return mkString(t.force(a).kind().String()) }),
		primop1("functionArgs", functionArgs),
	}
}

// functionArgs tells the names of a pattern and which have a default.
func functionArgs(t *thread, a *Value) Value {
	v := t.force(a)
	if v.tag() == tagPrimOp || v.tag() == tagPartial {
		return t.ev.emptyAttrs
	}
	if v.tag() != tagLambda {
		t.failHere(ErrType, "'functionArgs' requires a function")
	}
	index, _ := v.lambda()
	p := t.lambdas[index].formals
	if p == nil {
		return t.ev.emptyAttrs
	}
	list := make([]attribute, len(p.list))
	for i, f := range p.list {
		list[i] = attribute{f.name, f.at, t.cell(mkBool(f.preset != nil))}
	}
	return t.attrsFrom(list)
}
