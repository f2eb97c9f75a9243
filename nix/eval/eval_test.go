package eval

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"berth.dev/nix/diagnostic"
)

func mustEval(t *testing.T, ev *Evaluator, text string) *Value {
	t.Helper()
	v, err := ev.EvalString(text, "/")
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return v
}

func TestAccessors(t *testing.T) {
	ev := newTestEvaluator(t)
	v := mustEval(t, ev, `{ s = "x"; i = 1 + 1; l = [ 1 (throw "no") ]; f = 1.5; b = true; n = null; p = /a/../b; }`)
	get := func(name string) *Value {
		a, err := ev.Get(v, name)
		if err != nil {
			t.Fatal(err)
		}
		return a
	}
	if get("s").Text() != "x" || get("i").Int() != 2 || get("f").Float() != 1.5 || !get("b").Bool() {
		t.Error("wrong values of simple kinds")
	}
	if get("p").Kind() != KindPath || get("p").Text() != "/b" || get("n").Kind() != KindNull || get("l").Len() != 2 {
		t.Error("wrong path, null or list")
	}
	if a, err := ev.Get(v, "absent"); a != nil || err != nil {
		t.Error("an absent attribute is", a, err)
	}
	if _, err := ev.Get(get("i"), "x"); err == nil {
		t.Error("an integer has attributes")
	}
	names := ""
	for _, a := range ev.Attrs(v) {
		names += a.Name
	}
	if names != "bfilnps" {
		t.Error("attributes in order", names)
	}
}

func TestFunctionsInGo(t *testing.T) {
	ev := newTestEvaluator(t)
	double := NewPrimOp("double", 1, func(ev *Evaluator, args []*Value) (*Value, error) {
		if err := ev.Force(args[0]); err != nil {
			return nil, err
		}
		if args[0].Kind() != KindInt {
			return nil, errors.New("double wants a number")
		}
		return NewInt(2 * args[0].Int()), nil
	})
	quad := NewPrimOp("quad", 4, func(ev *Evaluator, args []*Value) (*Value, error) { return NewList(args), nil })
	set := ev.NewAttrs(map[string]*Value{
		"double": double, "quad": quad,
		"lazy": NewLazy(func(*Evaluator) (*Value, error) { return nil, errors.New("never asked for") }),
	})
	call := func(text string) (string, error) {
		result, err := ev.Call(mustEval(t, ev, text), set)
		return strict(ev, result, err), err
	}
	if got, _ := call("b: map b.double [ 1 2 ]"); got != "[ 2 4 ]" {
		t.Error("map of a Go function:", got)
	}
	if got, _ := call("b: b.quad 1 2 3 4"); got != "[ 1 2 3 4 ]" {
		t.Error("four arguments:", got)
	}
	if got, _ := call("b: b.quad 1 2"); got != "<PRIMOP-APP>" {
		t.Error("some arguments:", got)
	}
	if got, _ := call(`b: b.double "x"`); got != "error: double wants a number" {
		t.Error("error of a Go function:", got)
	}
	if got, _ := call(`b: b.double (throw "thrown")`); got != "error: thrown" {
		t.Error("error in an argument:", got)
	}
	if got, _ := call(`b: (builtins.tryEval (b.double (throw "thrown"))).success`); got != "false" {
		t.Error("catching through Go:", got)
	}
	if _, err := call("b: b.lazy"); err == nil || !strings.Contains(err.Error(), "never asked for") {
		t.Error("lazy value:", err)
	}
}

func TestErrorsHavePlaceAndTrace(t *testing.T) {
	directory := t.TempDir()
	file := filepath.Join(directory, "f.nix")
	program := "let\n  f = x: x + 1;\n  set = { value = f \"a\"; };\nin\nset.value\n"
	if err := os.WriteFile(file, []byte(program), 0o644); err != nil {
		t.Fatal(err)
	}
	ev := newTestEvaluator(t)
	_, err := ev.EvalFile(file)
	var e *Error
	if !errors.As(err, &e) {
		t.Fatal("no error with a place:", err)
	}
	text := diagnostic.Renderer{Table: ev.Sources(), Trace: true}.Error(&e.Diagnostic)
	for _, want := range []string{
		"cannot coerce an integer to a string: 1", file + ":2:14", "while calling 'f'", "while evaluating the attribute 'value'",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("message lacks %q:\n%s", want, text)
		}
	}
}

func TestFailuresStay(t *testing.T) {
	ev := newTestEvaluator(t)
	v := mustEval(t, ev, `{ a = throw "first"; }`)
	for range 2 {
		if _, err := ev.Get(v, "a"); err == nil || err.Error() != "first" {
			t.Error("forcing a failed value:", err)
		}
	}
}

// A limit is no property of the value that hit it.
func TestDepthLimitDoesNotStay(t *testing.T) {
	ev := newTestEvaluator(t)
	ev.settings.MaxCallDepth = 100
	v := mustEval(t, ev, `let f = n: if n == 0 then 0 else 1 + f (n - 1); in { x = f 1000; }`)
	if _, err := ev.Get(v, "x"); err == nil {
		t.Fatal("depth is not limited")
	}
	ev.settings.MaxCallDepth = 10_000
	if x, err := ev.Get(v, "x"); err != nil || x.Int() != 1000 {
		t.Error("after raising the limit:", err)
	}
}

func TestInterrupt(t *testing.T) {
	ev := newTestEvaluator(t)
	v := mustEval(t, ev, `let sum = n: f: builtins.foldl' (a: b: a + f b) 0 (builtins.genList (i: i) n); in { x = sum 100000 (a: sum 100000 (b: b)); }`)
	time.AfterFunc(20*time.Millisecond, ev.Interrupt)
	var e *Error
	if _, err := ev.Get(v, "x"); !errors.As(err, &e) || e.Class != ErrInterrupted {
		t.Error("not interrupted:", err)
	}
}

func TestEmbeddedFilesSeeMore(t *testing.T) {
	directory := t.TempDir()
	inside, outside := filepath.Join(directory, "in", "a.nix"), filepath.Join(directory, "out.nix")
	for _, file := range []string{inside, outside} {
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte("__extra"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	ev := New(Config{Files: disk{}, Embedded: Embedded{Prefix: filepath.Dir(inside), Globals: func(*Evaluator) map[string]*Value {
		return map[string]*Value{"__extra": NewInt(5)}
	}}})
	if v, err := ev.EvalFile(inside); err != nil || v.Int() != 5 {
		t.Error("inside:", v, err)
	}
	if _, err := ev.EvalFile(outside); err == nil || err.Error() != "undefined variable '__extra'" {
		t.Error("outside:", err)
	}
}

func TestPureEvaluationRefuses(t *testing.T) {
	ev := New(Config{Files: disk{}, Settings: Settings{PureEval: true}})
	for text, want := range map[string]string{
		`builtins.readFile "/etc/hostname"`: "access to absolute path '/etc/hostname' is forbidden in pure evaluation mode (use '--impure' to override)",
		`import /etc/x.nix`:                 "access to absolute path '/etc/x.nix' is forbidden in pure evaluation mode (use '--impure' to override)",
		`<nixpkgs>`:                         "cannot look up '<nixpkgs>' in pure evaluation mode (use '--impure' to override)",
	} {
		if _, err := ev.EvalString(text, "/"); err == nil || err.Error() != want {
			t.Errorf("%s: got %v", text, err)
		}
	}
	if v, err := ev.EvalString(`builtins.getEnv "HOME"`, "/"); err != nil || v.Text() != "" {
		t.Error("environment:", v, err)
	}
}

func TestReadingWhatWasAdded(t *testing.T) {
	ev := newTestEvaluator(t)
	v := mustEval(t, ev, `import (builtins.toFile "x.nix" "a: a + 1") 2`)
	if v.Int() != 3 {
		t.Error("import of a file in the store:", v.Int())
	}
}

// FuzzEval looks for faults: whatever the text, evaluation returns a value or
// an error of the program.
func FuzzEval(f *testing.F) {
	for _, file := range []string{"eval-okay-language.nix", "eval-okay-derivations.nix", "eval-fail-order.nix", "eval-okay-strings.nix"} {
		data, err := os.ReadFile(filepath.Join("testdata/lang", file))
		if err != nil {
			f.Fatal(err)
		}
		for line := range strings.Lines(string(data)) {
			f.Add(line)
		}
	}
	f.Fuzz(func(t *testing.T, text string) {
		store := NewMemoryStore()
		ev := New(Config{Files: store.Files(disk{}), Store: store, Settings: Settings{PureEval: true, MaxCallDepth: 200}})
		timer := time.AfterFunc(time.Second, ev.Interrupt)
		defer timer.Stop()
		v, err := ev.EvalString(text, "/nonexistent")
		if err == nil {
			err = ev.ForceDeep(v)
		}
		if err == nil {
			_, err = ev.Print(v, PrintInstantiate)
		}
		var e *Error
		if errors.As(err, &e) && e.Class == ErrInternal {
			t.Fatalf("%q: %v", text, err)
		}
	})
}

func TestAutoCall(t *testing.T) {
	ev := newTestEvaluator(t)
	args := map[string]*Value{"a": NewInt(1), "c": NewInt(3)}
	for program, want := range map[string]string{
		"{ a ? 2, b ? 1 }@x: x":           "{ a = 1; }",
		"{ a ? 2, b ? 1, ... }@x: x":      "{ a = 1; c = 3; }",
		"{ __functor = self: { a }: a; }": "1",
		"x: x":                            "<LAMBDA>",
		"5":                               "5",
		"{ z }: z":                        "error: cannot evaluate a function that has an argument without a value ('z')",
	} {
		v, err := ev.AutoCall(mustEval(t, ev, program), args)
		if got := strict(ev, v, err); got != want {
			t.Errorf("%s: got %s, want %s", program, got, want)
		}
	}
}
