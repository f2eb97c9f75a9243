package syntax

// startsSimple tells which tokens start an argument or list element.
var startsSimple = [tokenCount]bool{
	tokIdentifier: true, tokInt: true, tokFloat: true, tokQuote: true, tokIndOpen: true,
	tokPath: true, tokHomePath: true, tokSearchPath: true, tokURI: true,
	tokParenOpen: true, tokLet: true, tokRec: true, tokBraceOpen: true, tokBracketOpen: true,
}

// simple reads an expression that stands for itself: a name, a literal, or
// something in brackets.
func (p *parser) simple() Expr {
	switch p.kind {
	case tokIdentifier:
		return p.identifier()
	case tokBraceOpen:
		return p.set()
	case tokQuote:
		return p.quoted()
	case tokParenOpen:
		return p.parenthesised()
	case tokBracketOpen:
		return p.list()
	case tokIndOpen:
		return p.indented()
	case tokPath, tokHomePath:
		return p.pathLiteral()
	default:
		return p.rareSimple()
	}
}

func (p *parser) rareSimple() Expr {
	at := p.pos(p.start)
	switch p.kind {
	case tokRec:
		return p.recursive()
	case tokLet:
		return p.oldLet()
	case tokSearchPath:
		return p.searchPathLiteral()
	case tokInt:
		e := p.nodes.ints.one()
		*e = Int{At: at, Value: p.integer}
		p.next()
		return e
	case tokFloat:
		e := &Float{At: at, Value: p.float}
		p.next()
		return e
	case tokURI:
		text := p.text()
		p.next()
		return p.literal(at, text)
	}
	p.unexpected()
	return nil
}

func (p *parser) literal(at Pos, text string) Expr {
	e := p.nodes.strings.one()
	*e = String{At: at, Value: text}
	return e
}

func (p *parser) identifier() Expr {
	at, name := p.pos(p.start), p.text()
	p.next()
	if name == "__curPos" {
		return &CurPos{At: at}
	}
	return p.variable(at, name)
}

func (p *parser) parenthesised() Expr {
	p.open()
	p.next()
	e := p.expression()
	p.skip(tokParenClose)
	p.closed()
	return e
}

func (p *parser) list() Expr {
	at := p.pos(p.start)
	p.open()
	p.next()
	mark := len(p.exprs)
	p.enter(levelCost)
	for p.kind != tokBracketClose {
		p.exprs = append(p.exprs, p.selection())
	}
	p.depth -= levelCost
	e := &List{At: at, Elements: p.nodes.exprList.keep(p.exprs[mark:])}
	p.exprs = p.exprs[:mark]
	p.closed()
	p.next()
	return e
}

// recursive reads `rec { ... }`.
func (p *parser) recursive() Expr {
	start := p.start
	p.next()
	p.require(tokBraceOpen)
	return p.recursiveSet(start)
}

// oldLet reads `let { ...; body = e; }`, which is `(rec { ... }).body`.
func (p *parser) oldLet() Expr {
	start := p.start
	p.next()
	p.require(tokBraceOpen)
	set := p.recursiveSet(start)
	e := p.nodes.selects.one()
	name := AttrName{At: p.pos(start), Name: p.symbols.Intern("body")}
	*e = Select{At: p.pos(start), Object: set, Path: p.nodes.nameList.keep([]AttrName{name})}
	return e
}

// searchPathLiteral reads `<a/b>`, which is `__findFile __nixPath "a/b"`.
func (p *parser) searchPathLiteral() Expr {
	at, text := p.pos(p.start), p.text()
	p.next()
	return p.newCall(at, p.variable(at, "__findFile"),
		p.variable(at, "__nixPath"), p.literal(at, text[1:len(text)-1]))
}
