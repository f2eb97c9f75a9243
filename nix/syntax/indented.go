package syntax

import (
	"math"
	"strings"
)

// piece is a part of an indented string as written: an interpolation or text.
// Text that is spelled with an escape does not count as indentation.
type piece struct {
	at      Pos
	text    string
	expr    Expr
	escaped bool
}

// indented reads a string between pairs of single quotes. Spaces and a line end
// behind the opening are no part of it.
func (p *parser) indented() Expr {
	at, i := p.pos(p.start), p.end
	p.open()
	if end := p.spaces(i); p.byteAt(end) == '\n' {
		i = end + 1
	}
	var few [8]piece
	pieces := few[:0]
	for {
		part, end := p.piece(i)
		if end == i {
			p.closed()
			p.end = i + 2
			p.next()
			return p.stripped(at, pieces)
		}
		p.rejectNull(i, part.text)
		pieces = append(pieces, part)
		i = end
	}
}

func (p *parser) spaces(i int) int {
	for p.byteAt(i) == ' ' {
		i++
	}
	return i
}

// piece reads the part at i and returns where the next one is. At the closing
// quotes that is i itself.
func (p *parser) piece(i int) (piece, int) {
	at := p.pos(i)
	if end := p.indentedText(i); end > i {
		return piece{at: at, text: p.src[i:end]}, end
	}
	switch {
	case i >= len(p.src):
		p.atEnd(tokIndString, tokDollarBrace, tokIndClose)
	case p.src[i] == '$' && p.byteAt(i+1) == '{':
		e := p.interpolation(i)
		return piece{at: at, expr: e}, p.end
	case p.src[i] == '$' || p.byteAt(i+1) != '\'':
		return piece{at: at, text: p.src[i : i+1], escaped: true}, i + 1
	case p.byteAt(i+2) == '$':
		return piece{at: at, text: "$", escaped: true}, i + 3
	case p.byteAt(i+2) == '\'':
		return piece{at: at, text: "''", escaped: true}, i + 3
	case p.byteAt(i+2) == '\\' && i+3 < len(p.src):
		return piece{at: at, text: string(escaped(p.src[i+3])), escaped: true}, i + 4
	}
	return piece{}, i
}

// indentedText returns the end of the text at i that stands for itself. A quote
// or dollar takes the byte behind it along unless the two could mean something.
func (p *parser) indentedText(i int) int {
	for i < len(p.src) {
		switch p.src[i] {
		case '$':
			if i+1 >= len(p.src) || p.src[i+1] == '{' || p.src[i+1] == '\'' {
				return i
			}
			i++
		case '\'':
			if i+1 >= len(p.src) || p.src[i+1] == '\'' || p.src[i+1] == '$' {
				return i
			}
			i++
		}
		i++
	}
	return i
}

// stripped removes the common indentation and makes the node.
func (p *parser) stripped(at Pos, pieces []piece) Expr {
	strip := stripper{indent: indentation(pieces), lineStart: true}
	mark := len(p.exprs)
	for i, part := range pieces {
		if part.expr != nil {
			strip.lineStart, strip.dropped = false, 0
			p.exprs = append(p.exprs, part.expr)
			continue
		}
		text := strip.text(part.text)
		if i == len(pieces)-1 {
			text = withoutLastBlanks(text)
		}
		if text != "" {
			p.exprs = append(p.exprs, p.literal(part.at, text))
		}
	}
	parts := p.exprs[mark:]
	if len(parts) == 0 {
		return p.literal(at, "")
	}
	if only, ok := parts[0].(*String); ok && len(parts) == 1 {
		p.exprs = p.exprs[:mark]
		only.At = at
		return only
	}
	return p.interpolated(at, true, mark)
}

// indentation returns how many spaces all lines start with that have more than
// spaces. Only a line feed ends a line, and tabs are not spaces.
func indentation(pieces []piece) int {
	least, current := math.MaxInt, 0
	lineStart := true
	for _, part := range pieces {
		if part.expr != nil || part.escaped {
			if lineStart {
				lineStart = false
				least = min(least, current)
			}
			continue
		}
		for text := part.text; text != ""; {
			if lineStart {
				rest := strings.TrimLeft(text, " ")
				current += len(text) - len(rest)
				text = rest
				if text != "" && text[0] != '\n' {
					lineStart = false
					least = min(least, current)
				}
			}
			n := strings.IndexByte(text, '\n')
			if n < 0 {
				break
			}
			text = text[n+1:]
			lineStart, current = true, 0
		}
	}
	return least
}

// stripper drops up to indent spaces at the start of each line.
type stripper struct {
	indent    int
	lineStart bool
	dropped   int // spaces seen since the line started
}

func (s *stripper) text(text string) string {
	var b strings.Builder
	for rest := text; rest != ""; {
		if s.lineStart {
			rest = s.skipSpaces(&b, rest)
			if rest == "" {
				break
			}
			s.dropped = 0
			s.lineStart = rest[0] == '\n'
		}
		n := strings.IndexByte(rest, '\n') + 1
		if n == 0 {
			n = len(rest)
		} else {
			s.lineStart = true
		}
		if b.Cap() == 0 {
			b.Grow(len(text))
		}
		b.WriteString(rest[:n])
		rest = rest[n:]
	}
	return b.String()
}

// skipSpaces drops spaces that belong to the indentation and keeps the others.
func (s *stripper) skipSpaces(b *strings.Builder, text string) string {
	rest := strings.TrimLeft(text, " ")
	spaces := len(text) - len(rest)
	drop := min(spaces, max(0, s.indent-s.dropped))
	s.dropped += spaces
	b.WriteString(text[drop:spaces])
	return rest
}

// withoutLastBlanks drops what stands behind the last line end if that is
// nothing but spaces.
func withoutLastBlanks(text string) string {
	end := strings.LastIndexByte(text, '\n')
	if end >= 0 && strings.Trim(text[end+1:], " ") == "" {
		return text[:end+1]
	}
	return text
}
