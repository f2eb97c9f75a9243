package eval

import (
	"path"

	"berth.dev/nix/hash"
	"berth.dev/nix/nar"
	"berth.dev/nix/storepath"
)

func sourceBuiltins() []*PrimOp {
	return []*PrimOp{
		primop2("filterSource", func(t *thread, a, b *Value) Value {
			source := t.pathOf(b)
			s := sourceArgs{path: source, name: path.Base(source), filter: t.functionOf(a), method: storepath.NARMethod}
			return t.addFiltered(s)
		}),
		primop1("path", pathBuiltin),
		primop2("toFile", toFile),
	}
}

// sourceArgs is what builtins.path is asked to do.
type sourceArgs struct {
	path, name string
	filter     Value // null for none
	method     storepath.Method
	expected   hash.Hash
}

func pathBuiltin(t *thread, a *Value) Value {
	set, n := t.attrsOf(a), &t.ev.names
	s := sourceArgs{filter: null, method: storepath.NARMethod}
	for i, name := range set.shape.symbols {
		c := set.cell(i)
		switch name {
		case n.path:
			s.path = t.pathOf(c)
		case n.name:
			s.name = t.stringNoContext(c)
		case n.filter:
			s.filter = t.functionOf(c)
		case n.recursive:
			if !t.boolOf(c) {
				s.method = storepath.FlatMethod
			}
		case n.sha256:
			s.expected = t.sha256(t.stringNoContext(c))
		default:
			t.failHere(ErrOther, "unsupported argument '%s' to 'builtins.path'", t.ev.symbols.Name(name))
		}
	}
	if s.path == "" {
		t.failHere(ErrOther, "missing required 'path' attribute in the first argument to 'builtins.path'")
	}
	if s.name == "" {
		s.name = path.Base(s.path)
	}
	return t.addFiltered(s)
}

func (t *thread) sha256(text string) hash.Hash {
	h, err := hash.Parse(text, hash.SHA256)
	if err != nil {
		t.failCause(err, "%s", err)
	}
	return h
}

// addFiltered adds a source, or trusts the store to have what is expected.
func (t *thread) addFiltered(s sourceArgs) Value {
	var expected storepath.Path
	if !s.expected.IsZero() {
		var err error
		expected, err = storepath.Address{Method: s.method, Hash: s.expected}.Path(s.name, storepath.References{})
		if err != nil {
			t.failCause(err, "%s", err)
		}
		if valid, err := t.ev.store.Contains(expected); err == nil && valid {
			return mkContextString(t.storePathString(expected))
		}
	}
	var filter nar.Filter
	if s.filter.tag() != tagNull {
		filter = t.nixFilter(s.path, s.filter)
	}
	stored := t.addSource(s.name, s.path, filter, s.method)
	if !expected.IsZero() && stored != expected {
		t.failHere(ErrOther, "store path mismatch in (possibly filtered) path added from '%s'", s.path)
	}
	return mkContextString(t.storePathString(stored))
}

// nixFilter lets a function of the program choose what is copied. Its errors
// pass through the archiver as errors.
func (t *thread) nixFilter(root string, function Value) nar.Filter {
	return func(p string, kind nar.Kind) (keep bool, err error) {
		failure := t.catch(func() {
			absolute := t.cell(mkString(path.Join(root, p)))
			result := t.call2(function, absolute, t.cell(mkString(kind.String())), t.here())
			keep = t.boolean(result, t.here())
		})
		if failure != nil {
			return false, failure
		}
		return keep, nil
	}
}

func toFile(t *thread, a, b *Value) Value {
	name := t.stringNoContext(a)
	text, context := t.stringOf(b)
	var references []storepath.Path
	for _, e := range context.Elements() {
		p, err := storepath.Parse(e.Path)
		if err != nil {
			t.failCause(err, "%s", err)
		}
		if e.Kind != ContextPath {
			mark := "="
			if e.Kind == ContextOutput {
				mark = "!" + e.Output + "!"
			}
			t.failHere(ErrOther, "files created by builtins.toFile may not reference derivations, but %s references %s%s", name, mark, p.Base())
		}
		references = append(references, p)
	}
	stored, err := t.ev.store.AddText(name, text, references)
	if err != nil {
		t.failCause(err, "%s", err)
	}
	return mkContextString(t.storePathString(stored))
}
