package syntax

import (
	"cmp"
	"slices"
)

// set reads `{ ... }`.
func (p *parser) set() Expr {
	start := p.start
	p.open()
	p.next()
	var e *Attrs
	if p.kind == tokBraceClose {
		e = p.nodes.attrs.one()
		e.At = p.pos(start)
	} else {
		e = p.bindings(start, tokInherit)
	}
	p.closed()
	p.next()
	return e
}

// recursiveSet reads the `{ ... }` behind `rec` or the old `let`.
func (p *parser) recursiveSet(start int) *Attrs {
	p.open()
	p.next()
	e := p.bindings(start, tokBraceClose)
	e.Recursive = true
	p.closed()
	p.next()
	return e
}

// literal is an attribute set while its bindings are read. Its attributes are on
// top of parser.attrs, in the order of the text.
type literal struct {
	set   *Attrs
	mark  int
	index map[Symbol]int // of attributes behind mark; made when there are many
}

// manyAttrs is the number of attributes from which an index pays.
const manyAttrs = 16

// bindings reads bindings up to, but not including, what closes them. What a
// message says can stand instead of a binding depends on where they are: also
// names the token, besides `inherit`.
func (p *parser) bindings(start int, also token) *Attrs {
	closing := tokBraceClose
	if also == tokIn {
		closing = tokIn
	}
	b := literal{set: p.nodes.attrs.one(), mark: len(p.attrs)}
	b.set.At = p.pos(start)
	for p.kind != closing {
		switch p.kind {
		case tokIdentifier, tokOr, tokQuote, tokDollarBrace:
			p.binding(&b)
		case tokInherit:
			p.inherit(&b)
		default:
			p.noBinding(also)
		}
	}
	p.finish(&b)
	return b.set
}

func (p *parser) noBinding(also token) {
	switch also {
	case tokIn:
		p.unexpected(tokIn, tokInherit)
	case tokBraceClose:
		p.unexpected(tokInherit, tokBraceClose)
	default:
		p.unexpected(tokInherit)
	}
}

// finish gives a set its attributes.
func (p *parser) finish(b *literal) {
	attrs := p.nodes.attrList.keep(p.attrs[b.mark:])
	p.attrs = p.attrs[:b.mark]
	slices.SortFunc(attrs, func(a, b Attr) int { return cmp.Compare(a.Name, b.Name) })
	b.set.Attrs = attrs
}

// find returns the attribute of a name, or nil.
func (p *parser) find(b *literal, name Symbol) *Attr {
	attrs := p.attrs[b.mark:]
	if b.index != nil {
		if i, ok := b.index[name]; ok {
			return &attrs[i]
		}
		return nil
	}
	for i := range attrs {
		if attrs[i].Name == name {
			return &attrs[i]
		}
	}
	return nil
}

func (p *parser) insert(b *literal, a Attr) {
	p.attrs = append(p.attrs, a)
	n := len(p.attrs) - b.mark
	switch {
	case b.index != nil:
		b.index[a.Name] = n - 1
	case n == manyAttrs:
		b.index = make(map[Symbol]int, 4*manyAttrs)
		for i, a := range p.attrs[b.mark:] {
			b.index[a.Name] = i
		}
	}
}

// binding reads `path = value;`.
func (p *parser) binding(b *literal) {
	path := p.attrPath()
	if p.kind != tokAssign {
		p.unexpected(tokDot, tokAssign)
	}
	p.next()
	value := p.expression()
	p.require(tokSemicolon)
	p.enter(len(path) * levelCost)
	p.bind(b, path, value)
	p.depth -= len(path) * levelCost
	p.next()
}

// inherit reads `inherit a b;` or `inherit (e) a b;`.
func (p *parser) inherit(b *literal) {
	p.next()
	kind := AttrInherited
	if p.kind == tokParenOpen {
		kind = AttrInheritedFrom
		source := p.parenthesised()
		b.set.InheritFrom = append(b.set.InheritFrom, source)
	}
	mark := len(p.names)
	for p.kind != tokSemicolon {
		p.names = append(p.names, p.inheritedName())
	}
	for _, name := range p.names[mark:] {
		p.insertInherited(b, kind, name)
	}
	p.names = p.names[:mark]
	p.next()
}

func (p *parser) inheritedName() AttrName {
	switch p.kind {
	case tokIdentifier, tokOr, tokQuote, tokDollarBrace:
	default:
		p.unexpected()
	}
	name := p.attrName()
	if name.Expr != nil {
		fail(name.At, "dynamic attributes not allowed in inherit")
	}
	return name
}

func (p *parser) insertInherited(b *literal, kind AttrKind, name AttrName) {
	if found := p.find(b, name.Name); found != nil {
		p.duplicate([]AttrName{name}, name.At, found.At)
	}
	a := Attr{At: name.At, Name: name.Name, Kind: kind}
	if kind == AttrInherited {
		e := p.nodes.vars.one()
		*e = Var{At: name.At, Name: name.Name}
		a.Value = e
	} else {
		a.From = len(b.set.InheritFrom) - 1
	}
	p.insert(b, a)
}

// attrPath reads `a.b.c`.
func (p *parser) attrPath() []AttrName {
	mark := len(p.names)
	for {
		p.names = append(p.names, p.attrName())
		if p.kind != tokDot {
			break
		}
		p.next()
	}
	path := p.nodes.nameList.keep(p.names[mark:])
	p.names = p.names[:mark]
	return path
}

// attrName reads one element of an attribute path. A name in quotes or `${}`
// that is a plain string is a plain name.
func (p *parser) attrName() AttrName {
	at := p.pos(p.start)
	switch p.kind {
	case tokIdentifier, tokOr:
		name := AttrName{At: at, Name: p.symbols.Intern(p.text())}
		p.next()
		return name
	case tokQuote:
		text, e := p.stringBody()
		if e == nil {
			return AttrName{At: at, Name: p.symbols.Intern(text)}
		}
		return AttrName{At: at, Expr: e}
	case tokDollarBrace:
		e := p.interpolation(p.start)
		p.next()
		if s, ok := e.(*String); ok {
			return AttrName{At: at, Name: p.symbols.Intern(s.Value)}
		}
		return AttrName{At: at, Expr: e}
	}
	p.unexpected(tokIdentifier, tokOr, tokDollarBrace, tokQuote)
	return AttrName{}
}
