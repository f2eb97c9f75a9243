package instantiate

import (
	"fmt"
	"io/fs"
	"path"
	"strings"
	"sync"

	"berth.dev/internal/fetch"
	"berth.dev/nix/hash"
	"berth.dev/nix/nar"
	"berth.dev/nix/storepath"
	"berth.dev/nixpkgs"
)

// sourceName is the name every flake source has in the store.
const sourceName = "source"

// A Mount shows a file tree at the store path that its contents would have,
// without writing it there.
type Mount struct {
	Path storepath.Path
	// Digest is that of the tree's NAR.
	Digest hash.Hash
	// Origin is what people know the tree as: a directory on disk, or the
	// name of an embedded set. It stands for Path in messages.
	Origin string

	tree   fs.FS
	method storepath.Method
}

// newMount computes where a tree belongs.
func newMount(tree fs.FS, origin string) (*Mount, error) {
	digest, _, err := nar.Digest(hash.SHA256, nar.FS(tree, "."), nil)
	if err != nil {
		return nil, fmt.Errorf("hashing the source tree %s: %w", origin, err)
	}
	return mountOf(sourceName, tree, digest, origin)
}

// mountOf places a tree whose digest is known.
func mountOf(name string, tree fs.FS, digest hash.Hash, origin string) (*Mount, error) {
	place, err := storepath.Source(name, digest, storepath.References{})
	if err != nil {
		return nil, err
	}
	return &Mount{Path: place, Digest: digest, Origin: origin, tree: tree, method: storepath.NARMethod}, nil
}

// mountOfFile places a single file by the hash of its contents.
func mountOfFile(name string, tree fs.FS, flat hash.Hash, origin string) (*Mount, error) {
	place, err := storepath.Address{Method: storepath.FlatMethod, Hash: flat}.Path(name, storepath.References{})
	if err != nil {
		return nil, err
	}
	return &Mount{Path: place, Digest: flat, Origin: origin, tree: tree, method: storepath.FlatMethod}, nil
}

// Mounts is a set of mounted trees, asked by paths below /nix/store. It is safe
// for concurrent use.
type Mounts struct {
	mu     sync.RWMutex
	byBase map[string]*Mount
}

// NewMounts returns a set without trees.
func NewMounts() *Mounts { return &Mounts{byBase: map[string]*Mount{}} }

// add makes a tree visible. A tree with the same contents keeps its first
// origin.
func (m *Mounts) add(mount *Mount) *Mount {
	m.mu.Lock()
	defer m.mu.Unlock()
	if known, ok := m.byBase[mount.Path.Base()]; ok {
		return known
	}
	m.byBase[mount.Path.Base()] = mount
	return mount
}

// find splits a path into the mount it lies in and the name within it.
func (m *Mounts) find(name string) (*Mount, string, bool) {
	rest, ok := strings.CutPrefix(name, storepath.Dir+"/")
	if !ok {
		return nil, "", false
	}
	base, inner, _ := strings.Cut(rest, "/")
	m.mu.RLock()
	mount, ok := m.byBase[base]
	m.mu.RUnlock()
	if !ok {
		return nil, "", false
	}
	if inner == "" {
		inner = "."
	}
	return mount, inner, true
}

// contain reports whether a path lies in a mounted tree.
func (m *Mounts) contain(name string) bool {
	_, _, ok := m.find(name)
	return ok
}

// Readable replaces the store paths of mounted trees in a text for people by
// the places that they know the trees by.
func (m *Mounts) Readable(text string) string {
	if !strings.Contains(text, storepath.Dir) {
		return text
	}
	m.mu.RLock()
	defer m.mu.RUnlock()
	for _, mount := range m.byBase {
		if mount.Origin == "" {
			continue
		}
		text = strings.ReplaceAll(text, mount.Path.String(), mount.Origin)
	}
	return text
}

// Untracked reports whether a path is missing only because Git does not track
// the file, and returns where the file is.
func (m *Mounts) Untracked(name string) (string, bool) {
	mount, inner, ok := m.find(name)
	if !ok {
		return "", false
	}
	selected, ok := mount.tree.(*fetch.Selection)
	if !ok || !selected.Untracked(inner) {
		return "", false
	}
	return path.Join(mount.Origin, inner), true
}

// Embedded mounts one of the embedded sets: "" is nixpkgs, "flake-utils" the
// input of that name.
func (m *Mounts) Embedded(dir string) (*Mount, error) {
	tree := fs.FS(nixpkgs.FS)
	origin := "nixpkgs"
	if dir != "" {
		var err error
		if tree, err = fs.Sub(tree, dir); err != nil {
			return nil, err
		}
		origin = path.Join("nixpkgs", dir)
	}
	mount, err := newMount(tree, origin)
	if err != nil {
		return nil, err
	}
	return m.add(mount), nil
}
