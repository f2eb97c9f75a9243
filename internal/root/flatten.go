package root

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
)

// ownLayers is how many generated layers come above the parts at most.
const ownLayers = 3

// partLowers returns the trees of the parts, or where an overlay cannot hold
// so many, one tree of hard links to all their files. It is only ever read
// through an overlay, so nobody can change the store through it.
func (a *assembly) partLowers() ([]string, error) {
	if len(a.Parts) <= maxLowers-ownLayers {
		lowers := make([]string, len(a.Parts))
		for i, p := range a.Parts {
			lowers[i] = filepath.Join(p, "root")
		}
		return lowers, nil
	}
	key := keyOf(layerRules, "flat", partNames(a.Parts))
	l, err := cachedLayer(&a.Config, key, func(t *tree) (struct{}, error) {
		a.log("flattening %d packages into one tree", len(a.Parts))
		for _, p := range a.Parts {
			if err := mergeTree(filepath.Join(p, "root"), t.root.Name()); err != nil {
				return struct{}{}, fmt.Errorf("flatten %s: %w", filepath.Base(p), err)
			}
		}
		return struct{}{}, nil
	})
	if err != nil {
		return nil, err
	}
	return []string{l.tree}, nil
}

// mergeTree adds a tree to another by hard links. The first of two files at
// the same path stays, as in an overlay.
func mergeTree(from, to string) error {
	return filepath.WalkDir(from, func(source string, e fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		below, err := filepath.Rel(from, source)
		if err != nil || below == "." {
			return err
		}
		target := filepath.Join(to, below)
		if e.IsDir() {
			if err := os.Mkdir(target, 0o755); err != nil && !errors.Is(err, fs.ErrExist) {
				return err
			}
			return nil
		}
		if e.Type()&fs.ModeSymlink != 0 {
			link, err := os.Readlink(source)
			if err == nil {
				err = os.Symlink(link, target)
			}
			return unlessExists(err)
		}
		return unlessExists(linkOrCopy(source, target))
	})
}

func unlessExists(err error) error {
	if errors.Is(err, fs.ErrExist) {
		return nil
	}
	return err
}

// linkOrCopy copies where a file has as many links as its file system allows.
func linkOrCopy(source, target string) error {
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
