package lsp

import (
	"strings"

	"berth.dev/nix/syntax"
)

// cursor is what stands around a place in a document, found from its tokens so
// that it works while the text is no program.
type cursor struct {
	d     *document
	start int      // of the word at the place, or the place itself
	end   int      // of the word
	chain []string // names with dots between in front of the word: a.b. before c
	first int      // the token that the chain or word starts with
	outer []string // path of the attribute whose value all this is inside of
	// isName tells that an attribute's name stands here, not its value.
	isName bool
	// packages tells that the place is inside `with pkgs;`.
	packages bool
	opener   string // what directly encloses the place: a bracket or `let`
}

// cursorAt describes a place.
func (d *document) cursorAt(offset int) cursor {
	c := cursor{d: d, start: offset, end: offset}
	i := 0
	for i < len(d.tokens) && d.tokens[i].End < offset {
		i++
	}
	// i is the token that the place is in or right behind, or the next one.
	if i < len(d.tokens) && d.tokens[i].Start <= offset && d.isWord(i) {
		c.start, c.end = d.tokens[i].Start, d.tokens[i].End
	} else if i+1 < len(d.tokens) && d.tokens[i].End == offset && d.tokens[i+1].Start == offset && d.isWord(i+1) {
		i++
		c.start, c.end = d.tokens[i].Start, d.tokens[i].End
	} else if i < len(d.tokens) && d.tokens[i].End <= offset && d.tokens[i].End > d.tokens[i].Start {
		i++
	}
	for i >= 2 && d.word(i-1) == "." && d.isWord(i-2) {
		c.chain = append([]string{d.name(i - 2)}, c.chain...)
		i -= 2
	}
	c.first = i
	c.isName = i == 0 || c.startsBinding(i-1)
	c.outer = c.enclosing(i - 1)
	return c
}

// word returns a token as written.
func (d *document) word(i int) string {
	if i < 0 || i >= len(d.tokens) {
		return ""
	}
	return d.text[d.tokens[i].Start:d.tokens[i].End]
}

// isWord reports whether a token can be a name in a path.
func (d *document) isWord(i int) bool {
	class := d.tokens[i].Class
	return class == syntax.TokenName || class == syntax.TokenString || class == syntax.TokenKeyword && d.tokens[i].End > d.tokens[i].Start
}

// name returns the name that a token stands for in a path.
func (d *document) name(i int) string { return strings.Trim(d.word(i), `"`) }

// startsBinding reports whether a binding may start behind a token.
func (c *cursor) startsBinding(i int) bool {
	switch c.d.word(i) {
	case "{", "let":
		return true
	case ";":
		return !c.isPrefix(i)
	}
	return false
}

// isPrefix reports whether a semicolon ends `with x` or `assert x`.
func (c *cursor) isPrefix(i int) bool { return c.prefixStart(i) >= 0 }

// prefixStart returns where the `with` or `assert` is that a semicolon ends, or
// -1.
func (c *cursor) prefixStart(i int) int {
	for i--; i >= 0; i-- {
		switch word := c.d.word(i); word {
		case "with", "assert":
			return i
		case "=", ";", "{", "[", "(", "in", "let":
			return -1
		case "}", "]", ")":
			i = c.opening(i)
		}
	}
	return -1
}

// opening returns where the bracket that a token closes is opened.
func (c *cursor) opening(i int) int {
	depth := 0
	for ; i >= 0; i-- {
		switch c.d.word(i) {
		case "}", "]", ")":
			depth++
		case "{", "[", "(", "${":
			depth--
			if depth == 0 {
				return i
			}
		}
	}
	return -1
}

// enclosing goes outwards from a token and collects the names of the attributes
// whose values are entered on the way.
func (c *cursor) enclosing(i int) []string {
	var path []string
	inValue := !c.isName
	for ; i >= 0; i-- {
		switch word := c.d.word(i); word {
		case "}", "]", ")":
			i = c.opening(i)
		case "{", "let", "[", "(", "${":
			if c.opener == "" {
				c.opener = word
			}
			inValue = inValue || word == "{" || word == "let"
		case "in":
			i = c.openingLet(i)
		case "=":
			if !inValue {
				continue
			}
			inValue = false
			var names []string
			names, i = c.pathBefore(i)
			path = append(names, path...)
		case ";":
			if start := c.prefixStart(i); start >= 0 && inValue {
				c.packages = c.packages || c.d.word(start) == "with" && c.d.word(i-1) == "pkgs"
				i = start
			} else {
				inValue = false
			}
		}
	}
	return path
}

// openingLet returns where the `let` of an `in` is.
func (c *cursor) openingLet(i int) int {
	depth := 0
	for ; i >= 0; i-- {
		switch c.d.word(i) {
		case "in":
			depth++
		case "let":
			depth--
			if depth == 0 {
				return i
			}
		}
	}
	return -1
}

// pathBefore returns the names in front of `=`, and where they start.
func (c *cursor) pathBefore(i int) (names []string, start int) {
	for i--; i >= 0 && c.d.isWord(i); i -= 2 {
		names = append([]string{c.d.name(i)}, names...)
		if c.d.word(i-1) != "." {
			return names, i
		}
	}
	return names, i
}
