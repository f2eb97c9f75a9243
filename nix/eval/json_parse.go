package eval

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"unicode/utf8"
)

// jsonReader reads a JSON text into values. Its messages are those of the
// library that C++ Nix uses.
type jsonReader struct {
	t     *thread
	text  string
	pos   int
	start int // of the last string or number: messages quote from there
}

// fromJSON reads a text that is one JSON value.
func (t *thread) fromJSON(text string) Value {
	r := jsonReader{t: t, text: text}
	if r.next() == 0 && r.pos == len(text) {
		r.failAt(0, "attempting to parse an empty input; check that your input string or stream contains the expected JSON")
	}
	v := r.value()
	if r.next(); r.pos < len(text) {
		r.unexpected("value", "end of input")
	}
	return v
}

// failAt reports a fault after so many bytes have been read.
func (r *jsonReader) failAt(read int, message string) {
	before := r.text[:min(read, len(r.text))]
	line := strings.Count(before, "\n") + 1
	column := len(before) - strings.LastIndexByte(before, '\n') - 1 + read - len(before)
	if read == 0 {
		column = 1
	}
	r.t.failHere(ErrOther, "[json.exception.parse_error.101] parse error at line %d, column %d: %s", line, column, message)
}

// fail reports a fault in the token that ends with the current byte.
func (r *jsonReader) fail(message string) {
	r.failAt(r.pos+1, "syntax error while parsing value - "+message+"; last read: "+quote(r.lastRead()))
}

// lastRead shows what was read since the last token began.
func (r *jsonReader) lastRead() string {
	var b strings.Builder
	for _, c := range []byte(r.text[r.start:min(r.pos+1, len(r.text))]) {
		if c < 0x20 {
			fmt.Fprintf(&b, "<U+%04X>", c)
		} else {
			b.WriteByte(c)
		}
	}
	return b.String()
}

// unexpected reports a token that may not stand here.
func (r *jsonReader) unexpected(context, expected string) {
	message := "syntax error while parsing " + context + " - "
	token := r.token()
	if token == "" {
		message += "invalid literal; last read: " + quote(r.lastRead())
	} else {
		message += "unexpected " + token
	}
	if expected != "" {
		message += "; expected " + expected
	}
	r.failAt(r.pos+1, message)
}

// token names the token at the current byte and moves to its last byte; it is
// empty if there is none.
func (r *jsonReader) token() string {
	switch c := r.next(); {
	case r.pos == len(r.text):
		return "end of input"
	case strings.IndexByte("[]{},:", c) >= 0:
		return quote(string(c))
	case c == '"':
		r.str()
		r.pos--
		return "string literal"
	case c == '-' || isDigit(c):
		r.number()
		r.pos--
		return "number literal"
	}
	for _, word := range []string{"null", "true", "false"} {
		if r.literal(word) {
			r.pos--
			return word + " literal"
		}
	}
	return ""
}

// literal reads a word; if it begins like it but is another one, it stops at
// the first byte that differs.
func (r *jsonReader) literal(word string) bool {
	if r.text[r.pos] != word[0] {
		return false
	}
	for i := range len(word) {
		if r.pos+i == len(r.text) || r.text[r.pos+i] != word[i] {
			r.pos += i
			return false
		}
	}
	r.pos += len(word)
	return true
}

// next skips space and returns the next byte, 0 at the end.
func (r *jsonReader) next() byte {
	for r.pos < len(r.text) && strings.IndexByte(" \t\r\n", r.text[r.pos]) >= 0 {
		r.pos++
	}
	if r.pos == len(r.text) {
		return 0
	}
	return r.text[r.pos]
}

func (r *jsonReader) value() Value {
	switch c := r.next(); c {
	case '{':
		return r.object()
	case '[':
		return r.array()
	case '"':
		return mkString(r.t.withoutNUL(r.str()))
	case 'n':
		return r.word("null", null)
	case 't':
		return r.word("true", mkBool(true))
	case 'f':
		return r.word("false", mkBool(false))
	default:
		if c == '-' || isDigit(c) {
			return r.number()
		}
	}
	r.unexpectedValue()
	return null
}

func (r *jsonReader) word(text string, v Value) Value {
	if !r.literal(text) {
		r.failAt(r.pos+1, "syntax error while parsing value - invalid literal; last read: "+quote(r.lastRead()))
	}
	return v
}

// unexpectedValue reports what is no value. What is no token at all has no
// list of alternatives.
func (r *jsonReader) unexpectedValue() {
	expected := "'[', '{', or a literal"
	if c := r.next(); r.pos < len(r.text) && strings.IndexByte("[]{},:", c) < 0 {
		expected = ""
	}
	r.unexpected("value", expected)
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
		if r.separator("array", ']') {
			return mkList(cells)
		}
	}
}

// separator reads a comma, or the end of the list or object.
func (r *jsonReader) separator(context string, end byte) (done bool) {
	switch c := r.next(); {
	case r.pos < len(r.text) && c == end:
		done = true
	case c == ',':
	default:
		r.unexpected(context, quote(string(end)))
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
			r.unexpected("object key", "string literal")
		}
		name := r.t.ev.symbols.Intern(strings.Clone(r.t.withoutNUL(r.str())))
		if r.next() != ':' {
			r.unexpected("object separator", "':'")
		}
		r.pos++
		v := r.t.cell(r.value())
		if i, ok := seen[name]; ok {
			list[i].value = v
		} else {
			seen[name] = len(list)
			list = append(list, attribute{name: name, value: v})
		}
		if r.separator("object", '}') {
			return r.t.attrsFrom(list)
		}
	}
}

func (r *jsonReader) str() string {
	r.start = r.pos
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
			r.failControl(c)
		}
		r.pos++
	}
	r.fail("invalid string: missing closing quote")
	return ""
}

// failControl reports a control character in a string.
func (r *jsonReader) failControl(c byte) {
	names := strings.Fields("NUL SOH STX ETX EOT ENQ ACK BEL BS HT LF VT FF CR SO SI DLE DC1 DC2 DC3 DC4 NAK SYN ETB CAN EM SUB ESC FS GS RS US")
	code := fmt.Sprintf("\\u%04X", c)
	if i := strings.IndexByte("\b\t\n\f\r", c); i >= 0 {
		code += ` or \` + string("btnfr"[i])
	}
	r.fail(fmt.Sprintf("invalid string: control character U+%04X (%s) must be escaped to %s", c, names[c], code))
}

func (r *jsonReader) checkUTF8(s string, start int) {
	if at := invalidUTF8(s); at >= 0 {
		r.pos = start + at
		r.fail("invalid string: ill-formed UTF-8 byte")
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
			r.failControl(c)
		}
		buffer = append(buffer, c)
		r.pos++
	}
	r.fail("invalid string: missing closing quote")
	return ""
}

func (r *jsonReader) escape(buffer []byte) []byte {
	r.pos++
	if r.pos == len(r.text) {
		r.fail("invalid string: missing closing quote")
	}
	c := r.text[r.pos]
	r.pos++
	if c == 'u' {
		return r.unicode(buffer)
	}
	i := strings.IndexByte(`"\/bfnrt`, c)
	if i < 0 {
		r.fail("invalid string: forbidden character after backslash")
	}
	return append(buffer, "\"\\/\b\f\n\r\t"[i])
}

// unicode reads the digits of \u, and a second half if the first is one of a
// pair.
func (r *jsonReader) unicode(buffer []byte) []byte {
	code := r.hex4()
	if code >= 0xdc00 && code < 0xe000 {
		r.fail("invalid string: surrogate U+DC00..U+DFFF must follow U+D800..U+DBFF")
	}
	if code >= 0xd800 && code < 0xdc00 {
		if !strings.HasPrefix(r.text[r.pos:], `\u`) {
			r.fail("invalid string: surrogate U+D800..U+DBFF must be followed by U+DC00..U+DFFF")
		}
		r.pos += 2
		low := r.hex4()
		if low < 0xdc00 || low >= 0xe000 {
			r.fail("invalid string: surrogate U+D800..U+DBFF must be followed by U+DC00..U+DFFF")
		}
		code = 0x10000 + (code-0xd800)<<10 + (low - 0xdc00)
	}
	return utf8.AppendRune(buffer, code)
}

func (r *jsonReader) hex4() rune {
	if r.pos+4 > len(r.text) {
		r.fail(`invalid string: '\u' must be followed by 4 hex digits`)
	}
	n, err := strconv.ParseUint(r.text[r.pos:r.pos+4], 16, 32)
	if err != nil {
		r.fail(`invalid string: '\u' must be followed by 4 hex digits`)
	}
	r.pos += 4
	return rune(n)
}

// number reads a number; it is an integer only if it looks like one and fits.
func (r *jsonReader) number() Value {
	start := r.pos
	r.start = start
	r.accept("-")
	if r.accept("0") {
		// No digit may follow; what does is another token.
	} else if r.digits() == 0 {
		r.fail("invalid number; expected digit after '-'")
	}
	float := r.fraction()
	text := r.text[start:r.pos]
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
			r.fail("invalid number; expected digit after '.'")
		}
	}
	if r.accept("eE") {
		present = true
		r.accept("+-")
		if r.digits() == 0 {
			r.fail("invalid number; expected '+', '-', or digit after exponent")
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
