package flake

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strconv"
	"strings"

	"berth.dev/nix/eval"
)

// Reader reads declarations with an evaluator. It implements [Declaration].
type Reader struct {
	Evaluator *eval.Evaluator
	// Files is where the evaluator reads files.
	Files eval.Files
}

// Lock implements [Declaration].
func (r *Reader) Lock(_ context.Context, file string) (*LockNode, error) {
	text, err := r.Files.ReadFile(file)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("reading %s: %w", file, err)
	}
	return ParseLock(text)
}

// Settings returns what the flake.nix at a path says about the configuration
// of Nix, as text by name; lists are joined by spaces.
func (r *Reader) Settings(file string) (map[string]string, error) {
	top, err := r.Evaluator.EvalFile(file)
	if err != nil {
		return nil, err
	}
	set, err := r.Evaluator.Get(top, "nixConfig")
	if err != nil || set == nil {
		return nil, err
	}
	if err := r.Evaluator.ForceDeep(set); err != nil {
		return nil, err
	}
	if set.Kind() != eval.KindAttrs {
		return nil, fmt.Errorf("%s: 'nixConfig' must be an attribute set, it is %s", file, set.Kind())
	}
	settings := map[string]string{}
	for _, attr := range r.Evaluator.Attrs(set) {
		if settings[attr.Name], err = r.setting(attr.Value); err != nil {
			return nil, fmt.Errorf("%s: flake configuration setting '%s' %w", file, attr.Name, err)
		}
	}
	return settings, nil
}

func (r *Reader) setting(v *eval.Value) (string, error) {
	switch v.Kind() {
	case eval.KindBool:
		return strconv.FormatBool(v.Bool()), nil
	case eval.KindList:
		var words []string
		for _, element := range v.List() {
			word, _, err := r.Evaluator.String(element)
			if err != nil {
				return "", err
			}
			words = append(words, word)
		}
		return strings.Join(words, " "), nil
	}
	return r.scalar(v)
}

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
	return input, input.refer(attributes, at)
}

// refer makes the reference of an input from its url or, in their place, the
// attributes of a reference.
func (i *Input) refer(attributes Reference, at string) (err error) {
	address := attributes["url"]
	switch {
	case len(attributes) == 0:
		return nil
	case attributes.Type() != "":
		i.Ref = attributes
		return nil
	case len(attributes) > 1 || address == "":
		return fmt.Errorf("'%s' needs a type beside %s, or nothing but a url", at, strings.Join(sortedNames(attributes), ", "))
	case i.NoFlake:
		i.Ref, err = ParseSource(address, ".")
	default:
		i.Ref, err = ParseReference(address, ".")
	}
	if err != nil {
		return fmt.Errorf("'%s.url': %w", at, err)
	}
	return nil
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
	if attr.Name == "follows" {
		input.Follows = split(text)
	} else {
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
