package syntax

import (
	"berth.dev/nix/diagnostic"
)

// Options tells Parse where a text comes from and what it may use.
type Options struct {
	Origin        diagnostic.Origin
	BasePath      string // absolute directory that relative paths start from
	Home          string // what `~` stands for; if empty, `~/x` is an error
	Symbols       *SymbolTable
	Positions     *diagnostic.Table
	PipeOperators bool // accept `|>` and `<|`
}

// Parse reads one expression that takes up the whole text. An error in the text
// is a *diagnostic.Diagnostic.
func Parse(src []byte, opts Options) (expr Expr, err error) {
	source, err := opts.Positions.Add(opts.Origin, string(src))
	if err != nil {
		return nil, err
	}
	p := &parser{
		scanner:   scanner{src: source.Text, base: source.Base, pipes: opts.PipeOperators},
		symbols:   opts.Symbols,
		positions: opts.Positions,
		basePath:  opts.BasePath,
		home:      opts.Home,
	}
	defer func() {
		switch cause := recover().(type) {
		case nil:
		case failure:
			expr, err = nil, cause.diagnostic
		default:
			panic(cause)
		}
	}()
	p.next()
	expr = p.expression()
	p.require(tokEOF)
	return expr, nil
}

// failure carries a diagnostic from where it is found to Parse.
type failure struct{ diagnostic *diagnostic.Diagnostic }

func fail(pos Pos, message string, hints ...string) {
	panic(failure{&diagnostic.Diagnostic{Pos: pos, Message: message, Hints: hints}})
}

// parser builds the tree by recursive descent. In all its methods the current
// token is the first one not yet dealt with.
type parser struct {
	scanner
	symbols   *SymbolTable
	positions *diagnostic.Table
	basePath  string
	home      string
	depth     int                  // see enter
	opened    []int                // starts of brackets and strings that are not closed yet
	onHole    func(start, end int) // see Interpolations; nil while parsing

	// Stacks for lists under construction: a list grows at the top and is
	// copied out when its length is known.
	exprs   []Expr
	names   []AttrName
	attrs   []Attr
	formals []Formal

	nodes nodes
}

// nodes are the allocators of the tree.
type nodes struct {
	vars      slab[Var]
	ints      slab[Int]
	strings   slab[String]
	selects   slab[Select]
	calls     slab[Call]
	attrs     slab[Attrs]
	lambdas   slab[Lambda]
	concats   slab[Concat]
	binaries  slab[Binary]
	exprList  slab[Expr]
	nameList  slab[AttrName]
	attrList  slab[Attr]
	formalSet slab[Formals]
}

// Depth limits. A level of nesting costs levelCost, an operator in a chain of
// operators, which makes the tree as deep but the stack less, linkCost.
const (
	levelCost = 10
	linkCost  = 1
	maxDepth  = 10_000 * levelCost
)

// enter notes that the tree gets deeper; the caller gives the cost back.
func (p *parser) enter(cost int) {
	p.depth += cost
	if p.depth > maxDepth {
		fail(p.pos(p.start), "expression is nested too deeply")
	}
}

// unexpected reports the current token. At most four tokens may be expected.
func (p *parser) unexpected(expected ...token) {
	fail(p.pos(p.start), syntaxError(p.kind, expected), p.hints(expected)...)
}

// require reports the current token unless it is of the wanted kind. Other kinds
// that could stand here too are only for the message.
func (p *parser) require(want token) {
	if p.kind != want {
		p.unexpected(want)
	}
}

// skip requires a token and goes on to the one behind it.
func (p *parser) skip(want token) {
	p.require(want)
	p.next()
}
