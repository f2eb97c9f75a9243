package eval

import (
	"fmt"
	"math/rand/v2"
	"strings"
)

// generator makes programs of which some have type errors.
type generator struct {
	random *rand.Rand
	scope  []typedName
	next   int
	faults int // one expression in so many has the wrong kind; 0 is none
}

// kinds are what the generator tells apart. A list holds integers, a set too.
func kinds() []string {
	return []string{"int", "float", "string", "bool", "list", "attrs", "function", "strings", "deep", "path", "linked"}
}

type typedName struct{ name, kind string }

// newProgram returns the random program with a number.
func newProgram(seed uint64) string {
	g := &generator{random: rand.New(rand.NewPCG(seed, 7))}
	g.faults = []int{0, 400, 60, 15}[g.random.IntN(4)]
	return "(" + g.expression(g.choose(kinds()), 2+g.random.IntN(4)) + ")"
}

// expression makes an expression of a kind; now and then of another one.
func (g *generator) expression(kind string, depth int) string {
	if g.faults > 0 && g.random.IntN(g.faults) == 0 {
		kind = g.choose(kinds())
	}
	if depth > 0 && g.random.IntN(4) == 0 {
		return g.anyKind(kind, depth-1)
	}
	if g.random.IntN(4) == 0 {
		if name, ok := g.variable(kind); ok {
			return name
		}
	}
	if depth == 0 {
		return g.leaf(kind)
	}
	return g.fill(g.choose(templates()[kind]), depth-1)
}

func (g *generator) choose(list []string) string { return list[g.random.IntN(len(list))] }

func (g *generator) variable(kind string) (string, bool) {
	for i := len(g.scope) - 1; i >= 0; i-- {
		if g.scope[i].kind == kind {
			return g.scope[i].name, true
		}
	}
	return "", false
}

// anyKind makes a form that every kind of value can have.
func (g *generator) anyKind(kind string, depth int) string {
	g.next++
	name := fmt.Sprintf("v%d", g.next)
	other := g.choose(kinds())
	value := g.expression(other, depth)
	g.scope = append(g.scope, typedName{name, other})
	defer func() { g.scope = g.scope[:len(g.scope)-1] }()
	body := g.expression(kind, depth)
	switch g.random.IntN(12) {
	case 0:
		return "(let " + name + " = " + value + "; in " + body + ")"
	case 1:
		return "((" + name + ": " + body + ") " + value + ")"
	case 2:
		return "(({ " + name + ", extra ? " + name + " }: " + body + ") { " + name + " = " + value + "; })"
	case 3:
		return "(with { " + name + " = " + value + "; }; " + body + ")"
	case 4:
		return "(rec { " + name + " = " + value + "; result = " + body + "; }).result"
	case 5:
		return "(let inherit (rec { " + name + " = " + value + "; }) " + name + "; in if " + g.withoutLast("bool", depth) + " then " + body + " else " + body + ")"
	case 6:
		return "(let { " + name + " = " + value + "; body = " + body + "; })"
	case 7:
		return "(let s." + name + ".in_ = " + value + "; s." + name + ".out = 1; inherit (s." + name + ") in_; " + name + " = in_; in " + body + ")"
	case 8:
		return "(({ " + name + " ? " + value + ", ... }@args: builtins.seq args " + body + ") { other = 1; })"
	case 9:
		return "(builtins.deepSeq (let " + name + " = 1; in " + name + ") ((" + name + ": " + body + ") " + value + "))"
	case 10:
		return "((import (builtins.toFile \"f\" \"x: x\")) (let " + name + " = " + value + "; in " + body + "))"
	default:
		return "(let t = builtins.tryEval (" + value + "); " + name + " = t.value; in " + body + ")"
	}
}

// withoutLast makes an expression that does not see the newest variable.
func (g *generator) withoutLast(kind string, depth int) string {
	last := g.scope[len(g.scope)-1]
	g.scope = g.scope[:len(g.scope)-1]
	e := g.expression(kind, depth)
	g.scope = append(g.scope, last)
	return e
}

func (g *generator) leaf(kind string) string { return g.choose(leaves()[kind]) }

// fill replaces the letters after % in a template by expressions of a kind.
func (g *generator) fill(template string, depth int) string {
	kinds := map[byte]string{
		'i': "int", 'f': "float", 's': "string", 'b': "bool", 'l': "list", 'a': "attrs",
		'F': "function", 'S': "strings", 'd': "deep", 'p': "path", 'c': "linked",
	}
	var out strings.Builder
	for i := 0; i < len(template); i++ {
		if template[i] == '%' && i+1 < len(template) {
			i++
			out.WriteString(g.expression(kinds[template[i]], depth))
			continue
		}
		out.WriteByte(template[i])
	}
	return out.String()
}
