package syntax

import (
	"math"
	"strconv"
	"strings"
)

// class is a set of properties of a byte.
type class uint8

const (
	classBlank     class = 1 << iota // separates tokens
	classNameStart                   // may start an identifier
	className                        // may go on in an identifier
	classDigit
	classPath   // may stand in a segment of a path
	classScheme // may go on in the scheme of a URI
	classURI    // may stand behind the colon of a URI
	classLetter
)

// classes holds the properties of every byte.
var classes = classify()

func classify() (table [256]class) {
	mark := func(bytes string, c class) {
		for i := 0; i < len(bytes); i++ {
			table[bytes[i]] |= c
		}
	}
	const (
		letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
		digits  = "0123456789"
	)
	mark(" \t\r\n", classBlank)
	mark(letters, classLetter)
	mark(digits, classDigit)
	mark(letters+"_", classNameStart)
	mark(letters+digits+"_'-", className)
	mark(letters+digits+"._-+", classPath)
	mark(letters+digits+"+-.", classScheme)
	mark(letters+digits+"%/?:@&=+$,-_.!~*'", classURI)
	return table
}

// scanner cuts a text into tokens. Where several tokens could start, the longest
// wins, as in the scanner generator that defined the language. The inside of
// strings and paths is read by the parser, from the end of their first token.
type scanner struct {
	src   string
	kind  token // of the current token
	start int   // of the current token
	end   int   // of the current token

	integer int64   // value of a tokInt
	float   float64 // value of a tokFloat

	pathRun   span // last run of classPath looked at
	schemeRun span // last run of classScheme looked at

	pipes bool // whether `|>` and `<|` are tokens
	base  Pos  // position of the first byte
}

// text returns the current token as written.
func (s *scanner) text() string { return s.src[s.start:s.end] }

// pos returns the position of a byte.
func (s *scanner) pos(offset int) Pos { return s.base + Pos(offset) }

// byteAt returns a byte, or zero behind the end.
func (s *scanner) byteAt(i int) byte {
	if i < len(s.src) {
		return s.src[i]
	}
	return 0
}

func (s *scanner) is(i int, c class) bool { return i < len(s.src) && classes[s.src[i]]&c != 0 }

// run returns the end of the bytes of a class that start at i.
func (s *scanner) run(i int, c class) int {
	for i < len(s.src) && classes[s.src[i]]&c != 0 {
		i++
	}
	return i
}

// span is a run of bytes of one class.
type span struct{ start, end int }

// runFrom is run for looking ahead over several tokens, as in `a.b.c.d`, without
// looking at the same bytes for each of them.
func (s *scanner) runFrom(known *span, i int, c class) int {
	if i < known.start || i >= known.end {
		*known = span{i, s.run(i, c)}
	}
	return known.end
}

// skipBlank returns where the next token starts.
func (s *scanner) skipBlank(i int) int {
	for {
		i = s.run(i, classBlank)
		switch s.byteAt(i) {
		case '#':
			n := strings.IndexAny(s.src[i:], "\r\n")
			if n < 0 {
				return len(s.src)
			}
			i += n
		case '/':
			if s.byteAt(i+1) != '*' {
				return i
			}
			n := strings.Index(s.src[i+2:], "*/")
			if n < 0 {
				return i
			}
			i += 2 + n + 2
		default:
			return i
		}
	}
}

// peek returns the first byte of the token after the current one.
func (s *scanner) peek() byte { return s.byteAt(s.skipBlank(s.end)) }

// next makes the following token the current one.
func (s *scanner) next() {
	i := s.skipBlank(s.end)
	s.start = i
	if i >= len(s.src) {
		s.set(tokEOF, 0)
		return
	}
	c := s.src[i]
	switch {
	case classes[c]&classPath != 0:
		s.word(c)
	case c == '/' && s.path(i):
	default:
		s.punctuation(c)
	}
}

// set makes the n bytes from the start the current token.
func (s *scanner) set(kind token, n int) {
	s.kind = kind
	s.end = s.start + n
}

// word scans what starts with a letter, a digit or one of `._-+`: a name, a
// number, a path, a URI or an operator.
func (s *scanner) word(c byte) {
	i := s.start
	if classes[c]&classNameStart == 0 {
		if s.path(i) {
			return
		}
		s.numberOrOperator(c)
		return
	}
	end := s.run(i+1, className)
	switch s.byteAt(end) {
	case '/', '.', '+':
		if s.path(i) || s.uri(i) {
			return
		}
	case ':':
		if s.uri(i) {
			return
		}
	}
	s.set(tokIdentifier, end-i)
	if end-i <= len("inherit") {
		s.kind = keyword(s.src[i:end])
	}
}

func (s *scanner) numberOrOperator(c byte) {
	switch {
	case c == '.' && s.byteAt(s.start+1) == '.' && s.byteAt(s.start+2) == '.':
		s.set(tokEllipsis, 3)
	case classes[c]&classDigit != 0 || c == '.' && s.is(s.start+1, classDigit):
		s.number()
	case c == '.':
		s.set(tokDot, 1)
	case c == '+' && s.byteAt(s.start+1) == '+':
		s.set(tokAppend, 2)
	case c == '+':
		s.set(tokPlus, 1)
	case s.byteAt(s.start+1) == '>':
		s.set(tokImplies, 2)
	default:
		s.set(tokMinus, 1)
	}
}

// number scans an integer or a floating point literal. The latter has a point
// and, before it, nothing, a single zero, or digits that start with another one.
func (s *scanner) number() {
	i := s.run(s.start, classDigit)
	whole := s.src[s.start:i]
	fraction := s.byteAt(i) == '.' && (whole != "" && whole[0] != '0' ||
		len(whole) <= 1 && s.is(i+1, classDigit))
	if !fraction {
		s.set(tokInt, len(whole))
		value, err := strconv.ParseInt(whole, 10, 64)
		if err != nil {
			fail(s.pos(s.start), "invalid integer '"+whole+"'")
		}
		s.integer = value
		return
	}
	i = s.run(i+1, classDigit)
	if c := s.byteAt(i); c == 'e' || c == 'E' {
		digits := i + 1
		if c := s.byteAt(digits); c == '+' || c == '-' {
			digits++
		}
		if s.is(digits, classDigit) {
			i = s.run(digits, classDigit)
		}
	}
	s.set(tokFloat, i-s.start)
	s.float = s.parseFloat(s.text())
}

// smallestNormal is the least positive float64 with full precision. C's strtod
// reports results below it as out of range.
const smallestNormal = 0x1p-1022

func (s *scanner) parseFloat(text string) float64 {
	value, err := strconv.ParseFloat(text, 64)
	mantissa := text
	if i := strings.IndexAny(text, "eE"); i >= 0 {
		mantissa = text[:i]
	}
	tiny := math.Abs(value) < smallestNormal && strings.Trim(mantissa, "0.") != ""
	if err != nil || tiny {
		fail(s.pos(s.start), "invalid float '"+text+"'")
	}
	return value
}

// path scans the first token of a path: at least one segment behind a slash, or
// one slash before an interpolation.
func (s *scanner) path(i int) bool {
	end := s.runFrom(&s.pathRun, i, classPath)
	if s.byteAt(end) != '/' {
		return false
	}
	if s.is(end+1, classPath) {
		s.set(tokPath, s.segments(end)-i)
		return true
	}
	if s.byteAt(end+1) == '$' && s.byteAt(end+2) == '{' {
		s.set(tokPath, end+1-i)
		return true
	}
	return false
}

// segments returns the end of the `/segment` repetitions that start at i, with a
// slash that may follow them.
func (s *scanner) segments(i int) int {
	for s.byteAt(i) == '/' && s.is(i+1, classPath) {
		i = s.run(i+1, classPath)
	}
	if s.byteAt(i) == '/' {
		i++
	}
	return i
}

func (s *scanner) uri(i int) bool {
	if !s.is(i, classLetter) {
		return false
	}
	colon := s.runFrom(&s.schemeRun, i, classScheme)
	if s.byteAt(colon) != ':' || !s.is(colon+1, classURI) {
		return false
	}
	s.set(tokURI, s.run(colon+1, classURI)-i)
	return true
}

func (s *scanner) homePath() bool {
	i := s.start + 1
	switch {
	case s.byteAt(i) != '/':
		return false
	case s.is(i+1, classPath):
		s.set(tokHomePath, s.segments(i)-s.start)
		return true
	case s.byteAt(i+1) == '$' && s.byteAt(i+2) == '{':
		s.set(tokHomePath, 2)
		return true
	}
	return false
}

func (s *scanner) searchPath() bool {
	i := s.start + 1
	for {
		end := s.run(i, classPath)
		if end == i {
			return false
		}
		switch s.byteAt(end) {
		case '/':
			i = end + 1
		case '>':
			s.set(tokSearchPath, end+1-s.start)
			return true
		default:
			return false
		}
	}
}

// punctuation scans all that does not start like a name, number or path.
func (s *scanner) punctuation(c byte) {
	second := s.byteAt(s.start + 1)
	switch c {
	case ';':
		s.set(tokSemicolon, 1)
	case '{':
		s.set(tokBraceOpen, 1)
	case '}':
		s.set(tokBraceClose, 1)
	case '(':
		s.set(tokParenOpen, 1)
	case ')':
		s.set(tokParenClose, 1)
	case '[':
		s.set(tokBracketOpen, 1)
	case ']':
		s.set(tokBracketClose, 1)
	case '"':
		s.set(tokQuote, 1)
	case ':':
		s.set(tokColon, 1)
	case ',':
		s.set(tokComma, 1)
	case '?':
		s.set(tokQuestion, 1)
	case '@':
		s.set(tokAt, 1)
	case '*':
		s.set(tokStar, 1)
	case '=':
		s.either(second == '=', tokEqual, tokAssign)
	case '!':
		s.either(second == '=', tokNotEqual, tokNot)
	case '/':
		s.either(second == '/', tokUpdate, tokSlash)
	case '>':
		s.either(second == '=', tokGreaterEqual, tokGreater)
	case '&':
		s.either(second == '&', tokAnd, tokInvalid)
	case '$':
		s.either(second == '{', tokDollarBrace, tokInvalid)
	case '\'':
		s.either(second == '\'', tokIndOpen, tokInvalid)
	case '<', '|', '~', 0:
		s.rarePunctuation(c, second)
	default:
		s.set(tokInvalid, 1)
	}
}

func (s *scanner) rarePunctuation(c, second byte) {
	switch {
	case c == 0:
		fail(s.pos(s.start), "source text contains a null byte")
	case c == '<' && second == '|':
		s.pipe(tokPipeFrom)
	case c == '<' && second == '=':
		s.set(tokLessEqual, 2)
	case c == '<' && s.searchPath():
	case c == '<':
		s.set(tokLess, 1)
	case c == '|' && second == '>':
		s.pipe(tokPipeInto)
	case c == '|' && second == '|':
		s.set(tokOrOr, 2)
	case c == '~' && s.homePath():
	default:
		s.set(tokInvalid, 1)
	}
}

// either sets the token of two bytes if ok, else that of one.
func (s *scanner) either(ok bool, two, one token) {
	if ok {
		s.set(two, 2)
	} else {
		s.set(one, 1)
	}
}

func (s *scanner) pipe(kind token) {
	if !s.pipes {
		fail(s.pos(s.start), "experimental Nix feature 'pipe-operators' is disabled; "+
			"add '--extra-experimental-features pipe-operators' to enable it")
	}
	s.set(kind, 2)
}
