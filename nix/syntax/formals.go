package syntax

import (
	"cmp"
	"slices"
)

// formalsAhead reports whether the current `{` starts an argument pattern and
// not an attribute set. One or two tokens behind it tell.
func (p *parser) formalsAhead() bool {
	saved := p.scanner
	p.next()
	kind, following := p.kind, p.peek()
	p.scanner = saved
	switch kind {
	case tokEllipsis:
		return true
	case tokBraceClose:
		return following == ':' || following == '@'
	case tokIdentifier:
		return following == ',' || following == '?' || following == '}'
	}
	return false
}

// formalSet reads an argument pattern. Formals are sorted, but not yet checked
// for duplicates: C++ Nix does that when it has read the body.
func (p *parser) formalSet() *Formals {
	p.open()
	p.next()
	mark := len(p.formals)
	set := p.nodes.formalSet.one()
	for p.kind != tokBraceClose {
		if p.kind == tokEllipsis {
			set.Ellipsis = true
			p.next()
			p.require(tokBraceClose)
			break
		}
		if p.kind != tokIdentifier {
			p.unexpected(tokIdentifier, tokEllipsis, tokBraceClose)
		}
		p.formals = append(p.formals, p.formal())
		if p.kind == tokComma {
			p.next()
		} else if p.kind != tokBraceClose {
			p.unexpected(tokBraceClose, tokComma)
		}
	}
	p.closed()
	p.next()
	set.Formals = slices.Clone(p.formals[mark:])
	p.formals = p.formals[:mark]
	slices.SortStableFunc(set.Formals, func(a, b Formal) int { return cmp.Compare(a.Name, b.Name) })
	return set
}

func (p *parser) formal() Formal {
	at, name := p.pos(p.start), p.text()
	p.next()
	var byDefault Expr
	if p.kind == tokQuestion {
		p.next()
		byDefault = p.expression()
	}
	return Formal{At: at, Name: p.symbols.Intern(name), Default: byDefault}
}

// checkFormals reports a name that stands twice in the arguments of a function.
func (p *parser) checkFormals(e *Lambda) {
	formals := e.Formals.Formals
	for i := 1; i < len(formals); i++ {
		if formals[i].Name == formals[i-1].Name {
			p.duplicateFormal(formals[i].At, formals[i].Name)
		}
	}
	if e.Arg == 0 {
		return
	}
	for _, f := range formals {
		if f.Name == e.Arg {
			p.duplicateFormal(e.At, e.Arg)
		}
	}
}

func (p *parser) duplicateFormal(at Pos, name Symbol) {
	fail(at, "duplicate formal function argument '"+p.symbols.Name(name)+"'")
}
