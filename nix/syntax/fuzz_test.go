package syntax

import (
	"errors"
	"math/rand/v2"
	"path"
	"strings"
	"testing"

	"berth.dev/nix/diagnostic"
)

// FuzzParse holds that no text makes the parser panic, that what is wrong has a
// place, and that the printed form of a tree, read again, prints as itself.
func FuzzParse(f *testing.F) {
	for _, file := range []string{"testdata/okay.txt", "testdata/fail.txt"} {
		for _, c := range readCases(f, file) {
			f.Add(c.source)
		}
	}
	for i := range 50 {
		f.Add(generate(rand.New(rand.NewPCG(0, uint64(i)))))
	}
	f.Fuzz(func(t *testing.T, source string) {
		e, symbols := parsed(t, source)
		if e == nil || !reprintable(e, symbols) {
			return
		}
		// Strings with several parts print as sums, which are read as sums of two.
		again := reprint(t, Print(e, symbols))
		if third := reprint(t, again); third != again {
			t.Errorf("%q prints as\n%s and then as\n%s", source, again, third)
		}
	})
}

// parsed returns the tree, or nil if the source is wrong.
func parsed(t *testing.T, source string) (Expr, *SymbolTable) {
	symbols, positions := NewSymbolTable(), diagnostic.NewTable()
	e, err := Parse([]byte(source), Options{
		BasePath: "/base", Home: "/home", Symbols: symbols, Positions: positions, PipeOperators: true,
	})
	if err == nil {
		return e, symbols
	}
	d := new(diagnostic.Diagnostic)
	if !errors.As(err, &d) || d.Message == "" {
		t.Fatalf("%q: error without message: %v", source, err)
	}
	if _, ok := positions.Locate(d.Pos); !ok {
		t.Fatalf("%q: error without place: %v", source, err)
	}
	return nil, nil
}

func reprint(t *testing.T, source string) string {
	e, symbols := parsed(t, source)
	if e == nil {
		t.Fatalf("printed form cannot be read: %s", source)
	}
	return Print(e, symbols)
}

// reprintable reports whether the printed form of a tree is correct Nix that
// means the same. It is not for floats, which lose digits, for `assert`, which
// prints without parentheses, for computed names, which become strings, for
// `(a.b) or`, and for paths with a slash at the end.
func reprintable(e Expr, symbols *SymbolTable) bool {
	ok := true
	walk(e, func(e Expr) {
		switch e := e.(type) {
		case *Float, *Assert:
			ok = false
		case *Var:
			ok = ok && symbols.Name(e.Name) != "or"
		case *Path:
			clean := strings.IndexFunc(e.Value, func(r rune) bool { return r > 127 || classes[r]&classPath == 0 && r != '/' }) < 0
			ok = ok && clean && e.Value == path.Clean(e.Value) && e.Value != "/"
		}
	}, func(name AttrName) { ok = ok && name.Expr == nil })
	return ok
}

// walk calls the functions for all expressions and names of a tree.
func walk(e Expr, visit func(Expr), name func(AttrName)) {
	if e == nil {
		return
	}
	visit(e)
	all := func(es ...Expr) {
		for _, e := range es {
			walk(e, visit, name)
		}
	}
	names := func(path []AttrName) {
		for _, n := range path {
			name(n)
			all(n.Expr)
		}
	}
	switch e := e.(type) {
	case *Select:
		all(e.Object, e.Default)
		names(e.Path)
	case *HasAttr:
		all(e.Object)
		names(e.Path)
	case *Attrs:
		for _, a := range e.Attrs {
			if a.Kind == AttrPlain {
				all(a.Value)
			}
		}
		all(e.InheritFrom...)
		for _, a := range e.Dynamic {
			name(AttrName{Expr: a.Name})
			all(a.Name, a.Value)
		}
	case *List:
		all(e.Elements...)
	case *Lambda:
		if e.Formals != nil {
			for _, f := range e.Formals.Formals {
				all(f.Default)
			}
		}
		all(e.Body)
	case *Call:
		all(e.Func)
		all(e.Args...)
	case *Let:
		all(e.Attrs, e.Body)
	case *With:
		all(e.Scope, e.Body)
	case *If:
		all(e.Cond, e.Then, e.Else)
	case *Assert:
		all(e.Cond, e.Body)
	case *Not:
		all(e.Operand)
	case *Negate:
		all(e.Operand)
	case *Binary:
		all(e.Left, e.Right)
	case *Concat:
		all(e.Parts...)
	}
}
