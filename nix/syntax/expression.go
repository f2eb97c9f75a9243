package syntax

// expression reads any expression.
func (p *parser) expression() Expr {
	p.enter(levelCost)
	var e Expr
	switch p.kind {
	case tokIdentifier:
		e = p.fromIdentifier()
	case tokBraceOpen:
		e = p.fromBrace()
	case tokLet:
		e = p.fromLet()
	case tokWith:
		e = p.with()
	case tokAssert:
		e = p.assert()
	case tokIf:
		e = p.conditional()
	default:
		e = p.piped()
	}
	p.depth -= levelCost
	return e
}

// fromIdentifier tells a function from an operation. The byte behind the name is
// enough: no other token starts with `:` or `@`.
func (p *parser) fromIdentifier() Expr {
	start, arg := p.start, p.text()
	switch p.peek() {
	case ':':
		p.next()
		p.next()
		return p.function(start, arg, nil)
	case '@':
		p.next()
		p.next()
		p.require(tokBraceOpen)
		formals := p.formalSet()
		p.skip(tokColon)
		return p.function(start, arg, formals)
	}
	return p.piped()
}

// fromBrace tells a function from an operation with an attribute set.
func (p *parser) fromBrace() Expr {
	start := p.start
	if !p.formalsAhead() {
		return p.piped()
	}
	formals := p.formalSet()
	arg := ""
	switch p.kind {
	case tokAt:
		p.next()
		p.require(tokIdentifier)
		arg = p.text()
		p.next()
		p.skip(tokColon)
	case tokColon:
		p.next()
	default:
		p.unexpected(tokColon, tokAt)
	}
	return p.function(start, arg, formals)
}

// function reads the body of a function. The name of the argument is interned
// after it, which is when C++ Nix does: symbol order shows in comparisons.
func (p *parser) function(start int, arg string, formals *Formals) Expr {
	body := p.expression()
	e := p.nodes.lambdas.one()
	*e = Lambda{At: p.pos(start), Formals: formals, Body: body}
	if arg != "" {
		e.Arg = p.symbols.Intern(arg)
	}
	if formals != nil {
		p.checkFormals(e)
	}
	return e
}

// fromLet reads `let bindings in body`, or an operation that starts with the
// old `let { body = ...; }`.
func (p *parser) fromLet() Expr {
	start := p.start
	if p.peek() == '{' {
		return p.piped()
	}
	p.next()
	bindings := p.bindings(start, tokIn)
	p.next()
	body := p.expression()
	if len(bindings.Dynamic) > 0 {
		fail(p.pos(start), "dynamic attributes not allowed in let")
	}
	return &Let{At: p.pos(start), Attrs: bindings, Body: body}
}

func (p *parser) with() Expr {
	start := p.start
	p.next()
	scope := p.expression()
	p.skip(tokSemicolon)
	return &With{At: p.pos(start), Scope: scope, Body: p.expression()}
}

func (p *parser) assert() Expr {
	start := p.start
	p.next()
	cond := p.expression()
	p.skip(tokSemicolon)
	return &Assert{At: p.pos(start), Cond: cond, Body: p.expression()}
}

func (p *parser) conditional() Expr {
	start := p.start
	p.next()
	cond := p.expression()
	p.skip(tokThen)
	then := p.expression()
	p.skip(tokElse)
	return &If{At: p.pos(start), Cond: cond, Then: then, Else: p.expression()}
}

// piped reads an operation, or several joined by one kind of pipe operator.
func (p *parser) piped() Expr {
	left := p.operation(precLowest)
	switch p.kind {
	case tokPipeInto:
		for p.kind == tokPipeInto {
			at := p.pos(p.start)
			p.next()
			left = p.call(at, p.operation(precLowest), left)
		}
	case tokPipeFrom:
		return p.pipedFrom(left)
	}
	return left
}

func (p *parser) pipedFrom(left Expr) Expr {
	if p.kind != tokPipeFrom {
		return left
	}
	p.enter(levelCost)
	at := p.pos(p.start)
	p.next()
	right := p.pipedFrom(p.operation(precLowest))
	p.depth -= levelCost
	return p.call(at, left, right)
}

// application reads a function and its arguments.
func (p *parser) application() Expr {
	start := p.start
	e := p.selection()
	if !startsSimple[p.kind] {
		return e
	}
	mark := len(p.exprs)
	for startsSimple[p.kind] {
		p.exprs = append(p.exprs, p.selection())
	}
	e = p.call(p.pos(start), e, p.exprs[mark:]...)
	p.exprs = p.exprs[:mark]
	return e
}

// call applies a function. Arguments of a call, in parentheses or not, are added
// to that call.
func (p *parser) call(at Pos, function Expr, args ...Expr) Expr {
	if e, ok := function.(*Call); ok {
		e.Args = append(e.Args[:len(e.Args):len(e.Args)], args...)
		return e
	}
	e := p.nodes.calls.one()
	*e = Call{At: at, Func: function, Args: p.nodes.exprList.keep(args)}
	return e
}

// selection reads a simple expression, `e.path` or `e.path or default`. Without
// a path, `or` is an argument: `f or` applies f to the variable of that name.
func (p *parser) selection() Expr {
	start := p.start
	object := p.simple()
	switch p.kind {
	case tokDot:
		p.next()
		e := p.nodes.selects.one()
		*e = Select{At: p.pos(start), Object: object, Path: p.attrPath()}
		if p.kind == tokOr {
			p.next()
			p.enter(levelCost)
			e.Default = p.selection()
			p.depth -= levelCost
		}
		return e
	case tokOr:
		p.next()
		return p.newCall(p.pos(start), object, p.variable(p.pos(start), "or"))
	}
	return object
}

// newCall makes a call that is not joined with the function.
func (p *parser) newCall(at Pos, function Expr, args ...Expr) Expr {
	e := p.nodes.calls.one()
	*e = Call{At: at, Func: function, Args: p.nodes.exprList.keep(args)}
	return e
}

func (p *parser) variable(at Pos, name string) Expr {
	e := p.nodes.vars.one()
	*e = Var{At: at, Name: p.symbols.Intern(name)}
	return e
}
