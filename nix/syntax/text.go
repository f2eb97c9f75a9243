package syntax

import (
	"path"
	"strings"
)

// quoted reads a string in double quotes.
func (p *parser) quoted() Expr {
	at := p.pos(p.start)
	text, e := p.stringBody()
	if e == nil {
		return p.literal(at, text)
	}
	return e
}

// stringBody reads a string from its opening quote on. With interpolations, the
// result is an expression, else a text.
func (p *parser) stringBody() (string, Expr) {
	at, i := p.pos(p.start), p.end
	p.open()
	mark := len(p.exprs)
	for {
		end, plain := p.stringPiece(i)
		text := p.src[i:end]
		p.rejectNull(i, text)
		if !plain {
			text = unescape(text)
		}
		quote := p.byteAt(end) == '"'
		if quote && len(p.exprs) == mark {
			p.closed()
			p.end = end + 1
			p.next()
			return text, nil
		}
		if text != "" {
			p.exprs = append(p.exprs, p.literal(p.pos(i), text))
		}
		if quote {
			p.closed()
			p.end = end + 1
			p.next()
			return "", p.interpolated(at, true, mark)
		}
		p.exprs = append(p.exprs, p.interpolation(end))
		i = p.end
	}
}

// interpolated makes the node for the parts on top of the stack.
func (p *parser) interpolated(at Pos, isString bool, mark int) Expr {
	e := p.nodes.concats.one()
	*e = Concat{At: at, Interpolation: isString, Parts: p.nodes.exprList.keep(p.exprs[mark:])}
	p.exprs = p.exprs[:mark]
	return e
}

// interpolation reads `${e}` from byte i on and leaves `}` as current token, so
// that the caller can go on in its own way behind it.
func (p *parser) interpolation(i int) Expr {
	p.start, p.end = i, i+2
	p.open()
	p.next()
	e := p.expression()
	p.require(tokBraceClose)
	p.closed()
	return e
}

// stringPiece returns the end of the literal text at i, where a quote or an
// interpolation stands. It also reports whether the text means what it says.
func (p *parser) stringPiece(i int) (end int, plain bool) {
	plain = true
	for i < len(p.src) {
		switch p.src[i] {
		case '"':
			return i, plain
		case '\\':
			plain = false
			i++
		case '\r':
			plain = false
		case '$':
			switch p.byteAt(i + 1) {
			case '{':
				return i, plain
			case '$': // the second one does not start an interpolation either
				i++
			}
		}
		i++
	}
	p.atEnd(tokQuote)
	return i, plain
}

// atEnd reports that the text ends inside of something.
func (p *parser) atEnd(expected ...token) {
	p.start, p.end = len(p.src), len(p.src)
	p.kind = tokEOF
	p.unexpected(expected...)
}

func (p *parser) rejectNull(i int, text string) {
	if strings.IndexByte(text, 0) >= 0 {
		fail(p.pos(i), "input string '"+strings.ReplaceAll(text, "\x00", "␀")+
			"' cannot be represented as Nix string because it contains null bytes")
	}
}

// unescape resolves backslashes and turns the line ends "\r" and "\r\n" into
// "\n".
func unescape(text string) string {
	var b strings.Builder
	b.Grow(len(text))
	for i := 0; i < len(text); i++ {
		c := text[i]
		switch c {
		case '\\':
			i++
			c = escaped(text[i])
		case '\r':
			c = '\n'
			if i+1 < len(text) && text[i+1] == '\n' {
				i++
			}
		}
		b.WriteByte(c)
	}
	return b.String()
}

// escaped returns what a byte behind a backslash means.
func escaped(c byte) byte {
	switch c {
	case 'n':
		return '\n'
	case 'r':
		return '\r'
	case 't':
		return '\t'
	}
	return c
}

// pathLiteral reads a path. Its first token ends where an interpolation may
// start; behind that, segments and interpolations alternate.
func (p *parser) pathLiteral() Expr {
	at, text := p.pos(p.start), p.text()
	first := p.firstSegments(at, text)
	i := p.end
	slash := text[len(text)-1] == '/'
	mark := len(p.exprs)
	for {
		if p.byteAt(i) == '$' && p.byteAt(i+1) == '{' {
			p.beginPath(mark, first)
			p.exprs = append(p.exprs, p.interpolation(i))
			i, slash = p.end, false
			continue
		}
		end := p.pathPiece(i)
		if end == i {
			break
		}
		if len(p.exprs) == mark {
			p.segmentWithoutInterpolation(end)
		}
		p.exprs = append(p.exprs, p.literal(p.pos(i), p.src[i:end]))
		slash = p.src[end-1] == '/'
		i = end
	}
	if slash {
		fail(p.pos(i-1), "path has a trailing slash")
	}
	p.end = i
	p.next()
	if len(p.exprs) == mark {
		return first
	}
	return p.interpolated(at, false, mark)
}

// beginPath puts the first segments in front of the first interpolation.
func (p *parser) beginPath(mark int, first Expr) {
	if len(p.exprs) == mark {
		p.exprs = append(p.exprs, first)
	}
}

// segmentWithoutInterpolation reports text like the second slash of `a/b//c`:
// the grammar wants an interpolation first. A token follows for the message.
func (p *parser) segmentWithoutInterpolation(end int) {
	p.start = end
	if p.pathPiece(end) > end {
		p.kind = tokString
	} else if p.src[end-1] == '/' {
		fail(p.pos(end-1), "path has a trailing slash")
	} else {
		p.kind = tokPathEnd
	}
	p.unexpected(tokDollarBrace)
}

// pathPiece returns the end of the literal part of a path that starts at i.
func (p *parser) pathPiece(i int) int {
	end := p.run(i, classPath)
	if p.byteAt(end) != '/' {
		return end
	}
	if p.is(end+1, classPath) {
		return p.segments(end)
	}
	return end + 1
}

// firstSegments makes the start of a path absolute. A slash at its end is kept:
// an interpolation follows.
func (p *parser) firstSegments(at Pos, text string) Expr {
	slash := ""
	if len(text) > 1 && text[len(text)-1] == '/' {
		slash = "/"
	}
	switch text[0] {
	case '~':
		if p.home == "" {
			fail(at, "the path '"+text+"' can not be resolved in pure mode")
		}
		return &Path{At: at, Value: p.home + text[1:]}
	case '/':
		return &Path{At: at, Value: path.Clean(text) + slash}
	}
	return &Path{At: at, Value: path.Clean(p.basePath+"/"+text) + slash}
}
