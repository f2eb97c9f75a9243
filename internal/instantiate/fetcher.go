package instantiate

import (
	"context"
	"fmt"
	"strconv"

	"berth.dev/internal/evalcache"
	"berth.dev/nix/eval"
	"berth.dev/nix/flake"
)

// fetcher implements [eval.Fetcher] with the sources of a session.
type fetcher struct {
	ctx      context.Context
	session  *Session
	recorder *evalcache.Recorder
}

// Fetch implements [eval.Fetcher].
func (f fetcher) Fetch(ev *eval.Evaluator, builtin string, argument *eval.Value) (*eval.Value, error) {
	switch builtin {
	case "fetchTree", "fetchGit":
		f.recorder.Spoil()
		return f.fetchTree(ev, builtin, argument)
	case "fetchurl", "fetchTarball":
		f.recorder.Spoil()
		return f.fetchFile(ev, builtin, argument)
	case "getFlake":
		return f.getFlake(ev, argument)
	case "parseFlakeRef":
		return parseFlakeRef(ev, argument)
	case "flakeRefToString":
		return flakeRefToString(ev, argument)
	}
	return nil, fmt.Errorf("berth does not carry out '%s'; fetch the source yourself and refer to it by its path", builtin)
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
	if f.session.pure && !ref.IsLocked() {
		return nil, fmt.Errorf("cannot call 'getFlake' on unlocked flake reference '%s' (use '--impure' to override)", text)
	}
	value, _, err := f.session.Flake(f.ctx, ref, LockOptions{NoWrite: true})
	return value, err
}

func parseFlakeRef(ev *eval.Evaluator, argument *eval.Value) (*eval.Value, error) {
	text, _, err := ev.String(argument)
	if err != nil {
		return nil, err
	}
	ref, err := flake.ParseReference(text, "")
	if err != nil {
		return nil, err
	}
	typed, err := ref.Attributes()
	if err != nil {
		return nil, err
	}
	attrs := map[string]*eval.Value{}
	for name, value := range typed {
		switch value := value.(type) {
		case string:
			attrs[name] = eval.NewString(value)
		case int64:
			attrs[name] = eval.NewInt(value)
		case bool:
			attrs[name] = eval.NewBool(value)
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
