// Package derivation holds build recipes in the form the Nix store keeps them.
//
// In comes a recipe put together by an evaluator, or the text of a .drv file;
// out go that text, byte for byte as C++ Nix writes it, the path of the .drv
// file and the paths of the outputs. Evaluating, storing and building are left
// to others.
package derivation

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"berth.dev/nix/hash"
	"berth.dev/nix/storepath"
)

// Extension ends the name of every .drv file.
const Extension = ".drv"

// Derivation is a build recipe. Its slices are sorted: outputs and environment
// by name, inputs by path; [Derivation.Sort] brings them into order.
type Derivation struct {
	// Name is the name of the package, without ".drv". It is not in the text.
	Name        string
	Outputs     []Output
	Inputs      []Input          // outputs of other derivations
	Sources     []storepath.Path // other store objects
	System      string
	Builder     string
	Args        []string
	Environment []Variable
}

// Output is one result of a derivation. Which of its fields are set tells its kind:
//
//	Path                fixed before the build, by the inputs
//	Path, Address       fixed before the build, by the contents it must have
//	Algorithm, Method   known after the build, by the contents it turned out to have
//	none                known when the inputs are
type Output struct {
	Name      string
	Path      storepath.Path
	Method    storepath.Method
	Algorithm hash.Algorithm
	Hash      hash.Hash
}

// IsFixed reports whether the contents of the output are fixed in advance.
func (o Output) IsFixed() bool { return !o.Hash.IsZero() }

// IsFloating reports whether the path follows from the contents the build gives.
func (o Output) IsFloating() bool { return o.Hash.IsZero() && o.Algorithm != 0 }

// IsDeferred reports whether the path follows from inputs that are not known yet.
func (o Output) IsDeferred() bool { return o.Path.IsZero() && o.Algorithm == 0 }

// Address returns the content address of a fixed output.
func (o Output) Address() storepath.Address {
	return storepath.Address{Method: o.Method, Hash: o.Hash}
}

// methodAlgorithm is the third field of an output in the text, such as "r:sha256".
func (o Output) methodAlgorithm() string {
	if o.Algorithm == 0 {
		return ""
	}
	return o.Method.Prefix() + o.Algorithm.String()
}

// Input names the outputs of another derivation that are needed.
type Input struct {
	Path    storepath.Path
	Outputs []string // sorted
}

// Variable is one variable of the builder's environment.
type Variable struct{ Name, Value string }

// Sort brings all slices into order and drops sources that are listed twice.
func (d *Derivation) Sort() {
	slices.SortFunc(d.Outputs, func(a, b Output) int { return cmp.Compare(a.Name, b.Name) })
	slices.SortFunc(d.Inputs, func(a, b Input) int { return a.Path.Compare(b.Path) })
	for _, input := range d.Inputs {
		slices.Sort(input.Outputs)
	}
	slices.SortFunc(d.Sources, storepath.Path.Compare)
	d.Sources = slices.Compact(d.Sources)
	slices.SortFunc(d.Environment, func(a, b Variable) int { return cmp.Compare(a.Name, b.Name) })
}

// Get returns a variable of the environment.
func (d *Derivation) Get(name string) (string, bool) {
	i, ok := slices.BinarySearchFunc(d.Environment, name, func(v Variable, name string) int {
		return cmp.Compare(v.Name, name)
	})
	if !ok {
		return "", false
	}
	return d.Environment[i].Value, true
}

// Set changes or adds a variable of the environment, keeping its order.
func (d *Derivation) Set(name, value string) {
	i, ok := slices.BinarySearchFunc(d.Environment, name, func(v Variable, name string) int {
		return cmp.Compare(v.Name, name)
	})
	if ok {
		d.Environment[i].Value = value
		return
	}
	d.Environment = slices.Insert(d.Environment, i, Variable{name, value})
}

// Output returns the output of a name.
func (d *Derivation) Output(name string) (Output, bool) {
	for _, o := range d.Outputs {
		if o.Name == name {
			return o, true
		}
	}
	return Output{}, false
}

// OutputNames returns the names of all outputs in order.
func (d *Derivation) OutputNames() []string {
	names := make([]string, len(d.Outputs))
	for i, o := range d.Outputs {
		names[i] = o.Name
	}
	return names
}

// IsFixed reports whether the derivation has one output whose contents are
// fixed in advance, so that its build may use the network.
func (d *Derivation) IsFixed() bool { return len(d.Outputs) == 1 && d.Outputs[0].IsFixed() }

// IsBuiltin reports whether the builder is part of the store's own program.
func (d *Derivation) IsBuiltin() bool { return strings.HasPrefix(d.Builder, "builtin:") }

// References returns the store paths the .drv file refers to, sorted.
func (d *Derivation) References() []storepath.Path {
	all := slices.Clone(d.Sources)
	for _, input := range d.Inputs {
		all = append(all, input.Path)
	}
	slices.SortFunc(all, storepath.Path.Compare)
	return slices.Compact(all)
}

// Path computes the path of the .drv file from its text.
func (d *Derivation) Path() (storepath.Path, error) {
	return storepath.Text(d.Name+Extension, d.String(), d.References())
}

// NameOf returns the package name in the path of a .drv file.
func NameOf(path storepath.Path) (string, error) {
	name, ok := strings.CutSuffix(path.Name(), Extension)
	if !ok {
		return "", fmt.Errorf("store path '%s' is not a derivation", path)
	}
	return name, nil
}
