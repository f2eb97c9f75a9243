package eval

import (
	"fmt"
	"strings"
)

// coercion says what may become a string, and how.
type coercion struct {
	copy bool // paths are copied to the store and become store paths
	more bool // numbers, Booleans, null and lists too, as toString does
}

// coerceNested is coerce for values inside an expression that stands at a place.
func (t *thread) coerceNested(v Value, at Pos, mode coercion) (string, *Context) {
	switch v.tag() {
	case tagString:
		return v.bytes(), nil
	case tagContextual:
		return v.text(), v.context()
	case tagPath:
		if !mode.copy {
			return v.bytes(), nil
		}
		return t.copyToStore(v.bytes())
	case tagAttrs:
		if s, c, ok := t.coerceAttrs(v, at, mode); ok {
			return s, c
		}
	default:
		if mode.more {
			return t.coerceMore(v, at, mode)
		}
	}
	t.fail(ErrType, at, "cannot coerce %s to a string: %s", t.kindOf(v), t.brief(v))
	return "", nil
}

// coerceAttrs makes a string of a set that knows how.
func (t *thread) coerceAttrs(v Value, at Pos, mode coercion) (string, *Context, bool) {
	t.nestCall()
	defer t.unnest()
	if method := v.attrs().get(t.ev.names.toString); method != nil {
		made := t.call1(t.force(method), t.cell(v), at)
		s, c := t.coerceNested(made, at, mode)
		return s, c, true
	}
	if path := v.attrs().get(t.ev.names.outPath); path != nil {
		s, c := t.coerceNested(t.force(path), at, mode)
		return s, c, true
	}
	return "", nil, false
}

func (t *thread) coerceMore(v Value, at Pos, mode coercion) (string, *Context) {
	switch v.tag() {
	case tagBool:
		if v.bool() {
			return "1", nil
		}
		return "", nil
	case tagInt, tagBigInt:
		return itoa(v.int()), nil
	case tagFloat:
		return formatFixed(v.float()), nil
	case tagNull:
		return "", nil
	case tagList:
		return t.coerceList(v.list(), at, mode)
	}
	t.fail(ErrType, at, "cannot coerce %s to a string: %s", t.kindOf(v), t.brief(v))
	return "", nil
}

// coerceList joins the elements with spaces; an empty list among them gets none.
func (t *thread) coerceList(cells []*Value, at Pos, mode coercion) (string, *Context) {
	t.nestCall()
	defer t.unnest()
	var b strings.Builder
	var union contextUnion
	for i, c := range cells {
		v := t.force(c)
		s, sc := t.coerceNested(v, at, mode)
		b.WriteString(s)
		union.add(sc)
		if i < len(cells)-1 && !(v.tag() == tagList && v.payload() == 0) {
			b.WriteByte(' ')
		}
	}
	return b.String(), union.context()
}

// coerce makes a string of what a built-in function got.
func (t *thread) coerce(c *Value, mode coercion) (string, *Context) {
	return t.coerceNested(t.force(c), t.here(), mode)
}

// The functions below read a value of a certain kind or fail.

func (t *thread) failType(at Pos, want string, got Value) {
	t.fail(ErrType, at, "expected %s but found %s", want, t.describeValue(got))
}

func (t *thread) attrsOf(c *Value) *attrSet {
	v := t.force(c)
	if v.tag() != tagAttrs {
		t.failType(t.here(), "a set", v)
	}
	return v.attrs()
}

func (t *thread) listOf(c *Value) []*Value { return t.listValue(t.force(c), t.here()).list() }

func (t *thread) listValue(v Value, at Pos) Value {
	if v.tag() != tagList {
		t.failType(at, "a list", v)
	}
	return v
}

func (t *thread) intOf(c *Value) int64 { return t.intValue(t.force(c), t.here()) }

func (t *thread) intValue(v Value, at Pos) int64 {
	if !v.isInt() {
		t.failType(at, "an integer", v)
	}
	return v.int()
}

func (t *thread) floatValue(v Value, at Pos) float64 {
	if !v.isInt() && v.tag() != tagFloat {
		t.failType(at, "a float", v)
	}
	return v.number()
}

func (t *thread) boolOf(c *Value) bool { return t.boolean(t.force(c), t.here()) }

// stringOf reads a string with its context.
func (t *thread) stringOf(c *Value) (string, *Context) {
	v := t.force(c)
	if !v.isString() {
		t.failType(t.here(), "a string", v)
	}
	return v.text(), v.context()
}

// stringNoContext reads a string that must not refer to the store.
func (t *thread) stringNoContext(c *Value) string { return t.plainString(t.force(c), t.here()) }

func (t *thread) plainString(v Value, at Pos) string {
	if v.tag() == tagString {
		return v.bytes()
	}
	if v.tag() != tagContextual {
		t.failType(at, "a string", v)
	}
	t.fail(ErrType, at, "the string '%s' is not allowed to refer to a store path (such as '%s')",
		v.text(), v.context().elements[0].display())
	return ""
}

// functionOf reads something that can be called.
func (t *thread) functionOf(c *Value) Value {
	v := t.force(c)
	if !isFunction(v) && !t.isFunctor(v) {
		t.failType(t.here(), "a function", v)
	}
	return v
}

func (t *thread) isFunctor(v Value) bool {
	return v.tag() == tagAttrs && v.attrs().get(t.ev.names.functor) != nil
}

// kindOf names the kind of a value with its article.
func (t *thread) kindOf(v Value) string {
	switch v.tag() {
	case tagPrimOp:
		return "the built-in function " + quote(v.primOp().name)
	case tagPartial:
		return "the partially applied built-in function " + quote(v.partial().primop.name)
	default:
		return kindWithArticle(v)
	}
}

func kindWithArticle(v Value) string {
	switch v.tag() {
	case tagNull:
		return "null"
	case tagBool:
		return "a Boolean"
	case tagInt, tagBigInt:
		return "an integer"
	case tagFloat:
		return "a float"
	case tagString:
		return "a string"
	case tagContextual:
		return "a string with context"
	case tagPath:
		return "a path"
	case tagList:
		return "a list"
	case tagAttrs:
		return "a set"
	case tagLambda, tagPrimOp, tagPartial:
		return "a function"
	case tagBlackhole:
		return "a black hole"
	default:
		return "a thunk"
	}
}

// describeValue names kind and content for a message.
func (t *thread) describeValue(v Value) string { return t.kindOf(v) + ": " + t.brief(v) }

// formatFixed writes a float as toString does, with six decimals.
func formatFixed(f float64) string {
	s := fmt.Sprintf("%.6f", f)
	return strings.ToLower(strings.TrimPrefix(s, "+"))
}
