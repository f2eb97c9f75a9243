package fetch

import (
	"io/fs"
	"os"
)

// singleFile is a file system whose root is a regular file or a link.
type singleFile struct{ name string }

func (s singleFile) check(op, name string) error {
	if name != "." {
		return &fs.PathError{Op: op, Path: name, Err: fs.ErrNotExist}
	}
	return nil
}

// Open implements [fs.FS].
func (s singleFile) Open(name string) (fs.File, error) {
	if err := s.check("open", name); err != nil {
		return nil, err
	}
	return os.Open(s.name)
}

// Lstat implements [fs.ReadLinkFS].
func (s singleFile) Lstat(name string) (fs.FileInfo, error) {
	if err := s.check("lstat", name); err != nil {
		return nil, err
	}
	return os.Lstat(s.name)
}

// ReadLink implements [fs.ReadLinkFS].
func (s singleFile) ReadLink(name string) (string, error) {
	if err := s.check("readlink", name); err != nil {
		return "", err
	}
	return os.Readlink(s.name)
}
