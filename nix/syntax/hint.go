package syntax

import (
	"fmt"
	"unicode/utf8"
)

// open notes that the current token has to be closed by another one.
func (p *parser) open() { p.opened = append(p.opened, p.start) }

// closed takes back the last open.
func (p *parser) closed() { p.opened = p.opened[:len(p.opened)-1] }

// hints returns what may help against a syntax error at the current token.
func (p *parser) hints(expected []token) []string {
	switch {
	case p.kind == tokEOF && len(p.opened) > 0:
		start := p.opened[len(p.opened)-1]
		return []string{fmt.Sprintf("%s at %s is not closed", p.openerAt(start), p.lineColumn(start))}
	case len(expected) == 1 && expected[0] == tokSemicolon:
		return []string{fmt.Sprintf("a ';' is missing behind %s", p.lineColumn(p.last-1))}
	case p.kind == tokInvalid:
		return p.invalidHint()
	case p.closesOther():
		start := p.opened[len(p.opened)-1]
		return []string{fmt.Sprintf("%s at %s is not closed", p.openerAt(start), p.lineColumn(start))}
	case p.inList() && (operators[p.kind].prec != precLowest || p.kind == tokColon || p.kind == tokIf):
		return []string{"in a list, put operations and functions into parentheses"}
	case p.kind == tokAssign && len(expected) > 0 && expected[0] == tokEOF:
		return []string{"bindings stand between '{' and '}' or behind 'let'; '==' compares"}
	}
	return nil
}

// closesOther reports whether the current token ends something around the
// bracket that is still open.
func (p *parser) closesOther() bool {
	if len(p.opened) == 0 {
		return false
	}
	switch open := p.src[p.opened[len(p.opened)-1]]; p.kind {
	case tokSemicolon:
		return open == '[' || open == '('
	case tokBraceClose:
		return open == '[' || open == '('
	case tokBracketClose:
		return open == '('
	case tokParenClose:
		return open == '['
	}
	return false
}

func (p *parser) inList() bool {
	return len(p.opened) > 0 && p.src[p.opened[len(p.opened)-1]] == '['
}

// openerAt returns the bracket or quote at i as messages name tokens.
func (p *parser) openerAt(i int) string {
	switch p.src[i] {
	case '\'':
		return tokenNames[tokIndOpen]
	case '$':
		return tokenNames[tokDollarBrace]
	}
	return "'" + p.src[i:i+1] + "'"
}

func (p *parser) invalidHint() []string {
	c, size := utf8.DecodeRuneInString(p.src[p.start:])
	if c == utf8.RuneError && size == 1 {
		return []string{fmt.Sprintf("byte 0x%02X is not UTF-8", p.src[p.start])}
	}
	return []string{fmt.Sprintf("%q (U+%04X) stands only in strings and comments", c, c)}
}

func (p *parser) lineColumn(offset int) string {
	at, _ := p.positions.Locate(p.pos(offset))
	return fmt.Sprintf("line %d, column %d", at.Line, at.Column)
}
