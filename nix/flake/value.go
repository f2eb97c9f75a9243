package flake

import (
	_ "embed"
	"fmt"
	"maps"
	"slices"

	"berth.dev/nix/diagnostic"
	"berth.dev/nix/eval"
)

//go:embed call.nix
var callText []byte

// Value returns the flake at the root of a graph as a value: its outputs, and
// beside them what every flake has (inputs, outPath, sourceInfo ...).
func (g *Graph) Value(ev *eval.Evaluator) (*eval.Value, error) {
	call, err := ev.EvalText(callText, diagnostic.Origin{Kind: diagnostic.OriginBuiltin, Name: "call-flake"}, "/")
	if err != nil {
		return nil, err
	}
	names := map[*Node]string{}
	g.Root.name(names, "root")
	nodes := map[string]*eval.Value{}
	for node, name := range names {
		nodes[name] = node.value(ev, names)
	}
	return ev.Call(call, ev.NewAttrs(nodes))
}

// name gives every node of a graph a name of its own.
func (n *Node) name(names map[*Node]string, name string) {
	if _, ok := names[n]; ok {
		return
	}
	names[n] = name
	for _, input := range slices.Sorted(maps.Keys(n.Inputs)) {
		n.Inputs[input].name(names, name+"/"+input)
	}
}

// value returns what call.nix takes for a node.
func (n *Node) value(ev *eval.Evaluator, names map[*Node]string) *eval.Value {
	if n.image != "" {
		return ev.NewAttrs(map[string]*eval.Value{"image": eval.NewString(n.image)})
	}
	inputs := map[string]*eval.Value{}
	for name, input := range n.Inputs {
		inputs[name] = eval.NewString(names[input])
	}
	attrs := map[string]*eval.Value{
		"dir":    eval.NewString(n.ref.Dir()),
		"flake":  eval.NewBool(!n.NoFlake),
		"inputs": ev.NewAttrs(inputs),
	}
	if n.parent != nil {
		attrs["parent"], attrs["path"] = eval.NewString(names[n.parent]), eval.NewString(n.ref["path"])
		return ev.NewAttrs(attrs)
	}
	attrs["tree"] = eval.NewLazy(func(ev *eval.Evaluator) (*eval.Value, error) {
		tree, err := n.Tree()
		if err != nil {
			return nil, err
		}
		return tree.Value(ev)
	})
	return ev.NewAttrs(attrs)
}

// Value returns the sourceInfo of a tree.
func (t *Tree) Value(ev *eval.Evaluator) (*eval.Value, error) {
	context := eval.NewContext(eval.ContextElement{Kind: eval.ContextPath, Path: t.Path})
	attrs := map[string]*eval.Value{"outPath": eval.NewContextString(t.Path, context)}
	for name, info := range t.Info {
		switch info := info.(type) {
		case string:
			attrs[name] = eval.NewString(info)
		case int64:
			attrs[name] = eval.NewInt(info)
		case bool:
			attrs[name] = eval.NewBool(info)
		default:
			return nil, fmt.Errorf("source tree %s: '%s' is a %T", t.Path, name, info)
		}
	}
	return ev.NewAttrs(attrs), nil
}
