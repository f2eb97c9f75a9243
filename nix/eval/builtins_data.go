package eval

import "strings"

// withoutNUL refuses text that no string of the language can hold.
func (t *thread) withoutNUL(s string) string {
	if strings.IndexByte(s, 0) >= 0 {
		t.failHere(ErrOther, "input string '%s' cannot be represented as Nix string because it contains null bytes",
			strings.ReplaceAll(s, "\x00", "␀"))
	}
	return s
}

func dataBuiltins() []*PrimOp {
	return []*PrimOp{
		primop1("toJSON", func(t *thread, a *Value) Value { return mkContextString(t.toJSON(a)) }),
		primop1("fromJSON", func(t *thread, a *Value) Value { return t.fromJSON(t.stringNoContext(a)) }),
		primop1("toXML", func(t *thread, a *Value) Value { return mkContextString(t.toXML(a, true, false)) }),
		primop1("fromTOML", func(t *thread, a *Value) Value { return t.fromTOML(t.stringNoContext(a)) }),
	}
}
