package machine

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// Names in a run directory, and that of the lock that guards making and
// sweeping them.
const (
	lockName  = "lock"
	sweepLock = ".sweep"
)

// A runDirectory holds what machines need only while they run. It is locked
// for as long as somebody takes care of it; the lock is a descriptor, so it
// goes with the process however that ends.
type runDirectory struct {
	path string
	lock *os.File
}

// makeRunDirectory makes and locks a new directory in parent.
func makeRunDirectory(parent, prefix string) (*runDirectory, error) {
	if err := os.MkdirAll(parent, 0o755); err != nil {
		return nil, fmt.Errorf("make run directory: %w", err)
	}
	guard, err := lockFile(filepath.Join(parent, sweepLock), true)
	if err != nil {
		return nil, fmt.Errorf("make run directory: %w", err)
	}
	defer guard.Close()
	path, err := os.MkdirTemp(parent, prefix+"-")
	if err != nil {
		return nil, fmt.Errorf("make run directory: %w", err)
	}
	os.Chmod(path, 0o755)
	lock, err := lockFile(filepath.Join(path, lockName), false)
	if err != nil {
		os.RemoveAll(path)
		return nil, fmt.Errorf("make run directory: %w", err)
	}
	return &runDirectory{path, lock}, nil
}

// lockFile locks a file, made when it is missing.
func lockFile(path string, wait bool) (*os.File, error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	how := unix.LOCK_EX
	if !wait {
		how |= unix.LOCK_NB
	}
	for {
		err = unix.Flock(int(f.Fd()), how)
		if !errors.Is(err, unix.EINTR) {
			break
		}
	}
	if err != nil {
		f.Close()
		return nil, fmt.Errorf("lock %s: %w", path, err)
	}
	return f, nil
}

// name is unique on this host while the directory exists.
func (d *runDirectory) name() string { return filepath.Base(d.path) }

// removeTree tries again for a while: the mounts of a dying process may hold
// a directory for a moment.
func removeTree(path string) error {
	var err error
	for pause := time.Millisecond; pause < time.Second; pause *= 2 {
		if err = os.RemoveAll(path); err == nil {
			return nil
		}
		time.Sleep(pause)
	}
	return fmt.Errorf("remove run directory: %w", err)
}

// Sweep removes the run directories in parent that nobody takes care of any
// more, and all that belongs to them. It returns their names.
func Sweep(parent string) ([]string, error) {
	guard, err := lockFile(filepath.Join(parent, sweepLock), true)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	} else if err != nil {
		return nil, fmt.Errorf("sweep %s: %w", parent, err)
	}
	defer guard.Close()
	entries, err := os.ReadDir(parent)
	if err != nil {
		return nil, fmt.Errorf("sweep %s: %w", parent, err)
	}
	var swept []string
	var failed error
	for _, e := range entries {
		path := filepath.Join(parent, e.Name())
		if !e.IsDir() || strings.HasPrefix(e.Name(), ".") {
			continue
		}
		lock, err := lockFile(filepath.Join(path, lockName), false)
		if err != nil {
			continue // somebody has it
		}
		if err := errors.Join(undoAll(readUndoFile(path)), removeTree(path)); err != nil {
			failed = errors.Join(failed, err)
		} else {
			swept = append(swept, e.Name())
		}
		lock.Close()
	}
	guard.Close()
	borrowed, err := openLoans()
	return swept, errors.Join(failed, err, borrowed.giveBack())
}
