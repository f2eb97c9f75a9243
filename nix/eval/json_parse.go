package eval

import (
	"math"
	"strconv"
	"strings"
	"unicode/utf8"
)

// jsonReader reads a JSON text into values.
type jsonReader struct {
	t    *thread
	text string
	pos  int
}

// fromJSON reads a text that is one JSON value.
func (t *thread) fromJSON(text string) Value {
	r := jsonReader{t: t, text: text}
	v := r.value()
	r.space()
	if r.pos < len(text) {
		r.fail("syntax error while parsing value - unexpected text after the value; expected end of input")
	}
	return v
}

// fail reports a fault at the current byte.
func (r *jsonReader) fail(message string) {
	before := r.text[:min(r.pos, len(r.text))]
	line := strings.Count(before, "\n") + 1
	column := len(before) - strings.LastIndexByte(before, '\n')
	r.t.failHere(ErrOther, "[json.exception.parse_error.101] parse error at line %d, column %d: %s", line, column, message)
}

func (r *jsonReader) space() {
	for r.pos < len(r.text) && strings.IndexByte(" \t\r\n", r.text[r.pos]) >= 0 {
		r.pos++
	}
}

func (r *jsonReader) next() byte {
	r.space()
	if r.pos == len(r.text) {
		r.fail("syntax error while parsing value - unexpected end of input; expected '[', '{', or a literal")
	}
	return r.text[r.pos]
}

func (r *jsonReader) value() Value {
	switch c := r.next(); {
	case c == '{':
		return r.object()
	case c == '[':
		return r.array()
	case c == '"':
		return mkString(r.str())
	case c == '-' || isDigit(c):
		return r.number()
	}
	for word, v := range map[string]Value{"null": null, "true": mkBool(true), "false": mkBool(false)} {
		if strings.HasPrefix(r.text[r.pos:], word) {
			r.pos += len(word)
			return v
		}
	}
	r.fail("syntax error while parsing value - invalid literal; last read: " + quote(r.text[r.pos:r.pos+1]))
	return null
}

func (r *jsonReader) array() Value {
	r.t.nest()
	defer r.t.unnest()
	r.pos++
	var cells []*Value
	if r.next() == ']' {
		r.pos++
		return mkList(nil)
	}
	for {
		cells = append(cells, r.t.cell(r.value()))
		if r.separator(']') {
			return mkList(cells)
		}
	}
}

// separator reads a comma, or the end of the list or object.
func (r *jsonReader) separator(end byte) (done bool) {
	switch r.next() {
	case end:
		done = true
	case ',':
	default:
		r.fail("syntax error while parsing value - unexpected " + quote(r.text[r.pos:r.pos+1]) + "; expected ',' or " + quote(string(end)))
	}
	r.pos++
	return done
}

// object reads an object; of equal keys the last stays.
func (r *jsonReader) object() Value {
	r.t.nest()
	defer r.t.unnest()
	r.pos++
	if r.next() == '}' {
		r.pos++
		return r.t.ev.emptyAttrs
	}
	var list []attribute
	seen := map[Symbol]int{}
	for {
		if r.next() != '"' {
			r.fail("syntax error while parsing object key - expected string literal")
		}
		name := r.t.ev.symbols.Intern(strings.Clone(r.str()))
		if r.next() != ':' {
			r.fail("syntax error while parsing object separator - expected ':'")
		}
		r.pos++
		v := r.t.cell(r.value())
		if i, ok := seen[name]; ok {
			list[i].value = v
		} else {
			seen[name] = len(list)
			list = append(list, attribute{name: name, value: v})
		}
		if r.separator('}') {
			return r.t.attrsFrom(list)
		}
	}
}

func (r *jsonReader) str() string {
	r.pos++
	start := r.pos
	for r.pos < len(r.text) {
		switch c := r.text[r.pos]; {
		case c == '"':
			s := r.text[start:r.pos]
			r.checkUTF8(s, start)
			r.pos++
			return s
		case c == '\\':
			return r.escapedString(start)
		case c < 0x20:
			r.fail("syntax error while parsing value - invalid string: control character must be escaped")
		}
		r.pos++
	}
	r.fail("syntax error while parsing value - invalid string: missing closing quote")
	return ""
}

func (r *jsonReader) checkUTF8(s string, start int) {
	if at := invalidUTF8(s); at >= 0 {
		r.pos = start + at
		r.fail("syntax error while parsing value - invalid string: ill-formed UTF-8 byte")
	}
}

func (r *jsonReader) escapedString(start int) string {
	buffer := []byte(r.text[start:r.pos])
	for r.pos < len(r.text) {
		c := r.text[r.pos]
		switch {
		case c == '"':
			r.checkUTF8(string(buffer), start)
			r.pos++
			return string(buffer)
		case c == '\\':
			buffer = r.escape(buffer)
			continue
		case c < 0x20:
			r.fail("syntax error while parsing value - invalid string: control character must be escaped")
		}
		buffer = append(buffer, c)
		r.pos++
	}
	r.fail("syntax error while parsing value - invalid string: missing closing quote")
	return ""
}

func (r *jsonReader) escape(buffer []byte) []byte {
	r.pos++
	if r.pos == len(r.text) {
		r.fail("syntax error while parsing value - invalid string: missing closing quote")
	}
	c := r.text[r.pos]
	r.pos++
	if c == 'u' {
		return r.unicode(buffer)
	}
	i := strings.IndexByte(`"\/bfnrt`, c)
	if i < 0 {
		r.fail("syntax error while parsing value - invalid string: forbidden character after backslash")
	}
	return append(buffer, "\"\\/\b\f\n\r\t"[i])
}

// unicode reads the digits of \u, and a second half if the first is one of a
// pair.
func (r *jsonReader) unicode(buffer []byte) []byte {
	code := r.hex4()
	if code >= 0xdc00 && code < 0xe000 {
		r.fail("syntax error while parsing value - invalid string: surrogate U+DC00..U+DFFF must follow U+D800..U+DBFF")
	}
	if code >= 0xd800 && code < 0xdc00 {
		if !strings.HasPrefix(r.text[r.pos:], `\u`) {
			r.fail("syntax error while parsing value - invalid string: surrogate U+D800..U+DBFF must be followed by U+DC00..U+DFFF")
		}
		r.pos += 2
		low := r.hex4()
		if low < 0xdc00 || low >= 0xe000 {
			r.fail("syntax error while parsing value - invalid string: surrogate U+D800..U+DBFF must be followed by U+DC00..U+DFFF")
		}
		code = 0x10000 + (code-0xd800)<<10 + (low - 0xdc00)
	}
	return utf8.AppendRune(buffer, code)
}

func (r *jsonReader) hex4() rune {
	if r.pos+4 > len(r.text) {
		r.fail(`syntax error while parsing value - invalid string: '\u' must be followed by 4 hex digits`)
	}
	n, err := strconv.ParseUint(r.text[r.pos:r.pos+4], 16, 32)
	if err != nil {
		r.fail(`syntax error while parsing value - invalid string: '\u' must be followed by 4 hex digits`)
	}
	r.pos += 4
	return rune(n)
}

// number reads a number; it is an integer only if it looks like one and fits.
func (r *jsonReader) number() Value {
	start := r.pos
	r.accept("-")
	if r.digits() == 0 {
		r.fail("syntax error while parsing value - invalid number; expected digit after '-'")
	}
	text := strings.TrimPrefix(r.text[start:r.pos], "-")
	if len(text) > 1 && text[0] == '0' {
		r.pos = start + 1
		r.fail("syntax error while parsing value - unexpected number literal")
	}
	float := r.fraction()
	text = r.text[start:r.pos]
	if !float {
		if n, err := strconv.ParseInt(text, 10, 64); err == nil {
			return mkInt(n)
		}
		if n, err := strconv.ParseUint(text, 10, 64); err == nil {
			r.t.failHere(ErrOther, "unsigned json number %d outside of Nix integer range", n)
		}
	}
	f, _ := strconv.ParseFloat(text, 64)
	if math.IsInf(f, 0) {
		r.t.failHere(ErrOther, "[json.exception.out_of_range.406] number overflow parsing '%s'", text)
	}
	return mkFloat(f)
}

func (r *jsonReader) fraction() (present bool) {
	if r.accept(".") {
		present = true
		if r.digits() == 0 {
			r.fail("syntax error while parsing value - invalid number; expected digit after '.'")
		}
	}
	if r.accept("eE") {
		present = true
		r.accept("+-")
		if r.digits() == 0 {
			r.fail("syntax error while parsing value - invalid number; expected '+', '-', or digit after exponent")
		}
	}
	return present
}

func (r *jsonReader) accept(set string) bool {
	if r.pos < len(r.text) && strings.IndexByte(set, r.text[r.pos]) >= 0 {
		r.pos++
		return true
	}
	return false
}

func (r *jsonReader) digits() int {
	start := r.pos
	for r.pos < len(r.text) && isDigit(r.text[r.pos]) {
		r.pos++
	}
	return r.pos - start
}
