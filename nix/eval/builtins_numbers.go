package eval

import "math"

func numberBuiltins() []*PrimOp {
	arithmetic := func(name string, op arithmetic) *PrimOp {
		return primop2(name, func(t *thread, a, b *Value) Value {
			l := t.force(a)
			return t.arithmetic(op, l, t.force(b), t.here())
		})
	}
	bits := func(name string, f func(a, b int64) int64) *PrimOp {
		return primop2(name, func(t *thread, a, b *Value) Value {
			l := t.intOf(a)
			return mkInt(f(l, t.intOf(b)))
		})
	}
	return []*PrimOp{
		arithmetic("add", add), arithmetic("sub", subtract), arithmetic("mul", multiply), arithmetic("div", divide),
		bits("bitAnd", func(a, b int64) int64 { return a & b }),
		bits("bitOr", func(a, b int64) int64 { return a | b }),
		bits("bitXor", func(a, b int64) int64 { return a ^ b }),
		primop2("lessThan", func(t *thread, a, b *Value) Value {
			l := t.force(a)
			return mkBool(t.less(l, t.force(b), t.here()))
		}),
		rounding("ceil", math.Ceil),
		rounding("floor", math.Floor),
	}
}

// rounding makes ceil or floor; an integer passes through a float first, as it
// always did in Nix.
func rounding(name string, round func(float64) float64) *PrimOp {
	return primop1(name, func(t *thread, a *Value) Value {
		v := t.force(a)
		f := round(t.floatValue(v, t.here()))
		inRange := f >= math.MinInt64 && f < math.MaxInt64
		if v.isInt() {
			if inRange && int64(f) == v.int() {
				return v
			}
			const bug = "Due to a bug (see https://github.com/NixOS/nix/issues/12899) "
			if inRange {
				t.failHere(ErrOther, bug+"a loss of precision occurred in previous Nix versions because the NixInt argument %d was rounded to %d.\n"+
					"Future Nix versions might implement the correct behavior.", v.int(), int64(f))
			}
			t.failHere(ErrOther, bug+"the NixInt argument %d caused undefined behavior in previous Nix versions.\n"+
				"Future Nix versions might implement the correct behavior.", v.int())
		}
		if !inRange {
			t.failHere(ErrOther, "NixFloat argument %s is not in the range of NixInt", formatGeneral(v.float()))
		}
		return mkInt(int64(f))
	})
}
