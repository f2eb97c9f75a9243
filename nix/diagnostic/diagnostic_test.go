package diagnostic

import (
	"errors"
	"strings"
	"sync"
	"testing"
)

func add(t *testing.T, table *Table, origin Origin, text string) *Source {
	t.Helper()
	source, err := table.Add(origin, text)
	if err != nil {
		t.Fatal(err)
	}
	return source
}

func TestLocate(t *testing.T) {
	table := NewTable()
	first := add(t, table, File("/a.nix"), "ab\ncd\r\nef\rgh\n\rij")
	empty := add(t, table, Origin{Kind: OriginStdin}, "")
	last := add(t, table, Origin{Kind: OriginString, Name: "x"}, "é\nxyz")
	for _, c := range []struct {
		pos  Pos
		want string
	}{
		{first.Base, "/a.nix:1:1"},
		{first.Base + 2, "/a.nix:1:3"},
		{first.Base + 3, "/a.nix:2:1"},
		{first.Base + 7, "/a.nix:3:1"},
		{first.Base + 10, "/a.nix:4:1"},
		{first.Base + 13, "/a.nix:5:1"},
		{first.Base + 14, "/a.nix:6:1"},
		{first.Base + 16, "/a.nix:6:3"},
		{empty.Base, "«stdin»:1:1"},
		{last.Base + 2, "«string»:1:3"},
		{last.Base + 6, "«string»:2:4"},
	} {
		if got, ok := table.Locate(c.pos); !ok || got.String() != c.want {
			t.Errorf("Locate(%d) = %v, %v, want %s", c.pos, got, ok, c.want)
		}
	}
	for _, pos := range []Pos{NoPos, last.Base + 7, 1 << 31} {
		if got, ok := table.Locate(pos); ok {
			t.Errorf("Locate(%d) = %v, want nothing", pos, got)
		}
	}
}

func TestAddRefusesMoreThanPositionsReach(t *testing.T) {
	table := NewTable()
	table.next = 1<<32 - 4
	if _, err := table.Add(File("/a"), "12345"); !errors.Is(err, ErrFull) {
		t.Errorf("error is %v, want ErrFull", err)
	}
}

func TestTableIsForManyGoroutines(t *testing.T) {
	table := NewTable()
	shared := add(t, table, File("/shared"), strings.Repeat("line\n", 100))
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			own, err := table.Add(File("/own"), "a\nb")
			if err != nil {
				t.Error(err)
				return
			}
			if at, _ := table.Locate(own.Base + 2); at.Line != 2 {
				t.Errorf("line is %d, want 2", at.Line)
			}
			if at, _ := table.Locate(shared.Base + 250); at.Line != 51 {
				t.Errorf("line is %d, want 51", at.Line)
			}
		})
	}
	all.Wait()
}

func TestRender(t *testing.T) {
	table := NewTable()
	source := add(t, table, File("/etc/a.nix"), "{\n  é = 1;\n\tb = é x;\n}\n")
	at := source.Base + Pos(strings.Index(source.Text, "x;"))
	d := &Diagnostic{
		Pos: at, Message: "first\nsecond", Hints: []string{"try this"},
		Trace: []Frame{{Pos: source.Base, Message: "while doing"}, {Message: "while elsewhere"}},
	}
	const finding = `error: first
       second
       at /etc/a.nix:3:9:
            2|   é = 1;
            3| 	b = é x;
             | 	      ^
            4| }
       hint: try this
`
	const trace = `       … while doing
       at /etc/a.nix:1:1:
            1| {
             | ^
            2|   é = 1;
       … while elsewhere
`
	for _, c := range []struct {
		name     string
		renderer Renderer
		want     string
	}{
		{"finding", Renderer{Table: table}, finding},
		{"trace", Renderer{Table: table, Trace: true}, finding + trace},
		{"without table", Renderer{}, "error: first\n       second\n       hint: try this\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := c.renderer.Error(d); got != c.want {
				t.Errorf("got\n%s\nwant\n%s", got, c.want)
			}
		})
	}
}

func TestRenderStyle(t *testing.T) {
	table := NewTable()
	source := add(t, table, Origin{Kind: OriginBuiltin, Name: "derivation"}, "x")
	got := Renderer{Table: table, Style: ANSI()}.Warning(New(source.Base+1, "text"))
	want := "\x1b[1;35mwarning:\x1b[0m text\n" +
		"       at \x1b[36m«derivation»:1:2\x1b[0m:\n" +
		"            1| x\n" +
		"             |  \x1b[1;31m^\x1b[0m\n"
	if got != want {
		t.Errorf("got\n%q\nwant\n%q", got, want)
	}
}
