package syntax

import (
	"cmp"
	"slices"
)

// set reads `{ ... }`.
func (p *parser) set() Expr {
	start := p.start
	p.next()
	var e *Attrs
	if p.kind == tokBraceClose {
		e = p.nodes.attrs.one()
		e.At = p.pos(start)
	} else {
		e = p.bindings(start, tokInherit)
	}
	p.next()
	return e
}

// recursiveSet reads the `{ ... }` behind `rec` or the old `let`.
func (p *parser) recursiveSet(start int) *Attrs {
	p.next()
	e := p.bindings(start, tokBraceClose)
	e.Recursive = true
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

// bind adds an attribute to the set that is being read.
func (p *parser) bind(b *literal, path []AttrName, value Expr) {
	head := path[0]
	if head.Expr != nil {
		p.bindDynamic(b.set, path, 0, value)
		return
	}
	if value := p.place(p.find(b, head.Name), path, 0, value); value != nil {
		p.insert(b, Attr{At: head.At, Name: head.Name, Value: value})
	}
}

// bindNested adds the attribute named by path[i:] to a set made by an attribute
// path, or to one read before that an attribute path goes through.
func (p *parser) bindNested(set *Attrs, path []AttrName, i int, value Expr) {
	if path[i].Expr != nil {
		p.bindDynamic(set, path, i, value)
		return
	}
	name := path[i].Name
	if value := p.place(set.find(name), path, i, value); value != nil {
		set.insert(Attr{At: path[0].At, Name: name, Value: value})
	}
}

func (p *parser) bindDynamic(set *Attrs, path []AttrName, i int, value Expr) {
	if i < len(path)-1 {
		value = p.nested(path, i, value)
	}
	set.Dynamic = append(set.Dynamic, DynamicAttr{At: path[0].At, Name: path[i].Expr, Value: value})
}

// nested makes the set that path[i] names for the rest of the path.
func (p *parser) nested(path []AttrName, i int, value Expr) Expr {
	set := p.nodes.attrs.one()
	set.At = path[0].At
	p.bindNested(set, path, i+1, value)
	return set
}

// place returns the value that the attribute path[i] is to have. If there is
// one already, found, the new value is merged with it and the result is nil.
func (p *parser) place(found *Attr, path []AttrName, i int, value Expr) Expr {
	last := i == len(path)-1
	switch {
	case found == nil && last:
		setName(value, path[i].Name)
		return value
	case found == nil:
		return p.nested(path, i, value)
	case last:
		p.merge(found, path, path[0].At, value)
		return nil
	}
	set, ok := found.Value.(*Attrs)
	if !ok {
		p.duplicate(path[:i+1], path[0].At, found.At)
	}
	p.bindNested(set, path, i+1, value)
	return nil
}

// merge adds the attributes of value to those of the attribute found, whose
// path is given for messages. Both must be literal sets. Whether the result is
// recursive is decided by the one that came first.
func (p *parser) merge(found *Attr, path []AttrName, at Pos, value Expr) {
	into, ok := found.Value.(*Attrs)
	from, also := value.(*Attrs)
	if !ok || !also {
		p.duplicate(path, at, found.At)
	}
	offset := len(into.InheritFrom)
	for _, a := range from.Attrs {
		if a.Kind == AttrInheritedFrom {
			a.From += offset
		}
		if twin := into.find(a.Name); twin != nil {
			longer := append(path[:len(path):len(path)], AttrName{At: a.At, Name: a.Name})
			p.merge(twin, longer, a.At, a.Value)
		} else {
			into.insert(a)
		}
	}
	into.Dynamic = append(into.Dynamic, from.Dynamic...)
	into.InheritFrom = append(into.InheritFrom, from.InheritFrom...)
}

// setName tells functions the name of the attribute they are the value of.
func setName(value Expr, name Symbol) {
	for {
		lambda, ok := value.(*Lambda)
		if !ok {
			return
		}
		lambda.Name = name
		value = lambda.Body
	}
}

func (p *parser) duplicate(path []AttrName, at, before Pos) {
	place := ""
	if l, ok := p.positions.Locate(before); ok {
		place = l.String()
	}
	printer := printer{symbols: p.symbols}
	printer.path(path)
	fail(at, "attribute '"+printer.text.String()+"' already defined at "+place)
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

// find returns the attribute of a name, or nil.
func (e *Attrs) find(name Symbol) *Attr {
	i, ok := e.search(name)
	if !ok {
		return nil
	}
	return &e.Attrs[i]
}

func (e *Attrs) insert(a Attr) {
	i, _ := e.search(a.Name)
	e.Attrs = slices.Insert(e.Attrs, i, a)
}

func (e *Attrs) search(name Symbol) (int, bool) {
	return slices.BinarySearchFunc(e.Attrs, name, func(a Attr, name Symbol) int {
		return cmp.Compare(a.Name, name)
	})
}
