package store

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"

	"golang.org/x/sys/unix"

	"berth.dev/nix/hash"
	"berth.dev/nix/nar"
	"berth.dev/nix/storepath"
)

// Deduplicated says what a deduplication saved.
type Deduplicated struct {
	Files int   `json:"files"`
	Bytes int64 `json:"bytes"`
}

// Deduplicate replaces regular files with equal contents and modes by hard
// links to one of them, which is kept in ".links" under its digest as C++ Nix
// does. It may be stopped at any moment and run beside everything else.
func (s *Store) Deduplicate(ctx context.Context) (Deduplicated, error) {
	d := deduplication{store: s, links: filepath.Join(s.objectDir(), ".links")}
	err := d.run(ctx)
	if err != nil {
		err = fmt.Errorf("deduplicating the store: %w", err)
	}
	return d.saved, err
}

type deduplication struct {
	store *Store
	links string
	saved Deduplicated
}

func (d *deduplication) run(ctx context.Context) error {
	if d.store.readOnly {
		return fmt.Errorf("the store in '%s' is read-only", d.store.dir)
	}
	if err := os.MkdirAll(d.links, 0o755); err != nil {
		return err
	}
	all, err := d.store.All(ctx)
	if err != nil {
		return err
	}
	for _, p := range all {
		if err := d.path(ctx, p); err != nil {
			return err
		}
	}
	return nil
}

// path holds a path against being collected while its files are replaced.
func (d *deduplication) path(ctx context.Context, p storepath.Path) error {
	if err := d.store.AddTempRoots(ctx, p); err != nil {
		return err
	}
	if valid, err := d.store.Valid(ctx, []storepath.Path{p}); err != nil || !valid[p] {
		return err
	}
	return filepath.WalkDir(d.store.PhysicalPath(p), func(name string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if err := ctx.Err(); err != nil || !entry.Type().IsRegular() {
			return err
		}
		return d.file(name)
	})
}

// file links one file with what has its contents, or makes it the first such.
func (d *deduplication) file(name string) error {
	var own unix.Stat_t
	if err := unix.Lstat(name, &own); err != nil {
		return err
	}
	if own.Nlink > 1 || own.Size == 0 {
		return nil // shared already, or not worth a link
	}
	digest, _, err := nar.Digest(hash.SHA256, nar.Disk(name), nil) // takes the mode into account
	if err != nil {
		return err
	}
	shared := filepath.Join(d.links, digest.Nix32())
	var other unix.Stat_t
	if err := unix.Lstat(shared, &other); errors.Is(err, fs.ErrNotExist) {
		err := os.Link(name, shared)
		if errors.Is(err, fs.ErrExist) || errors.Is(err, unix.EMLINK) {
			return nil
		}
		return err
	} else if err != nil {
		return err
	}
	if other.Size != own.Size { // a damaged file must not spread
		return os.Remove(shared)
	}
	return d.replace(name, shared, own.Size)
}

// replace puts a link in the place of a file in one step.
func (d *deduplication) replace(name, shared string, size int64) error {
	temp := filepath.Join(d.links, ".new-"+strconv.Itoa(os.Getpid())+"-"+filepath.Base(shared))
	os.Remove(temp)
	if err := os.Link(shared, temp); err != nil {
		if errors.Is(err, unix.EMLINK) || errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		return err
	}
	restore, err := makeWritable(filepath.Dir(name), d.store.objectDir())
	if err != nil {
		return err
	}
	defer restore()
	if err := os.Rename(temp, name); err != nil {
		return err
	}
	d.saved.Files++
	d.saved.Bytes += size
	return nil
}

// makeWritable lets entries of an object's directory be replaced.
func makeWritable(dir, objects string) (restore func(), err error) {
	if dir == objects {
		return func() {}, nil
	}
	if err := os.Chmod(dir, 0o755); err != nil {
		return nil, err
	}
	return func() {
		os.Chmod(dir, 0o555)
		setTime(dir)
	}, nil
}

// removeUnusedLinks removes shared files that no object has any more. One that
// another process is about to link again is only missed by it.
func (s *Store) removeUnusedLinks() error {
	dir := filepath.Join(s.objectDir(), ".links")
	names, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	for _, name := range names {
		var st unix.Stat_t
		file := filepath.Join(dir, name.Name())
		if err := unix.Lstat(file, &st); err == nil && st.Nlink == 1 {
			if err := os.Remove(file); err != nil && !errors.Is(err, fs.ErrNotExist) {
				return err
			}
		}
	}
	return nil
}
