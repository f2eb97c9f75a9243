package nar

import (
	"fmt"
	"io"
	"os"
	"strings"
)

// Unpack restores an archive as name beneath root, where nothing of that name
// may exist. Regular files get mode 0444 or 0555, directories 0755.
func Unpack(in io.Reader, root *os.Root, name string) error {
	if err := checkName(name); err != nil {
		return err
	}
	u := unpacker{in: NewReader(in), root: root, name: name, buffer: make([]byte, 128<<10)}
	defer u.leaveTo(0)
	for {
		entry, err := u.in.Next()
		if err == io.EOF {
			return nil
		}
		if err == nil {
			err = u.restore(entry)
		}
		if err != nil {
			return fmt.Errorf("unpacking '%s': %w", name, err)
		}
	}
}

// unpacker keeps the chain of directories above the current entry open, so
// that each file is made with one call relative to its own directory.
type unpacker struct {
	in     *Reader
	root   *os.Root
	name   string
	dirs   []openDir
	buffer []byte
}

type openDir struct {
	path string
	root *os.Root
}

func (u *unpacker) restore(e Entry) error {
	dir, name := u.place(e.Path)
	switch e.Kind {
	case Symlink:
		return dir.Symlink(e.Target, name)
	case Regular:
		return u.regular(dir, name, e.Executable)
	}
	if err := dir.Mkdir(name, 0o755); err != nil {
		return err
	}
	child, err := dir.OpenRoot(name)
	if err != nil {
		return err
	}
	u.dirs = append(u.dirs, openDir{e.Path, child})
	return nil
}

// place finds the open directory an entry belongs to, closing deeper ones.
func (u *unpacker) place(path string) (*os.Root, string) {
	if path == "" {
		return u.root, u.name
	}
	cut := strings.LastIndexByte(path, '/')
	parent := path[:max(cut, 0)]
	keep := len(u.dirs)
	for u.dirs[keep-1].path != parent {
		keep--
	}
	u.leaveTo(keep)
	return u.dirs[keep-1].root, path[cut+1:]
}

func (u *unpacker) leaveTo(depth int) {
	for _, dir := range u.dirs[depth:] {
		dir.root.Close()
	}
	u.dirs = u.dirs[:depth]
}

func (u *unpacker) regular(dir *os.Root, name string, executable bool) error {
	mode := os.FileMode(0o444)
	if executable {
		mode = 0o555
	}
	file, err := dir.OpenFile(name, os.O_CREATE|os.O_EXCL|os.O_WRONLY, mode)
	if err != nil {
		return err
	}
	_, err = io.CopyBuffer(struct{ io.Writer }{file}, struct{ io.Reader }{u.in}, u.buffer)
	if closeErr := file.Close(); err == nil {
		err = closeErr
	}
	return err
}
