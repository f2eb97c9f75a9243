package format

// binding writes `path = value;`.
func (p *printer) binding(n *node, indent int) {
	p.expression(n.kids[0], indent, len(" ="))
	p.space = true
	p.token(n.marks[0], indent)
	p.value(n.kids[1], indent, 1)
	p.separator(";", &p.lexemes[n.last])
}

// value writes what stands behind `=` or `?`: on the same line if it fits there
// or opens with a bracket, else below.
func (p *printer) value(n *node, indent, tail int) {
	p.space = true
	switch {
	case p.pending != nil || p.leads(n):
		p.below(n, indent+indentStep, tail)
	case n.kind == set && len(n.kids) > 0:
		p.items(n, indent)
	case p.at()+p.width(n)+tail <= lineWidth:
		p.flat(n, indent)
	case p.absorbs(n), p.isString(n), p.expands(n, p.at()) > 0:
		p.expression(n, indent, tail)
	case p.absorbsOperand(n):
		p.absorbed(n, indent, tail)
	default:
		p.below(n, indent+indentStep, tail)
	}
}

// absorbsOperand reports whether all of an operation but its last operand goes
// on the rest of the line, and that opens with a bracket there.
func (p *printer) absorbsOperand(n *node) bool {
	if n.kind != operation {
		return false
	}
	last := len(n.kids) - 1
	switch operator := p.lexemes[n.marks[last-1]].text; operator {
	case "//", "++", "+":
	default:
		return false
	}
	if kind := n.kids[last].kind; kind == paren || !p.absorbs(n.kids[last]) || p.lexemes[n.marks[last-1]].after != nil {
		return false
	}
	at := p.at()
	for i, kid := range n.kids[:last] {
		mark := &p.lexemes[n.marks[i]]
		if p.lexemes[kid.last].after != nil || mark.after != nil || mark.ownLine() || i > 0 && p.leads(kid) {
			return false
		}
		at += p.width(kid) + len(" ") + mark.width + len(" ")
	}
	return at+1 <= lineWidth
}

// absorbed writes an operation whose last operand is absorbed.
func (p *printer) absorbed(n *node, indent, tail int) {
	for i, kid := range n.kids {
		if i > 0 {
			p.space = true
			p.token(n.marks[i-1], indent)
			p.space = true
		}
		p.expression(kid, indent, tail)
	}
}

func (p *printer) selection(n *node, indent, tail int) {
	object, path, byDefault := n.kids[0], n.kids[1], n.kids[2]
	p.expression(object, indent, 0)
	if path == nil {
		p.space = true
		p.token(n.marks[0], indent)
		return
	}
	p.token(n.marks[0], indent)
	p.expression(path, indent, tail)
	if byDefault == nil {
		return
	}
	p.space = true
	fits := p.at()+len("or ")+p.width(byDefault)+tail <= lineWidth
	if !fits && !p.absorbs(byDefault) {
		indent += indentStep
		p.line(indent)
	}
	p.token(n.marks[1], indent)
	p.space = true
	p.expression(byDefault, indent, tail)
}

// operation writes a chain with each operator in front of its operand.
func (p *printer) operation(n *node, indent, tail int) {
	p.operand(n.kids[0], indent, 0)
	for i, kid := range n.kids[1:] {
		p.line(indent)
		p.token(n.marks[i], indent)
		p.space = true
		p.operand(kid, indent, tail)
	}
}

// operand writes an operand; the further lines of one that is a chain itself
// are indented.
func (p *printer) operand(n *node, indent, tail int) {
	if n.kind == operation {
		indent += indentStep
	}
	p.expression(n, indent, tail)
}

func (p *printer) lambda(n *node, indent, tail int) {
	p.expression(n.kids[0], indent, 1)
	p.token(n.marks[0], indent)
	body := n.kids[1]
	inline := n.isSimpleLambda() && p.pending == nil && !p.leads(body)
	if inline && (body.isSimpleLambda() || p.absorbs(body)) {
		p.space = true
		p.expression(body, indent, tail)
		return
	}
	p.below(body, indent, tail)
}

// pattern writes the parameter of a function.
func (p *printer) pattern(n *node, indent int) {
	if n.kind == parameter {
		p.expression(n.kids[0], indent, 0)
		p.token(n.marks[0], indent)
		p.expression(n.kids[1], indent, 0)
		return
	}
	p.token(n.first, indent)
	for i, kid := range n.kids {
		p.line(indent + indentStep)
		if i > 0 && p.blankBefore(kid.first) {
			p.emptyLine()
		}
		p.formal(kid, indent+indentStep)
	}
	p.close(n.last, indent)
}

// formal writes a name with its default and a comma, which the last one gets
// too unless it is `...`.
func (p *printer) formal(n *node, indent int) {
	p.token(n.first, indent)
	marks := n.marks
	if len(n.kids) > 1 {
		p.space = true
		p.token(marks[0], indent)
		p.value(n.kids[1], indent, 1)
		marks = marks[1:]
	}
	if p.lexemes[n.first].is("...") {
		return
	}
	var comma *lexeme
	if len(marks) > 0 {
		comma = &p.lexemes[marks[0]]
	}
	p.separator(",", comma)
}
