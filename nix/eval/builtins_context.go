package eval

import (
	"strings"

	"berth.dev/nix/storepath"
)

func contextBuiltins() []*PrimOp {
	return []*PrimOp{
		primop1("unsafeDiscardStringContext", func(t *thread, a *Value) Value {
			s, _ := t.coerce(a, coercion{copy: true})
			return mkString(s)
		}),
		primop1("hasContext", func(t *thread, a *Value) Value {
			_, context := t.stringOf(a)
			return mkBool(context != nil)
		}),
		primop1("unsafeDiscardOutputDependency", discardOutputDependency),
		primop1("addDrvOutputDependencies", addOutputDependencies),
		primop1("getContext", getContext),
		primop2("appendContext", appendContext),
	}
}

// discardOutputDependency turns "with everything it is built from" into the
// mere .drv file.
func discardOutputDependency(t *thread, a *Value) Value {
	s, context := t.coerce(a, coercion{copy: true})
	elements := make([]ContextElement, 0, len(context.Elements()))
	for _, e := range context.Elements() {
		if e.Kind == ContextDeep {
			e = ContextElement{Kind: ContextPath, Path: e.Path}
		}
		elements = append(elements, e)
	}
	return mkContextString(s, NewContext(elements...))
}

func addOutputDependencies(t *thread, a *Value) Value {
	s, context := t.coerce(a, coercion{copy: true})
	elements := context.Elements()
	if len(elements) != 1 {
		t.failHere(ErrOther, "context of string '%s' must have exactly one element, but has %d", s, len(elements))
	}
	e := elements[0]
	switch e.Kind {
	case ContextOutput:
		t.failHere(ErrOther, "`addDrvOutputDependencies` can only act on derivations, not on a derivation output such as '%s'", e.Output)
	case ContextPath:
		if !strings.HasSuffix(e.Path, ".drv") {
			t.failHere(ErrOther, "path '%s' is not a derivation", e.Path)
		}
	}
	return mkContextString(s, NewContext(ContextElement{Kind: ContextDeep, Path: e.Path}))
}

// getContext shows a context as a set: by path, what of it is referred to.
func getContext(t *thread, a *Value) Value {
	_, context := t.stringOf(a)
	type reference struct {
		path, deep bool
		outputs    []string
	}
	var order []string
	found := map[string]*reference{}
	for _, e := range context.Elements() {
		r := found[e.Path]
		if r == nil {
			r = &reference{}
			found[e.Path] = r
			order = append(order, e.Path)
		}
		switch e.Kind {
		case ContextPath:
			r.path = true
		case ContextDeep:
			r.deep = true
		default:
			r.outputs = append(r.outputs, e.Output)
		}
	}
	list := make([]attribute, 0, len(order))
	for _, path := range order {
		r := found[path]
		var parts []attribute
		if r.path {
			parts = append(parts, attribute{name: t.ev.names.path, value: t.cell(mkBool(true))})
		}
		if r.deep {
			parts = append(parts, attribute{name: t.ev.names.allOutputs, value: t.cell(mkBool(true))})
		}
		if len(r.outputs) > 0 {
			parts = append(parts, attribute{name: t.ev.names.outputs, value: t.cell(t.stringList(r.outputs))})
		}
		list = append(list, attribute{name: t.ev.symbols.Intern(path), value: t.cell(t.attrsFrom(parts))})
	}
	return t.attrsFrom(list)
}

func (t *thread) stringList(texts []string) Value {
	cells := make([]*Value, len(texts))
	for i, s := range texts {
		cells[i] = t.cell(mkString(s))
	}
	return mkList(cells)
}

// appendContext is the inverse of getContext.
func appendContext(t *thread, a, b *Value) Value {
	s, context := t.stringOf(a)
	set := t.attrsOf(b)
	elements := append([]ContextElement(nil), context.Elements()...)
	for i, symbol := range set.shape.symbols {
		elements = t.appendReferences(elements, t.ev.symbols.Name(symbol), set.cell(i))
	}
	return mkContextString(s, NewContext(elements...))
}

func (t *thread) appendReferences(elements []ContextElement, name string, c *Value) []ContextElement {
	if _, err := storepath.Parse(name); err != nil {
		t.failHere(ErrOther, "context key '%s' is not a store path", name)
	}
	info := t.attrsOf(c)
	if p := info.get(t.ev.names.path); p != nil && t.boolOf(p) {
		elements = append(elements, ContextElement{Kind: ContextPath, Path: name})
	}
	derivation := strings.HasSuffix(name, ".drv")
	if p := info.get(t.ev.names.allOutputs); p != nil && t.boolOf(p) {
		if !derivation {
			t.failHere(ErrOther, "tried to add all-outputs context of \"%s\", which is not a derivation, to a string", name)
		}
		elements = append(elements, ContextElement{Kind: ContextDeep, Path: name})
	}
	if p := info.get(t.ev.names.outputs); p != nil {
		outputs := t.listOf(p)
		if len(outputs) > 0 && !derivation {
			t.failHere(ErrOther, "tried to add derivation output context of \"%s\", which is not a derivation, to a string", name)
		}
		for _, o := range outputs {
			elements = append(elements, ContextElement{Kind: ContextOutput, Path: name, Output: t.stringNoContext(o)})
		}
	}
	return elements
}
