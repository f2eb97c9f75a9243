package network

import (
	"fmt"
	"os"
	"runtime"

	"golang.org/x/sys/unix"
)

// A Namespace is a handle on a network namespace, which it keeps alive.
type Namespace struct {
	file *os.File
}

// OfProcess returns the network namespace of a process.
func OfProcess(pid int) (*Namespace, error) {
	return OpenNamespace(fmt.Sprintf("/proc/%d/ns/net", pid))
}

// OpenNamespace returns the network namespace that a file stands for.
func OpenNamespace(path string) (*Namespace, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("open network namespace: %w", err)
	}
	return &Namespace{file}, nil
}

// NewNamespace makes an empty network namespace that only the handle keeps
// alive.
func NewNamespace() (*Namespace, error) {
	var made *Namespace
	err := onThread(func() error {
		if err := unix.Unshare(unix.CLONE_NEWNET); err != nil {
			return fmt.Errorf("make network namespace: %w", err)
		}
		var err error
		made, err = OpenNamespace("/proc/thread-self/ns/net")
		return err
	})
	return made, err
}

// Close lets go of the namespace.
func (n *Namespace) Close() error { return n.file.Close() }

func (n *Namespace) descriptor() int { return int(n.file.Fd()) }

// Do runs f on a thread that is inside the namespace.
func (n *Namespace) Do(f func() error) error {
	return onThread(func() error {
		if err := unix.Setns(n.descriptor(), unix.CLONE_NEWNET); err != nil {
			return fmt.Errorf("enter network namespace: %w", err)
		}
		return f()
	})
}

// onThread runs f on a thread of its own and brings the thread back into the
// namespace it came from. When that fails the thread is not used again.
func onThread(f func() error) error {
	done := make(chan error)
	go func() {
		runtime.LockOSThread()
		home, err := os.Open("/proc/thread-self/ns/net")
		if err != nil {
			runtime.UnlockOSThread()
			done <- fmt.Errorf("open own network namespace: %w", err)
			return
		}
		defer home.Close()
		result := f()
		if unix.Setns(int(home.Fd()), unix.CLONE_NEWNET) == nil {
			runtime.UnlockOSThread()
		}
		done <- result
	}()
	return <-done
}
