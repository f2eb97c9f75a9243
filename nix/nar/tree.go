package nar

import (
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
)

// Tree is a file tree to be archived. Paths are relative to its root, which is
// the empty path, with slashes between components. Links are never followed.
type Tree interface {
	// Stat describes an object.
	Stat(path string) (Node, error)
	// List returns the names in a directory in any order.
	List(path string) ([]string, error)
	// Open reads a regular file.
	Open(path string) (io.ReadCloser, error)
}

// Filter says whether an object below the root takes part; a directory it
// drops is not entered.
type Filter func(path string, kind Kind) (bool, error)

// Dump writes the archive of a tree. A nil filter keeps everything.
func Dump(w io.Writer, tree Tree, filter Filter) error {
	d := dumper{out: NewWriter(w), tree: tree, filter: filter, buffer: make([]byte, 128<<10)}
	node, err := tree.Stat("")
	if err != nil {
		return err
	}
	if err := d.dump("", node); err != nil {
		return err
	}
	return d.out.Close()
}

type dumper struct {
	out    *Writer
	tree   Tree
	filter Filter
	buffer []byte
}

func (d *dumper) dump(at string, node Node) error {
	if err := d.out.Next(Entry{at, node}); err != nil {
		return err
	}
	switch node.Kind {
	case Regular:
		return d.contents(at, node.Size)
	case Directory:
		return d.entries(at)
	}
	return nil
}

func (d *dumper) contents(at string, size int64) error {
	if size == 0 {
		return nil
	}
	file, err := d.tree.Open(at)
	if err != nil {
		return err
	}
	defer file.Close()
	n, err := io.CopyBuffer(struct{ io.Writer }{d.out}, io.LimitReader(file, size), d.buffer)
	if err == nil && n < size {
		err = fmt.Errorf("file '%s' shrank from %d to %d bytes while it was read", at, size, n)
	}
	return err
}

func (d *dumper) entries(at string) error {
	names, err := d.tree.List(at)
	if err != nil {
		return err
	}
	slices.Sort(names)
	for _, name := range names {
		child := path.Join(at, name)
		node, err := d.tree.Stat(child)
		if err != nil {
			return err
		}
		if d.filter != nil {
			if keep, err := d.filter(child, node.Kind); err != nil {
				return err
			} else if !keep {
				continue
			}
		}
		if err := d.dump(child, node); err != nil {
			return err
		}
	}
	return nil
}

// Disk is the tree at a path of the operating system's file system.
func Disk(root string) Tree { return disk{root} }

type disk struct{ root string }

func (t disk) at(path string) string {
	if path == "" {
		return t.root
	}
	return t.root + string(filepath.Separator) + path
}

func (t disk) Stat(path string) (Node, error) {
	info, err := os.Lstat(t.at(path))
	if err != nil {
		return Node{}, err
	}
	return nodeOf(info, func() (string, error) { return os.Readlink(t.at(path)) })
}

func (t disk) List(path string) ([]string, error) {
	dir, err := os.Open(t.at(path))
	if err != nil {
		return nil, err
	}
	defer dir.Close()
	return dir.Readdirnames(-1)
}

func (t disk) Open(path string) (io.ReadCloser, error) { return os.Open(t.at(path)) }

// FS is the tree at a name within an fs.FS, such as an embedded one. A file
// system that knows no executable bit can have one by reporting a mode.
func FS(fsys fs.FS, root string) Tree { return fsTree{fsys, root} }

type fsTree struct {
	fsys fs.FS
	root string
}

func (t fsTree) Stat(at string) (Node, error) {
	name := path.Join(t.root, at)
	info, err := fs.Lstat(t.fsys, name)
	if err != nil {
		return Node{}, err
	}
	return nodeOf(info, func() (string, error) { return fs.ReadLink(t.fsys, name) })
}

func (t fsTree) List(at string) ([]string, error) {
	entries, err := fs.ReadDir(t.fsys, path.Join(t.root, at))
	if err != nil {
		return nil, err
	}
	names := make([]string, len(entries))
	for i, entry := range entries {
		names[i] = entry.Name()
	}
	return names, nil
}

func (t fsTree) Open(at string) (io.ReadCloser, error) {
	return t.fsys.Open(path.Join(t.root, at))
}

func nodeOf(info fs.FileInfo, readlink func() (string, error)) (Node, error) {
	switch info.Mode().Type() {
	case 0:
		return Node{Kind: Regular, Executable: info.Mode()&0o100 != 0, Size: info.Size()}, nil
	case fs.ModeDir:
		return Node{Kind: Directory}, nil
	case fs.ModeSymlink:
		target, err := readlink()
		return Node{Kind: Symlink, Target: target}, err
	}
	return Node{}, nil
}
