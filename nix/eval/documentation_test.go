package eval

import (
	"testing"

	"berth.dev/nix/diagnostic"
)

// TestEveryBuiltinIsDocumented compares the documentation with the functions.
func TestEveryBuiltinIsDocumented(t *testing.T) {
	ev := New(Config{})
	for _, attr := range ev.Attrs(ev.builtins) {
		doc, ok := DescribeBuiltin(attr.Name)
		if !ok || doc.Text == "" {
			t.Errorf("builtins.%s is not documented", attr.Name)
			continue
		}
		if attr.Value.tag() != tagPrimOp {
			if attr.Name != "derivation" && len(doc.Arguments) > 0 {
				t.Errorf("builtins.%s is no function, but its documentation has arguments", attr.Name)
			}
			continue
		}
		if arity := attr.Value.primOp().arity; arity != len(doc.Arguments) {
			t.Errorf("builtins.%s takes %d arguments, its documentation has %d", attr.Name, arity, len(doc.Arguments))
		}
	}
}

func TestEvalScoped(t *testing.T) {
	ev := New(Config{})
	v, err := ev.EvalScoped([]byte("x + builtins.length y"), diagnostic.Origin{Kind: diagnostic.OriginString}, "/", map[string]*Value{
		"x": NewInt(40), "y": NewList([]*Value{NewNull(), NewNull()}),
	})
	if err != nil || v.Int() != 42 {
		t.Errorf("result is %v, %v", v, err)
	}
}

func TestFunction(t *testing.T) {
	ev := New(Config{})
	for source, want := range map[string]string{
		"builtins.map": "map", "builtins.map (x: x)": "map",
	} {
		v, err := ev.EvalString(source, "/")
		if err != nil {
			t.Fatal(err)
		}
		if f, ok := ev.Function(v); !ok || f.Builtin != want {
			t.Errorf("%s is described as %+v", source, f)
		}
	}
	v, err := ev.EvalString("{ f = { b, a ? 1, ... }: 1; }.f", "/")
	if err != nil {
		t.Fatal(err)
	}
	f, ok := ev.Function(v)
	if !ok || f.Name != "f" || len(f.Arguments) != 2 || f.Arguments[0] != "a" {
		t.Errorf("described as %+v", f)
	}
}
