package format

import (
	"fmt"

	"berth.dev/nix/syntax"
)

// reader builds the tree. The text is known to be a program, so that one token
// ahead tells what comes.
type reader struct {
	lexemes []lexeme
	at      int
}

// unexpected is what the reader panics with where its grammar and that of
// nix/syntax differ.
type unexpected struct{ text string }

func read(text string) (t tree, err error) {
	defer func() {
		switch cause := recover().(type) {
		case nil:
		case unexpected:
			err = fmt.Errorf("formatting: unexpected '%s'", cause.text)
		default:
			panic(cause)
		}
	}()
	r := &reader{lexemes: split(text)}
	root := r.expression()
	if r.now().class != syntax.TokenEnd {
		panic(unexpected{r.now().text})
	}
	return tree{r.lexemes, root}, nil
}

func (r *reader) now() *lexeme     { return &r.lexemes[r.at] }
func (r *reader) is(s string) bool { return r.now().is(s) }
func (r *reader) ahead(n int) *lexeme {
	return &r.lexemes[min(r.at+n, len(r.lexemes)-1)]
}

// take goes over a lexeme and returns its number.
func (r *reader) take() int {
	r.at++
	return r.at - 1
}

// want is take for a lexeme that must be there.
func (r *reader) want(text string) int {
	if !r.is(text) {
		panic(unexpected{r.now().text})
	}
	return r.take()
}

// isName reports whether the current lexeme is a name other than `or`.
func (r *reader) isName() bool {
	return r.now().class == syntax.TokenName && r.now().text != "or"
}

func (r *reader) isOr() bool {
	return r.now().class == syntax.TokenName && r.now().text == "or"
}

// node makes a node that starts at a lexeme and ends before the current one.
func (r *reader) node(k kind, first int, marks []int, kids ...*node) *node {
	return &node{kind: k, first: first, last: r.at - 1, kids: kids, marks: marks}
}

func (r *reader) atom() *node {
	at := r.take()
	return r.node(atom, at, nil)
}

func (r *reader) expression() *node {
	switch {
	case r.isName() && (r.ahead(1).is(":") || r.ahead(1).is("@")), r.is("{") && r.formalsAhead():
		return r.lambda()
	case r.is("let") && !r.ahead(1).is("{"):
		return r.let()
	case r.is("with"), r.is("assert"):
		start := r.take()
		head := r.expression()
		separator := r.want(";")
		body := r.expression()
		return r.node(prefix, start, []int{start, separator}, head, body)
	case r.is("if"):
		start := r.take()
		condition := r.expression()
		then := r.want("then")
		yes := r.expression()
		otherwise := r.want("else")
		no := r.expression()
		return r.node(conditional, start, []int{start, then, otherwise}, condition, yes, no)
	}
	return r.operation(1)
}

func (r *reader) formalsAhead() bool {
	one, two := r.ahead(1), r.ahead(2)
	switch {
	case one.is("..."):
		return true
	case one.is("}"):
		return two.is(":") || two.is("@")
	}
	return one.class == syntax.TokenName && (two.is(",") || two.is("?") || two.is("}"))
}

func (r *reader) lambda() *node {
	start := r.at
	head := r.parameter()
	colon := r.want(":")
	body := r.expression()
	return r.node(lambda, start, []int{colon}, head, body)
}

func (r *reader) parameter() *node {
	start := r.at
	first := r.parameterPart()
	if !r.is("@") {
		return first
	}
	at := r.take()
	second := r.parameterPart()
	return r.node(parameter, start, []int{at}, first, second)
}

func (r *reader) parameterPart() *node {
	if !r.is("{") {
		return r.atom()
	}
	start := r.take()
	var kids []*node
	for !r.is("}") {
		kids = append(kids, r.formal())
	}
	end := r.take()
	return r.node(formals, start, []int{start, end}, kids...)
}

func (r *reader) formal() *node {
	start := r.at
	kids := []*node{r.atom()}
	var marks []int
	if r.is("?") {
		marks = append(marks, r.take())
		kids = append(kids, r.expression())
	}
	if r.is(",") {
		marks = append(marks, r.take())
	}
	return r.node(formal, start, marks, kids...)
}

func (r *reader) let() *node {
	start := r.take()
	kids := r.bindings("in")
	in := r.want("in")
	kids = append(kids, r.expression())
	return r.node(let, start, []int{start, in}, kids...)
}

func (r *reader) bindings(closing string) []*node {
	var kids []*node
	for !r.is(closing) {
		if r.is("inherit") {
			kids = append(kids, r.inherit())
		} else {
			kids = append(kids, r.binding())
		}
	}
	return kids
}

func (r *reader) binding() *node {
	start := r.at
	path := r.attrPath()
	equals := r.want("=")
	value := r.expression()
	end := r.want(";")
	return r.node(binding, start, []int{equals, end}, path, value)
}

func (r *reader) inherit() *node {
	start := r.take()
	var kids []*node
	if r.is("(") {
		kids = append(kids, r.simple())
	}
	for !r.is(";") {
		kids = append(kids, r.attribute())
	}
	end := r.take()
	return r.node(inherit, start, []int{start, end}, kids...)
}

func (r *reader) attrPath() *node {
	start := r.at
	kids := []*node{r.attribute()}
	var dots []int
	for r.is(".") {
		dots = append(dots, r.take())
		kids = append(kids, r.attribute())
	}
	return r.node(attrPath, start, dots, kids...)
}

func (r *reader) attribute() *node {
	if !r.is("${") {
		return r.atom()
	}
	return r.bracketed(interpolation, "}")
}

func (r *reader) bracketed(k kind, closing string) *node {
	start := r.take()
	kid := r.expression()
	end := r.want(closing)
	return r.node(k, start, []int{start, end}, kid)
}
