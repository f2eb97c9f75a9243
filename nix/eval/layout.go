package eval

import "unsafe"

// Value is one cell of the evaluation graph: a value, or the computation that
// will become one. It is two words. w holds the kind in its top 8 bits and a
// payload in the rest; p is nil or a pointer that the garbage collector may
// follow. Everything that is held lazily is a *Value, and the pointer is the
// identity that the language can observe in comparisons.
//
// This file is the only one that looks through p.
type Value struct {
	w uint64
	p unsafe.Pointer
}

// tag orders the states of a cell: those that still need work come first, so
// that "is it evaluated" is one comparison.
type tag = uint64

const (
	tagUnset        tag = iota
	tagThunk            // w: code index, p: frame
	tagApplication      // p: application
	tagApplication2     // p: application2
	tagGenerated        // w: argument, p: function cell
	tagLazy             // p: lazy, a Go function
	tagNewLambda        // a tagLambda nobody has looked at; shown as a thunk
	tagBlackhole        // under evaluation
	tagFailed           // p: *EvalError, raised again on every force
	tagNull
	tagBool       // w: 0 or 1
	tagInt        // w: 56 bits, signed
	tagBigInt     // p: *int64
	tagFloat      // p: *float64
	tagString     // p: bytes, w: length
	tagContextual // p: contextual
	tagPath       // p: bytes, w: length
	tagList       // p: first element, w: length
	tagAttrs      // p: attrSet
	tagLambda     // w: lambda index, p: frame
	tagPrimOp     // p: PrimOp
	tagPartial    // p: partial
)

const (
	tagShift           = 56
	payloadMask        = 1<<tagShift - 1
	evaluatedMin       = uint64(tagNull) << tagShift
	smallIntMax  int64 = 1<<(tagShift-1) - 1
	smallIntMin  int64 = -1 << (tagShift - 1)
)

func (v Value) tag() tag          { return v.w >> tagShift }
func (v Value) payload() uint64   { return v.w & payloadMask }
func (v Value) evaluated() bool   { return v.w >= evaluatedMin }
func (v *Value) poison(t tag)     { v.w, v.p = t<<tagShift, nil }
func plain(t tag, n uint64) Value { return Value{w: t<<tagShift | n} }

var null = plain(tagNull, 0)

func mkThunk(code uint32, f *frame) Value {
	return Value{w: tagThunk<<tagShift | uint64(code), p: unsafe.Pointer(f)}
}

func (v Value) thunk() (code uint32, f *frame) { return uint32(v.w), (*frame)(v.p) }

// application is a call that has not happened yet, as map makes it.
type application struct{ function, first *Value }

// application2 is one with two arguments, as mapAttrs and zipAttrsWith make it.
type application2 struct {
	application
	second *Value
}

const (
	applicationWords  = int(unsafe.Sizeof(application{}) / wordSize)
	application2Words = int(unsafe.Sizeof(application2{}) / wordSize)
)

func (s *slab) application(function, first *Value) *Value {
	a := (*application)(s.take(applicationWords))
	a.function, a.first = function, first
	return s.cell(Value{w: tagApplication << tagShift, p: unsafe.Pointer(a)})
}

func (s *slab) application2(function, first, second *Value) *Value {
	a := (*application2)(s.take(application2Words))
	a.function, a.first, a.second = function, first, second
	return s.cell(Value{w: tagApplication2 << tagShift, p: unsafe.Pointer(a)})
}

func (v Value) application() *application   { return (*application)(v.p) }
func (v Value) application2() *application2 { return (*application2)(v.p) }

// generated is the call of a function with a number that genList makes.
func (s *slab) generated(function *Value, n int64) *Value {
	return s.cell(Value{w: tagGenerated<<tagShift | uint64(n)&payloadMask, p: unsafe.Pointer(function)})
}

func (v Value) generated() (function *Value, n int64) { return (*Value)(v.p), int64(v.payload()) }

// lazy is a value that Go code computes on first use.
type lazy struct{ compute func(*thread) Value }

func mkLazy(compute func(*thread) Value) Value {
	return Value{w: tagLazy << tagShift, p: unsafe.Pointer(&lazy{compute})}
}

func (v Value) lazy() *lazy { return (*lazy)(v.p) }

func mkFailed(err *Error) Value {
	return Value{w: tagFailed << tagShift, p: unsafe.Pointer(err)}
}

func (v Value) failure() *Error { return (*Error)(v.p) }

func mkBool(b bool) Value {
	if b {
		return plain(tagBool, 1)
	}
	return plain(tagBool, 0)
}

func (v Value) bool() bool { return v.w&1 != 0 }

func mkInt(n int64) Value {
	if n > smallIntMax || n < smallIntMin {
		boxed := n
		return Value{w: tagBigInt << tagShift, p: unsafe.Pointer(&boxed)}
	}
	return plain(tagInt, uint64(n)&payloadMask)
}

func (v Value) isInt() bool { t := v.tag(); return t == tagInt || t == tagBigInt }

func (v Value) int() int64 {
	if v.tag() == tagInt {
		return int64(v.w<<8) >> 8
	}
	return *(*int64)(v.p)
}

func mkFloat(f float64) Value {
	return Value{w: tagFloat << tagShift, p: unsafe.Pointer(&f)}
}

func (v Value) float() float64 { return *(*float64)(v.p) }

// number reads an integer or a float as a float.
func (v Value) number() float64 {
	if v.tag() == tagFloat {
		return v.float()
	}
	return float64(v.int())
}

func mkBytes(t tag, s string) Value {
	return Value{w: t<<tagShift | uint64(len(s)), p: unsafe.Pointer(unsafe.StringData(s))}
}

func mkString(s string) Value { return mkBytes(tagString, s) }
func mkPath(p string) Value   { return mkBytes(tagPath, p) }

func (v Value) bytes() string { return unsafe.String((*byte)(v.p), int(v.payload())) }

// contextual is a string that refers to store objects.
type contextual struct {
	text    string
	context *Context
}

// mkContextString makes the plain form when there is no context.
func mkContextString(s string, c *Context) Value {
	if c == nil || len(c.elements) == 0 {
		return mkString(s)
	}
	return Value{w: tagContextual << tagShift, p: unsafe.Pointer(&contextual{s, c})}
}

func (v Value) isString() bool { t := v.tag(); return t == tagString || t == tagContextual }

// text returns the bytes of a string of either form.
func (v Value) text() string {
	if v.tag() == tagString {
		return v.bytes()
	}
	return (*contextual)(v.p).text
}

// context returns the context of a string; nil means empty.
func (v Value) context() *Context {
	if v.tag() != tagContextual {
		return nil
	}
	return (*contextual)(v.p).context
}

func mkList(cells []*Value) Value {
	return Value{w: tagList<<tagShift | uint64(len(cells)), p: unsafe.Pointer(unsafe.SliceData(cells))}
}

func (v Value) list() []*Value { return unsafe.Slice((**Value)(v.p), int(v.payload())) }

func mkLambda(code uint32, f *frame) Value {
	return Value{w: tagLambda<<tagShift | uint64(code), p: unsafe.Pointer(f)}
}

// mkNewLambda makes a function that becomes a plain one when it is forced.
func mkNewLambda(code uint32, f *frame) Value {
	return Value{w: tagNewLambda<<tagShift | uint64(code), p: unsafe.Pointer(f)}
}

func (v Value) lambda() (code uint32, f *frame) { return uint32(v.w), (*frame)(v.p) }

func mkPrimOp(p *PrimOp) Value { return Value{w: tagPrimOp << tagShift, p: unsafe.Pointer(p)} }

func (v Value) primOp() *PrimOp { return (*PrimOp)(v.p) }

// partial is a built-in function that has some of its arguments.
type partial struct {
	primop *PrimOp
	args   []*Value
}

func mkPartial(p *partial) Value { return Value{w: tagPartial << tagShift, p: unsafe.Pointer(p)} }

func (v Value) partial() *partial { return (*partial)(v.p) }

// sameBox reports whether two evaluated values are the very same object.
func sameBox(a, b Value) bool { return a.w == b.w && a.p == b.p }

// identity is what printing and deep traversal remember of a visited object.
type identity struct {
	p unsafe.Pointer
	w uint64
}

func (v Value) identity() identity { return identity{v.p, v.w} }

// frame is a scope at run time: the enclosing frame, then one cell per name.
// The slots lie behind the struct, in the same allocation.
type frame struct{ up *frame }

const wordSize = unsafe.Sizeof(uintptr(0))

func (f *frame) at(slot uint32) **Value {
	return (**Value)(unsafe.Add(unsafe.Pointer(f), (uintptr(slot)+1)*wordSize))
}

func (f *frame) get(slot uint32) *Value    { return *f.at(slot) }
func (f *frame) set(slot uint32, v *Value) { *f.at(slot) = v }

// ancestor walks depth frames outwards.
func (f *frame) ancestor(depth uint32) *frame {
	for ; depth > 0; depth-- {
		f = f.up
	}
	return f
}

// attrSet is an attribute set: its shape, then one cell per name of the shape.
type attrSet struct{ shape *shape }

func mkAttrs(a *attrSet) Value { return Value{w: tagAttrs << tagShift, p: unsafe.Pointer(a)} }

func (v Value) attrs() *attrSet { return (*attrSet)(v.p) }

func (a *attrSet) cells() []*Value {
	return unsafe.Slice((**Value)(unsafe.Add(unsafe.Pointer(a), wordSize)), len(a.shape.symbols))
}

func (a *attrSet) cell(i int) *Value {
	return *(**Value)(unsafe.Add(unsafe.Pointer(a), (uintptr(i)+1)*wordSize))
}

// slab hands out cells and pointer words from chunks: one allocation serves
// many small objects.
type slab struct {
	cells []Value
	words []unsafe.Pointer
}

const (
	cellChunk    = 127 // with the header of the garbage collector, 2 KB
	wordChunk    = 511 // the same, 4 KB
	wordSeparate = 48
)

func (s *slab) cell(v Value) *Value {
	if len(s.cells) == 0 {
		s.cells = make([]Value, cellChunk)
	}
	c := &s.cells[0]
	s.cells = s.cells[1:]
	*c = v
	return c
}

func (s *slab) take(n int) unsafe.Pointer {
	if n > len(s.words) {
		if n > wordSeparate {
			return unsafe.Pointer(unsafe.SliceData(make([]unsafe.Pointer, n)))
		}
		s.words = make([]unsafe.Pointer, wordChunk)
	}
	p := unsafe.Pointer(&s.words[0])
	s.words = s.words[n:]
	return p
}

func (s *slab) frame(up *frame, slots uint32) *frame {
	f := (*frame)(s.take(int(slots) + 1))
	f.up = up
	return f
}

func (s *slab) list(n int) []*Value {
	if n == 0 {
		return nil
	}
	return unsafe.Slice((**Value)(s.take(n)), n)
}

func (s *slab) attrs(sh *shape) *attrSet {
	a := (*attrSet)(s.take(len(sh.symbols) + 1))
	a.shape = sh
	return a
}
