package eval

import (
	"slices"
	"strings"

	"berth.dev/nix/diagnostic"
)

// EvalScoped is EvalText with additional variables around the program.
func (ev *Evaluator) EvalScoped(text []byte, origin diagnostic.Origin, directory string, variables map[string]*Value) (*Value, error) {
	var result *Value
	err := ev.run(func(t *thread) {
		around := &scope{} // names in the order of their symbols
		for name := range variables {
			around.names = append(around.names, ev.symbols.Intern(name))
		}
		slices.Sort(around.names)
		f := t.slab.frame(nil, uint32(len(variables)))
		for i, symbol := range around.names {
			f.set(uint32(i), variables[ev.symbols.Name(symbol)])
		}
		result = t.cell(t.parse(text, origin, directory, around, nil).eval(t, f))
	})
	return result, err
}

// GlobalNames returns the names of the variables that every program sees, in
// their order.
func (ev *Evaluator) GlobalNames() []string {
	var names []string
	for _, s := range ev.globalNames() {
		names = append(names, ev.symbols.Name(s))
	}
	slices.Sort(names)
	return names
}

// Global returns the value of a variable that every program sees, or nil.
func (ev *Evaluator) Global(name string) *Value {
	symbol, known := ev.symbols.Lookup(name)
	if !known {
		return nil
	}
	return ev.global(symbol)
}

// Function describes a function.
type Function struct {
	// Builtin is the name of a built-in function; empty for others.
	Builtin string
	// Name is that of the attribute or variable that the function was defined
	// as, and Pos where it starts; for functions of a program.
	Name string
	Pos  Pos
	// Arguments are the names that the pattern of the function lists.
	Arguments []string
}

// Function describes an evaluated value that is a function.
func (ev *Evaluator) Function(v *Value) (Function, bool) {
	switch v.tag() {
	case tagPrimOp:
		return Function{Builtin: v.primOp().name}, true
	case tagPartial:
		return Function{Builtin: v.partial().primop.name}, true
	case tagLambda:
		index, _ := v.lambda()
		l := ev.thread.lambdas[index]
		f := Function{Pos: l.at}
		if l.name != 0 {
			f.Name = ev.symbols.Name(l.name)
		}
		if l.formals != nil {
			for _, formal := range l.formals.list {
				f.Arguments = append(f.Arguments, ev.symbols.Name(formal.name))
			}
		}
		slices.Sort(f.Arguments)
		return f, true
	}
	return Function{}, false
}

// BuiltinDoc is what people should know about a member of `builtins`.
type BuiltinDoc struct {
	Name      string
	Arguments []string // of a function
	Text      string   // one or two sentences
}

// Synopsis shows how a built-in function is called.
func (d BuiltinDoc) Synopsis() string {
	return strings.Join(append([]string{"builtins." + d.Name}, d.Arguments...), " ")
}

// DescribeBuiltin returns the documentation of a member of `builtins`.
func DescribeBuiltin(name string) (BuiltinDoc, bool) {
	text, ok := builtinDocs()[name]
	if !ok {
		return BuiltinDoc{}, false
	}
	arguments, sentence, _ := strings.Cut(text, ": ")
	return BuiltinDoc{Name: name, Arguments: strings.Fields(arguments), Text: sentence}, true
}
