package lsp

import (
	"berth.dev/nix/diagnostic"
	"berth.dev/nix/syntax"
)

// analysis is what is known of the names in a program.
type analysis struct {
	uses     []use
	bindings []*binding
	symbols  *syntax.SymbolTable
}

// use is a name that stands for something defined elsewhere.
type use struct {
	start, end int
	name       string
	binding    *binding // nil if it is not defined in the document
	open       bool     // a `with` may define it
}

// binding is where a name is defined.
type binding struct {
	name  string
	start int
	what  string      // for people
	value syntax.Expr // nil for arguments
}

// scope is the names known at a place.
type scope struct {
	outer    *scope
	bindings map[syntax.Symbol]*binding
	with     bool
}

// analyser walks over a tree.
type analyser struct {
	analysis
	base diagnostic.Pos
}

func analyse(tree syntax.Expr, symbols *syntax.SymbolTable, base diagnostic.Pos) *analysis {
	a := &analyser{analysis: analysis{symbols: symbols}, base: base}
	a.expr(tree, nil)
	return &a.analysis
}

func (a *analyser) offset(at diagnostic.Pos) int { return int(at) - int(a.base) }

// define makes a binding in a scope.
func (a *analyser) define(s *scope, name syntax.Symbol, at diagnostic.Pos, what string, value syntax.Expr) *binding {
	b := &binding{name: a.symbols.Name(name), start: a.offset(at), what: what, value: value}
	s.bindings[name] = b
	a.bindings = append(a.bindings, b)
	return b
}

func inner(outer *scope) *scope {
	return &scope{outer: outer, bindings: map[syntax.Symbol]*binding{}}
}

func (a *analyser) expr(e syntax.Expr, s *scope) {
	switch e := e.(type) {
	case nil:
	case *syntax.Var:
		a.variable(e, s)
	case *syntax.Select:
		a.selection(e, s)
	case *syntax.HasAttr:
		a.expr(e.Object, s)
		a.path(e.Path, s)
	case *syntax.Attrs:
		a.attrs(e, s)
	case *syntax.List:
		a.exprs(e.Elements, s)
	case *syntax.Lambda:
		a.lambda(e, s)
	case *syntax.Call:
		a.expr(e.Func, s)
		a.exprs(e.Args, s)
	case *syntax.Let:
		around := inner(s)
		a.recursive(e.Attrs, around, s, "variable")
		a.expr(e.Body, around)
	case *syntax.With:
		a.expr(e.Scope, s)
		a.expr(e.Body, &scope{outer: s, with: true})
	case *syntax.If:
		a.exprs([]syntax.Expr{e.Cond, e.Then, e.Else}, s)
	case *syntax.Assert:
		a.exprs([]syntax.Expr{e.Cond, e.Body}, s)
	case *syntax.Not:
		a.expr(e.Operand, s)
	case *syntax.Negate:
		a.expr(e.Operand, s)
	case *syntax.Binary:
		a.exprs([]syntax.Expr{e.Left, e.Right}, s)
	case *syntax.Concat:
		a.exprs(e.Parts, s)
	}
}

func (a *analyser) exprs(list []syntax.Expr, s *scope) {
	for _, e := range list {
		a.expr(e, s)
	}
}

func (a *analyser) variable(e *syntax.Var, s *scope) *binding {
	u := use{start: a.offset(e.At), name: a.symbols.Name(e.Name)}
	u.end = u.start + len(u.name)
	for ; s != nil && u.binding == nil; s = s.outer {
		u.binding = s.bindings[e.Name]
		u.open = u.open || s.with
	}
	a.uses = append(a.uses, u)
	return u.binding
}

// selection follows a path through sets that are written in the document.
func (a *analyser) selection(e *syntax.Select, s *scope) {
	var found *binding
	if v, ok := e.Object.(*syntax.Var); ok {
		found = a.variable(v, s)
	} else {
		a.expr(e.Object, s)
	}
	for _, name := range e.Path {
		found = a.member(found, name)
		if found != nil {
			a.uses = append(a.uses, use{start: a.offset(name.At), end: a.offset(name.At) + len(found.name), name: found.name, binding: found})
		}
	}
	a.path(e.Path, s)
	a.expr(e.Default, s)
}

func (a *analyser) member(b *binding, name syntax.AttrName) *binding {
	if b == nil || name.Name == 0 {
		return nil
	}
	set, ok := b.value.(*syntax.Attrs)
	if !ok {
		return nil
	}
	for _, attr := range set.Attrs {
		if attr.Name == name.Name {
			return &binding{name: a.symbols.Name(attr.Name), start: a.offset(attr.At), what: "attribute", value: attr.Value}
		}
	}
	return nil
}

func (a *analyser) path(path []syntax.AttrName, s *scope) {
	for _, name := range path {
		a.expr(name.Expr, s)
	}
}

func (a *analyser) attrs(e *syntax.Attrs, s *scope) {
	around := s
	if e.Recursive {
		around = inner(s)
	}
	a.recursive(e, around, s, "attribute")
}

// recursive walks over bindings that see the scope around, while inherited
// names are looked up outside.
func (a *analyser) recursive(e *syntax.Attrs, around, outside *scope, what string) {
	if around != outside {
		for _, attr := range e.Attrs {
			a.define(around, attr.Name, attr.At, what, attr.Value)
		}
	}
	for _, attr := range e.Attrs {
		if attr.Kind == syntax.AttrInherited {
			a.expr(attr.Value, outside)
		} else {
			a.expr(attr.Value, around)
		}
	}
	a.exprs(e.InheritFrom, around)
	for _, d := range e.Dynamic {
		a.expr(d.Name, around)
		a.expr(d.Value, around)
	}
}

func (a *analyser) lambda(e *syntax.Lambda, s *scope) {
	around := inner(s)
	if e.Arg != 0 {
		a.define(around, e.Arg, e.At, "argument", nil)
	}
	if e.Formals != nil {
		for _, f := range e.Formals.Formals {
			a.define(around, f.Name, f.At, "argument", nil)
		}
		for _, f := range e.Formals.Formals {
			a.expr(f.Default, around)
		}
	}
	a.expr(e.Body, around)
}

// useAt returns the use that a byte lies in.
func (a *analysis) useAt(offset int) *use {
	for i := range a.uses {
		if u := &a.uses[i]; u.start <= offset && offset <= u.end {
			return u
		}
	}
	return nil
}

// members returns the names in a set, or in one that a path leads to inside it.
func (a *analysis) members(set *syntax.Attrs, path []string) []string {
	var names []string
	for _, attr := range set.Attrs {
		name := a.symbols.Name(attr.Name)
		if len(path) == 0 {
			names = append(names, name)
		} else if inside, ok := attr.Value.(*syntax.Attrs); ok && name == path[0] {
			return a.members(inside, path[1:])
		}
	}
	return names
}
