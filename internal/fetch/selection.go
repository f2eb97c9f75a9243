package fetch

import (
	"io/fs"
	"os"
	"path"
	"slices"
)

// Selection is a directory seen through a list of files: only those, and the
// directories on the way to them, exist. It is how a Git work tree looks to a
// flake: files that Git does not track are not part of it.
type Selection struct {
	root    string              // of the work tree on disk
	entries map[string][]string // directory -> names in it, sorted
	listed  map[string]bool     // files and directories
}

// newSelection shows the named files (slash-separated, relative to root).
// Names whose file is gone from the disk are left out, as Git does for files
// deleted without telling it.
func newSelection(root string, names []string) (*Selection, error) {
	s := &Selection{root: root, entries: map[string][]string{".": nil}, listed: map[string]bool{".": true}}
	for _, name := range names {
		if !fs.ValidPath(name) {
			return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrInvalid}
		}
		if _, err := os.Lstat(s.at(name)); err != nil {
			continue
		}
		s.add(name)
	}
	for dir := range s.entries {
		slices.Sort(s.entries[dir])
	}
	return s, nil
}

// add makes a name and the directories above it exist.
func (s *Selection) add(name string) {
	for !s.listed[name] {
		s.listed[name] = true
		dir := path.Dir(name)
		s.entries[dir] = append(s.entries[dir], path.Base(name))
		name = dir
	}
}

func (s *Selection) at(name string) string { return path.Join(s.root, name) }

func (s *Selection) check(op, name string) error {
	if !fs.ValidPath(name) {
		return &fs.PathError{Op: op, Path: name, Err: fs.ErrInvalid}
	}
	if !s.listed[name] {
		return &fs.PathError{Op: op, Path: name, Err: fs.ErrNotExist}
	}
	return nil
}

// Untracked reports whether a name that the selection hides exists on disk.
func (s *Selection) Untracked(name string) bool {
	if s.listed[name] || !fs.ValidPath(name) {
		return false
	}
	_, err := os.Lstat(s.at(name))
	return err == nil
}

// Open implements [fs.FS].
func (s *Selection) Open(name string) (fs.File, error) {
	if err := s.check("open", name); err != nil {
		return nil, err
	}
	return os.Open(s.at(name))
}

// ReadFile implements [fs.ReadFileFS].
func (s *Selection) ReadFile(name string) ([]byte, error) {
	if err := s.check("open", name); err != nil {
		return nil, err
	}
	return os.ReadFile(s.at(name))
}

// Lstat implements [fs.ReadLinkFS].
func (s *Selection) Lstat(name string) (fs.FileInfo, error) {
	if err := s.check("lstat", name); err != nil {
		return nil, err
	}
	return os.Lstat(s.at(name))
}

// ReadLink implements [fs.ReadLinkFS].
func (s *Selection) ReadLink(name string) (string, error) {
	if err := s.check("readlink", name); err != nil {
		return "", err
	}
	return os.Readlink(s.at(name))
}

// ReadDir implements [fs.ReadDirFS].
func (s *Selection) ReadDir(name string) ([]fs.DirEntry, error) {
	if err := s.check("readdir", name); err != nil {
		return nil, err
	}
	var entries []fs.DirEntry
	for _, child := range s.entries[name] {
		info, err := os.Lstat(s.at(path.Join(name, child)))
		if err != nil {
			return nil, err
		}
		entries = append(entries, fs.FileInfoToDirEntry(info))
	}
	return entries, nil
}
