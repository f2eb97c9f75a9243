package repl

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"berth.dev/nix/eval"
)

// host answers commands without a store.
type host struct {
	ev     *eval.Evaluator
	edited string
}

func (h *host) LoadFile(name string) (*eval.Value, error) {
	text, err := os.ReadFile(name)
	if err != nil {
		return nil, err
	}
	return h.ev.EvalString(string(text), "/")
}

func (h *host) LoadFlake(context.Context, string) (*eval.Value, error) {
	return nil, errors.New("no flakes here")
}
func (h *host) Build(context.Context, *eval.Value) ([]string, error) {
	return []string{"out -> /x"}, nil
}
func (h *host) Edit(file string, line int) error { h.edited = file; return nil }
func (h *host) Explain(err error, _ bool) string { return "error: " + err.Error() }

// talk answers lines and returns what is printed, errors included.
func talk(t *testing.T, lines ...string) (string, *Session) {
	t.Helper()
	var out strings.Builder
	ev := eval.New(eval.Config{})
	s := New(Config{
		Evaluator: ev, Host: &host{ev: ev}, Lines: NewPlain(strings.NewReader(strings.Join(lines, "\n"))),
		Out: &out, Err: &out, Dir: t.TempDir(),
	})
	if _, err := s.Run(context.Background()); err != nil {
		t.Fatal(err)
	}
	return out.String(), s
}

func TestAnswers(t *testing.T) {
	for _, c := range []struct{ input, want string }{
		{"1 + 1", "2\n"},
		{"x = 20; y = 1\nx + y", "21\n"},
		{"a.b = 1\na", "{ b = 1; }\n"},
		{"s = { v = 3; }\ninherit (s) v\nv", "3\n"},
		{"let\n  a = 1;\n\nin a", "1\n"},
		{"x = ''\n  text\n''\nx", "\"text\\n\"\n"},
		{"{ a = throw \"no\"; b = { c = throw \"deep\"; }; }", "{\n  a = «error: no»;\n  b = { ... };\n}\n"},
		{":p { a = [ 1 { b = 2; } ]; }", "{\n  a = [\n    1\n    { b = 2; }\n  ];\n}\n"},
		{":p let a = { b = a; c = 1; }; in a", "{\n  b = {\n    b = «repeated»;\n    c = 1;\n  };\n  c = 1;\n}\n"},
		{":t x: x", "a function\n"},
		{":t { a, b ? 1 }: a", "a function of { a, b }\n"},
		{":t [ 1 ]", "a list of 1 element\n"},
		{":doc builtins.head", "builtins.head list\n\nThe first element.\n"},
		{":doc 1", "error: only functions are documented, and this is an integer\n"},
		{"f = /* Adds one. */ x: x + 1\n:doc f", "Function f, at «string»:1:23\n\nAdds one.\n"},
		{":a { p = 1; }\np", "Added 1 variables.\np\n1\n"},
		{":nope", "error: unknown command ':nope'; :? lists the commands\n"},
		{":b", "error: :b needs EXPR\n"},
		{"1 +", "error: syntax error, unexpected end of file\n"},
		{"1 )", "error: syntax error, unexpected ')', expecting end of file\n"},
		{":q\n1", ""},
	} {
		if got, _ := talk(t, strings.Split(c.input, "\n")...); got != c.want {
			t.Errorf("%q answers\n%q\nwant\n%q", c.input, got, c.want)
		}
	}
}

func TestReload(t *testing.T) {
	file := filepath.Join(t.TempDir(), "f.nix")
	if err := os.WriteFile(file, []byte("{ version = 1; }"), 0o644); err != nil {
		t.Fatal(err)
	}
	_, s := talk(t, ":l "+file)
	if err := os.WriteFile(file, []byte("{ version = 2; }"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := s.answer(context.Background(), ":r"); err != nil {
		t.Fatal(err)
	}
	v, err := s.evaluate("version")
	if err != nil || v.Int() != 2 {
		t.Errorf("version is %v, %v", v, err)
	}
}

func TestManyVariables(t *testing.T) {
	got, _ := talk(t, ":a builtins.listToAttrs (builtins.genList (n: { name = \"v${toString (997 - n)}\"; value = n; }) 900)", "v500 + v101")
	if !strings.HasSuffix(got, "\n1393\n") {
		t.Errorf("answer is %s", got)
	}
}

func TestInterrupt(t *testing.T) {
	_, s := talk(t)
	interrupts := make(chan os.Signal, 1)
	s.Interrupts = interrupts
	time.AfterFunc(50*time.Millisecond, func() { interrupts <- os.Interrupt })
	err := s.answer(context.Background(), "let l = builtins.genList (x: x) 30000; in builtins.foldl' (a: b: builtins.foldl' (c: d: c + d) 0 l) 0 l")
	if !interrupted(err) {
		t.Errorf("error is %v", err)
	}
	if err := s.answer(context.Background(), "1 + 1"); err != nil {
		t.Errorf("after an interrupt: %v", err)
	}
}

func TestComplete(t *testing.T) {
	_, s := talk(t, "set = { alpha = 1; alto = { inner = 2; }; \"odd name\" = 3; broken = throw \"x\"; }")
	if err := os.WriteFile(filepath.Join(s.Dir, "file.nix"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	for line, want := range map[string][]string{
		"1 + set.al":    {"set.alpha", "set.alto"},
		"set.alto.":     {"set.alto.inner"},
		"(set.broken.":  nil,
		"builtins.hasA": {"builtins.hasAttr"},
		":re":           {":reload"},
		":l fi":         {"file.nix"},
		"./fi":          {"./file.nix"},
		"se":            {"set"},
	} {
		_, got := s.Complete(line, len(line))
		if !reflect.DeepEqual(got, want) {
			t.Errorf("%s completes to %q, want %q", line, got, want)
		}
	}
}
