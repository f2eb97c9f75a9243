package format

import (
	"strings"
	"unicode/utf8"

	"berth.dev/nix/syntax"
)

// lexeme is a token with the comments around it.
type lexeme struct {
	class  syntax.TokenClass
	text   string
	before []comment
	after  *comment // the last thing on the line of the token
	blank  bool     // an empty line stands in front of the token
	broken bool     // a line break stands somewhere in front of it
	spaced bool     // anything stands in front of it
	holes  []syntax.Token
	width  int
}

// comment is a comment as written.
type comment struct {
	text   string
	column int  // where it started
	blank  bool // an empty line stands in front of it
	inline bool // what follows stands on its line
}

func (c *comment) isLine() bool { return c.text[0] == '#' }

func (l *lexeme) is(text string) bool {
	return l.text == text && (l.class == syntax.TokenPunctuation || l.class == syntax.TokenKeyword)
}

// ownLine reports whether a comment in front of the lexeme needs a line.
func (l *lexeme) ownLine() bool {
	for _, c := range l.before {
		if !c.inline {
			return true
		}
	}
	return false
}

// split cuts a text into lexemes.
func split(text string) []lexeme {
	tokens := syntax.Tokens(text)
	lexemes := make([]lexeme, len(tokens))
	end := 0
	for i, token := range tokens {
		l := &lexemes[i]
		l.class, l.text = token.Class, text[token.Start:token.End]
		l.width = utf8.RuneCountInString(l.text)
		if token.Class == syntax.TokenIndented {
			l.holes = holes(text, token)
		}
		g := gap{text: text, at: end, end: token.Start, first: i == 0, last: token.Class == syntax.TokenEnd}
		g.read(l)
		if g.after != nil {
			lexemes[i-1].after = g.after
		}
		end = token.End
	}
	moveBehindSeparators(lexemes)
	return lexemes
}

// holes returns where a literal has interpolations, counted from its start.
func holes(text string, token syntax.Token) []syntax.Token {
	found := syntax.Interpolations(text, token)
	for i := range found {
		found[i].Start -= token.Start
		found[i].End -= token.Start
	}
	return found
}

// gap is the text between two tokens.
type gap struct {
	text        string
	at, end     int
	first, last bool // there is no token before, or none behind
	after       *comment
}

// read gives the lexeme behind the gap what is in it, except a comment that
// belongs to the one before.
func (g *gap) read(l *lexeme) {
	l.spaced = g.end > g.at
	lines := 0
	for {
		lines = g.blanks()
		l.broken = l.broken || lines > 0
		if g.at >= g.end {
			break
		}
		c := comment{column: g.column(), blank: lines > 1}
		c.text = g.comment()
		rest := g.text[g.at:g.end]
		next := strings.TrimLeft(rest, " \t")
		ends := next != "" && (next[0] == '\n' || next[0] == '\r') || next == "" && g.last
		c.inline = !c.isLine() && !ends && !strings.ContainsAny(c.text, "\r\n")
		if lines == 0 && !g.first && g.after == nil && len(l.before) == 0 && (ends || c.isLine()) {
			g.after = &c
			continue
		}
		l.before = append(l.before, c)
	}
	l.blank = lines > 1
}

// blanks skips blanks and counts the line breaks in them.
func (g *gap) blanks() (lines int) {
	for ; g.at < g.end; g.at++ {
		switch g.text[g.at] {
		case '\n':
			lines++
		case '\r':
			if g.at+1 >= len(g.text) || g.text[g.at+1] != '\n' {
				lines++
			}
		case ' ', '\t':
		default:
			return lines
		}
	}
	return lines
}

// comment reads the comment that starts here.
func (g *gap) comment() string {
	start := g.at
	rest := g.text[start:g.end]
	if rest[0] == '#' {
		n := strings.IndexAny(rest, "\r\n")
		if n < 0 {
			n = len(rest)
		}
		g.at += n
		return strings.TrimRight(rest[:n], " \t")
	}
	g.at += 2 + strings.Index(rest[2:], "*/") + 2
	return g.text[start:g.at]
}

func (g *gap) column() int {
	start := strings.LastIndexAny(g.text[:g.at], "\r\n") + 1
	return utf8.RuneCountInString(g.text[start:g.at])
}

// moveBehindSeparators lets comments that stand between something and the `;`
// or `,` behind it follow that.
func moveBehindSeparators(lexemes []lexeme) {
	for i := 1; i < len(lexemes)-1; i++ {
		l, before, behind := &lexemes[i], &lexemes[i-1], &lexemes[i+1]
		if !l.is(";") && !l.is(",") {
			continue
		}
		var moved []comment
		if l.ownLine() {
			moved, l.before = l.before, nil
		}
		if l.after != nil && (before.after != nil || len(moved) > 0) {
			moved = append(moved, *l.after)
			l.after = nil
		}
		if before.after != nil {
			l.after, before.after = before.after, nil
		}
		for j := range moved {
			moved[j].inline = false
		}
		if len(moved) > 0 {
			behind.before = append(moved, behind.before...)
			behind.broken = true
		}
	}
}
