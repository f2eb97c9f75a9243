package eval

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"
)

var (
	randomTime = flag.Duration("random", 6*time.Second, "how long to compare random programs with C++ Nix")
	randomSeed = flag.Uint64("seed", 1, "number of the first random program")
)

// TestRandomPrograms compares random programs with C++ Nix for a while.
func TestRandomPrograms(t *testing.T) {
	directory := langDirectory(t)
	r := openReference(t, directory)
	seed, failures := *randomSeed, 0
	for end := time.Now().Add(*randomTime); time.Now().Before(end); {
		programs := make([]string, batch)
		for i := range programs {
			programs[i] = newProgram(seed + uint64(i))
		}
		for i, want := range r.answers(programs) {
			got := ours(t, programs[i], directory)
			if strings.HasPrefix(want, "error: ") {
				failures++
			}
			if got == want {
				continue
			}
			// Programs evaluated before it in one process can have an influence.
			if want = r.alone(programs[i]); got != want {
				t.Errorf("seed %d: %s\nC++ Nix: %s\nhere:    %s", seed+uint64(i), programs[i], want, got)
			}
		}
		seed += batch
	}
	t.Logf("%d programs, %d of them fail", seed-*randomSeed, failures)
}

// ours evaluates a program with this package.
func ours(t *testing.T, program, directory string) string {
	ev := newTestEvaluator(t)
	v, err := ev.EvalString(program, directory)
	return strings.ReplaceAll(strict(ev, v, err), directory, "$DIR")
}

// generator makes programs that mostly have no type errors.
type generator struct {
	random *rand.Rand
	scope  []typedName
	next   int
}

type typedName struct{ name, kind string }

// newProgram returns the random program with a number.
func newProgram(seed uint64) string {
	g := &generator{random: rand.New(rand.NewPCG(seed, 7))}
	kinds := []string{"int", "float", "string", "bool", "list", "attrs"}
	return "(" + g.expression(kinds[g.random.IntN(len(kinds))], 5) + ")"
}

// expression makes an expression of a kind; now and then of another one.
func (g *generator) expression(kind string, depth int) string {
	if g.random.IntN(60) == 0 {
		kind = []string{"int", "string", "bool", "list", "attrs", "float"}[g.random.IntN(6)]
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
	other := g.choose([]string{"int", "string", "bool", "list", "attrs"})
	value := g.expression(other, depth)
	g.scope = append(g.scope, typedName{name, other})
	defer func() { g.scope = g.scope[:len(g.scope)-1] }()
	body := g.expression(kind, depth)
	switch g.random.IntN(7) {
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

func (g *generator) leaf(kind string) string {
	switch kind {
	case "int":
		return g.choose([]string{"0", "1", "2", "7", "(-3)", "100", "9223372036854775807"})
	case "float":
		return g.choose([]string{"0.5", "1.0", "(-2.25)", "1.0e10", "3.14159265"})
	case "string":
		return g.choose([]string{`""`, `"a"`, `"foo-1.2"`, `"x y"`, `''` + "\n  in\n   dented\n" + `''`, `"é\n"`, `"\${z}"`})
	case "bool":
		return g.choose([]string{"true", "false"})
	case "list":
		return g.choose([]string{"[ ]", "[ 1 2 3 ]", "[ 3 1 2 1 ]", "[ 5 ]"})
	default:
		return g.choose([]string{"{ }", "{ a = 1; }", "{ a = 2; b = 3; }", "{ c = 4; b = 1; }", "{ x.y = 1; x.z = 2; }.x"})
	}
}

// fill replaces the letters after % in a template: i, f, s, b, l (of integers)
// and a (set of integers) by expressions of that kind.
func (g *generator) fill(template string, depth int) string {
	kinds := map[byte]string{'i': "int", 'f': "float", 's': "string", 'b': "bool", 'l': "list", 'a': "attrs"}
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

// templates lists forms of each kind.
func templates() map[string][]string {
	return map[string][]string{
		"int": {
			"(%i + %i)", "(%i - %i)", "(%i * %i)", "(%i / %i)", "(- %i)", "(builtins.length %l)", "(builtins.stringLength %s)",
			"(builtins.foldl' (x: y: x + y) %i %l)", "(builtins.elemAt %l %i)", "(builtins.head %l)", "(%a.a or %i)",
			"(builtins.compareVersions %s %s)", "(builtins.bitAnd %i %i)", "(builtins.add %i %i)", "(if %b then %i else %i)",
			"(builtins.floor %f)", "(builtins.seq %l %i)", "(builtins.length (builtins.attrNames %a))", "%a.b",
			"(assert %b; %i)", "(builtins.getAttr \"a\" %a)", "({ __functor = self: x: x + %i; } %i)",
		},
		"float": {"(%f + %i)", "(%f * %f)", "(%i / %f)", "(%f - %f)", "(if %b then %f else %f)"},
		"string": {
			"(%s + %s)", "\"${%s}-${toString %i}\"", "(toString %l)", "(toString %f)", "(toString %b)", "(builtins.substring %i %i %s)",
			"(builtins.concatStringsSep %s [ %s %s ])", "(builtins.replaceStrings [ %s \"a\" ] [ %s \"b\" ] %s)", "(builtins.toJSON %a)",
			"(builtins.toJSON [ %f %l %b ])", "(builtins.typeOf %a)", "(if %b then %s else %s)", "(builtins.hashString \"sha256\" %s)",
			"(builtins.head (builtins.attrNames %a))", "(builtins.toXML %a)", "(baseNameOf %s)", "(builtins.parseDrvName %s).name",
			"\"${{ outPath = %s; }}\"", "(builtins.elemAt (builtins.match \"(.*)(-.*)?\" %s) 0)", "(builtins.dirOf %s)",
			"(builtins.unsafeDiscardStringContext %s)", "(toString { __toString = self: %s; })",
		},
		"bool": {
			"(%i < %i)", "(%i == %i)", "(%s == %s)", "(%s < %s)", "(%l == %l)", "(%a == %a)", "(%b && %b)", "(%b || %b)", "(%b -> %b)", "(! %b)",
			"(%a ? a)", "(%a ? x.y)", "(builtins.elem %i %l)", "(builtins.all (x: x < %i) %l)", "(builtins.any (x: x == %i) %l)",
			"(builtins.tryEval %i).success", "(%f >= %i)", "(%l < %l)", "(builtins.isInt %i)", "(builtins.hasAttr %s %a)", "(%i <= %i)", "(%f == %i)",
		},
		"list": {
			"(%l ++ %l)", "(map (x: x + %i) %l)", "(builtins.filter (x: x > %i) %l)", "[ %i %i ]", "(builtins.attrValues %a)", "(builtins.tail %l)",
			"(builtins.sort (x: y: x < y) %l)", "(builtins.genList (x: x * 2) (builtins.bitAnd 7 %i))", "(builtins.concatLists [ %l %l ])",
			"(builtins.concatMap (x: [ x x ]) %l)", "(builtins.partition (x: x < %i) %l).wrong", "(builtins.catAttrs \"a\" [ %a %a ])",
			"(map (x: x.key) (builtins.genericClosure { startSet = map (key: { inherit key; }) %l; operator = x: if x.key > 0 && x.key < 9 then [ { key = x.key - 1; } ] else [ ]; }))",
			"(builtins.fromJSON (builtins.toJSON %l))", "(builtins.sort builtins.lessThan %l)",
		},
		"attrs": {
			"(%a // %a)", "{ a = %i; b = %i; }", "{ a = %i; } // %a", "(builtins.removeAttrs %a [ %s \"a\" ])", "(builtins.mapAttrs (n: v: v) %a)",
			"(builtins.intersectAttrs %a %a)", "(builtins.listToAttrs (map (x: { name = toString x; value = x; }) %l))", "{ ${%s} = %i; }",
			"(rec { a = %i; b = a; })", "(builtins.groupBy toString %l)", "(builtins.mapAttrs (n: v: v + %i) %a)",
			"(builtins.zipAttrsWith (n: vs: builtins.length vs) [ %a %a ])", "(builtins.fromJSON (builtins.toJSON %a))", "(builtins.functionArgs ({ a, b ? 1 }: a))",
			"(builtins.parseDrvName %s)", "(let inherit (%a) a; in { inherit a; b = %i; })",
		},
	}
}
