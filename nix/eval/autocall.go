package eval

// AutoCall calls a value that is a function with an argument pattern, with the
// attributes it asks for; anything else is returned as it is. That is how the
// command line treats what a file evaluates to.
func (ev *Evaluator) AutoCall(v *Value, args map[string]*Value) (*Value, error) {
	result := v
	err := ev.run(func(t *thread) { result = t.autoCall(v, args) })
	return result, err
}

func (t *thread) autoCall(c *Value, args map[string]*Value) *Value {
	v := t.force(c)
	if v.tag() == tagAttrs {
		if functor := v.attrs().get(t.ev.names.functor); functor != nil {
			return t.autoCall(t.cell(t.call1(t.force(functor), c, t.here())), args)
		}
	}
	if v.tag() != tagLambda {
		return c
	}
	index, _ := v.lambda()
	l := t.lambdas[index]
	if l.formals == nil {
		return c
	}
	return t.cell(t.call1(v, t.autoArguments(l, args), l.at))
}

// autoArguments picks what a function wants; one with an ellipsis gets all.
func (t *thread) autoArguments(l *lambdaNode, args map[string]*Value) *Value {
	var picked []attribute
	if l.formals.ellipsis {
		for name, v := range args {
			picked = append(picked, attribute{name: t.ev.symbols.Intern(name), value: v})
		}
		return t.cell(t.attrsFrom(picked))
	}
	for i := range l.formals.list {
		f := &l.formals.list[i]
		name := t.ev.symbols.Name(f.name)
		if v := args[name]; v != nil {
			picked = append(picked, attribute{name: f.name, value: v})
		} else if f.preset == nil {
			t.fail(ErrType, f.at, "cannot evaluate a function that has an argument without a value ('%s')\n"+
				"Nix attempted to evaluate a function as a top level expression; in\n"+
				"this case it must have its arguments supplied either by default\n"+
				"values, or passed explicitly with '--arg' or '--argstr'. See\n"+
				"https://nix.dev/manual/nix/stable/language/syntax.html#functions.", name)
		}
	}
	return t.cell(t.attrsFrom(picked))
}
