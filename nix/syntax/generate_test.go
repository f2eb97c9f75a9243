package syntax

import (
	"math/rand/v2"
	"strings"
)

// generator writes random programs, nearly all of them correct.
type generator struct {
	*rand.Rand
	text strings.Builder
}

// generate returns a program of a few hundred bytes.
func generate(random *rand.Rand) string {
	g := generator{Rand: random}
	g.expression(5)
	return g.text.String()
}

func (g *generator) pick(choices ...string) string { return choices[g.IntN(len(choices))] }

// put writes pieces of a program with blanks between some of them.
func (g *generator) put(pieces ...string) {
	for _, piece := range pieces {
		g.text.WriteString(piece)
		g.text.WriteString(g.pick(" ", " ", " ", " ", "", "\n", "\t", "/* c */", "# c\n"))
	}
}

func (g *generator) name() string {
	return g.pick("a", "b", "c", "x", "y", "foo", "b-c", "d'", "_", "or1", "ifx", "__curPos", "__sub", "e1", "true")
}

func (g *generator) expression(depth int) {
	if depth <= 0 {
		g.simple(0)
		return
	}
	depth--
	switch g.IntN(12) {
	case 0:
		g.put(g.name(), ":")
		g.expression(depth)
	case 1:
		g.pattern(depth)
	case 2:
		g.put(g.pick("with", "assert"))
		g.expression(depth)
		g.put(";")
		g.expression(depth)
	case 3:
		g.put("let ")
		g.bindings(depth, false)
		g.put("in ")
		g.expression(depth)
	case 4:
		g.put("if ")
		g.expression(depth)
		g.put("then ")
		g.expression(depth)
		g.put("else ")
		g.expression(depth)
	default:
		g.operation(depth)
	}
}

func (g *generator) pattern(depth int) {
	at := g.IntN(3)
	if at == 0 {
		g.put("args", "@")
	}
	g.put("{")
	n := g.IntN(3)
	for i := range n {
		g.put(g.name())
		if g.IntN(2) == 0 {
			g.put("?")
			g.expression(depth - 1)
		}
		if i < n-1 || g.IntN(4) == 0 {
			g.put(",")
		} else if g.IntN(3) == 0 {
			g.put(",", "...")
		}
	}
	g.put("}")
	if at == 1 {
		g.put("@", "args")
	}
	g.put(":")
	g.expression(depth)
}

func (g *generator) operation(depth int) {
	if g.IntN(8) == 0 {
		g.put(g.pick("!", "-"))
	}
	g.application(depth)
	for g.IntN(3) == 0 {
		if g.IntN(8) == 0 {
			g.put(" ?")
			g.path(depth)
			continue
		}
		g.put(g.pick("+", " +", "-", " -", "*", "/", " / ", "==", "!=", "<", " < ", ">", "<=", ">=",
			"&&", "||", "->", "//", " // ", "++", "|>", "<|"))
		if g.IntN(8) == 0 {
			g.put(g.pick("!", "-"))
		}
		g.application(depth)
	}
}

func (g *generator) application(depth int) {
	g.selection(depth)
	for g.IntN(4) == 0 {
		g.put(" ")
		g.selection(depth)
	}
}

func (g *generator) selection(depth int) {
	g.simple(depth)
	switch g.IntN(8) {
	case 0, 1:
		g.put(".")
		g.path(depth)
		if g.IntN(3) == 0 {
			g.put(" or ")
			g.selection(depth - 1)
		}
	case 2:
		if g.IntN(4) == 0 {
			g.put(" or ")
		}
	}
}

func (g *generator) path(depth int) {
	for {
		switch g.IntN(6) {
		case 0:
			g.string(depth - 1)
		case 1:
			g.text.WriteString("${")
			g.expression(depth - 2)
			g.put("}")
		default:
			g.put(g.pick(g.name(), g.name(), "or", "a b"))
		}
		if g.IntN(3) > 0 {
			return
		}
		g.put(".")
	}
}

func (g *generator) bindings(depth int, dynamic bool) {
	for g.IntN(4) > 0 {
		switch {
		case g.IntN(4) == 0:
			g.inherit(depth)
			continue
		case dynamic && g.IntN(4) == 0:
			g.path(depth)
		default:
			g.put(g.pick(g.name(), "k", "l", "m", "n.o", "n.p", "q.r.s", "q.r.t", "\"u v\"", "or", "${\"w\"}"))
		}
		g.put("=")
		g.expression(depth - 1)
		g.put(";")
	}
}

func (g *generator) inherit(depth int) {
	g.put("inherit ")
	if g.IntN(2) == 0 {
		g.put("(")
		g.expression(depth - 1)
		g.put(")")
	}
	for g.IntN(2) == 0 {
		g.put(g.pick("f ", "g ", "h ", "\"i\"", "${\"j\"}", "or "))
	}
	g.put(";")
}

func (g *generator) simple(depth int) {
	if depth <= 0 {
		g.put(g.literal())
		return
	}
	depth--
	switch g.IntN(10) {
	case 0:
		g.put("(")
		g.expression(depth)
		g.put(")")
	case 1:
		g.put("[")
		for g.IntN(3) > 0 {
			g.put(" ")
			g.selection(depth)
		}
		g.put("]")
	case 2, 3:
		g.put(g.pick("", "", "rec ", "let "), "{")
		g.bindings(depth, true)
		g.put("}")
	case 4:
		g.string(depth)
	case 5:
		g.indented(depth)
	case 6:
		g.text.WriteString(g.pick("./", "./a/", "/", "~/", "a/b", "../c."))
		g.interpolate(depth)
		g.put(g.pick("", "", "/d", "e/f", "-g"))
	default:
		g.put(g.literal())
	}
}

func (g *generator) literal() string {
	return g.pick(g.name(), g.name(), g.name(), "0", "1", "42", "007", "1.5", ".5", "0.25", "1.e3", "2.5e-3",
		"\"s\"", "''t''", "./a", "../b/c", "/d", "a/b", "~/e", "<nixpkgs>", "<a/b.c>", "x:y", "http://z/?q",
		"[ ]", "{ }", "\"\"")
}

func (g *generator) interpolate(depth int) {
	g.text.WriteString("${")
	g.expression(depth - 1)
	g.text.WriteString("}")
}

func (g *generator) string(depth int) {
	g.text.WriteString("\"")
	for g.IntN(3) > 0 {
		g.text.WriteString(g.pick("a", " ", "$", "\\n", "\\\"", "\\$", "$$", "\n", "\r\n", "\r", "'", "{", "}", "é", "\\x"))
		if g.IntN(5) == 0 {
			g.interpolate(depth)
		}
	}
	g.put("\"")
}

func (g *generator) indented(depth int) {
	g.text.WriteString("''")
	for g.IntN(8) > 0 {
		g.text.WriteString(g.pick("a", "b", " ", "  ", "\n", "\n  ", "\n    ", "\n\t", "$", "$$", "'", "''$", "'''",
			"''\\n", "''\\x", "\r\n", "{", "}", "\\", "\"", "''\\\n"))
		if g.IntN(8) == 0 {
			g.interpolate(depth)
		}
	}
	g.put("''")
}

// lexemes are what corrupt puts into programs.
var lexemes = strings.Fields(`a 1 1.5 "s" ''t'' ./p /p ~/p <p> u:v if then else assert with let in rec inherit or
	== != <= >= // ++ && || -> ... ${ { } ( ) [ ] < > + - * / ? : @ ; ! . = , $ & | ~ ' " '' \ # /* */ |> <| ^ é`)

// corrupt changes a program at one place, which mostly makes it wrong.
func corrupt(random *rand.Rand, program string) string {
	i := random.IntN(len(program) + 1)
	j := min(len(program), i+random.IntN(4))
	lexeme := lexemes[random.IntN(len(lexemes))]
	switch random.IntN(4) {
	case 0:
		return program[:i] + program[j:]
	case 1:
		return program[:i]
	case 2:
		return program[:i] + " " + lexeme + " " + program[i:]
	default:
		return program[:i] + lexeme + program[j:]
	}
}
