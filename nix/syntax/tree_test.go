package syntax

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"berth.dev/nix/diagnostic"
)

type reader struct {
	symbols   *SymbolTable
	positions *diagnostic.Table
}

func newReader() reader { return reader{NewSymbolTable(), diagnostic.NewTable()} }

func (r reader) parse(source string) (Expr, error) {
	return Parse([]byte(source), Options{
		Origin: diagnostic.File("f"), BasePath: "/base", Symbols: r.symbols, Positions: r.positions,
	})
}

func (r reader) must(t *testing.T, source string) Expr {
	t.Helper()
	e, err := r.parse(source)
	if err != nil {
		t.Fatalf("%s: %v", source, err)
	}
	return e
}

func (r reader) at(pos Pos) string {
	l, _ := r.positions.Locate(pos)
	return fmt.Sprintf("%d:%d", l.Line, l.Column)
}

// TestAttributePositions holds what unsafeGetAttrPos of C++ Nix 2.34.8 says.
func TestAttributePositions(t *testing.T) {
	for _, c := range []struct{ source, name, want string }{
		{"{\r a = 1; }", "a", "2:2"},
		{"{\r\n a = 1; }", "a", "2:2"},
		{"{\n\r a = 1; }", "a", "3:2"},
		{"{ /* é */ a = 1; }", "a", "1:12"},
		{"{ a.b = 1; }", "a", "1:3"},
		{"{ a.b = 1; }", "b", "1:3"},
		{"{ inherit (x) b c; }", "c", "1:17"},
		{"{ inherit b c; }", "c", "1:13"},
		{`{ "c".${"d"} = 2; }`, "d", "1:3"},
		{`{ ${"d" + ""}.e = 2; }`, "e", "1:3"},
		{"{ a = { c = 1; }; a = {\n d = 3; }; }", "d", "2:2"},
	} {
		r := newReader()
		found := ""
		walkAttrs(r.must(t, c.source), func(a Attr) {
			if r.symbols.Name(a.Name) == c.name {
				found = r.at(a.At)
			}
		})
		if found != c.want {
			t.Errorf("%q: %s is at %q, want %s", c.source, c.name, found, c.want)
		}
	}
}

func walkAttrs(e Expr, visit func(Attr)) {
	walk(e, func(e Expr) {
		if set, ok := e.(*Attrs); ok {
			for _, a := range set.Attrs {
				visit(a)
			}
		}
	}, func(AttrName) {})
}

func TestExpressionPositions(t *testing.T) {
	for _, c := range []struct{ source, want string }{
		{" f x y", "1:2"},
		{"a +\n b", "1:3"},
		{"a\n== b", "2:1"},
		{"a // b // c", "1:3"},
		{" x: y", "1:2"},
		{" { a }: a", "1:2"},
		{"(\na).b", "1:1"},
		{"( a)", "1:3"},
		{" ! a", "1:2"},
		{"a ? b", "1:1"},
		{" ''\n  a''", "1:2"},
		{` "a${b}"`, "1:2"},
		{` ./a/${b}`, "1:2"},
		{" let a = 1; in a", "1:2"},
		{" if a then b else c", "1:2"},
	} {
		r := newReader()
		if got := r.at(r.must(t, c.source).Pos()); got != c.want {
			t.Errorf("%q is at %s, want %s", c.source, got, c.want)
		}
	}
}

func TestFunctionsKnowTheirAttribute(t *testing.T) {
	r := newReader()
	source := "{ a = x: y: x; b.c = { d }: d; e = (x: x) 1; inherit (f) g; h = { i = x: x; }; h.j = x: x; }"
	var got []string
	walk(r.must(t, source), func(e Expr) {
		if f, ok := e.(*Lambda); ok {
			got = append(got, r.symbols.Name(f.Name))
		}
	}, func(AttrName) {})
	slices.Sort(got)
	if want := []string{"", "a", "a", "c", "i", "j"}; !slices.Equal(got, want) {
		t.Errorf("functions are named %q, want %q", got, want)
	}
}

func TestAttributesAreSortedAndUnique(t *testing.T) {
	r := newReader()
	for _, name := range []string{"c", "a", "b"} {
		r.symbols.Intern(name)
	}
	source := "{ a.x = 1; b = 2; c = 3; a.c = 4; a = { b = 5; }; inherit (d) e; inherit (f) g h; }"
	set := r.must(t, source).(*Attrs)
	names := func(set *Attrs) (names []string) {
		for _, a := range set.Attrs {
			names = append(names, r.symbols.Name(a.Name))
		}
		return names
	}
	if got, want := names(set), []string{"c", "a", "b", "e", "g", "h"}; !slices.Equal(got, want) {
		t.Errorf("attributes are %q, want %q", got, want)
	}
	if got, want := names(set.Attrs[1].Value.(*Attrs)), []string{"c", "b", "x"}; !slices.Equal(got, want) {
		t.Errorf("attributes of a are %q, want %q", got, want)
	}
	if set.Attrs[3].From != 0 || set.Attrs[5].From != 1 || len(set.InheritFrom) != 2 {
		t.Errorf("inherited from %d and %d of %d", set.Attrs[3].From, set.Attrs[5].From, len(set.InheritFrom))
	}
}

// TestSymbolOrder holds the order in which C++ Nix sees the names, since sets are
// compared in that order: the name of an argument comes after the body.
func TestSymbolOrder(t *testing.T) {
	r := newReader()
	r.must(t, "a: b@{ c ? d }: { e = f; ${g}.h = i.j or k; }")
	want := []string{"d", "c", "e", "f", "g", "h", "i", "j", "k", "b", "a"}
	var got []string
	for s := 1; s < r.symbols.Len(); s++ {
		got = append(got, r.symbols.Name(Symbol(s)))
	}
	if !slices.Equal(got, want) {
		t.Errorf("symbols are %q, want %q", got, want)
	}
}

func TestSymbolTable(t *testing.T) {
	symbols := NewSymbolTable()
	const count = 10_000
	for i := range count {
		if s := symbols.Intern(fmt.Sprint("n", i)); s != Symbol(i+1) {
			t.Fatalf("symbol %d is %d", i, s)
		}
	}
	for i := range count {
		name := fmt.Sprint("n", i)
		if s, ok := symbols.Lookup(name); !ok || symbols.Name(s) != name || symbols.Intern(name) != s {
			t.Fatalf("%s is %d, %v", name, s, ok)
		}
	}
	if _, ok := symbols.Lookup("m"); ok || symbols.Len() != count+1 {
		t.Errorf("a name that was not interned is known")
	}
}

func TestDepthIsLimited(t *testing.T) {
	const levels = 20_000
	for _, c := range []struct {
		name, before, middle, after string
		n                           int
	}{
		{"parentheses", "(", "a", ")", levels},
		{"lists", "[", "a", "]", levels},
		{"sets", "{a=", "b", ";}", levels},
		{"interpolations", `"${`, "a", `}"`, levels},
		{"not", "!", "a", "", levels},
		{"minus", "- ", "a", "", levels},
		{"functions", "a: ", "a", "", levels},
		{"patterns", "{}:", " a", "", levels},
		{"with", "with a;", "a", "", levels},
		{"else", "if a then b else ", "c", "", levels},
		{"defaults", "a.b or ", "c", "", levels},
		{"attribute path", "{a", ".a=1;}", "", 1},
		{"right operators", "a ++ ", "a", "", 10 * levels},
		{"left operators", "a + ", "a", "", 10 * levels},
		{"unclosed", "[", "", "", levels},
	} {
		t.Run(c.name, func(t *testing.T) {
			source := strings.Repeat(c.before, c.n) + c.middle + strings.Repeat(c.after, c.n)
			if c.name == "attribute path" {
				source = "{a" + strings.Repeat(".a", levels) + "=1;}"
			}
			_, err := newReader().parse(source)
			if err == nil || err.Error() != "expression is nested too deeply" {
				t.Errorf("error is %v", err)
			}
		})
	}
}

func TestLongIsNotDeep(t *testing.T) {
	const n = 50_000
	for name, source := range map[string]string{
		"list":      "[" + strings.Repeat("a ", n) + "]",
		"call":      strings.Repeat("a ", n),
		"sum":       strings.Repeat("a + ", n) + "a",
		"append":    strings.Repeat("a ++ ", n) + "a",
		"selection": "a" + strings.Repeat(".a", n),
		"lines":     strings.Repeat("(a) # b\n", n),
		"nested":    strings.Repeat("(", 9_000) + "a" + strings.Repeat(")", 9_000),
	} {
		if _, err := newReader().parse(source); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestRefused(t *testing.T) {
	for _, c := range []struct{ name, source, want string }{
		{"null byte", "a \x00", "source text contains a null byte"},
		{"null byte in string", "\"a\x00b\"", "input string 'a␀b' cannot be represented as Nix string because it contains null bytes"},
		{"null byte in indented string", "''\x00''", "input string '␀' cannot be represented as Nix string because it contains null bytes"},
		{"home path without home", "~/a", "the path '~/a' can not be resolved in pure mode"},
		{"pipe into without option", "a |> b", pipesDisabled},
		{"pipe from without option", "a <| b", pipesDisabled},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := newReader().parse(c.source)
			if d := new(diagnostic.Diagnostic); !errors.As(err, &d) || d.Message != c.want {
				t.Errorf("error is %v, want %s", err, c.want)
			}
		})
	}
	if _, err := newReader().parse("a # \x00"); err != nil {
		t.Errorf("null byte in comment: %v", err)
	}
}

const pipesDisabled = "experimental Nix feature 'pipe-operators' is disabled; " +
	"add '--extra-experimental-features pipe-operators' to enable it"
