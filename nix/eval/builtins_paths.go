package eval

import (
	"strings"

	"berth.dev/nix/nar"
	"berth.dev/nix/storepath"
)

func pathBuiltins() []*PrimOp {
	return []*PrimOp{
		primop1("baseNameOf", func(t *thread, a *Value) Value {
			s, context := t.coerce(a, coercion{})
			return mkContextString(baseNameOf(s), context)
		}),
		primop1("dirOf", dirOf),
		primop1("toPath", func(t *thread, a *Value) Value {
			p, context := t.pathWithContext(a)
			return mkContextString(p, context)
		}),
		primop1("pathExists", pathExists),
		primop1("readFile", readFile),
		primop1("readDir", readDir),
		primop1("readFileType", func(t *thread, a *Value) Value {
			p := t.pathOf(a)
			t.allow(p)
			return mkString(t.lstat(t.resolveParent(p)).Kind.String())
		}),
		primop2("findFile", func(t *thread, a, b *Value) Value {
			entries := t.searchPath(a)
			return mkPath(t.findFile(entries, t.stringNoContext(b)))
		}),
		primop1("storePath", storePathBuiltin),
		primop1("getEnv", func(t *thread, a *Value) Value {
			name := t.stringNoContext(a)
			if t.ev.settings.PureEval || t.ev.settings.RestrictEval {
				return mkString("")
			}
			return mkString(t.ev.environment.Getenv(name))
		}),
	}
}

// baseNameOf ignores one slash at the end.
func baseNameOf(s string) string {
	s = strings.TrimSuffix(s, "/")
	return s[strings.LastIndexByte(s, '/')+1:]
}

func dirOf(t *thread, a *Value) Value {
	v := t.force(a)
	if v.tag() == tagPath {
		p := v.bytes()
		return mkPath(cleanPath(p[:strings.LastIndexByte(p, '/')]))
	}
	s, context := t.coerceNested(v, t.here(), coercion{})
	switch i := strings.LastIndexByte(s, '/'); i {
	case -1:
		s = "."
	case 0:
		s = "/"
	default:
		s = s[:i]
	}
	return mkContextString(s, context)
}

func pathExists(t *thread, a *Value) Value {
	v := t.force(a)
	directory := v.isString() && (strings.HasSuffix(v.text(), "/") || strings.HasSuffix(v.text(), "/."))
	p := t.pathOf(a)
	if err := t.catchAllow(p); err {
		return mkBool(false)
	}
	p = t.resolveParent(p)
	if directory {
		p = t.followLinks(p)
	}
	node, err := t.ev.files.Lstat(p)
	return mkBool(err == nil && (!directory || node.Kind == nar.Directory))
}

// catchAllow reports whether access to a path is refused.
func (t *thread) catchAllow(p string) bool { return t.catch(func() { t.allow(p) }) != nil }

func readFile(t *thread, a *Value) Value {
	p := t.realisePath(a)
	if t.lstat(p).Kind == nar.Directory {
		t.failHere(ErrOther, "read of 4096 bytes: Is a directory")
	}
	data := string(t.readFile(p))
	if strings.IndexByte(data, 0) >= 0 {
		t.failHere(ErrOther, "the contents of the file '%s' cannot be represented as a Nix string", p)
	}
	return mkContextString(data, t.referencesIn(p, data))
}

// referencesIn finds what a file of the store refers to: those references of
// its store object that occur in the text.
func (t *thread) referencesIn(file, text string) *Context {
	rest, ok := strings.CutPrefix(file, StoreDir+"/")
	if !ok || !strings.Contains(text, "-") {
		return nil
	}
	base, _, _ := strings.Cut(rest, "/")
	object, err := storepath.FromBase(base)
	if err != nil {
		return nil
	}
	closure, err := t.ev.store.Closure(object)
	if err != nil {
		return nil // shown by the evaluator, but not an object of the store
	}
	var elements []ContextElement
	for _, p := range closure {
		digest, _, _ := strings.Cut(p.Base(), "-")
		if p != object && strings.Contains(text, digest) {
			elements = append(elements, ContextElement{Kind: ContextPath, Path: p.String()})
		}
	}
	return NewContext(elements...)
}

func readDir(t *thread, a *Value) Value {
	p := t.realisePath(a)
	if t.lstat(p).Kind != nar.Directory {
		t.failHere(ErrOther, "cannot read directory \"%s\": Not a directory", p)
	}
	entries, err := t.ev.files.ReadDir(p)
	if err != nil {
		t.failFile(p, err)
	}
	list := make([]attribute, len(entries))
	for i, e := range entries {
		list[i] = attribute{name: t.ev.symbols.Intern(e.Name), value: t.cell(mkString(e.Kind.String()))}
	}
	return t.attrsFrom(list)
}

// searchPath reads a search path and builds what is in it.
func (t *thread) searchPath(c *Value) []SearchPathEntry {
	var entries []SearchPathEntry
	for _, c := range t.listOf(c) {
		set := t.attrsOf(c)
		entry := SearchPathEntry{}
		if p := set.get(t.ev.names.prefix); p != nil {
			entry.Prefix = t.stringNoContext(p)
		}
		directory, context := t.coerceNested(t.force(t.required(set, t.ev.names.path)), t.here(), coercion{})
		entry.Path = t.realise(directory, context)
		entries = append(entries, entry)
	}
	return entries
}

// findFile looks a name up in a search path.
func (t *thread) findFile(entries []SearchPathEntry, name string) string {
	for _, e := range entries {
		rest, ok := suffixAfter(name, e.Prefix)
		if !ok {
			continue
		}
		if p, found := t.candidate(e.Path, rest); found {
			return p
		}
	}
	if p, ok := corePath(name); ok {
		return p
	}
	hint := "add it using $NIX_PATH or -I"
	if t.ev.settings.PureEval {
		t.failHere(ErrSearchPath, "cannot look up '<%s>' in pure evaluation mode (use '--impure' to override)", name)
	}
	t.failHere(ErrSearchPath, "file '%s' was not found in the Nix search path (%s)", name, hint)
	return ""
}

// candidate joins a directory of the search path and the rest of a name.
func (t *thread) candidate(directory, rest string) (string, bool) {
	if directory == "" || directory[0] != '/' {
		return "", false
	}
	p := cleanPath(directory + "/" + rest)
	if t.catchAllow(p) {
		return "", false
	}
	_, err := t.ev.files.Lstat(t.resolveParent(p))
	return p, err == nil
}

// suffixAfter returns what follows a prefix that ends at a component.
func suffixAfter(name, prefix string) (string, bool) {
	if prefix == "" {
		return name, true
	}
	rest, ok := strings.CutPrefix(name, prefix)
	if !ok || rest != "" && rest[0] != '/' {
		return "", false
	}
	return rest, true
}

// storePathBuiltin turns a path below the store into a string that refers to
// its object.
func storePathBuiltin(t *thread, a *Value) Value {
	if t.ev.settings.PureEval {
		t.failHere(ErrOther, "'builtins.storePath' is not allowed in pure evaluation mode")
	}
	p, context := t.pathWithContext(a)
	if !beneath(p, StoreDir) {
		p = t.followLinks(p)
	}
	if !beneath(p, StoreDir) || p == StoreDir {
		t.failHere(ErrOther, "path '%s' is not in the Nix store", p)
	}
	object, _, err := storepath.Split(p)
	if err != nil {
		t.failCause(err, "%s", err)
	}
	t.requireValid(object.String())
	reference := NewContext(ContextElement{Kind: ContextPath, Path: object.String()})
	return mkContextString(p, reference.merge(context))
}
