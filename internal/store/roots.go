package store

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"berth.dev/nix/hash"
	"berth.dev/nix/storepath"
)

// Root is a link that keeps a path, and all it refers to, from being collected.
type Root struct {
	Link string
	Path storepath.Path
}

// AddRoot makes or changes a named root of berth's own; the name may have slashes.
func (s *Store) AddRoot(name string, p storepath.Path) error {
	link, err := s.rootLink(name)
	if err == nil {
		err = replaceLink(p.String(), link)
	}
	if err != nil {
		return fmt.Errorf("adding garbage collector root '%s': %w", name, err)
	}
	return nil
}

// RemoveRoot removes a root made by AddRoot; one that is not there is no error.
func (s *Store) RemoveRoot(name string) error {
	link, err := s.rootLink(name)
	if err == nil {
		err = os.Remove(link)
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("removing garbage collector root '%s': %w", name, err)
	}
	return nil
}

// RootPath is where a root made by AddRoot, or a folder of them, is on disk.
func (s *Store) RootPath(name string) (string, error) { return s.rootLink(name) }

// RemoveRoots removes the roots made by AddRoot whose names are in a folder.
func (s *Store) RemoveRoots(folder string) error {
	link, err := s.rootLink(folder)
	if err == nil {
		err = os.RemoveAll(link)
	}
	if err != nil {
		return fmt.Errorf("removing garbage collector roots '%s': %w", folder, err)
	}
	return nil
}

func (s *Store) rootLink(name string) (string, error) {
	if !filepath.IsLocal(name) {
		return "", fmt.Errorf("name leads out of the folder of roots")
	}
	return filepath.Join(s.varDir("gcroots/berth"), name), nil
}

// AddResultLink makes a link to the physical place of a path, such as ./result,
// and registers it: as long as the link is there, the path is kept.
func (s *Store) AddResultLink(link string, p storepath.Path) error {
	link, err := filepath.Abs(link)
	if err == nil {
		err = s.addResultLink(link, p)
	}
	if err != nil {
		return fmt.Errorf("linking '%s' to '%s': %w", link, p, err)
	}
	return nil
}

func (s *Store) addResultLink(link string, p storepath.Path) error {
	if info, err := os.Lstat(link); err == nil && info.Mode()&fs.ModeSymlink == 0 {
		return errors.New("there is a file already that is not a link")
	}
	// First the indirect root, so that there is no moment without one.
	indirect := filepath.Join(s.varDir("gcroots/auto"), hash.SumString(hash.SHA1, link).Nix32())
	if err := replaceLink(link, indirect); err != nil {
		return err
	}
	return replaceLink(s.PhysicalPath(p), link)
}

// replaceLink makes a symbolic link, replacing an old one in one step.
func replaceLink(target, link string) error {
	if old, err := os.Readlink(link); err == nil && old == target {
		return nil
	}
	if err := os.MkdirAll(filepath.Dir(link), 0o755); err != nil {
		return err
	}
	temp := fmt.Sprintf("%s.%d.new", link, os.Getpid())
	os.Remove(temp)
	if err := os.Symlink(target, temp); err != nil {
		return err
	}
	return os.Rename(temp, link)
}

// Roots returns all permanent roots, sorted by link.
func (s *Store) Roots() ([]Root, error) {
	var roots []Root
	for _, dir := range []string{s.varDir("gcroots"), s.varDir("profiles")} {
		err := filepath.WalkDir(dir, func(name string, entry fs.DirEntry, err error) error {
			if err != nil || entry.Type()&fs.ModeSymlink == 0 {
				return err
			}
			if root, ok := s.resolveRoot(name); ok {
				roots = append(roots, root)
			}
			return nil
		})
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil, fmt.Errorf("reading garbage collector roots: %w", err)
		}
	}
	slices.SortFunc(roots, func(a, b Root) int { return strings.Compare(a.Link, b.Link) })
	return roots, nil
}

// resolveRoot follows a link into the store directly, or through one more link
// outside. An indirect root whose outer link has gone is removed.
func (s *Store) resolveRoot(link string) (Root, bool) {
	target, err := os.Readlink(link)
	if err != nil {
		return Root{}, false
	}
	if p, ok := s.inStore(target); ok {
		return Root{link, p}, true
	}
	outer := target
	if !filepath.IsAbs(outer) {
		outer = filepath.Join(filepath.Dir(link), outer)
	}
	target, err = os.Readlink(outer)
	if err != nil {
		if errors.Is(err, fs.ErrNotExist) && filepath.Dir(link) == s.varDir("gcroots/auto") {
			os.Remove(link)
		}
		return Root{}, false
	}
	p, ok := s.inStore(target)
	return Root{outer, p}, ok
}

// inStore reads a logical path, or a physical one of this store.
func (s *Store) inStore(target string) (storepath.Path, bool) {
	if inside, ok := strings.CutPrefix(target, s.objectDir()+"/"); ok {
		target = storepath.Dir + "/" + inside
	}
	p, _, err := storepath.Split(target)
	return p, err == nil
}
