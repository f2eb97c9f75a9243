package eval

import (
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"
)

// jsonWriter writes values as JSON and collects the context of their strings.
type jsonWriter struct {
	t       *thread
	out     []byte
	context contextUnion
	strict  bool // evaluate what is not evaluated yet
	copy    bool // copy paths to the store
}

// toJSON writes a value as builtins.toJSON does.
func (t *thread) toJSON(c *Value) (string, *Context) {
	w := jsonWriter{t: t, strict: true, copy: true}
	w.cell(c)
	return string(w.out), w.context.context()
}

func (w *jsonWriter) cell(c *Value) {
	v := *c
	if !v.evaluated() && w.strict {
		v = w.t.force(c)
	}
	switch v.tag() {
	case tagNull:
		w.out = append(w.out, "null"...)
	case tagBool:
		w.out = strconv.AppendBool(w.out, v.bool())
	case tagInt, tagBigInt:
		w.out = strconv.AppendInt(w.out, v.int(), 10)
	case tagFloat:
		w.out = appendJSONFloat(w.out, v.float())
	case tagString, tagContextual:
		w.context.add(v.context())
		w.str(v.text())
	case tagPath:
		w.path(v.bytes())
	case tagList:
		w.list(v.list())
	case tagAttrs:
		w.attrs(c, v)
	default:
		w.t.failHere(ErrType, "cannot convert %s to JSON", w.t.kindOf(v))
	}
}

func (w *jsonWriter) path(p string) {
	if w.copy {
		s, context := w.t.copyToStore(p)
		w.context.add(context)
		p = s
	}
	w.str(p)
}

func (w *jsonWriter) list(cells []*Value) {
	w.t.nestCall()
	w.out = append(w.out, '[')
	for i, c := range cells {
		if i > 0 {
			w.out = append(w.out, ',')
		}
		w.cell(c)
	}
	w.out = append(w.out, ']')
	w.t.unnest()
}

// attrs writes a set; one that knows how to be a string is that string.
func (w *jsonWriter) attrs(c *Value, v Value) {
	w.t.nestCall()
	defer w.t.unnest()
	set, n := v.attrs(), &w.t.ev.names
	if set.get(n.toString) != nil {
		s, context := w.t.coerceNested(v, w.t.here(), coercion{copy: w.copy})
		w.context.add(context)
		w.str(s)
		return
	}
	if path := set.get(n.outPath); path != nil {
		w.cell(path)
		return
	}
	w.out = append(w.out, '{')
	for i, index := range w.t.byName(set) {
		if i > 0 {
			w.out = append(w.out, ',')
		}
		w.str(w.t.ev.symbols.Name(set.shape.symbols[index]))
		w.out = append(w.out, ':')
		w.cell(set.cell(int(index)))
	}
	w.out = append(w.out, '}')
}

func (w *jsonWriter) str(s string) {
	if at := invalidUTF8(s); at >= 0 {
		w.failUTF8(s, at)
	}
	w.out = appendJSONString(w.out, s)
}

func (w *jsonWriter) failUTF8(s string, at int) {
	if !utf8.FullRuneInString(s[at:]) {
		w.t.failHere(ErrOther, "JSON serialization error: [json.exception.type_error.316] incomplete UTF-8 string; last byte: 0x%02X", s[len(s)-1])
	}
	for n := 1; at+n <= len(s); n++ {
		if utf8.FullRuneInString(s[at : at+n]) {
			at += n - 1
			break
		}
	}
	w.t.failHere(ErrOther, "JSON serialization error: [json.exception.type_error.316] invalid UTF-8 byte at index %d: 0x%02X", at, s[at])
}

// invalidUTF8 returns the offset of the first bad sequence, or -1.
func invalidUTF8(s string) int {
	if utf8.ValidString(s) {
		return -1
	}
	for i := 0; i < len(s); {
		r, size := utf8.DecodeRuneInString(s[i:])
		if r == utf8.RuneError && size == 1 {
			return i
		}
		i += size
	}
	return -1
}

func appendJSONString(out []byte, s string) []byte {
	out = append(out, '"')
	start := 0
	for i := 0; i < len(s); i++ {
		c := s[i]
		if c >= 0x20 && c != '"' && c != '\\' {
			continue
		}
		out = append(out, s[start:i]...)
		start = i + 1
		if e := strings.IndexByte("\"\\\b\f\n\r\t", c); e >= 0 {
			out = append(out, '\\', `"\bfnrt`[e])
		} else {
			out = fmt.Appendf(out, "\\u%04x", c)
		}
	}
	return append(append(out, s[start:]...), '"')
}
