package syntax

import "strings"

// scanner cuts a text into tokens. Where several tokens could start, the longest
// wins, as in the scanner generator that defined the language. The inside of
// strings and paths is read by the parser, from the end of their first token.
type scanner struct {
	src   string
	kind  token // of the current token
	start int   // of the current token
	end   int   // of the current token
	last  int   // end of the token before

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
	s.last, s.start = s.end, i
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
