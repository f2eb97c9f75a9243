package flake

import (
	"context"
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"

	"berth.dev/nix/eval"
)

// Reader reads declarations with an evaluator. It implements [Declaration].
type Reader struct{ Evaluator *eval.Evaluator }

// Inputs implements [Declaration]. Arguments of the outputs function that no
// input declares are inputs found by their name.
func (r *Reader) Inputs(_ context.Context, file string) (map[string]*Input, error) {
	ev := r.Evaluator
	top, err := ev.EvalFile(file)
	if err != nil {
		return nil, err
	}
	if top.Kind() != eval.KindAttrs {
		return nil, fmt.Errorf("%s must be an attribute set, it is %s", file, top.Kind())
	}
	if err := r.checkNames(top, file); err != nil {
		return nil, err
	}
	inputs := map[string]*Input{}
	declared, err := ev.Get(top, "inputs")
	if err != nil {
		return nil, err
	}
	if declared != nil {
		if inputs, err = r.inputs(declared, "inputs"); err != nil {
			return nil, fmt.Errorf("%s: %w", file, err)
		}
	}
	return inputs, r.addImplicit(top, file, inputs)
}

// topLevel lists the attributes that a flake.nix may have.
var topLevel = []string{"description", "edition", "inputs", "nixConfig", "outputs"}

func (r *Reader) checkNames(top *eval.Value, file string) error {
	for _, attr := range r.Evaluator.Attrs(top) {
		if !slices.Contains(topLevel, attr.Name) {
			return fmt.Errorf("%s has the unsupported attribute '%s'; a flake has description, inputs, outputs and nixConfig", file, attr.Name)
		}
	}
	return nil
}

// addImplicit adds the named arguments of outputs.
func (r *Reader) addImplicit(top *eval.Value, file string, inputs map[string]*Input) error {
	outputs, err := r.Evaluator.Get(top, "outputs")
	if err != nil {
		return err
	}
	if outputs == nil {
		return fmt.Errorf("%s has no attribute 'outputs'", file)
	}
	functionArgs, err := r.Evaluator.EvalString("builtins.functionArgs", "/")
	if err != nil {
		return err
	}
	arguments, err := r.Evaluator.Call(functionArgs, outputs)
	if err != nil {
		return fmt.Errorf("%s: 'outputs' must be a function of the inputs: %w", file, err)
	}
	for _, argument := range r.Evaluator.Attrs(arguments) {
		if name := argument.Name; name != "self" && inputs[name] == nil {
			inputs[name] = &Input{Place: file}
		}
	}
	return nil
}

func (r *Reader) inputs(set *eval.Value, at string) (map[string]*Input, error) {
	if err := r.Evaluator.Force(set); err != nil {
		return nil, err
	}
	if set.Kind() != eval.KindAttrs {
		return nil, fmt.Errorf("'%s' must be an attribute set, it is %s", at, set.Kind())
	}
	inputs := map[string]*Input{}
	for _, attr := range r.Evaluator.Attrs(set) {
		input, err := r.input(attr.Value, at+"."+attr.Name)
		if err != nil {
			return nil, err
		}
		inputs[attr.Name] = input
	}
	return inputs, nil
}

// input reads one declaration: url, or a reference written as attributes,
// flake, follows and inputs.
func (r *Reader) input(set *eval.Value, at string) (*Input, error) {
	if err := r.Evaluator.Force(set); err != nil {
		return nil, err
	}
	if set.Kind() != eval.KindAttrs {
		return nil, fmt.Errorf("'%s' must be an attribute set such as { url = \"github:NixOS/nixpkgs\"; }, it is %s", at, set.Kind())
	}
	input := &Input{Place: at}
	attributes := Reference{}
	for _, attr := range r.Evaluator.Attrs(set) {
		if err := r.inputAttribute(input, attributes, attr, at); err != nil {
			return nil, err
		}
	}
	if len(attributes) == 0 {
		return input, nil
	}
	if input.Ref != nil {
		return nil, fmt.Errorf("'%s' has a url and also %s; write one or the other", at, strings.Join(sortedNames(attributes), ", "))
	}
	if attributes.Type() == "" {
		return nil, fmt.Errorf("'%s' has neither a url nor a type", at)
	}
	if attributes.Type() == TypePath {
		attributes["path"] = path.Clean(attributes["path"])
	}
	input.Ref = attributes
	return input, nil
}

func (r *Reader) inputAttribute(input *Input, attributes Reference, attr eval.Attr, at string) error {
	at += "." + attr.Name
	if attr.Name == "inputs" {
		inner, err := r.inputs(attr.Value, at)
		input.Inputs = inner
		return err
	}
	if err := r.Evaluator.Force(attr.Value); err != nil {
		return err
	}
	if attr.Name == "flake" {
		if attr.Value.Kind() != eval.KindBool {
			return fmt.Errorf("'%s' must be true or false, it is %s", at, attr.Value.Kind())
		}
		input.NoFlake = !attr.Value.Bool()
		return nil
	}
	text, err := r.scalar(attr.Value)
	if err != nil {
		return fmt.Errorf("'%s' %w", at, err)
	}
	switch attr.Name {
	case "url":
		if input.Ref, err = ParseReference(text, "."); err != nil {
			return fmt.Errorf("'%s': %w", at, err)
		}
	case "follows":
		input.Follows = strings.Split(text, "/")
	default:
		attributes[attr.Name] = text
	}
	return nil
}

// scalar reads a string, a path, a number or a Boolean as text.
func (r *Reader) scalar(v *eval.Value) (string, error) {
	switch v.Kind() {
	case eval.KindString, eval.KindPath:
		return v.Text(), nil
	case eval.KindInt:
		return fmt.Sprint(v.Int()), nil
	case eval.KindBool:
		if v.Bool() {
			return "1", nil
		}
		return "0", nil
	}
	return "", errors.New("must be a string, it is " + v.Kind().String())
}

func sortedNames(r Reference) []string {
	var names []string
	for name := range r {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}
