package store

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"

	"golang.org/x/sys/unix"

	"berth.dev/nix/storepath"
)

// tempRoots is this process's list of objects that must not be collected while
// it lives: a locked file of NUL-terminated paths, as C++ Nix keeps it.
type tempRoots struct {
	dir    string
	gcLock string

	mu    sync.Mutex
	file  *os.File
	known map[storepath.Path]bool
}

// AddTempRoots keeps paths, valid or not yet, from being collected until the
// store is closed or the process ends. While a collection is under way it waits.
func (s *Store) AddTempRoots(ctx context.Context, added ...storepath.Path) error {
	if s.readOnly {
		return nil
	}
	if err := s.temp.add(ctx, added); err != nil {
		return fmt.Errorf("protecting paths from garbage collection: %w", err)
	}
	return nil
}

func (t *tempRoots) add(ctx context.Context, added []storepath.Path) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	var text strings.Builder
	for _, p := range added {
		if !t.known[p] {
			text.WriteString(p.String())
			text.WriteByte(0)
		}
	}
	if text.Len() == 0 {
		return nil
	}
	if err := t.open(); err != nil {
		return err
	}
	collection, err := lockShared(ctx, t.gcLock)
	if err != nil {
		return err
	}
	defer collection.Close()
	if _, err := t.file.WriteString(text.String()); err != nil {
		return err
	}
	for _, p := range added {
		t.known[p] = true
	}
	return nil
}

func lockShared(ctx context.Context, name string) (*os.File, error) {
	file, err := os.OpenFile(name, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	if err := waitForLock(ctx, file, unix.LOCK_SH, nil); err != nil {
		file.Close()
		return nil, err
	}
	return file, nil
}

// open makes the file. A process may have several stores open, so the name has
// a part of its own behind the process id.
func (t *tempRoots) open() error {
	if t.file != nil {
		return nil
	}
	for n := 0; ; n++ {
		name := strconv.Itoa(os.Getpid())
		if n > 0 {
			name += "-" + strconv.Itoa(n)
		}
		file, err := os.OpenFile(filepath.Join(t.dir, name), os.O_RDWR|os.O_CREATE, 0o600)
		if err != nil {
			return err
		}
		if ok, err := takeTempRoots(file); ok {
			t.file, t.known = file, map[storepath.Path]bool{}
			return nil
		} else if file.Close(); err != nil {
			return err
		}
	}
}

// takeTempRoots locks a new file, or one left by a dead process with the same
// id. The lock is exclusive: a collector that gets it knows that the owner died.
func takeTempRoots(file *os.File) (bool, error) {
	err := flock(file, unix.LOCK_EX|unix.LOCK_NB)
	if errors.Is(err, unix.EWOULDBLOCK) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	if _, err := os.Stat(file.Name()); err != nil {
		return false, nil // a collector removed it before it was locked
	}
	return true, file.Truncate(0)
}

func (t *tempRoots) close() error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.file == nil {
		return nil
	}
	err := errors.Join(os.Remove(t.file.Name()), t.file.Close())
	t.file, t.known = nil, nil
	return err
}

// readTempRoots returns the temporary roots of all living processes and removes
// the files of dead ones. The caller holds the collection lock.
func readTempRoots(dir string) ([]storepath.Path, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	var all []storepath.Path
	for _, entry := range entries {
		found, err := readTempRootsFile(filepath.Join(dir, entry.Name()))
		if err != nil {
			return nil, err
		}
		all = append(all, found...)
	}
	return all, nil
}

func readTempRootsFile(name string) ([]storepath.Path, error) {
	file, err := os.Open(name)
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer file.Close()
	if flock(file, unix.LOCK_EX|unix.LOCK_NB) == nil {
		return nil, os.Remove(name)
	}
	text, err := os.ReadFile(name)
	if err != nil {
		return nil, err
	}
	var found []storepath.Path
	for _, line := range splitNUL(text) {
		if p, err := storepath.Parse(line); err == nil {
			found = append(found, p)
		}
	}
	return found, nil
}

// splitNUL returns the strings in a list in which each ends with a zero byte.
func splitNUL(list []byte) []string {
	text := strings.TrimSuffix(string(list), "\x00")
	if text == "" {
		return nil
	}
	return strings.Split(text, "\x00")
}
