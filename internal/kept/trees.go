package kept

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"
)

// treeChanges are the differences between two generated layers, as paths
// without a leading slash, parents first.
type treeChanges struct {
	// Write are those that are new or different.
	Write []string `json:"write,omitempty"`
	// Remove are those that are gone.
	Remove []string `json:"remove,omitempty"`
	// hidden are those that hide a file of a package on one side only.
	hidden []string
}

// all are the paths of which either side has a say.
func (c *treeChanges) all() []string {
	return slices.Concat(c.Write, c.Remove, c.hidden)
}

// entry is a file of a layer as far as it matters.
type entry struct {
	mode     uint32
	uid, gid uint32
	target   string // of a symbolic link
	size     int64
	inode    uint64
}

func (e entry) isDir() bool      { return e.mode&unix.S_IFMT == unix.S_IFDIR }
func (e entry) isWhiteout() bool { return e.mode&unix.S_IFMT == unix.S_IFCHR }

// compareTrees finds what differs between two layers.
func compareTrees(before, after string) (*treeChanges, error) {
	a, err := readTree(before)
	if err != nil {
		return nil, err
	}
	b, err := readTree(after)
	if err != nil {
		return nil, err
	}
	c := &treeChanges{}
	for _, name := range sortedKeys(b) {
		old, had := a[name]
		now := b[name]
		equal := had && old.mode == now.mode && old.uid == now.uid && old.gid == now.gid && old.target == now.target && old.size == now.size
		if equal && !now.isDir() && now.target == "" && !now.isWhiteout() && old.inode != now.inode {
			if equal, err = sameContent(filepath.Join(before, name), filepath.Join(after, name)); err != nil {
				return nil, err
			}
		}
		switch {
		case equal:
		case now.isWhiteout() || had && old.isWhiteout():
			c.hidden = append(c.hidden, name)
		default:
			c.Write = append(c.Write, name)
		}
	}
	for _, name := range sortedKeys(a) {
		if _, has := b[name]; has {
			continue
		}
		if a[name].isWhiteout() {
			c.hidden = append(c.hidden, name)
		} else {
			c.Remove = append(c.Remove, name)
		}
	}
	return c, nil
}

func readTree(root string) (map[string]entry, error) {
	found := map[string]entry{}
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || path == root {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		stat := info.Sys().(*syscall.Stat_t)
		e := entry{mode: stat.Mode, uid: stat.Uid, gid: stat.Gid, inode: stat.Ino}
		if info.Mode().IsRegular() {
			e.size = stat.Size
		}
		if info.Mode()&fs.ModeSymlink != 0 {
			if e.target, err = os.Readlink(path); err != nil {
				return err
			}
		}
		found[strings.TrimPrefix(path, root+"/")] = e
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read the root's configuration: %w", err)
	}
	return found, nil
}

func sameContent(a, b string) (bool, error) {
	x, err := os.ReadFile(a)
	if err != nil {
		return false, err
	}
	y, err := os.ReadFile(b)
	return bytes.Equal(x, y), err
}

// copyEntry copies a file, link or directory with owner and mode. A file or
// link replaces what is there in one step; a directory keeps its content.
func copyEntry(from, to string) error {
	var stat unix.Stat_t
	if err := unix.Lstat(from, &stat); err != nil {
		return err
	}
	if stat.Mode&unix.S_IFMT == unix.S_IFDIR {
		if info, err := os.Lstat(to); err == nil && !info.IsDir() {
			if err := os.Remove(to); err != nil {
				return err
			}
		}
		if err := os.MkdirAll(to, 0o755); err != nil {
			return err
		}
		return own(to, &stat)
	}
	if info, err := os.Lstat(to); err == nil && info.IsDir() {
		if err := os.RemoveAll(to); err != nil {
			return err
		}
	}
	temporary := to + ".berth-new"
	if err := os.Remove(temporary); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if err := makeCopy(from, temporary, &stat); err != nil {
		return err
	}
	if err := own(temporary, &stat); err != nil {
		return err
	}
	return os.Rename(temporary, to)
}

func makeCopy(from, to string, stat *unix.Stat_t) error {
	switch stat.Mode & unix.S_IFMT {
	case unix.S_IFLNK:
		target, err := os.Readlink(from)
		if err != nil {
			return err
		}
		return os.Symlink(target, to)
	case unix.S_IFREG:
		text, err := os.ReadFile(from)
		if err != nil {
			return err
		}
		return os.WriteFile(to, text, 0o600)
	}
	return fmt.Errorf("copy %s: neither file, link nor directory", from)
}

func own(path string, stat *unix.Stat_t) error {
	if err := os.Lchown(path, int(stat.Uid), int(stat.Gid)); err != nil {
		return err
	}
	if stat.Mode&unix.S_IFMT == unix.S_IFLNK {
		return nil
	}
	return unix.Chmod(path, stat.Mode&0o7777)
}
