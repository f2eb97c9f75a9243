package root

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"
)

// A tree is a layer being written. Paths are relative to its top; missing
// directories above them are made. Nothing is written outside, whatever the
// names say.
type tree struct {
	root *os.Root
	// leaveOwners keeps everything owned by the caller: without privileges
	// there is nobody else.
	leaveOwners bool
}

// owner is the user and group ids of a file; the zero value is root.
type owner struct{ uid, gid int }

// clean turns an absolute or relative name into a path below the top.
func clean(name string) string {
	name = strings.TrimLeft(path.Clean("/"+name), "/")
	if name == "" {
		return "."
	}
	return name
}

// directory makes a directory, or gives an existing one its mode and owner.
func (t *tree) directory(name string, mode fs.FileMode, who owner) error {
	name = clean(name)
	if err := t.root.MkdirAll(name, 0o755); err != nil {
		return fmt.Errorf("make directory /%s: %w", name, err)
	}
	return t.setOwnerAndMode(name, mode, who)
}

// file writes a file, in place of an existing one.
func (t *tree) file(name, text string, mode fs.FileMode, who owner) error {
	return t.copy(name, strings.NewReader(text), mode, who)
}

func (t *tree) copy(name string, content io.Reader, mode fs.FileMode, who owner) error {
	name = clean(name)
	if err := t.makeWay(name); err != nil {
		return err
	}
	f, err := t.root.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return fmt.Errorf("write /%s: %w", name, err)
	}
	defer f.Close()
	if _, err := io.Copy(f, content); err != nil {
		return fmt.Errorf("write /%s: %w", name, err)
	}
	if err := f.Close(); err != nil {
		return fmt.Errorf("write /%s: %w", name, err)
	}
	return t.setOwnerAndMode(name, mode, who)
}

// copyFile copies a file from outside.
func (t *tree) copyFile(name, source string, mode fs.FileMode, who owner) error {
	f, err := os.Open(source)
	if err != nil {
		return fmt.Errorf("copy to /%s: %w", clean(name), err)
	}
	defer f.Close()
	return t.copy(name, f, mode, who)
}

// link makes a symbolic link, in place of an existing file.
func (t *tree) link(name, target string) error {
	name = clean(name)
	if err := t.makeWay(name); err != nil {
		return err
	}
	if err := t.root.Symlink(target, name); err != nil {
		return fmt.Errorf("link /%s: %w", name, err)
	}
	return nil
}

// makeWay makes the directories above name and removes a file or link there.
func (t *tree) makeWay(name string) error {
	if err := t.root.MkdirAll(path.Dir(name), 0o755); err != nil {
		return fmt.Errorf("make directory /%s: %w", path.Dir(name), err)
	}
	if err := t.root.Remove(name); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("replace /%s: %w", name, err)
	}
	return nil
}

// has reports whether the layer has something at name.
func (t *tree) has(name string) bool {
	_, err := t.root.Lstat(clean(name))
	return err == nil
}

// OwnerAttribute is the extended attribute that says "uid:gid" where a layer
// made without privileges cannot give a file to another owner.
const OwnerAttribute = "user.berth.owner"

// setOwnerAndMode goes in this order because a change of owner clears the
// set-id bits.
func (t *tree) setOwnerAndMode(name string, mode fs.FileMode, who owner) error {
	if !t.leaveOwners && who != (owner{}) {
		if err := t.root.Lchown(name, who.uid, who.gid); err != nil {
			return fmt.Errorf("set owner of /%s: %w", name, err)
		}
	}
	if t.leaveOwners && who != (owner{}) {
		place := filepath.Join(t.root.Name(), name)
		err := unix.Setxattr(place, OwnerAttribute, fmt.Appendf(nil, "%d:%d", who.uid, who.gid), 0)
		if err != nil && !errors.Is(err, unix.EOPNOTSUPP) {
			return fmt.Errorf("note owner of /%s: %w", name, err)
		}
	}
	if err := t.root.Chmod(name, mode); err != nil {
		return fmt.Errorf("set mode of /%s: %w", name, err)
	}
	return nil
}

// unixMode turns the 12 bits of a Unix mode into Go's.
func unixMode(mode uint32) fs.FileMode {
	m := fs.FileMode(mode & 0o777)
	for bit, flag := range map[uint32]fs.FileMode{0o4000: fs.ModeSetuid, 0o2000: fs.ModeSetgid, 0o1000: fs.ModeSticky} {
		if mode&bit != 0 {
			m |= flag
		}
	}
	return m
}
