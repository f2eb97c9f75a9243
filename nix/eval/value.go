package eval

// Kind is the type of an evaluated value.
type Kind uint8

// The kinds of value. KindThunk is one that has not been evaluated.
const (
	KindThunk Kind = iota
	KindNull
	KindBool
	KindInt
	KindFloat
	KindString
	KindPath
	KindList
	KindAttrs
	KindFunction
)

// String returns the name of the kind as typeOf gives it.
func (k Kind) String() string {
	return [...]string{"thunk", "null", "bool", "int", "float", "string", "path", "list", "set", "lambda"}[k]
}

// Kind returns what a value is. Force it first.
func (v *Value) Kind() Kind { return v.kind() }

func (v Value) kind() Kind {
	switch v.tag() {
	case tagNull:
		return KindNull
	case tagBool:
		return KindBool
	case tagInt, tagBigInt:
		return KindInt
	case tagFloat:
		return KindFloat
	case tagString, tagContextual:
		return KindString
	case tagPath:
		return KindPath
	case tagList:
		return KindList
	case tagAttrs:
		return KindAttrs
	case tagLambda, tagPrimOp, tagPartial:
		return KindFunction
	default:
		return KindThunk
	}
}

// Bool returns a Boolean.
func (v *Value) Bool() bool { return v.bool() }

// Int returns an integer.
func (v *Value) Int() int64 { return v.int() }

// Float returns a float or an integer.
func (v *Value) Float() float64 { return v.number() }

// Text returns the bytes of a string or path.
func (v *Value) Text() string {
	if v.tag() == tagPath {
		return v.bytes()
	}
	return v.text()
}

// Context returns what a string refers to.
func (v *Value) Context() *Context { return v.context() }

// List returns the elements of a list; they may be unevaluated. The caller must
// not change the slice.
func (v *Value) List() []*Value { return v.list() }

// Len returns the number of elements of a list or attributes of a set.
func (v *Value) Len() int {
	if v.tag() == tagAttrs {
		return v.attrs().len()
	}
	return int(v.payload())
}

// NewNull, NewBool and so on make values.

// NewNull returns null.
func NewNull() *Value { return &Value{w: null.w} }

// NewBool returns a Boolean.
func NewBool(b bool) *Value { v := mkBool(b); return &v }

// NewInt returns an integer.
func NewInt(n int64) *Value { v := mkInt(n); return &v }

// NewFloat returns a float.
func NewFloat(f float64) *Value { v := mkFloat(f); return &v }

// NewString returns a string that refers to nothing.
func NewString(s string) *Value { v := mkString(s); return &v }

// NewContextString returns a string that refers to store objects.
func NewContextString(s string, c *Context) *Value { v := mkContextString(s, c); return &v }

// NewPath returns a path.
func NewPath(path string) *Value { v := mkPath(cleanPath(path)); return &v }

// NewList returns a list. It keeps the slice.
func NewList(elements []*Value) *Value { v := mkList(elements); return &v }

// NewLazy returns a value that is computed on first use.
func NewLazy(compute func(*Evaluator) (*Value, error)) *Value {
	v := mkLazy(func(t *thread) Value {
		made, err := compute(t.ev)
		if err != nil {
			t.failCause(err, "%s", err)
		}
		return t.force(made)
	})
	return &v
}

// NewAttrs returns an attribute set.
func (ev *Evaluator) NewAttrs(attrs map[string]*Value) *Value {
	list := make([]attribute, 0, len(attrs))
	for name, v := range attrs {
		list = append(list, attribute{name: ev.symbols.Intern(name), value: v})
	}
	v := ev.thread.attrsFrom(list)
	return &v
}

// Force evaluates a value until its kind is known.
func (ev *Evaluator) Force(v *Value) error {
	if v.evaluated() {
		return nil
	}
	return ev.run(func(t *thread) { t.force(v) })
}

// ForceDeep evaluates a value and everything in it.
func (ev *Evaluator) ForceDeep(v *Value) error {
	return ev.run(func(t *thread) { t.forceDeep(v) })
}

// Get returns an attribute of a set, evaluated, or nil if the set has none of
// that name.
func (ev *Evaluator) Get(set *Value, name string) (*Value, error) {
	if set.tag() != tagAttrs {
		return nil, ev.run(func(t *thread) { t.attrsOf(set) })
	}
	symbol, known := ev.symbols.Lookup(name)
	if !known {
		return nil, nil
	}
	c := set.attrs().get(symbol)
	if c == nil {
		return nil, nil
	}
	return c, ev.Force(c)
}

// Attr is one attribute of a set.
type Attr struct {
	Name  string
	Value *Value // perhaps not evaluated
	Pos   Pos
}

// Attrs returns the attributes of a set in the order of their names.
func (ev *Evaluator) Attrs(set *Value) []Attr {
	a := set.attrs()
	list := make([]Attr, 0, a.len())
	for _, i := range ev.thread.byName(a) {
		list = append(list, Attr{ev.symbols.Name(a.shape.symbols[i]), a.cell(int(i)), a.shape.position(int(i))})
	}
	return list
}

// Call applies a function to arguments.
func (ev *Evaluator) Call(function *Value, args ...*Value) (*Value, error) {
	var result *Value
	err := ev.run(func(t *thread) { result = t.cell(t.callN(t.force(function), args, t.here())) })
	return result, err
}

// String evaluates a value that must be a string.
func (ev *Evaluator) String(v *Value) (text string, context *Context, err error) {
	err = ev.run(func(t *thread) { text, context = t.stringOf(v) })
	return text, context, err
}

// Coerce makes a string of a value as interpolation does: a path is copied to
// the store, a derivation becomes its output path.
func (ev *Evaluator) Coerce(v *Value) (text string, context *Context, err error) {
	err = ev.run(func(t *thread) { text, context = t.coerce(v, coercion{copy: true}) })
	return text, context, err
}

// IsDerivation reports whether a value is a set that calls itself a derivation.
func (ev *Evaluator) IsDerivation(v *Value) (is bool, err error) {
	err = ev.run(func(t *thread) {
		forced := t.force(v)
		is = forced.tag() == tagAttrs && t.isDerivation(forced.attrs())
	})
	return is, err
}

// Equal compares two values as == does.
func (ev *Evaluator) Equal(a, b *Value) (equal bool, err error) {
	err = ev.run(func(t *thread) { equal = t.equal(t.force(a), t.force(b)) })
	return equal, err
}

// Print writes a value in the syntax of the language, without evaluating more.
func (ev *Evaluator) Print(v *Value, style PrintStyle) (text string, err error) {
	err = ev.run(func(t *thread) { text = t.show(*v, style) })
	return text, err
}

// JSON writes a value as JSON. Paths are copied to the store. Unless strict,
// everything must have been evaluated.
func (ev *Evaluator) JSON(v *Value, strict bool) (text string, err error) {
	err = ev.run(func(t *thread) {
		w := jsonWriter{t: t, strict: strict, copy: true}
		w.cell(v)
		text = string(w.out)
	})
	return text, err
}

// XML writes a value as XML with the places of its definitions.
func (ev *Evaluator) XML(v *Value, strict bool) (text string, err error) {
	err = ev.run(func(t *thread) { text, _ = t.toXML(v, strict, true) })
	return text, err
}
