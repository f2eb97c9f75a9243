package format

import "berth.dev/nix/syntax"

// precedences are those of the binary operators, loosest first.
var precedences = map[string]int{
	"|>": 1, "<|": 1, "->": 2, "||": 3, "&&": 4, "==": 5, "!=": 5, "<": 6, ">": 6, "<=": 6, ">=": 6,
	"//": 7, "+": 9, "-": 9, "*": 10, "/": 10, "++": 11, "?": 12,
}

// The precedences of the unary operators.
const (
	notPrecedence    = 8
	negatePrecedence = 13
)

// operation reads operands and operators that bind at least as tightly as
// least. Operators of one precedence make one node: how they associate does
// not show in the text.
func (r *reader) operation(least int) *node {
	start := r.at
	e := r.operand()
	current := 0
	for r.now().class == syntax.TokenPunctuation {
		precedence := precedences[r.now().text]
		if precedence < max(least, 1) {
			break
		}
		mark := r.take()
		var kid *node
		if precedence == precedences["?"] {
			kid = r.attrPath()
		} else {
			kid = r.operation(precedence + 1)
		}
		if precedence != current {
			e = r.node(operation, start, nil, e)
			current = precedence
		}
		e.marks, e.kids, e.last = append(e.marks, mark), append(e.kids, kid), r.at-1
	}
	return e
}

func (r *reader) operand() *node {
	switch {
	case r.is("!"):
		return r.unary(notPrecedence)
	case r.is("-"):
		return r.unary(negatePrecedence)
	}
	return r.application()
}

func (r *reader) unary(precedence int) *node {
	start := r.take()
	kid := r.operation(precedence)
	return r.node(unary, start, []int{start}, kid)
}

func (r *reader) application() *node {
	start := r.at
	kids := []*node{r.selection()}
	for r.startsSimple() {
		kids = append(kids, r.selection())
	}
	if len(kids) == 1 {
		return kids[0]
	}
	return r.node(apply, start, nil, kids...)
}

func (r *reader) startsSimple() bool {
	switch l := r.now(); l.class {
	case syntax.TokenName:
		return l.text != "or"
	case syntax.TokenNumber, syntax.TokenString, syntax.TokenIndented, syntax.TokenPath, syntax.TokenSearchPath, syntax.TokenURI:
		return true
	default:
		return l.is("(") || l.is("{") || l.is("[") || l.is("rec") || l.is("let")
	}
}

func (r *reader) selection() *node {
	start := r.at
	object := r.simple()
	var path, byDefault *node
	var marks []int
	if r.is(".") {
		marks = append(marks, r.take())
		path = r.attrPath()
	}
	if r.isOr() {
		marks = append(marks, r.take())
		if path != nil {
			byDefault = r.selection()
		}
	}
	if len(marks) == 0 {
		return object
	}
	return r.node(selection, start, marks, object, path, byDefault)
}

func (r *reader) simple() *node {
	start := r.at
	switch {
	case r.is("("):
		return r.bracketed(paren, ")")
	case r.is("["):
		r.take()
		var kids []*node
		for !r.is("]") {
			kids = append(kids, r.selection())
		}
		end := r.take()
		return r.node(list, start, []int{start, end}, kids...)
	case r.is("{"), r.is("rec"), r.is("let"):
		marks := []int{}
		if !r.is("{") {
			marks = append(marks, r.take())
		}
		marks = append(marks, r.want("{"))
		kids := r.bindings("}")
		marks = append(marks, r.take())
		return r.node(set, start, marks, kids...)
	}
	if !r.startsSimple() {
		panic(unexpected{r.now().text})
	}
	return r.atom()
}
