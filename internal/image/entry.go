package image

import (
	"archive/tar"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
)

// An entry is one member of a layer.
type entry struct {
	name     string // relative, without a slash at the end
	kind     byte   // of package tar
	mode     int64  // the twelve bits
	uid, gid int
	link     string
	size     int64
	source   string // the file with the content, or
	text     []byte // the content
}

// compareNames orders names by their components, so that what is in a
// directory follows the directory at once.
func compareNames(a, b string) int {
	for i := 0; i < len(a) && i < len(b); i++ {
		if a[i] == b[i] {
			continue
		}
		switch {
		case a[i] == '/':
			return -1
		case b[i] == '/':
			return 1
		}
		return int(a[i]) - int(b[i])
	}
	return len(a) - len(b)
}

func sortEntries(entries []entry) {
	slices.SortStableFunc(entries, func(a, b entry) int { return compareNames(a.name, b.name) })
}

// walk lists a tree on the disk under a name, itself included.
func walk(name, physical string, visit func(entry) error) error {
	info, err := os.Lstat(physical)
	if err != nil {
		return fmt.Errorf("reading a store object: %w", err)
	}
	return walkInfo(name, physical, info, visit)
}

func walkInfo(name, physical string, info fs.FileInfo, visit func(entry) error) error {
	e, err := entryOf(name, physical, info)
	if err != nil {
		return err
	}
	if err := visit(e); err != nil || e.kind != tar.TypeDir {
		return err
	}
	children, err := os.ReadDir(physical) // sorted
	if err != nil {
		return fmt.Errorf("reading a store object: %w", err)
	}
	for _, child := range children {
		info, err := child.Info()
		if err != nil {
			return fmt.Errorf("reading a store object: %w", err)
		}
		if err := walkInfo(name+"/"+child.Name(), physical+"/"+child.Name(), info, visit); err != nil {
			return err
		}
	}
	return nil
}

func entryOf(name, physical string, info fs.FileInfo) (entry, error) {
	e := entry{name: name, mode: int64(info.Mode().Perm())}
	switch {
	case info.IsDir():
		e.kind = tar.TypeDir
	case info.Mode().IsRegular():
		e.kind, e.size, e.source = tar.TypeReg, info.Size(), physical
	case info.Mode()&fs.ModeSymlink != 0:
		link, err := os.Readlink(physical)
		if err != nil {
			return e, fmt.Errorf("reading a store object: %w", err)
		}
		e.kind, e.link, e.mode = tar.TypeSymlink, link, 0o777
	default:
		return e, fmt.Errorf("'%s' is neither file, directory nor link", physical)
	}
	return e, nil
}

// directories returns entries for a directory and all above it.
func directories(name string) []entry {
	var all []entry
	for ; name != "." && name != ""; name = path.Dir(name) {
		all = append(all, entry{name: name, kind: tar.TypeDir, mode: 0o755})
	}
	slices.Reverse(all)
	return all
}

// storeEntries lists objects below nix/store.
func storeEntries(objects Objects, paths []string, owner Owner, visit func(entry) error) error {
	for _, d := range directories("nix/store") {
		if err := visit(d); err != nil {
			return err
		}
	}
	for _, p := range paths {
		err := walk(strings.TrimPrefix(p, "/"), objects.Physical(p), func(e entry) error {
			e.uid, e.gid = owner.UID, owner.GID
			return visit(e)
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// treeEntries lists what is below a directory on the disk, without itself.
func treeEntries(dir string, visit func(entry) error) error {
	children, err := os.ReadDir(dir)
	if err != nil {
		return fmt.Errorf("reading a file tree: %w", err)
	}
	for _, child := range children {
		if err := walk(child.Name(), filepath.Join(dir, child.Name()), visit); err != nil {
			return err
		}
	}
	return nil
}
