package instantiate

import (
	"fmt"
	"net/url"
	"strconv"
	"strings"

	"berth.dev/nix/eval"
	"berth.dev/nix/flake"
	"berth.dev/nix/hash"
)

// fetchTree carries out fetchTree and fetchGit: a source tree by a reference
// that is text or attributes.
func (f fetcher) fetchTree(ev *eval.Evaluator, builtin string, argument *eval.Value) (*eval.Value, error) {
	ref, err := readTreeArgument(ev, builtin, argument)
	if err != nil {
		return nil, err
	}
	if err := f.checkPure(builtin, ref); err != nil {
		return nil, err
	}
	sources := f.session.sources
	if ref, err = sources.resolve(ref, flake.AllRegistries); err != nil {
		return nil, err
	}
	isGit := builtin == "fetchGit"
	if ref.Type() == flake.TypeIndirect {
		tree, err := sources.Tree(f.ctx, ref, flake.AllRegistries)
		if err != nil {
			return nil, err
		}
		return tree.Value(ev)
	}
	storeName := sourceName
	if ref["name"] != "" {
		storeName = ref["name"]
	}
	source, err := sources.Fetch.Fetch(f.ctx, ref.Without("name", "dir"))
	if err != nil {
		return nil, err
	}
	tree, err := sources.mount(storeName, source, isGit)
	if err != nil {
		return nil, err
	}
	return tree.Value(ev)
}

// checkPure refuses references that may stand for another tree tomorrow.
func (f fetcher) checkPure(builtin string, ref flake.Reference) error {
	if !f.session.pure || ref.IsLocked() {
		return nil
	}
	if ref["narHash"] != "" {
		return nil
	}
	return fmt.Errorf("in pure evaluation mode, '%s' doesn't fetch unlocked input '%s'", builtin, ref)
}

func readTreeArgument(ev *eval.Evaluator, builtin string, argument *eval.Value) (flake.Reference, error) {
	if err := ev.Force(argument); err != nil {
		return nil, err
	}
	isGit := builtin == "fetchGit"
	if argument.Kind() == eval.KindAttrs {
		return readTreeAttributes(ev, builtin, argument)
	}
	text, err := textOf(ev, argument)
	if err != nil {
		return nil, err
	}
	if isGit {
		return flake.Reference{"type": flake.TypeGit, "url": gitURL(text), "exportIgnore": "1"}, nil
	}
	if u, err := url.Parse(text); err != nil || u.Scheme == "" {
		return nil, fmt.Errorf("'%s' doesn't have a scheme", text)
	}
	return flake.ParseSource(text, "")
}

func readTreeAttributes(ev *eval.Evaluator, builtin string, argument *eval.Value) (flake.Reference, error) {
	isGit := builtin == "fetchGit"
	ref := flake.Reference{}
	for _, attr := range ev.Attrs(argument) {
		if err := readTreeAttribute(ev, builtin, ref, attr); err != nil {
			return nil, err
		}
	}
	switch {
	case ref.Type() == "" && isGit:
		ref["type"] = flake.TypeGit
	case ref.Type() == "":
		return nil, fmt.Errorf("argument 'type' is missing in call to '%s'", builtin)
	case ref["name"] != "" && !isGit:
		return nil, fmt.Errorf("argument 'name' isn’t supported in call to '%s'", builtin)
	}
	if ref.Type() == flake.TypeGit {
		ref["url"] = gitURL(ref["url"])
		_, hasIgnore := ref["exportIgnore"]
		if isGit && !hasIgnore && ref["submodules"] != "1" {
			ref["exportIgnore"] = "1"
		}
		if _, ok := ref["shallow"]; !ok && !isGit {
			ref["shallow"] = "1"
		}
	}
	return ref, nil
}

func readTreeAttribute(ev *eval.Evaluator, builtin string, ref flake.Reference, attr eval.Attr) error {
	if err := ev.Force(attr.Value); err != nil {
		return err
	}
	switch attr.Value.Kind() {
	case eval.KindString, eval.KindPath:
		text, err := textOf(ev, attr.Value)
		ref[attr.Name] = text
		if err == nil && attr.Name == "narHash" && text != "" {
			parsed, hashErr := hash.Parse(text, hash.SHA256)
			if hashErr != nil {
				return hashErr
			}
			ref[attr.Name] = parsed.SRI()
		}
		return err
	case eval.KindBool:
		ref[attr.Name] = map[bool]string{true: "1", false: "0"}[attr.Value.Bool()]
	case eval.KindInt:
		n := attr.Value.Int()
		if n < 0 {
			return fmt.Errorf("negative value given for '%s' argument '%s': %d", builtin, attr.Name, n)
		}
		ref[attr.Name] = strconv.FormatInt(n, 10)
	default:
		return fmt.Errorf("argument '%s' to '%s' is %s while a string, Boolean or integer is expected", attr.Name, builtin, withArticle(attr.Value.Kind()))
	}
	return nil
}

// textOf reads a string, or a path as the name it has on disk.
func textOf(ev *eval.Evaluator, v *eval.Value) (string, error) {
	if v.Kind() == eval.KindPath {
		return v.Text(), nil
	}
	text, _, err := ev.Coerce(v)
	return text, err
}

func withArticle(kind eval.Kind) string {
	switch kind {
	case eval.KindNull:
		return "null"
	case eval.KindInt:
		return "an integer"
	case eval.KindFunction:
		return "a function"
	}
	return "a " + kind.String()
}

// gitURL makes a URL of what Git takes as one: a path, or host:path.
func gitURL(text string) string {
	switch host, path, isRemote := strings.Cut(text, ":"); {
	case strings.HasPrefix(text, "/"):
		return "file://" + text
	case strings.Contains(text, "://"), !isRemote, strings.HasPrefix(text, "file:"):
		return text
	default:
		return "ssh://" + host + "/" + path
	}
}
