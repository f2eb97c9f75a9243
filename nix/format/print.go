package format

import (
	"strings"
	"unicode/utf8"

	"berth.dev/nix/syntax"
)

// printer writes lexemes. Line breaks and blanks are noted and written with
// the next text, so that they can still be taken back or become more.
type printer struct {
	lexemes []lexeme
	out     []byte
	column  int
	indent  int      // of the line that is due
	lines   int      // line ends that are due
	space   bool     // a blank is due
	pending *comment // to be written at the end of this line
	last    *lexeme  // the last one written
}

// file writes a whole program.
func (p *printer) file(t tree) {
	p.expression(t.root, 0, 0)
	end := &p.lexemes[len(p.lexemes)-1]
	p.line(0)
	p.comments(end, 0)
	p.flush()
	if len(p.out) == 0 || p.out[len(p.out)-1] != '\n' {
		p.out = append(p.out, '\n')
	}
}

// line asks for a line break.
func (p *printer) line(indent int) {
	p.lines = max(p.lines, 1)
	p.indent = indent
	p.space = false
}

// emptyLine asks for an empty line where a line break is due already.
func (p *printer) emptyLine() {
	if p.lines > 0 && len(p.out) > 0 {
		p.lines = 2
	}
}

// at returns the column where the next text will stand.
func (p *printer) at() int {
	switch {
	case p.lines > 0 || len(p.out) == 0:
		return p.indent
	case p.space:
		return p.column + 1
	}
	return p.column
}

// fresh reports whether the next text starts a line.
func (p *printer) fresh() bool { return p.lines > 0 || len(p.out) == 0 }

// write writes a text behind what is due.
func (p *printer) write(text string) {
	p.flush()
	switch {
	case p.lines > 0 && len(p.out) > 0:
		p.out = append(p.out, strings.Repeat("\n", p.lines)...)
		p.out = append(p.out, strings.Repeat(" ", p.indent)...)
		p.column = p.indent
	case p.space && len(p.out) > 0:
		p.out = append(p.out, ' ')
		p.column++
	}
	p.lines, p.space = 0, false
	p.raw(text)
}

// raw writes a text at once.
func (p *printer) raw(text string) {
	p.out = append(p.out, text...)
	if i := strings.LastIndexAny(text, "\r\n"); i >= 0 {
		p.column = 0
		text = text[i+1:]
	}
	p.column += utf8.RuneCountInString(text)
}

// flush writes the comment at the end of the line.
func (p *printer) flush() {
	if p.pending == nil {
		return
	}
	p.raw(" " + p.pending.text)
	p.pending = nil
	p.lines = max(p.lines, 1)
}

// token writes a lexeme. Where comments force it onto a new line, that has the
// given indentation.
func (p *printer) token(number, indent int) {
	l := &p.lexemes[number]
	if p.pending != nil && p.lines == 0 {
		p.line(indent)
	}
	p.comments(l, indent)
	if p.lines == 0 && !p.space && p.wouldJoin(l) {
		p.space = true
	}
	text := l.text
	if l.class == syntax.TokenIndented {
		text = reindent(text, l.holes, indent)
	}
	p.write(text)
	p.last, p.pending = l, l.after
}

// separator writes a `;` or `,` in front of a comment that is due.
func (p *printer) separator(text string, l *lexeme) {
	pending := p.pending
	p.pending = nil
	if l != nil && len(l.before) > 0 {
		p.space = true
		p.comments(l, p.indent)
		p.space = false
	}
	if p.last != nil && p.last.class == syntax.TokenURI && text == "," {
		p.space = true
	}
	p.write(text)
	p.last, p.pending = nil, pending
	if l != nil && l.after != nil {
		p.pending = l.after
	}
}

// wouldJoin reports whether a lexeme must be kept apart from the one before.
func (p *printer) wouldJoin(l *lexeme) bool {
	if p.last == nil || !l.spaced {
		return false
	}
	switch p.last.class {
	case syntax.TokenNumber, syntax.TokenPath, syntax.TokenURI:
		return !l.is(")") && !l.is("}")
	}
	if l.class == syntax.TokenPath || l.class == syntax.TokenNumber {
		return p.last.is("-") || p.last.is("!")
	}
	return p.last.is("-") && l.class == syntax.TokenPunctuation
}

// comments writes those in front of a lexeme.
func (p *printer) comments(l *lexeme, indent int) {
	for i := range l.before {
		c := &l.before[i]
		if c.inline {
			p.write(c.text)
			p.space = true
			continue
		}
		p.flush()
		if !p.fresh() {
			p.line(indent)
		} else if c.blank {
			p.emptyLine()
		}
		p.write(c.shifted(p.indent))
		p.line(indent)
	}
	if l.blank && len(l.before) > 0 {
		p.emptyLine()
	}
}

// shifted returns a comment whose further lines are moved as far as its first.
func (c *comment) shifted(column int) string {
	if c.isLine() || !strings.Contains(c.text, "\n") {
		return c.text
	}
	lines := strings.Split(c.text, "\n")
	by := column - c.column
	for _, line := range lines[1:] {
		if rest := strings.TrimLeft(line, " "); rest != "" && rest != "\r" {
			by = max(by, len(rest)-len(line))
		}
	}
	for i, line := range lines[1:] {
		switch {
		case strings.TrimSpace(line) == "":
		case by > 0:
			lines[i+1] = strings.Repeat(" ", by) + line
		default:
			lines[i+1] = line[-by:]
		}
	}
	return strings.Join(lines, "\n")
}

// flat writes a node on one line.
func (p *printer) flat(n *node, indent int) {
	w := flatWriter{lexemes: p.lexemes, first: n.first, last: n.last}
	w.visit = func(space bool, number int) bool {
		p.space = p.space || space
		if l := &p.lexemes[number]; l.is(",") || l.is(";") {
			p.separator(l.text, l)
		} else {
			p.token(number, indent)
		}
		return true
	}
	w.node(n)
}
