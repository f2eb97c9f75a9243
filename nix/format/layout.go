package format

// expression writes a node from the current column on, and its further lines
// from an indentation on. Behind it, tail columns of the last line are taken.
func (p *printer) expression(n *node, indent, tail int) {
	if p.at()+p.width(n)+tail <= lineWidth {
		p.flat(n, indent)
		return
	}
	switch n.kind {
	case atom:
		p.token(n.first, indent)
	case paren, interpolation:
		p.paren(n, indent)
	case list, set:
		p.items(n, indent)
	case attrPath:
		p.path(n, indent)
	case selection:
		p.selection(n, indent, tail)
	case apply:
		p.apply(n, indent, tail)
	case unary:
		p.token(n.first, indent)
		p.expression(n.kids[0], indent, tail)
	case operation:
		p.operation(n, indent, tail)
	case lambda:
		p.lambda(n, indent, tail)
	case let:
		p.let(n, indent)
	case prefix:
		p.prefix(n, indent, tail)
	case conditional:
		p.conditional(n, indent)
	default:
		p.pattern(n, indent)
	}
}

// leads reports whether comments stand on lines of their own in front of a node.
func (p *printer) leads(n *node) bool { return p.lexemes[n.first].ownLine() }

// absorbs reports whether a node that is too long for the line should start on
// it all the same, because it opens with a bracket.
func (p *printer) absorbs(n *node) bool {
	if p.leads(n) {
		return false
	}
	switch n.kind {
	case set, list, paren:
		return true
	case atom:
		return p.isMultiline(n)
	case lambda:
		body := n.kids[1]
		return n.isSimpleLambda() && body.kind != paren && p.absorbs(body)
	case prefix:
		body := n.kids[1]
		return p.lexemes[n.first].is("with") && p.width(n.kids[0]) < tooWide && body.kind != paren && p.absorbs(body)
	}
	return false
}

// below writes a node on lines of its own.
func (p *printer) below(n *node, indent, tail int) {
	p.line(indent)
	p.expression(n, indent, tail)
}

func (p *printer) paren(n *node, indent int) {
	p.token(n.first, indent)
	kid := n.kids[0]
	inline := p.absorbs(kid) || p.opensWith(kid, p.at())
	if n.kind == interpolation || inline && p.pending == nil {
		p.expression(kid, indent, 1)
		p.closeInline(n, indent)
		return
	}
	p.below(kid, indent+indentStep, 0)
	p.close(n.last, indent)
}

// closeInline writes a closing bracket behind its contents.
func (p *printer) closeInline(n *node, indent int) {
	if p.pending != nil || p.lexemes[n.last].ownLine() {
		p.close(n.last, indent)
		return
	}
	p.token(n.last, indent)
}

// close writes a closing bracket or word on a line of its own. Comments in
// front of it belong to what it closes.
func (p *printer) close(number, indent int) {
	l := &p.lexemes[number]
	p.line(indent + indentStep)
	if l.ownLine() {
		if l.before[0].blank {
			p.emptyLine()
		}
		p.comments(l, indent+indentStep)
		p.lines = 1
	}
	p.indent = indent
	before := l.before
	if l.ownLine() {
		l.before = nil
	}
	p.token(number, indent)
	l.before = before
}

// items writes a set or list with one item in a line.
func (p *printer) items(n *node, indent int) {
	marks := n.marks[:len(n.marks)-1]
	for i, mark := range marks {
		p.space = p.space || i > 0
		p.token(mark, indent)
	}
	for i, kid := range n.kids {
		p.item(kid, indent+indentStep, i == 0)
	}
	p.close(n.last, indent)
}

// item starts a line, behind an empty one if the author left one there.
func (p *printer) item(n *node, indent int, first bool) {
	p.line(indent)
	if !first && p.blankBefore(n.first) {
		p.emptyLine()
	}
	switch n.kind {
	case binding:
		p.binding(n, indent)
	case inherit:
		p.inherit(n, indent)
	default:
		p.expression(n, indent, 0)
	}
}

// blankBefore reports whether an empty line stands in front of a lexeme and its
// comments.
func (p *printer) blankBefore(number int) bool {
	l := &p.lexemes[number]
	if len(l.before) > 0 {
		return l.before[0].blank
	}
	return l.blank
}

func (p *printer) inherit(n *node, indent int) {
	if p.at()+p.width(n) <= lineWidth {
		p.flat(n, indent)
		return
	}
	p.token(n.first, indent)
	inner := indent + indentStep
	kids := n.kids
	if names := inherited(n); len(names) < len(kids) && !p.leads(kids[0]) && p.pending == nil {
		p.space = true
		p.expression(kids[0], indent, 0)
		kids = names
	}
	for _, kid := range kids {
		p.below(kid, inner, 0)
	}
	p.line(inner)
	p.token(n.last, inner)
}

func (p *printer) path(n *node, indent int) {
	for i, kid := range n.kids {
		if i > 0 {
			p.token(n.marks[i-1], indent)
		}
		p.expression(kid, indent, 0)
	}
}

func (p *printer) let(n *node, indent int) {
	p.token(n.marks[0], indent)
	last := len(n.kids) - 1
	for i, kid := range n.kids[:last] {
		p.item(kid, indent+indentStep, i == 0)
	}
	if in := &p.lexemes[n.marks[1]]; in.blank && !in.ownLine() {
		p.line(indent)
		p.emptyLine()
	}
	p.close(n.marks[1], indent)
	p.below(n.kids[last], indent, 0)
}

func (p *printer) prefix(n *node, indent, tail int) {
	atStart := p.fresh()
	p.token(n.first, indent)
	p.space = true
	p.expression(n.kids[0], indent, 1)
	p.separator(";", &p.lexemes[n.marks[1]])
	if !atStart && p.pending == nil && p.lexemes[n.first].is("with") && p.absorbs(n.kids[1]) {
		p.space = true
		p.expression(n.kids[1], indent, tail)
		return
	}
	p.below(n.kids[1], indent, tail)
}

func (p *printer) conditional(n *node, indent int) {
	inner := indent + indentStep
	p.token(n.marks[0], indent)
	condition := n.kids[0]
	p.space = true
	fits := p.at()+p.width(condition)+len(" then") <= lineWidth
	if p.pending == nil && !p.leads(condition) && fits {
		p.expression(condition, indent, len(" then"))
		p.space = true
		p.token(n.marks[1], indent)
	} else {
		p.below(condition, inner, 0)
		p.close(n.marks[1], indent)
	}
	p.below(n.kids[1], inner, 0)
	p.close(n.marks[2], indent)
	if no := n.kids[2]; no.kind == conditional && !p.leads(no) && p.pending == nil {
		p.space = true
		p.conditional(no, indent)
		return
	}
	p.below(n.kids[2], inner, 0)
}
