package store

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path"

	"golang.org/x/sys/unix"

	"berth.dev/nix/hash"
	"berth.dev/nix/nar"
	"berth.dev/nix/storepath"
)

// canonicalTree is a tree on disk whose metadata is brought into the form that
// all store objects have while it is visited: mode 0444 or 0555, time 1, owned
// by the store's user, no extended attributes.
type canonicalTree struct {
	ctx  context.Context
	root string
	uid  int
	gid  int
}

func (t canonicalTree) at(p string) string { return path.Join(t.root, p) }

func (t canonicalTree) Stat(p string) (nar.Node, error) {
	if err := t.ctx.Err(); err != nil {
		return nar.Node{}, err
	}
	name := t.at(p)
	var st unix.Stat_t
	if err := unix.Lstat(name, &st); err != nil {
		return nar.Node{}, &os.PathError{Op: "lstat", Path: name, Err: err}
	}
	if err := t.settle(name, &st); err != nil {
		return nar.Node{}, fmt.Errorf("setting the metadata of '%s': %w", name, err)
	}
	switch st.Mode & unix.S_IFMT {
	case unix.S_IFREG:
		return nar.Node{Kind: nar.Regular, Executable: st.Mode&0o100 != 0, Size: st.Size}, nil
	case unix.S_IFDIR:
		return nar.Node{Kind: nar.Directory}, nil
	case unix.S_IFLNK:
		target, err := os.Readlink(name)
		return nar.Node{Kind: nar.Symlink, Target: target}, err
	}
	return nar.Node{}, fmt.Errorf("file '%s' has an unsupported type", name)
}

func (t canonicalTree) List(p string) ([]string, error) { return nar.Disk(t.at(p)).List("") }

func (t canonicalTree) Open(p string) (io.ReadCloser, error) { return os.Open(t.at(p)) }

func (t canonicalTree) settle(name string, st *unix.Stat_t) error {
	if int(st.Uid) != t.uid || int(st.Gid) != t.gid {
		if err := unix.Lchown(name, t.uid, t.gid); err != nil {
			return err
		}
	}
	if err := removeAttributes(name); err != nil {
		return err
	}
	if kind := st.Mode & unix.S_IFMT; kind == unix.S_IFREG || kind == unix.S_IFDIR {
		mode := uint32(0o444)
		if kind == unix.S_IFDIR || st.Mode&0o100 != 0 {
			mode = 0o555
		}
		if st.Mode&0o7777 != mode {
			if err := unix.Chmod(name, mode); err != nil {
				return err
			}
		}
	}
	return setTime(name)
}

func setTime(name string) error {
	times := []unix.Timespec{{Nsec: unix.UTIME_OMIT}, {Sec: 1}}
	return unix.UtimesNanoAt(unix.AT_FDCWD, name, times, unix.AT_SYMLINK_NOFOLLOW)
}

// removeAttributes drops extended attributes, except the security module's,
// which the host gives to every file and which cannot be removed.
func removeAttributes(name string) error {
	size, err := unix.Llistxattr(name, nil)
	if errors.Is(err, unix.ENOTSUP) || size == 0 {
		return nil
	}
	if err != nil {
		return err
	}
	list := make([]byte, size)
	if size, err = unix.Llistxattr(name, list); err != nil {
		return err
	}
	for _, attribute := range splitNUL(list[:size]) {
		if attribute == "security.selinux" || attribute == "system.nfs4_acl" {
			continue
		}
		if err := unix.Lremovexattr(name, attribute); err != nil {
			return err
		}
	}
	return nil
}

// Scanned is what is found out about a finished object before it is registered.
type Scanned struct {
	NARHash    hash.Hash
	NARSize    int64
	References []storepath.Path // those of the candidates that occur, sorted
}

// Scan brings the metadata of a finished tree into canonical form, computes its
// digest, and finds which of the candidates it mentions, all in one pass.
func (s *Store) Scan(ctx context.Context, physical string, candidates []storepath.Path) (Scanned, error) {
	tree := canonicalTree{ctx, physical, os.Geteuid(), os.Getegid()}
	return scanTree(tree, candidates)
}

func scanTree(tree nar.Tree, candidates []storepath.Path) (Scanned, error) {
	digest := hash.NewWriter(hash.SHA256)
	finder := NewReferenceFinder(candidates)
	if err := nar.Dump(io.MultiWriter(digest, finder), tree, nil); err != nil {
		return Scanned{}, err
	}
	return Scanned{digest.Sum(), digest.Written(), finder.Found()}, nil
}

// Install moves a scanned tree to its place. The caller holds the lock of the
// path, and the path is not valid: what is there already is a dead process's.
func (s *Store) Install(physical string, p storepath.Path) error {
	target := s.PhysicalPath(p)
	if err := s.install(physical, target); err != nil {
		return fmt.Errorf("moving '%s' into the store: %w", p, err)
	}
	return nil
}

func (s *Store) install(from, to string) error {
	if err := removeAll(to); err != nil {
		return err
	}
	info, err := os.Lstat(from)
	if err != nil {
		return err
	}
	if !info.IsDir() {
		return os.Rename(from, to)
	}
	// A directory's own write permission is needed to give it another parent.
	if err := os.Chmod(from, 0o755); err != nil {
		return err
	}
	if err := os.Rename(from, to); err != nil {
		return err
	}
	if err := os.Chmod(to, 0o555); err != nil {
		return err
	}
	return setTime(to)
}
