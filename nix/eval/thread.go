package eval

import (
	"sync/atomic"

	"berth.dev/nix/diagnostic"
)

// thread is one line of evaluation: what is in progress, and private memory.
// Every evaluation step gets it as an argument, so that later several can run.
type thread struct {
	ev      *Evaluator
	slab    slab
	shapes  shapeTable
	code    []codeEntry // what thunks run, by index
	lambdas []*lambdaNode

	pending []pendingUpdate // cells under evaluation, outermost first
	calls   []call          // calls in progress; the first depth entries count
	depth   int
	nesting int // depth of recursion through data: comparing, printing

	interrupted atomic.Bool
}

// codeEntry is an expression that can be delayed.
type codeEntry struct {
	node  node
	at    Pos
	label Symbol // the attribute it is the value of, or zero
}

// pendingUpdate is a cell under evaluation and what it held before.
type pendingUpdate struct {
	cell  *Value
	saved Value
	depth int32
}

// call is one call in progress.
type call struct {
	at     Pos
	lambda uint32
	primop *PrimOp // nil for a lambda
}

// pendingLimit bounds evaluations inside evaluations that are not calls, such
// as a long chain of sums. Each costs about a kilobyte of stack.
const pendingLimit = 1 << 20

// nestingLimit bounds recursion through data structures.
const nestingLimit = 1 << 17

// force returns the value of a cell, evaluating it if need be.
func (t *thread) force(c *Value) Value {
	if c.w >= evaluatedMin {
		return *c
	}
	return t.evaluate(c)
}

// evaluate runs what an unevaluated cell holds and stores the result in it.
func (t *thread) evaluate(c *Value) Value {
	saved := *c
	switch saved.tag() {
	case tagBlackhole:
		t.infiniteRecursion(c)
	case tagFailed:
		panic(saved.failure())
	case tagNewLambda:
		*c = mkLambda(saved.lambda())
		return *c
	}
	if len(t.pending) >= pendingLimit {
		t.fail(ErrDepth, t.here(), "stack overflow (possible infinite recursion)")
	}
	t.pending = append(t.pending, pendingUpdate{c, saved, int32(t.depth)})
	c.poison(tagBlackhole)
	var v Value
	switch saved.tag() {
	case tagThunk:
		code, f := saved.thunk()
		v = t.code[code].node.eval(t, f)
	case tagApplication:
		a := saved.application()
		v = t.call1(t.force(a.function), a.first, diagnostic.NoPos)
	case tagApplication2:
		a := saved.application2()
		v = t.call2(t.force(a.function), a.first, a.second, diagnostic.NoPos)
	case tagGenerated:
		function, n := saved.generated()
		v = t.call1(t.force(function), t.cell(mkInt(n)), diagnostic.NoPos)
	default:
		v = saved.lazy().compute(t)
	}
	*c = v
	t.pending = t.pending[:len(t.pending)-1]
	return v
}

// infiniteRecursion reports that a value needs itself, at the expression that
// asked for it, with the steps from the value to that expression.
func (t *thread) infiniteRecursion(c *Value) {
	e := &Error{Class: ErrRecursion}
	e.Pos, e.Message = t.here(), "infinite recursion encountered"
	last := len(t.pending) - 1
	if last >= 0 && t.pending[last].saved.tag() == tagThunk {
		code, _ := t.pending[last].saved.thunk()
		e.Pos = t.code[code].at
	}
	start := last
	for start > 0 && t.pending[start].cell != c {
		start--
	}
	for i := max(start, 0); i <= last && len(e.Cycle) < traceLimit; i++ {
		if step, ok := t.step(&t.pending[i]); ok {
			e.Cycle = append(e.Cycle, step)
		}
	}
	panic(e)
}

func (t *thread) cell(v Value) *Value { return t.slab.cell(v) }

// enter counts a call in; the caller counts it out by lowering depth.
func (t *thread) enter(at Pos, lambda uint32, primop *PrimOp) {
	d := t.depth
	if d >= len(t.calls) {
		t.growCalls(at)
	}
	if t.interrupted.Load() {
		t.fail(ErrInterrupted, at, "interrupted")
	}
	t.calls[d] = call{at, lambda, primop}
	t.depth = d + 1
}

// checkDepth fails where a call would; arithmetic and comparison are calls to
// C++ Nix.
func (t *thread) checkDepth(at Pos) {
	if t.depth >= len(t.calls) {
		t.growCalls(at)
	}
}

// growCalls makes room for deeper calls up to the limit the user has set.
func (t *thread) growCalls(at Pos) {
	limit := t.ev.settings.MaxCallDepth + 1
	if t.depth >= limit {
		t.fail(ErrDepth, at, "stack overflow; max-call-depth exceeded")
	}
	grown := make([]call, min(limit, max(64, 2*len(t.calls))))
	copy(grown, t.calls)
	t.calls = grown
}

// nest counts one step of recursion through data in; unnest counts it out.
func (t *thread) nest() {
	t.nesting++
	if t.nesting > nestingLimit {
		t.fail(ErrDepth, t.here(), "stack overflow (possible infinite recursion)")
	}
}

func (t *thread) unnest() { t.nesting-- }
