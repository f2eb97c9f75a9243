package engine

import (
	"archive/tar"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// Markers of the OCI image specification for what a layer removes.
const (
	whiteoutPrefix = ".wh."
	opaqueMarker   = ".wh..wh..opq"
)

const xattrPrefix = "SCHILY.xattr."

// unpackLayer writes a layer into an empty directory, in the form that the
// kernel's overlay wants. Nothing in it can reach out of the directory.
func unpackLayer(r io.Reader, directory string) error {
	root, err := os.OpenRoot(directory)
	if err != nil {
		return err
	}
	defer root.Close()
	u := &unpacker{root: root, times: map[string]time.Time{}}
	for entries := tar.NewReader(r); ; {
		h, err := entries.Next()
		if errors.Is(err, io.EOF) {
			return u.finish()
		}
		if err == nil {
			err = u.entry(h, entries)
		}
		if err != nil {
			return err
		}
	}
}

type unpacker struct {
	root *os.Root
	// times of directories are set at the end: files change them.
	times map[string]time.Time
}

func (u *unpacker) entry(h *tar.Header, content io.Reader) error {
	name := strings.TrimPrefix(path.Clean("/"+h.Name), "/")
	if name == "" {
		return u.root.Chmod(".", h.FileInfo().Mode().Perm())
	}
	parent, base := path.Dir(name), path.Base(name)
	if err := u.parents(parent); err != nil {
		return fmt.Errorf("layer entry %q: %w", h.Name, err)
	}
	var err error
	switch {
	case base == opaqueMarker:
		err = u.inDirectory(parent, func(fd int) error {
			return unix.Fsetxattr(fd, opaqueAttribute, []byte("y"), 0)
		})
	case strings.HasPrefix(base, whiteoutPrefix):
		err = u.node(path.Join(parent, strings.TrimPrefix(base, whiteoutPrefix)), unix.S_IFCHR, 0)
	default:
		err = u.file(name, h, content)
	}
	if err != nil {
		return fmt.Errorf("layer entry %q: %w", h.Name, err)
	}
	return nil
}

// parents makes directories that the archive has not mentioned.
func (u *unpacker) parents(name string) error {
	if name == "." {
		return nil
	}
	return u.root.MkdirAll(name, 0o755)
}

func (u *unpacker) file(name string, h *tar.Header, content io.Reader) error {
	mode := h.FileInfo().Mode()
	if err := u.makeRoom(name, h); err != nil {
		return err
	}
	var err error
	switch h.Typeflag {
	case tar.TypeDir:
		if err = u.root.Mkdir(name, 0o700); errors.Is(err, fs.ErrExist) {
			err = nil
		}
		u.times[name] = h.ModTime
	case tar.TypeReg:
		err = u.regular(name, content)
	case tar.TypeSymlink:
		err = u.root.Symlink(h.Linkname, name)
	case tar.TypeLink:
		return u.root.Link(strings.TrimPrefix(path.Clean("/"+h.Linkname), "/"), name)
	case tar.TypeChar:
		err = u.node(name, unix.S_IFCHR, unix.Mkdev(uint32(h.Devmajor), uint32(h.Devminor)))
	case tar.TypeBlock:
		err = u.node(name, unix.S_IFBLK, unix.Mkdev(uint32(h.Devmajor), uint32(h.Devminor)))
	case tar.TypeFifo:
		err = u.node(name, unix.S_IFIFO, 0)
	case tar.TypeXGlobalHeader:
		return nil
	default:
		return fmt.Errorf("it has the unknown type %q", h.Typeflag)
	}
	if err != nil {
		return err
	}
	if err := u.root.Lchown(name, h.Uid, h.Gid); err != nil {
		return err
	}
	if h.Typeflag == tar.TypeSymlink {
		return nil
	}
	// After the owner, whose change clears the set-id bits.
	if err := u.root.Chmod(name, mode); err != nil {
		return err
	}
	if err := u.attributes(name, h); err != nil || h.Typeflag != tar.TypeReg {
		return err
	}
	return u.root.Chtimes(name, h.ModTime, h.ModTime)
}

// makeRoom removes what an earlier entry of the same layer has put there.
func (u *unpacker) makeRoom(name string, h *tar.Header) error {
	info, err := u.root.Lstat(name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil || info.IsDir() && h.Typeflag == tar.TypeDir {
		return err
	}
	return u.root.RemoveAll(name)
}

func (u *unpacker) regular(name string, content io.Reader) error {
	f, err := u.root.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = io.Copy(f, content)
	return errors.Join(err, f.Close())
}

func (u *unpacker) node(name string, kind uint32, device uint64) error {
	return u.inDirectory(path.Dir(name), func(fd int) error {
		return unix.Mknodat(fd, path.Base(name), kind|0o600, int(device))
	})
}

func (u *unpacker) inDirectory(name string, do func(fd int) error) error {
	directory, err := u.root.Open(name)
	if err != nil {
		return err
	}
	defer directory.Close()
	return do(int(directory.Fd()))
}

// attributes sets the extended attributes of files, such as capabilities.
func (u *unpacker) attributes(name string, h *tar.Header) error {
	for record, value := range h.PAXRecords {
		attribute, ok := strings.CutPrefix(record, xattrPrefix)
		if !ok || h.Typeflag != tar.TypeReg || strings.HasPrefix(attribute, "trusted.overlay.") {
			continue
		}
		f, err := u.root.Open(name)
		if err != nil {
			return err
		}
		err = unix.Fsetxattr(int(f.Fd()), attribute, []byte(value), 0)
		f.Close()
		if err != nil && !errors.Is(err, unix.ENOTSUP) {
			return fmt.Errorf("attribute %s: %w", attribute, err)
		}
	}
	return nil
}

func (u *unpacker) finish() error {
	for name, when := range u.times {
		// A later entry may have replaced the directory.
		if info, err := u.root.Lstat(name); err != nil || !info.IsDir() {
			continue
		}
		if err := u.root.Chtimes(name, when, when); err != nil {
			return err
		}
	}
	return nil
}
