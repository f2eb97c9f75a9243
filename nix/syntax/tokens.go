package syntax

import (
	"berth.dev/nix/diagnostic"
)

// TokenClass tells what a Token is, as coarsely as tools for people need it.
type TokenClass uint8

// The classes of token.
const (
	TokenEnd         TokenClass = iota // the end of the text; it is empty
	TokenName                          // an identifier, or the word `or`
	TokenKeyword                       // a word with a meaning of its own
	TokenNumber                        // an integer or a float
	TokenString                        // a string in quotes, with its interpolations
	TokenIndented                      // a string between pairs of single quotes, likewise
	TokenPath                          // a path, with its interpolations
	TokenSearchPath                    // <x>
	TokenURI                           // a string without quotes
	TokenPunctuation                   // an operator, bracket or separator
	TokenInvalid                       // what no token starts with
)

// Token is a piece of a text: the bytes from Start to End. What stands between
// tokens is blanks and comments.
type Token struct {
	Class      TokenClass
	Start, End int
}

// Tokens cuts a text into tokens, the last of which is a TokenEnd. Strings and
// paths are one token each. It does not ask whether the text is a program, so
// that editors can use it while one is being written; a string that is not
// closed ends with the text.
func Tokens(text string) []Token {
	p := &parser{scanner: scanner{src: text, pipes: true}, positions: diagnostic.NewTable()}
	var tokens []Token
	for {
		class := p.nextWhole()
		tokens = append(tokens, Token{class, p.start, p.end})
		if class == TokenEnd {
			return tokens
		}
	}
}

// Interpolations returns the `${...}` of a literal in a text, without those that
// stand inside of others.
func Interpolations(text string, literal Token) []Token {
	var holes []Token
	p := &parser{scanner: scanner{src: text[:literal.End], pipes: true}, positions: diagnostic.NewTable()}
	p.onHole = func(start, end int) { holes = append(holes, Token{TokenPunctuation, start, end}) }
	p.end = literal.Start
	p.nextWhole()
	return holes
}

// nextWhole scans a token, and for the start of a literal all of it.
func (p *parser) nextWhole() TokenClass {
	kind := p.nextLenient()
	start, end := p.start, p.end
	switch kind {
	case tokQuote:
		end = p.endOfString(end)
	case tokIndOpen:
		end = p.endOfIndented(end)
	case tokPath, tokHomePath:
		end = p.endOfPath(end)
	}
	p.start, p.end, p.kind = start, end, kind
	return tokenClass(kind)
}

// nextLenient is next for texts that may be wrong.
func (p *parser) nextLenient() (kind token) {
	defer func() {
		switch cause := recover().(type) {
		case nil:
		case failure:
			if p.end <= p.start {
				p.end = p.start + 1
			}
			kind = tokInvalid
		default:
			panic(cause)
		}
	}()
	p.next()
	return p.kind
}

func tokenClass(kind token) TokenClass {
	switch kind {
	case tokEOF:
		return TokenEnd
	case tokIdentifier, tokOr:
		return TokenName
	case tokInt, tokFloat:
		return TokenNumber
	case tokQuote:
		return TokenString
	case tokIndOpen:
		return TokenIndented
	case tokPath, tokHomePath:
		return TokenPath
	case tokSearchPath:
		return TokenSearchPath
	case tokURI:
		return TokenURI
	case tokInvalid:
		return TokenInvalid
	}
	if kind >= tokIf && kind <= tokInherit {
		return TokenKeyword
	}
	return TokenPunctuation
}

// endOfString returns where a string ends whose inside starts at i.
func (p *parser) endOfString(i int) int {
	for i < len(p.src) {
		switch {
		case p.src[i] == '"':
			return i + 1
		case p.src[i] == '\\', p.src[i] == '$' && p.byteAt(i+1) == '$':
			i += 2
		case p.src[i] == '$' && p.byteAt(i+1) == '{':
			i = p.endOfInterpolation(i)
		default:
			i++
		}
	}
	return len(p.src)
}

// endOfIndented is endOfString for indented strings.
func (p *parser) endOfIndented(i int) int {
	for i < len(p.src) {
		if end := p.indentedText(i); end > i {
			i = end
			continue
		}
		switch {
		case p.src[i] == '$' && p.byteAt(i+1) == '{':
			i = p.endOfInterpolation(i)
		case p.src[i] == '$' || p.byteAt(i+1) != '\'':
			i++
		case p.byteAt(i+2) == '$' || p.byteAt(i+2) == '\'':
			i += 3
		case p.byteAt(i+2) == '\\' && i+3 < len(p.src):
			i += 4
		default:
			return i + 2
		}
	}
	return len(p.src)
}

// endOfPath returns where a path ends whose first segments end at i.
func (p *parser) endOfPath(i int) int {
	for {
		if p.byteAt(i) == '$' && p.byteAt(i+1) == '{' {
			i = p.endOfInterpolation(i)
			continue
		}
		end := p.pathPiece(i)
		if end == i || end == i+1 && p.src[i] == '/' && p.byteAt(end) != '$' {
			return i
		}
		i = end
	}
}

// endOfInterpolation returns where the `${` at i is closed.
func (p *parser) endOfInterpolation(i int) int {
	report := p.onHole
	p.onHole = nil
	p.start, p.end = i, i+2
	for depth := 1; depth > 0; {
		if p.nextWhole() == TokenEnd {
			return len(p.src)
		}
		switch p.kind {
		case tokBraceOpen, tokDollarBrace:
			depth++
		case tokBraceClose:
			depth--
		}
	}
	if report != nil {
		report(i, p.end)
		p.onHole = report
	}
	return p.end
}
