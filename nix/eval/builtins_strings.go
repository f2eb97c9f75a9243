package eval

import "strings"

func stringBuiltins() []*PrimOp {
	return []*PrimOp{
		primop1("toString", func(t *thread, a *Value) Value {
			v := t.force(a)
			if v.isString() {
				return v
			}
			return mkContextString(t.coerceNested(v, t.here(), coercion{more: true}))
		}),
		primop1("stringLength", func(t *thread, a *Value) Value {
			s, _ := t.coerce(a, coercion{copy: true})
			return mkInt(int64(len(s)))
		}),
		primop3("substring", substring),
		primop2("concatStringsSep", concatStringsSep),
		primop3("replaceStrings", replaceStrings),
	}
}

// substring cuts bytes; what lies beyond the end is left out.
func substring(t *thread, start, length, a *Value) Value {
	from := t.intOf(start)
	if from < 0 {
		t.failHere(ErrOther, "negative start position in 'substring'")
	}
	n := t.intOf(length)
	if n == 0 {
		if v := t.force(a); v.isString() {
			return mkContextString("", v.context())
		}
	}
	s, context := t.coerce(a, coercion{copy: true})
	size := int64(len(s))
	from = min(from, size)
	if n < 0 || n > size-from {
		n = size - from
	}
	return mkContextString(s[from:from+n], context)
}

func concatStringsSep(t *thread, separator, list *Value) Value {
	var union contextUnion
	sep, context := t.stringOf(separator)
	union.add(context)
	cells := t.listOf(list)
	texts := make([]string, len(cells))
	for i, c := range cells {
		s, sc := t.coerce(c, coercion{copy: true})
		texts[i] = s
		union.add(sc)
	}
	return mkContextString(strings.Join(texts, sep), union.context())
}

// replaceStrings replaces from left to right; the first pattern of the list
// that fits wins, and its replacement is evaluated only then.
func replaceStrings(t *thread, from, to, a *Value) Value {
	r := replacer{t: t, to: t.replacements(from, to)}
	for _, c := range t.listOf(from) {
		s, _ := t.stringOf(c)
		r.from = append(r.from, s)
	}
	r.texts = make([]*string, len(r.to))
	text, context := t.stringOf(a)
	r.context.add(context)
	text = r.replace(text)
	return mkContextString(text, r.context.context())
}

func (t *thread) replacements(from, to *Value) []*Value {
	f, list := t.listOf(from), t.listOf(to)
	if len(f) != len(list) {
		t.failHere(ErrOther, "'from' and 'to' arguments passed to builtins.replaceStrings have different lengths")
	}
	return list
}

type replacer struct {
	t       *thread
	from    []string
	to      []*Value
	texts   []*string // replacements evaluated so far
	context contextUnion
}

func (r *replacer) replace(text string) string {
	var out strings.Builder
	out.Grow(len(text))
	for pos := 0; pos <= len(text); {
		i := r.match(text[pos:])
		if i < 0 {
			if pos < len(text) {
				out.WriteByte(text[pos])
			}
			pos++
			continue
		}
		out.WriteString(r.replacement(i))
		if r.from[i] == "" {
			if pos < len(text) {
				out.WriteByte(text[pos])
			}
			pos++
		} else {
			pos += len(r.from[i])
		}
	}
	return out.String()
}

func (r *replacer) match(rest string) int {
	for i, f := range r.from {
		if strings.HasPrefix(rest, f) {
			return i
		}
	}
	return -1
}

func (r *replacer) replacement(i int) string {
	if r.texts[i] == nil {
		s, context := r.t.stringOf(r.to[i])
		r.texts[i] = &s
		r.context.add(context)
	}
	return *r.texts[i]
}
