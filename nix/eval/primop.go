package eval

import "fmt"

// PrimOp is a function written in Go.
type PrimOp struct {
	name  string
	arity int
	f1    func(t *thread, a *Value) Value
	f2    func(t *thread, a, b *Value) Value
	f3    func(t *thread, a, b, c *Value) Value
	fn    func(t *thread, args []*Value) Value // for more arguments
}

func primop1(name string, f func(t *thread, a *Value) Value) *PrimOp {
	return &PrimOp{name: name, arity: 1, f1: f}
}

func primop2(name string, f func(t *thread, a, b *Value) Value) *PrimOp {
	return &PrimOp{name: name, arity: 2, f2: f}
}

func primop3(name string, f func(t *thread, a, b, c *Value) Value) *PrimOp {
	return &PrimOp{name: name, arity: 3, f3: f}
}

// NewPrimOp makes a function of Go code, with one argument or more. The
// arguments are not evaluated; an error becomes one of the calling expression.
func NewPrimOp(name string, arity int, f func(ev *Evaluator, args []*Value) (*Value, error)) *Value {
	if arity < 1 {
		panic(fmt.Sprintf("primop %s needs an argument", name))
	}
	run := func(t *thread, args []*Value) Value {
		v, err := f(t.ev, args)
		if err != nil {
			t.failCause(err, "%s", err)
		}
		return t.force(v)
	}
	p := &PrimOp{name: name, arity: arity, fn: run}
	switch arity {
	case 1:
		p.f1 = func(t *thread, a *Value) Value { return run(t, []*Value{a}) }
	case 2:
		p.f2 = func(t *thread, a, b *Value) Value { return run(t, []*Value{a, b}) }
	case 3:
		p.f3 = func(t *thread, a, b, c *Value) Value { return run(t, []*Value{a, b, c}) }
	}
	v := mkPrimOp(p)
	return &v
}
