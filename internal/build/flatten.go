package build

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
)

// layOut decides which directories the overlay of a sandbox has. Parts beyond
// what an overlay can hold are joined into one tree of links to their files,
// which lives as long as the build.
func (s *sandbox) layOut() error {
	s.layers = s.parts
	if len(s.parts) <= maxParts {
		return nil
	}
	flat := s.dir("flat")
	if err := os.Mkdir(flat, 0o755); err != nil {
		return err
	}
	for _, part := range s.parts[maxParts-1:] {
		if err := linkTree(part, flat); err != nil {
			return fmt.Errorf("joining packages into one root: %w", err)
		}
	}
	s.layers = append(s.parts[:maxParts-1:maxParts-1], flat)
	return nil
}

// linkTree adds a tree to another. Of two files at one place the first stays,
// as in an overlay.
func linkTree(from, to string) error {
	return filepath.WalkDir(from, func(source string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		below, err := filepath.Rel(from, source)
		if err != nil || below == "." {
			return err
		}
		target := filepath.Join(to, below)
		switch {
		case entry.IsDir():
			err = os.Mkdir(target, 0o755)
		case entry.Type()&fs.ModeSymlink != 0:
			var link string
			if link, err = os.Readlink(source); err == nil {
				err = os.Symlink(link, target)
			}
		default:
			err = linkFile(source, target)
		}
		if errors.Is(err, fs.ErrExist) {
			return nil
		}
		return err
	})
}

// linkFile copies where a file has as many links as its file system allows.
func linkFile(source, target string) error {
	err := os.Link(source, target)
	if !errors.Is(err, syscall.EMLINK) && !errors.Is(err, syscall.EXDEV) {
		return err
	}
	text, err := os.ReadFile(source)
	if err != nil {
		return err
	}
	info, err := os.Stat(source)
	if err != nil {
		return err
	}
	return os.WriteFile(target, text, info.Mode().Perm())
}
