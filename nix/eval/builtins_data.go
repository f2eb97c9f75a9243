package eval

func dataBuiltins() []*PrimOp {
	return []*PrimOp{
		primop1("toJSON", func(t *thread, a *Value) Value { return mkContextString(t.toJSON(a)) }),
		primop1("fromJSON", func(t *thread, a *Value) Value { return t.fromJSON(t.stringNoContext(a)) }),
		primop1("toXML", func(t *thread, a *Value) Value { return mkContextString(t.toXML(a, true, false)) }),
		primop1("fromTOML", func(t *thread, a *Value) Value { return t.fromTOML(t.stringNoContext(a)) }),
	}
}
