package eval

import (
	"bytes"
	"fmt"
	"io"
	"io/fs"
	"slices"

	"berth.dev/nix/derivation"
	"berth.dev/nix/hash"
	"berth.dev/nix/nar"
	"berth.dev/nix/storepath"
)

// MemoryStore is a Store that computes paths and remembers what was added, but
// writes nothing. It cannot build.
type MemoryStore struct {
	objects map[storepath.Path]*memoryObject
	text    []byte // of the last derivation; reused
}

// memoryObject is what the store knows of one object.
type memoryObject struct {
	references []storepath.Path
	derivation *derivation.Derivation
	content    string
	tree       nar.Tree // nil for a text
}

// text returns what a text file holds.
func (o *memoryObject) text() string {
	if o.derivation != nil {
		return o.derivation.String()
	}
	return o.content
}

// NewMemoryStore returns an empty store.
func NewMemoryStore() *MemoryStore {
	return &MemoryStore{objects: map[storepath.Path]*memoryObject{}}
}

// AddText implements Store.
func (m *MemoryStore) AddText(name, text string, references []storepath.Path) (storepath.Path, error) {
	p, err := storepath.Text(name, text, references)
	if err == nil {
		m.objects[p] = &memoryObject{references: references, content: text}
	}
	return p, err
}

// AddTree implements Store.
func (m *MemoryStore) AddTree(name string, tree nar.Tree, filter nar.Filter, method storepath.Method) (storepath.Path, error) {
	digest, err := digestTree(tree, filter, method)
	if err != nil {
		return storepath.Path{}, err
	}
	p, err := storepath.Address{Method: method, Hash: digest}.Path(name, storepath.References{})
	if err == nil {
		m.objects[p] = &memoryObject{tree: tree}
	}
	return p, err
}

func digestTree(tree nar.Tree, filter nar.Filter, method storepath.Method) (hash.Hash, error) {
	if method == storepath.NARMethod {
		digest, _, err := nar.Digest(hash.SHA256, tree, filter)
		return digest, err
	}
	file, err := tree.Open("")
	if err != nil {
		return hash.Hash{}, err
	}
	defer file.Close()
	w := hash.NewWriter(hash.SHA256)
	_, err = io.Copy(w, file)
	return w.Sum(), err
}

// AddDerivation implements Store.
func (m *MemoryStore) AddDerivation(d *derivation.Derivation) (storepath.Path, error) {
	m.text = d.Append(m.text[:0])
	references := d.References()
	p, err := storepath.Address{Method: storepath.TextMethod, Hash: hash.Sum(hash.SHA256, m.text)}.
		Path(d.Name+derivation.Extension, storepath.References{Others: references})
	if err == nil {
		m.objects[p] = &memoryObject{references: references, derivation: d}
	}
	return p, err
}

// ReadDerivation implements Store.
func (m *MemoryStore) ReadDerivation(p storepath.Path) (*derivation.Derivation, error) {
	if o := m.objects[p]; o != nil && o.derivation != nil {
		return o.derivation, nil
	}
	return nil, fmt.Errorf("path '%s' is not valid", p.Base())
}

// Contains implements Store.
func (m *MemoryStore) Contains(p storepath.Path) (bool, error) { return m.objects[p] != nil, nil }

// Closure implements Store.
func (m *MemoryStore) Closure(p storepath.Path) ([]storepath.Path, error) {
	seen := map[storepath.Path]bool{}
	var closure []storepath.Path
	queue := []storepath.Path{p}
	for len(queue) > 0 {
		next := queue[0]
		queue = queue[1:]
		if seen[next] {
			continue
		}
		seen[next] = true
		closure = append(closure, next)
		if o := m.objects[next]; o != nil {
			queue = append(queue, o.references...)
		}
	}
	slices.SortFunc(closure, storepath.Path.Compare)
	return closure, nil
}

// Realise implements Store; it always fails.
func (m *MemoryStore) Realise(references []ContextElement) (map[ContextElement]storepath.Path, error) {
	return nil, fmt.Errorf("cannot build '%s': this store is read-only", references[0].display())
}

// Files returns files in which what was added to the store can be read; all
// other files come from base.
func (m *MemoryStore) Files(base Files) Files { return &memoryFiles{m, base} }

type memoryFiles struct {
	store *MemoryStore
	base  Files
}

// find returns the object that a path lies in.
func (f *memoryFiles) find(p string) (*memoryObject, string) {
	if !beneath(p, StoreDir) {
		return nil, ""
	}
	object, rest, err := storepath.Split(p)
	if err != nil {
		return nil, ""
	}
	for len(rest) > 0 && rest[0] == '/' {
		rest = rest[1:]
	}
	return f.store.objects[object], rest
}

func (f *memoryFiles) Lstat(p string) (nar.Node, error) {
	switch o, rest := f.find(p); {
	case o == nil:
		return f.base.Lstat(p)
	case o.tree != nil:
		return o.tree.Stat(rest)
	case rest != "":
		return nar.Node{}, &fs.PathError{Op: "lstat", Path: p, Err: fs.ErrNotExist}
	default:
		return nar.Node{Kind: nar.Regular, Size: int64(len(o.text()))}, nil
	}
}

func (f *memoryFiles) ReadDir(p string) ([]DirEntry, error) {
	o, rest := f.find(p)
	if o == nil || o.tree == nil {
		return f.base.ReadDir(p)
	}
	names, err := o.tree.List(rest)
	if err != nil {
		return nil, err
	}
	entries := make([]DirEntry, len(names))
	for i, name := range names {
		node, err := o.tree.Stat(joinRelative(rest, name))
		if err != nil {
			return nil, err
		}
		entries[i] = DirEntry{name, node.Kind}
	}
	return entries, nil
}

func joinRelative(directory, name string) string {
	if directory == "" {
		return name
	}
	return directory + "/" + name
}

func (f *memoryFiles) ReadFile(p string) ([]byte, error) {
	file, err := f.Open(p)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	return io.ReadAll(file)
}

func (f *memoryFiles) Open(p string) (io.ReadCloser, error) {
	switch o, rest := f.find(p); {
	case o == nil:
		return f.base.Open(p)
	case o.tree != nil:
		return o.tree.Open(rest)
	default:
		return io.NopCloser(bytes.NewReader([]byte(o.text()))), nil
	}
}
