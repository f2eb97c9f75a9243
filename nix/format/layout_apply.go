package format

import "berth.dev/nix/syntax"

// apply writes a function and its arguments: with the one argument that is too
// long opening on the line, or with each argument on a line of its own.
func (p *printer) apply(n *node, indent, tail int) {
	if open := p.expands(n, p.at()); open > 0 {
		for i, kid := range n.kids {
			p.space = p.space || i > 0
			if i == open {
				p.spread(kid, indent, tail)
			} else {
				p.expression(kid, indent, tail)
			}
		}
		return
	}
	p.expression(n.kids[0], indent, 0)
	for _, kid := range n.kids[1:] {
		p.below(kid, indent+indentStep, tail)
	}
}

// spread writes an argument over several lines even if it fits on one, as what
// stands behind it would not.
func (p *printer) spread(n *node, indent, tail int) {
	measured := n.measured
	n.measured = tooWide + 1
	p.expression(n, indent, tail)
	n.measured = measured
}

// expands returns which argument of an application can be written over several
// lines while everything else goes on the first and last of them; zero if none
// can. Of several, the last one is best.
func (p *printer) expands(n *node, at int) int {
	if n.kind != apply || p.leads(n) {
		return 0
	}
	first, last := 0, len(n.kids)-1 // arguments that are too wide are between
	for i, kid := range n.kids {
		if p.width(kid) == tooWide && first == 0 {
			first = i
		}
		if p.lexemes[kid.last].after != nil && i < last || i > 0 && p.leads(kid) {
			return 0
		}
	}
	if p.width(n.kids[0]) == tooWide {
		return 0
	}
	for i := last; i > 0 && i >= first; i-- {
		if p.opens(n, i) && p.roomBefore(n, i, at) && p.roomBehind(n, i) {
			return i
		}
	}
	return 0
}

// opens reports whether an argument starts with something that can be broken.
func (p *printer) opens(n *node, i int) bool {
	kid := n.kids[i]
	switch {
	case len(n.kids) == 2 && p.isString(kid):
		return true
	case kid.kind == set || kid.kind == list:
		return len(kid.kids) > 0
	}
	return p.absorbs(kid)
}

// roomBefore reports whether the function and the arguments before one, and its
// opening bracket, go on the line.
func (p *printer) roomBefore(n *node, i, at int) bool {
	for _, kid := range n.kids[:i] {
		at += p.width(kid) + len(" ")
	}
	return at+len("(") <= lineWidth
}

// roomBehind reports whether the arguments behind one are short.
func (p *printer) roomBehind(n *node, i int) bool {
	const enough = lineWidth / 2
	width := 0
	for _, kid := range n.kids[i+1:] {
		width += p.width(kid) + len(" ")
	}
	return width <= enough
}

// opensWith reports whether an application is one whose last argument, a set,
// list or string, opens on the line.
func (p *printer) opensWith(n *node, at int) bool {
	open := p.expands(n, at)
	return open > 0 && open == len(n.kids)-1 && n.kids[open].kind != paren
}

// isString reports whether a node is a string on one line: moving it to
// another line would not make it shorter.
func (p *printer) isString(n *node) bool {
	return n.kind == atom && p.lexemes[n.first].class == syntax.TokenString && !p.leads(n)
}
