package instantiate

import (
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"

	"berth.dev/nix/eval"
	"berth.dev/nix/nar"
	"berth.dev/nix/storepath"
)

// Files implements [eval.Files]: mounted trees at their store paths, other
// store paths in the physical store, everything else on disk.
type Files struct {
	Mounts *Mounts
	// ObjectDir is the physical directory of the store, or empty when there
	// is none.
	ObjectDir string
	// Written is called before an object of the store is read; nil does
	// nothing.
	Written func(storepath.Path) error
}

// locate returns the tree that a path lies in and the name within it.
func (f *Files) locate(name string) (nar.Tree, string, error) {
	if mount, inner, ok := f.Mounts.find(name); ok {
		if inner == "." {
			inner = ""
		}
		return nar.FS(mount.tree, "."), inner, nil
	}
	physical, err := f.onDisk(name)
	return nar.Disk(physical), "", err
}

// onDisk returns the physical place of a path outside all mounts.
func (f *Files) onDisk(name string) (string, error) {
	rest, ok := strings.CutPrefix(name, storepath.Dir+"/")
	if !ok || f.ObjectDir == "" {
		return name, nil
	}
	base, _, _ := strings.Cut(rest, "/")
	if object, err := storepath.FromBase(base); err == nil && f.Written != nil {
		if err := f.Written(object); err != nil {
			return "", err
		}
	}
	return filepath.Join(f.ObjectDir, rest), nil
}

// Lstat implements [eval.Files].
func (f *Files) Lstat(name string) (nar.Node, error) {
	tree, inner, err := f.locate(name)
	if err != nil {
		return nar.Node{}, err
	}
	return tree.Stat(inner)
}

// ReadDir implements [eval.Files].
func (f *Files) ReadDir(name string) ([]eval.DirEntry, error) {
	tree, inner, err := f.locate(name)
	if err != nil {
		return nil, err
	}
	names, err := tree.List(inner)
	if err != nil {
		return nil, err
	}
	entries := make([]eval.DirEntry, len(names))
	for i, child := range names {
		node, err := tree.Stat(path.Join(inner, child))
		if err != nil {
			return nil, err
		}
		entries[i] = eval.DirEntry{Name: child, Kind: node.Kind}
	}
	return entries, nil
}

// ReadFile implements [eval.Files].
func (f *Files) ReadFile(name string) ([]byte, error) {
	if mount, inner, ok := f.Mounts.find(name); ok {
		return fs.ReadFile(mount.tree, inner)
	}
	physical, err := f.onDisk(name)
	if err != nil {
		return nil, err
	}
	return os.ReadFile(physical)
}

// Open implements [eval.Files].
func (f *Files) Open(name string) (io.ReadCloser, error) {
	tree, inner, err := f.locate(name)
	if err != nil {
		return nil, err
	}
	return tree.Open(inner)
}
