package instantiate

import (
	"context"
	"fmt"
	"strconv"

	"berth.dev/nix/eval"
	"berth.dev/nix/flake"
)

// fetcher implements [eval.Fetcher] with the sources of a session.
type fetcher struct {
	ctx     context.Context
	session *Session
}

// Fetch implements [eval.Fetcher].
func (f fetcher) Fetch(ev *eval.Evaluator, builtin string, argument *eval.Value) (*eval.Value, error) {
	switch builtin {
	case "getFlake":
		return f.getFlake(ev, argument)
	case "parseFlakeRef":
		return parseFlakeRef(ev, argument)
	case "flakeRefToString":
		return flakeRefToString(ev, argument)
	}
	return nil, fmt.Errorf("this version of berth does not carry out '%s'; fetch the source yourself and refer to it by its path", builtin)
}

func (f fetcher) getFlake(ev *eval.Evaluator, argument *eval.Value) (*eval.Value, error) {
	text, _, err := ev.String(argument)
	if err != nil {
		return nil, err
	}
	ref, err := flake.ParseReference(text, "")
	if err != nil {
		return nil, err
	}
	value, _, err := f.session.Flake(f.ctx, ref, nil)
	return value, err
}

// numericParameters are the attributes of a reference that are numbers.
var numericParameters = map[string]bool{"lastModified": true, "revCount": true}

func parseFlakeRef(ev *eval.Evaluator, argument *eval.Value) (*eval.Value, error) {
	text, _, err := ev.String(argument)
	if err != nil {
		return nil, err
	}
	ref, err := flake.ParseReference(text, "")
	if err != nil {
		return nil, err
	}
	attrs := map[string]*eval.Value{}
	for name, value := range ref {
		attrs[name] = eval.NewString(value)
		if numericParameters[name] {
			n, err := strconv.ParseInt(value, 10, 64)
			if err != nil {
				return nil, fmt.Errorf("'%s' of flake reference '%s' is not a number", name, text)
			}
			attrs[name] = eval.NewInt(n)
		}
	}
	return ev.NewAttrs(attrs), nil
}

func flakeRefToString(ev *eval.Evaluator, argument *eval.Value) (*eval.Value, error) {
	if err := ev.ForceDeep(argument); err != nil {
		return nil, err
	}
	ref := flake.Reference{}
	for _, attr := range ev.Attrs(argument) {
		switch attr.Value.Kind() {
		case eval.KindString:
			ref[attr.Name] = attr.Value.Text()
		case eval.KindInt:
			ref[attr.Name] = strconv.FormatInt(attr.Value.Int(), 10)
		case eval.KindBool:
			ref[attr.Name] = map[bool]string{true: "1", false: "0"}[attr.Value.Bool()]
		default:
			return nil, fmt.Errorf("a flake reference consists of strings, numbers and Booleans; '%s' is %s", attr.Name, attr.Value.Kind())
		}
	}
	return eval.NewString(ref.String()), nil
}
