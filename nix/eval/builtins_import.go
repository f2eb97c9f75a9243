package eval

import (
	"path"
	"slices"

	"berth.dev/nix/diagnostic"
	"berth.dev/nix/nar"
)

func importBuiltins() []*PrimOp {
	return []*PrimOp{
		primop1("import", func(t *thread, a *Value) Value { return t.load(t.pathOf(a)) }),
		primop2("scopedImport", func(t *thread, a, b *Value) Value {
			p := t.pathOf(b)
			return t.loadScoped(t.attrsOf(a), p)
		}),
	}
}

// load evaluates a file, once.
func (t *thread) load(given string) Value {
	if c := t.ev.loaded[given]; c != nil {
		return t.force(c)
	}
	p := t.expressionFile(given)
	cell := t.ev.loaded[p]
	if cell == nil {
		n := t.parseFile(p, nil)
		cell = t.cell(mkLazy(func(t *thread) Value { return n.eval(t, nil) }))
		t.ev.loaded[p] = cell
	}
	t.ev.loaded[given] = cell
	return t.force(cell)
}

// loadScoped evaluates a file with additional variables around it.
func (t *thread) loadScoped(set *attrSet, p string) Value {
	p = t.expressionFile(p)
	f := t.slab.frame(nil, uint32(set.len()))
	for i := range set.len() {
		f.set(uint32(i), set.cell(i))
	}
	n := t.parseFile(p, &scope{names: slices.Clone(set.shape.symbols)})
	return n.eval(t, f)
}

func (t *thread) parseFile(p string, outer *scope) node {
	if beneath(p, coreDirectory) {
		return t.parseCore(p)
	}
	text := t.readFile(p)
	var extra map[Symbol]*Value
	if beneath(p, t.ev.embedded.Prefix) {
		extra = t.ev.embeddedGlobals()
	}
	return t.parse(text, diagnostic.File(p), path.Dir(p), outer, extra)
}

// embeddedGlobals returns what only embedded files see.
func (ev *Evaluator) embeddedGlobals() map[Symbol]*Value {
	if ev.extra == nil {
		ev.extra = map[Symbol]*Value{}
		if ev.embedded.Globals != nil {
			for name, v := range ev.embedded.Globals(ev) {
				ev.extra[ev.symbols.Intern(name)] = v
			}
		}
	}
	return ev.extra
}

// expressionFile finds the file that a path means: links of its last component
// are followed, and a directory stands for its default.nix.
func (t *thread) expressionFile(p string) string {
	if beneath(p, coreDirectory) {
		return p
	}
	t.allow(p)
	given := p
	for range maxLinks {
		real := t.resolveParent(p)
		switch node := t.lstat(real); node.Kind {
		case nar.Symlink:
			if path.IsAbs(node.Target) {
				p = path.Clean(node.Target)
			} else {
				p = path.Join(path.Dir(real), node.Target)
			}
			t.allow(p)
		case nar.Directory:
			p = path.Join(p, "default.nix")
			t.lstat(t.resolveParent(p))
			return p
		default:
			return p
		}
	}
	t.failHere(ErrOther, "too many symbolic links encountered while traversing the path '%s'", given)
	return ""
}
