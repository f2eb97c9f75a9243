package eval

import (
	"fmt"
	"strconv"

	"berth.dev/nix/diagnostic"
)

// ErrorClass tells what kind of failure an Error is.
type ErrorClass uint8

// The classes of failure. tryEval catches those up to ErrSearchPath.
const (
	ErrThrow       ErrorClass = iota // throw
	ErrAssertion                     // a failed assert
	ErrSearchPath                    // a file not found in the search path
	ErrAbort                         // abort
	ErrSyntax                        // the text is no program
	ErrUndefined                     // a variable without definition
	ErrType                          // a value of the wrong kind
	ErrMissing                       // a missing attribute
	ErrRecursion                     // a value that needs itself
	ErrDepth                         // too deep; not a property of the value
	ErrInterrupted                   // see Evaluator.Interrupt
	ErrOther                         // everything else
	ErrInternal                      // a fault in the evaluator
)

// Error is what evaluation fails with: a diagnostic and its class. Its trace
// has the innermost step first.
type Error struct {
	Class ErrorClass
	diagnostic.Diagnostic
	Cause error // what an interface of the evaluator returned, if any
	// Cycle is how a value came to need itself: the values on the way, each of
	// which needs the next one, and the last one the first. The message of a
	// step is the name of the value, if it has one.
	Cycle []diagnostic.Frame
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Cause }

func (e *Error) catchable() bool { return e.Class <= ErrSearchPath }

// fail stops the evaluation with an error.
func (t *thread) fail(class ErrorClass, pos Pos, format string, args ...any) {
	panic(&Error{Class: class, Diagnostic: diagnostic.Diagnostic{Pos: pos, Message: fmt.Sprintf(format, args...)}})
}

// failHere is fail at the place of the call in progress, for built-in functions.
func (t *thread) failHere(class ErrorClass, format string, args ...any) {
	t.fail(class, t.here(), format, args...)
}

// failCause is failHere for an error that came from outside the evaluator.
func (t *thread) failCause(err error, format string, args ...any) {
	if inner, ok := err.(*Error); ok {
		panic(inner)
	}
	e := &Error{Class: ErrOther, Cause: err}
	e.Pos, e.Message = t.here(), fmt.Sprintf(format, args...)
	panic(e)
}

// here returns the place of the innermost call in progress.
func (t *thread) here() Pos {
	if t.depth == 0 {
		return diagnostic.NoPos
	}
	return t.calls[t.depth-1].at
}

// catch runs f and returns the error it fails with, nil if none. Work that the
// error interrupted is left so that forcing it again fails the same way.
func (t *thread) catch(f func()) (err *Error) {
	pending, depth, nesting := len(t.pending), t.depth, t.nesting
	defer func() {
		if cause := recover(); cause != nil {
			err = t.asError(cause)
			err = t.trace(err, pending, depth)
			t.unwind(err, pending)
			t.depth, t.nesting = depth, nesting
		}
	}()
	f()
	return nil
}

// try is catch for tryEval: an error it may not catch goes on.
func (t *thread) try(f func()) (caught bool) {
	pending, depth, nesting := len(t.pending), t.depth, t.nesting
	defer func() {
		cause := recover()
		if cause == nil {
			return
		}
		err, ok := cause.(*Error)
		if !ok || !err.catchable() {
			panic(cause)
		}
		t.unwind(err, pending)
		t.depth, t.nesting = depth, nesting
		caught = true
	}()
	f()
	return false
}

// asError makes an Error of what a panic carried. A run-time error is a fault
// of this package; it is reported as such instead of ending the process.
func (t *thread) asError(cause any) *Error {
	if err, ok := cause.(*Error); ok {
		return err
	}
	e := &Error{Class: ErrInternal}
	e.Pos, e.Message = t.here(), fmt.Sprintf("internal error in the evaluator: %v", cause)
	if err, ok := cause.(error); ok {
		e.Cause = err
	}
	return e
}

// unwind marks the cells whose evaluation an error interrupted.
func (t *thread) unwind(err *Error, mark int) {
	for i := len(t.pending) - 1; i >= mark; i-- {
		p := &t.pending[i]
		switch err.Class {
		case ErrDepth, ErrInterrupted, ErrInternal:
			*p.cell = p.saved
		default:
			*p.cell = mkFailed(err)
		}
		*p = pendingUpdate{}
	}
	t.pending = t.pending[:mark]
}

// traceLimit bounds the trace of one error: nobody reads ten thousand steps.
const traceLimit = 100

// trace returns a copy of the error that also tells about the evaluations and
// calls in progress above the marks.
func (t *thread) trace(err *Error, pending, depth int) *Error {
	traced := *err
	traced.Trace = traced.Trace[:len(traced.Trace):len(traced.Trace)]
	calls := t.depth
	for i := len(t.pending) - 1; i >= pending; i-- {
		p := &t.pending[i]
		traced.addCalls(t, int(p.depth), calls)
		calls = min(calls, int(p.depth))
		if frame, ok := t.describe(p); ok {
			traced.addFrame(frame)
		}
	}
	traced.addCalls(t, depth, calls)
	return &traced
}

func (e *Error) addCalls(t *thread, from, to int) {
	for i := to - 1; i >= from && len(e.Trace) < traceLimit; i-- {
		if t.calls[i].silent() {
			continue
		}
		e.addFrame(diagnostic.Frame{Pos: t.calls[i].at, Message: t.callee(&t.calls[i])})
	}
}

// silent reports whether a call tells a reader nothing: it was made by a
// built-in function, or only to fail.
func (c *call) silent() bool {
	if c.primop == nil {
		return c.at == diagnostic.NoPos
	}
	switch c.primop.name {
	case "throw", "abort", "addErrorContext":
		return true
	default:
		return false
	}
}

// addFrame leaves out what would only repeat the step before.
func (e *Error) addFrame(f diagnostic.Frame) {
	if n := len(e.Trace); n >= traceLimit || n > 0 && e.Trace[n-1] == f {
		return
	}
	e.Trace = append(e.Trace, f)
}

func (t *thread) callee(c *call) string {
	if c.primop != nil {
		return "while calling the " + quote(c.primop.name) + " builtin"
	}
	if name := t.lambdas[c.lambda].name; name != 0 {
		return "while calling " + quote(t.ev.symbols.Name(name))
	}
	return "while calling an anonymous function"
}

// describe says what a pending entry was about, if that helps a reader.
func (t *thread) describe(p *pendingUpdate) (diagnostic.Frame, bool) {
	if p.saved.tag() != tagThunk {
		return diagnostic.Frame{}, false
	}
	code, _ := p.saved.thunk()
	entry := &t.code[code]
	if entry.label == 0 {
		return diagnostic.Frame{}, false
	}
	message := "while evaluating the attribute " + quote(t.ev.symbols.Name(entry.label))
	return diagnostic.Frame{Pos: entry.at, Message: message}, true
}

// step describes a pending entry as part of a cycle.
func (t *thread) step(p *pendingUpdate) (diagnostic.Frame, bool) {
	if p.saved.tag() != tagThunk {
		return diagnostic.Frame{}, false
	}
	code, _ := p.saved.thunk()
	entry := &t.code[code]
	step := diagnostic.Frame{Pos: entry.at}
	if entry.label != 0 {
		step.Message = t.ev.symbols.Name(entry.label)
	}
	return step, entry.at != diagnostic.NoPos
}

// quietly runs f during error handling, without marking anything.
func (t *thread) quietly(f func()) (failed bool) {
	pending := len(t.pending)
	defer func() {
		if cause := recover(); cause != nil {
			t.unwind(t.asError(cause), pending)
			failed = true
		}
	}()
	f()
	return false
}

func quote(s string) string { return "'" + s + "'" }

func itoa(n int64) string { return strconv.FormatInt(n, 10) }
