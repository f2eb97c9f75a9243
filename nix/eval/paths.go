package eval

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"slices"
	"strings"
	"syscall"

	"berth.dev/nix/nar"
	"berth.dev/nix/storepath"
)

// cleanPath makes an absolute path canonical by its text alone.
func cleanPath(p string) string { return path.Clean("/" + p) }

// pathOf reads a path, or a string that is one, and builds what it refers to.
func (t *thread) pathOf(c *Value) string {
	p, context := t.pathWithContext(c)
	return t.realise(p, context)
}

func (t *thread) pathWithContext(c *Value) (string, *Context) {
	v := t.force(c)
	if v.tag() == tagPath {
		return v.bytes(), nil
	}
	s, context := t.coerceNested(v, t.here(), coercion{})
	if s == "" || s[0] != '/' {
		t.failHere(ErrOther, "string '%s' doesn't represent an absolute path", s)
	}
	return cleanPath(s), context
}

// realisePath reads a path for access to the file, through all links.
func (t *thread) realisePath(c *Value) string {
	p := t.pathOf(c)
	t.allow(p)
	return t.followLinks(p)
}

// allow refuses paths that pure and restricted evaluation may not read.
func (t *thread) allow(p string) {
	s := &t.ev.settings
	if !s.PureEval && !s.RestrictEval || beneath(p, StoreDir) || beneath(p, t.ev.embedded.Prefix) {
		return
	}
	if slices.ContainsFunc(s.AllowedPaths, func(allowed string) bool { return beneath(p, allowed) || beneath(allowed, p) }) {
		return
	}
	if s.PureEval {
		t.failHere(ErrOther, "access to absolute path '%s' is forbidden in pure evaluation mode (use '--impure' to override)", p)
	}
	t.failHere(ErrOther, "access to absolute path '%s' is forbidden in restricted mode", p)
}

func beneath(p, directory string) bool {
	return directory != "" && strings.HasPrefix(p, directory) && (len(p) == len(directory) || p[len(directory)] == '/' || directory == "/")
}

// maxLinks bounds the symbolic links followed for one path.
const maxLinks = 1024

// resolveParent replaces links in the directories of a path, not its last
// component.
func (t *thread) resolveParent(p string) string {
	directory, base := path.Split(p)
	if base == "" {
		return p
	}
	return path.Join(t.resolveDirectory(path.Clean(directory)), base)
}

func (t *thread) resolveDirectory(p string) string {
	if p == "/" || p == StoreDir {
		return p
	}
	if r, ok := t.ev.resolved[p]; ok {
		return r
	}
	r := t.followLinks(p)
	t.ev.resolved[p] = r
	return r
}

// followLinks replaces all links in a path.
func (t *thread) followLinks(p string) string {
	given := p
	for range maxLinks {
		p = t.resolveParent(p)
		node, err := t.ev.files.Lstat(p)
		if err != nil || node.Kind != nar.Symlink {
			return p
		}
		if path.IsAbs(node.Target) {
			p = path.Clean(node.Target)
		} else {
			p = path.Join(path.Dir(p), node.Target)
		}
	}
	t.failHere(ErrOther, "infinite symlink recursion in path '%s'", given)
	return ""
}

// lstat describes a file that must exist.
func (t *thread) lstat(p string) nar.Node {
	node, err := t.ev.files.Lstat(p)
	if err != nil {
		t.failFile(p, err)
	}
	return node
}

func (t *thread) readFile(p string) []byte {
	data, err := t.ev.files.ReadFile(p)
	if err != nil {
		t.failFile(p, err)
	}
	return data
}

func (t *thread) failFile(p string, err error) {
	if isAbsent(err) {
		t.failCause(err, "path '%s' does not exist", p)
	}
	t.failCause(err, "cannot read '%s': %s", p, reason(err))
}

// isAbsent reports whether there is no such file, or no directory for it.
func isAbsent(err error) bool {
	return errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ENOTDIR)
}

// reason strips what a *fs.PathError says about operation and path.
func reason(err error) string {
	var p *fs.PathError
	if errors.As(err, &p) {
		return p.Err.Error()
	}
	return err.Error()
}

// sourceTree is a tree of Files, for archiving.
type sourceTree struct {
	files Files
	root  string
}

func (s sourceTree) at(p string) string { return path.Join(s.root, p) }

// Stat implements nar.Tree. What no archive can hold is refused here, where the
// whole path is known.
func (s sourceTree) Stat(p string) (nar.Node, error) {
	node, err := s.files.Lstat(s.at(p))
	if err == nil && node.Kind == nar.Unknown {
		err = fmt.Errorf("file '%s' has an unsupported type", s.at(p))
	}
	return node, err
}

func (s sourceTree) List(p string) ([]string, error) {
	entries, err := s.files.ReadDir(s.at(p))
	if err != nil {
		return nil, err
	}
	names := make([]string, len(entries))
	for i, e := range entries {
		names[i] = e.Name
	}
	return names, nil
}

func (s sourceTree) Open(p string) (io.ReadCloser, error) { return s.files.Open(s.at(p)) }

// copyToStore copies a source to the store, once, and returns the store path
// as a string that refers to it.
func (t *thread) copyToStore(p string) (string, *Context) {
	stored, ok := t.ev.copied[p]
	if !ok {
		if strings.HasSuffix(p, ".drv") {
			t.failHere(ErrOther, "file names are not allowed to end in '.drv'")
		}
		stored = t.addSource(path.Base(p), p, nil, storepath.NARMethod)
		t.ev.copied[p] = stored
	}
	return t.storePathString(stored)
}

func (t *thread) storePathString(p storepath.Path) (string, *Context) {
	s := p.String()
	return s, NewContext(ContextElement{Kind: ContextPath, Path: s})
}

// addSource adds a source to the store under a name.
func (t *thread) addSource(name, p string, filter nar.Filter, method storepath.Method) storepath.Path {
	t.allow(p)
	root := t.resolveParent(p)
	if t.lstat(root).Kind != nar.Regular && method == storepath.FlatMethod {
		t.failHere(ErrOther, "read of 4096 bytes: Is a directory")
	}
	stored, err := t.ev.store.AddTree(name, sourceTree{t.ev.files, root}, filter, method)
	if err != nil {
		t.failCause(err, "%s", err)
	}
	return stored
}

// realise builds what a context names, so that files can be read from it. It
// returns the path with what stood for outputs replaced by where they are.
func (t *thread) realise(p string, context *Context) string {
	if context == nil {
		return p
	}
	var build []ContextElement
	for _, e := range context.elements {
		if e.Kind == ContextOutput {
			build = append(build, e)
			continue
		}
		t.requireValid(e.Path)
	}
	if len(build) == 0 {
		return p
	}
	if t.ev.settings.ForbidIFD {
		t.failHere(ErrOther, "cannot build '%s' during evaluation because the option 'allow-import-from-derivation' is disabled", build[0].display())
	}
	outputs, err := t.ev.store.Realise(build)
	if err != nil {
		t.failCause(err, "%s", err)
	}
	for e, output := range outputs {
		if drv, err := storepath.Parse(e.Path); err == nil {
			p = strings.ReplaceAll(p, storepath.UpstreamPlaceholder(drv, e.Output), output.String())
		}
	}
	return p
}

// requireValid fails unless the store has an object.
func (t *thread) requireValid(text string) {
	p, err := storepath.Parse(text)
	if err != nil {
		t.failCause(err, "%s", err)
	}
	valid, err := t.ev.store.Contains(p)
	if err != nil {
		t.failCause(err, "%s", err)
	}
	if !valid {
		t.failHere(ErrOther, "path '%s' is not valid", p.Base())
	}
}
