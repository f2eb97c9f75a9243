package format

// kind is the kind of a node.
type kind uint8

const (
	atom          kind = iota // one lexeme
	paren                     // ( kid )
	list                      // [ kids ]
	set                       // [rec | let] { kids }
	binding                   // path = value ;
	inherit                   // inherit [paren] atoms ;
	attrPath                  // kids with dots between
	interpolation             // ${ kid }
	selection                 // object [. path] [or default]; absent kids are nil
	apply                     // function and arguments
	unary                     // operator and kid
	operation                 // kids with operators of one precedence between
	lambda                    // parameter : body
	parameter                 // formals with @ name, or name @ formals
	formals                   // { kids }
	formal                    // name [? default] [,] or ...
	let                       // let kids in body
	prefix                    // with kid ; body, or assert kid ; body
	conditional               // if kid then kid else kid
)

// node is a part of a program. It refers to lexemes by their number.
type node struct {
	kind        kind
	first, last int // its first and last lexeme
	kids        []*node
	marks       []int // the lexemes that are no kids, in their order
	measured    int   // flat width plus one; zero if not known yet
}

// tree is a whole program.
type tree struct {
	lexemes []lexeme
	root    *node
}

// isSimpleLambda reports whether a node is a function of a plain name.
func (n *node) isSimpleLambda() bool { return n.kind == lambda && n.kids[0].kind == atom }
