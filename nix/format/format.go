package format

import (
	"errors"
	"fmt"

	"berth.dev/nix/diagnostic"
	"berth.dev/nix/syntax"
)

// lineWidth is where lines end if that is possible.
const lineWidth = 100

// indentStep is the indentation of one level.
const indentStep = 2

// Source formats a program. An error in it is a *diagnostic.Diagnostic whose
// positions are those of the table.
func Source(text []byte, origin diagnostic.Origin, positions *diagnostic.Table) ([]byte, error) {
	before, err := parsed(text, origin, positions)
	if err != nil {
		return nil, err
	}
	tree, err := read(string(text))
	if err != nil {
		return nil, err
	}
	p := printer{lexemes: tree.lexemes}
	p.file(tree)
	after, err := parsed(p.out, origin, diagnostic.NewTable())
	if err != nil {
		return nil, fmt.Errorf("formatting made a program that cannot be read: %v", err)
	}
	if after != before {
		return nil, errors.New("formatting would have changed the meaning of the program")
	}
	return p.out, nil
}

// parsed returns the syntax tree of a text in a form that can be compared.
func parsed(text []byte, origin diagnostic.Origin, positions *diagnostic.Table) (string, error) {
	symbols := syntax.NewSymbolTable()
	tree, err := syntax.Parse(text, syntax.Options{
		Origin: origin, BasePath: "/", Home: "/~", Symbols: symbols, Positions: positions, PipeOperators: true,
	})
	if err != nil {
		return "", err
	}
	return syntax.Print(tree, symbols), nil
}
