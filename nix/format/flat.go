package format

import (
	"strings"

	"berth.dev/nix/syntax"
)

// tooWide is the width of what does not go on one line.
const tooWide = lineWidth + 1

// flatWriter goes over the lexemes of a node as they stand on one line. Its
// methods report false, and stop, where that is not possible.
type flatWriter struct {
	lexemes []lexeme
	first   int // comments in front of this lexeme do not matter
	last    int // nor does one behind this
	visit   func(space bool, number int) bool
	space   bool // stands in front of what comes next
}

// width returns how much room a node takes on one line, or tooWide.
func (p *printer) width(n *node) int {
	if n.measured > 0 {
		return n.measured - 1
	}
	width := 0
	w := flatWriter{lexemes: p.lexemes, first: n.first, last: n.last}
	w.visit = func(space bool, number int) bool {
		l := &p.lexemes[number]
		width += l.width
		if space {
			width++
		}
		for _, c := range l.before {
			if c.inline {
				width += len(c.text) + 1
			}
		}
		return width <= lineWidth
	}
	if !w.node(n) {
		width = tooWide
	}
	n.measured = width + 1
	return width
}

// token visits a lexeme.
func (w *flatWriter) token(number int) bool {
	l := &w.lexemes[number]
	if number != w.first && l.ownLine() || number != w.last && l.after != nil || strings.ContainsAny(l.text, "\n\r") {
		return false
	}
	space := w.space
	w.space = false
	return w.visit(space, number)
}

// apart visits nodes with blanks in front of each.
func (w *flatWriter) apart(nodes ...*node) bool {
	for _, n := range nodes {
		w.space = true
		if !w.node(n) {
			return false
		}
	}
	return true
}

// spaced visits a lexeme with a blank in front of it.
func (w *flatWriter) spaced(number int) bool {
	w.space = true
	return w.token(number)
}

func (w *flatWriter) node(n *node) bool {
	switch n.kind {
	case atom:
		return w.token(n.first)
	case paren, interpolation:
		return w.token(n.first) && w.node(n.kids[0]) && w.token(n.last)
	case list:
		return !w.opened(n) && w.token(n.first) && w.apart(n.kids...) && w.spaced(n.last)
	case set:
		return w.set(n)
	case binding:
		value := n.kids[1]
		nested := value.kind == set && len(value.kids) > 0
		return !nested && w.node(n.kids[0]) && w.spaced(n.marks[0]) && w.apart(value) && w.token(n.last)
	case inherit:
		if names := inherited(n); len(names) > 0 && w.lexemes[names[0].first].broken {
			return false
		}
		return w.token(n.first) && w.apart(n.kids...) && w.token(n.last)
	case attrPath:
		return w.path(n)
	case selection:
		return w.selection(n)
	case apply:
		return w.node(n.kids[0]) && w.apart(n.kids[1:]...)
	case unary:
		return w.token(n.first) && w.node(n.kids[0])
	case operation:
		return w.operation(n)
	case lambda:
		return w.node(n.kids[0]) && w.token(n.marks[0]) && w.apart(n.kids[1])
	case parameter:
		return w.node(n.kids[0]) && w.token(n.marks[0]) && w.node(n.kids[1])
	case formals:
		return w.formals(n)
	case prefix:
		return !w.lexemes[n.first].is("assert") && w.token(n.first) && w.apart(n.kids[0]) && w.token(n.marks[1]) && w.apart(n.kids[1])
	case conditional:
		return n.kids[2].kind != conditional && w.token(n.first) &&
			w.apart(n.kids[0]) && w.spaced(n.marks[1]) && w.apart(n.kids[1]) &&
			w.spaced(n.marks[2]) && w.apart(n.kids[2])
	}
	return false
}

// inherited returns the names behind `inherit`.
func inherited(n *node) []*node {
	if len(n.kids) > 0 && n.kids[0].kind == paren {
		return n.kids[1:]
	}
	return n.kids
}

// opened reports whether the author broke the line behind an opening bracket.
func (w *flatWriter) opened(n *node) bool {
	return len(n.kids) > 0 && w.lexemes[n.kids[0].first].broken
}

func (w *flatWriter) set(n *node) bool {
	if w.opened(n) || !w.token(n.first) {
		return false
	}
	if n.marks[0] != n.marks[len(n.marks)-2] && !w.spaced(n.marks[1]) {
		return false
	}
	return w.apart(n.kids...) && w.spaced(n.last)
}

func (w *flatWriter) path(n *node) bool {
	for i, kid := range n.kids {
		if i > 0 && !w.token(n.marks[i-1]) || !w.node(kid) {
			return false
		}
	}
	return true
}

func (w *flatWriter) selection(n *node) bool {
	object, path, byDefault := n.kids[0], n.kids[1], n.kids[2]
	switch {
	case !w.node(object):
		return false
	case path == nil:
		return w.spaced(n.marks[0])
	case !w.token(n.marks[0]) || !w.node(path):
		return false
	}
	return byDefault == nil || w.spaced(n.marks[1]) && w.apart(byDefault)
}

func (w *flatWriter) operation(n *node) bool {
	if !w.node(n.kids[0]) {
		return false
	}
	for i, kid := range n.kids[1:] {
		if !w.spaced(n.marks[i]) || !w.apart(kid) {
			return false
		}
	}
	return true
}

// formals are on one line up to two names without defaults.
func (w *flatWriter) formals(n *node) bool {
	names := 0
	for i, kid := range n.kids {
		isLast := i == len(n.kids)-1
		switch {
		case len(kid.kids) > 1, isLast && len(kid.marks) > 0 && !w.bare(kid.last):
			return false
		case !w.lexemes[kid.first].is("..."):
			names++
		}
	}
	if names > 2 || w.opened(n) || !w.token(n.first) {
		return false
	}
	for i, kid := range n.kids {
		if !w.apart(kid.kids[0]) || i < len(n.kids)-1 && !w.token(kid.last) {
			return false
		}
	}
	return w.spaced(n.last)
}

// bare reports whether a lexeme has no comments, so that it can be left out.
func (w *flatWriter) bare(number int) bool {
	return len(w.lexemes[number].before) == 0 && w.lexemes[number].after == nil
}

// isMultiline reports whether a node is a string over several lines.
func (p *printer) isMultiline(n *node) bool {
	l := &p.lexemes[n.first]
	return n.kind == atom && (l.class == syntax.TokenIndented || l.class == syntax.TokenString) && strings.Contains(l.text, "\n")
}
