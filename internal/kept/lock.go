package kept

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"
)

// A Lock keeps other commands from a machine. It is a descriptor and goes with
// the process.
type Lock struct {
	file *os.File
	path string
}

// ErrBusy says that another command is at work on a machine.
var ErrBusy = errors.New("another command is starting or stopping it")

// Lock takes a machine's name for a command that starts, stops or changes it.
func (y *Yard) Lock(name string) (*Lock, error) {
	if err := CheckName(name); err != nil {
		return nil, err
	}
	if err := os.MkdirAll(y.Dir, 0o755); err != nil {
		return nil, fmt.Errorf("lock %s: %w", name, err)
	}
	path := filepath.Join(y.Dir, "."+name+".lock")
	for {
		f, err := lockFile(path)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		if isSame(f, path) {
			return &Lock{f, path}, nil
		}
		f.Close() // removed by the command that had it
	}
}

// Release gives the name back.
func (l *Lock) Release() {
	os.Remove(l.path)
	l.file.Close()
}

func isSame(f *os.File, path string) bool {
	open, err := f.Stat()
	if err != nil {
		return false
	}
	named, err := os.Stat(path)
	return err == nil && os.SameFile(open, named)
}

// lockFile locks a file, made when it is missing, without waiting.
func lockFile(path string) (*os.File, error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	if err := unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB); err != nil {
		f.Close()
		if errors.Is(err, unix.EWOULDBLOCK) {
			err = ErrBusy
		}
		return nil, err
	}
	return f, nil
}
