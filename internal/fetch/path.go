package fetch

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"

	"berth.dev/nix/flake"
)

// path takes a directory, or a file, with everything in it.
func (f *Fetcher) path(ref flake.Reference) (*Source, error) {
	name := ref["path"]
	if !filepath.IsAbs(name) {
		return nil, fmt.Errorf("cannot fetch input '%s' because it uses a relative path", ref)
	}
	name, err := filepath.EvalSymlinks(name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("path '%s' does not exist", ref["path"])
	} else if err != nil {
		return nil, err
	}
	tree := open(name)
	digest, err := digestOf(tree, ref["path"])
	if err != nil {
		return nil, err
	}
	modified, err := lastModified(name)
	if err != nil {
		return nil, err
	}
	full := ref
	if ref["lastModified"] == "" {
		full = locked(ref, digest, modified)
	}
	return &Source{FS: tree, Digest: digest, Origin: ref["path"], Locked: full.With("narHash", digest.SRI())}, nil
}

// lastModified returns the latest time of modification of what an archive of
// a tree holds.
func lastModified(dir string) (int64, error) {
	var latest int64
	err := filepath.WalkDir(dir, func(_ string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := entry.Info()
		if err != nil {
			return err
		}
		latest = max(latest, info.ModTime().Unix())
		return nil
	})
	return latest, err
}
