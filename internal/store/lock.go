package store

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"

	"golang.org/x/sys/unix"

	"berth.dev/nix/storepath"
)

// lockPoll is how often a lock held by another process is tried again.
const lockPoll = 50 * time.Millisecond

func flock(file *os.File, how int) error {
	for {
		err := unix.Flock(int(file.Fd()), how)
		if !errors.Is(err, unix.EINTR) {
			return err
		}
	}
}

// PathLocks are exclusive locks on paths that are about to be made. They are
// files beside the paths, locked as C++ Nix does, so that both can work on one store.
type PathLocks struct{ files []*os.File }

// Lock waits until the caller alone may make the paths. waiting, if not nil, is
// called once for each path that another process or goroutine holds.
func (s *Store) Lock(ctx context.Context, wanted []storepath.Path, waiting func(storepath.Path)) (*PathLocks, error) {
	if s.readOnly {
		return nil, fmt.Errorf("the store in '%s' is read-only", s.dir)
	}
	sorted := slices.Clone(wanted) // one order for all, so that nobody waits in a circle
	slices.SortFunc(sorted, storepath.Path.Compare)
	locks := &PathLocks{}
	for _, p := range slices.Compact(sorted) {
		file, err := lockFile(ctx, s.PhysicalPath(p)+".lock", func() {
			if waiting != nil {
				waiting(p)
			}
		})
		if err != nil {
			locks.Unlock()
			return nil, fmt.Errorf("locking '%s': %w", p, err)
		}
		locks.files = append(locks.files, file)
	}
	return locks, nil
}

// Unlock gives the locks back and removes their files.
func (l *PathLocks) Unlock() {
	for _, file := range l.files {
		os.Remove(file.Name())
		// Whoever opened the file meanwhile sees by its length that it is stale.
		file.Write([]byte("d"))
		file.Close()
	}
	l.files = nil
}

// lockFile opens and locks a file that its previous owner may be removing.
func lockFile(ctx context.Context, name string, waiting func()) (*os.File, error) {
	for {
		file, err := os.OpenFile(name, os.O_RDWR|os.O_CREATE, 0o600)
		if err != nil {
			return nil, err
		}
		if err := waitForLock(ctx, file, unix.LOCK_EX, waiting); err != nil {
			file.Close()
			return nil, err
		}
		info, err := file.Stat()
		if err == nil && info.Size() == 0 {
			return file, nil
		}
		file.Close()
		if err != nil {
			return nil, err
		}
	}
}

// waitForLock polls, so that it can be cancelled and needs no thread of its own.
func waitForLock(ctx context.Context, file *os.File, how int, waiting func()) error {
	for first := true; ; first = false {
		err := flock(file, how|unix.LOCK_NB)
		if !errors.Is(err, unix.EWOULDBLOCK) {
			return err
		}
		if first && waiting != nil {
			waiting()
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(lockPoll):
		}
	}
}

// Staging is a directory, on the same file system as the objects, in which one
// is made. It is locked as long as its process lives; what is left of a dead
// one is removed when the store is opened next.
type Staging struct {
	dir  string
	lock *os.File
}

// Stage makes an empty staging directory.
func (s *Store) Stage() (*Staging, error) {
	if s.readOnly {
		return nil, fmt.Errorf("the store in '%s' is read-only", s.dir)
	}
	for {
		staging, err := s.tryStage()
		if err != nil {
			return nil, fmt.Errorf("making a staging directory: %w", err)
		}
		if staging != nil {
			return staging, nil
		}
	}
}

func (s *Store) tryStage() (*Staging, error) {
	dir, err := os.MkdirTemp(s.varDir("incoming"), "")
	if err != nil {
		return nil, err
	}
	lock, err := os.Open(dir)
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil // swept by another process before it was locked
	}
	if err != nil {
		return nil, err
	}
	if err := flock(lock, unix.LOCK_EX|unix.LOCK_NB); err != nil {
		lock.Close()
		return nil, nil // being swept
	}
	if _, err := os.Stat(dir); err != nil {
		lock.Close()
		return nil, nil
	}
	return &Staging{dir, lock}, nil
}

// Dir returns the staging directory.
func (st *Staging) Dir() string { return st.dir }

// Remove deletes the directory and what is left in it.
func (st *Staging) Remove() error {
	err := removeAll(st.dir)
	return errors.Join(err, st.lock.Close())
}

// sweep removes staging directories whose process has died.
func (s *Store) sweep() error {
	names, err := os.ReadDir(s.varDir("incoming"))
	if err != nil {
		return err
	}
	for _, name := range names {
		sweepOne(s.incoming(name.Name()))
	}
	return nil
}

// sweepOne leaves what cannot be removed, or is in use, for another time.
func sweepOne(dir string) {
	lock, err := os.Open(dir)
	if err != nil {
		return
	}
	defer lock.Close()
	if flock(lock, unix.LOCK_EX|unix.LOCK_NB) == nil {
		removeAll(dir)
	}
}

// removeAll removes a tree whose directories may be read-only.
func removeAll(dir string) error {
	err := os.RemoveAll(dir)
	if err == nil || !errors.Is(err, os.ErrPermission) {
		return err
	}
	filepath.WalkDir(dir, func(name string, entry os.DirEntry, err error) error {
		if entry != nil && entry.IsDir() {
			os.Chmod(name, 0o700)
		}
		return nil
	})
	return os.RemoveAll(dir)
}
