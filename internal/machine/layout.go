package machine

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"

	"berth.dev/internal/isolate"
	"berth.dev/internal/root"
	"golang.org/x/sys/unix"
)

// layout says where the directories of a system are.
type layout struct {
	// directory holds the others.
	directory string
	// mount is an empty directory, upper and work are the overlay's.
	mount, upper, work string
	// shared is shown inside as well, for sockets.
	shared string
	// state holds the directories that are not part of the overlay.
	state string
	// ephemeral says that nothing is kept beyond the end of the process that
	// runs the system, so nothing needs to reach the disk.
	ephemeral bool
}

// machineLayout is that of a machine, in a directory of its own.
func machineLayout(directory string, ephemeral bool) layout {
	in := func(name string) string { return filepath.Join(directory, name) }
	return layout{directory: directory, mount: in("root"), upper: in("upper"), work: in("work"),
		shared: in("host"), state: in("state"), ephemeral: ephemeral}
}

// stateDirectories are the directories of a system that are not part of its
// overlay: engines put overlays of their own below /var.
func stateDirectories() []string { return []string{"var", "home", "root", "srv"} }

func (l *layout) make() error {
	if l.ephemeral {
		// The kernel marks a scratch directory that was never written to
		// disk, and refuses to use it again.
		if err := os.RemoveAll(l.work); err != nil {
			return fmt.Errorf("make directory: %w", err)
		}
	}
	for _, directory := range []string{l.mount, l.upper, l.work, l.shared, l.state} {
		if err := os.MkdirAll(directory, 0o755); err != nil {
			return fmt.Errorf("make directory: %w", err)
		}
	}
	return nil
}

// binds show the state directories and the shared one inside.
func (l *layout) binds() []isolate.Mount {
	var mounts []isolate.Mount
	for _, name := range stateDirectories() {
		mounts = append(mounts, isolate.Mount{Destination: "/" + name, Type: "bind", Source: filepath.Join(l.state, name)})
	}
	return append(mounts, isolate.Mount{Destination: sharedDirectory, Type: "bind", Source: l.shared})
}

// seed gives the state directories what the root has for them. What is there
// already stays: it is the machine's own.
func (l *layout) seed(lowers []string, prepared []root.Prepared) error {
	for _, name := range stateDirectories() {
		target := filepath.Join(l.state, name)
		if err := os.Mkdir(target, 0o755); err != nil && !errors.Is(err, fs.ErrExist) {
			return fmt.Errorf("make /%s: %w", name, err)
		}
		for _, layer := range lowers {
			source := filepath.Join(layer, name)
			if info, err := os.Lstat(source); err != nil || !info.IsDir() {
				continue
			}
			if err := copyTree(source, target); err != nil {
				return fmt.Errorf("fill /%s: %w", name, err)
			}
		}
	}
	for _, p := range prepared {
		if l.ephemeral {
			continue // see preparedMounts
		}
		if err := l.prepare(p); err != nil {
			return fmt.Errorf("fill %s: %w", p.Path, err)
		}
	}
	return nil
}

// overlay is the system's root.
func (l *layout) overlay(lowers []string) *isolate.Overlay {
	return &isolate.Overlay{Lowers: lowers, Upper: l.upper, Work: l.work, Volatile: l.ephemeral}
}

// preparedMounts show prepared directories in an ephemeral system without
// copying them.
func (l *layout) preparedMounts(prepared []root.Prepared) ([]isolate.Mount, error) {
	if !l.ephemeral {
		return nil, nil
	}
	var mounts []isolate.Mount
	for i, p := range prepared {
		directory := filepath.Join(l.directory, "prepared", strconv.Itoa(i))
		o := &isolate.Overlay{Lowers: []string{p.Source}, Upper: filepath.Join(directory, "upper"),
			Work: filepath.Join(directory, "work"), Volatile: true}
		if err := os.RemoveAll(o.Work); err != nil {
			return nil, fmt.Errorf("show %s: %w", p.Path, err)
		}
		if err := os.MkdirAll(o.Work, 0o755); err != nil {
			return nil, fmt.Errorf("show %s: %w", p.Path, err)
		}
		info, err := os.Stat(p.Source)
		if err == nil {
			// The top of an overlay is that of its upper directory.
			err = copyEntry(p.Source, o.Upper, info)
		}
		if err != nil {
			return nil, fmt.Errorf("show %s: %w", p.Path, err)
		}
		mounts = append(mounts, isolate.Mount{Destination: p.Path, Type: "overlay", Overlay: o})
	}
	return mounts, nil
}

// prepare fills a directory that is empty or missing with content made
// beforehand.
func (l *layout) prepare(p root.Prepared) error {
	top, _, _ := strings.Cut(strings.TrimPrefix(path.Clean(p.Path), "/"), "/")
	target := l.upper
	if slices.Contains(stateDirectories(), top) {
		target = l.state
	}
	target = filepath.Join(target, p.Path)
	if entries, err := os.ReadDir(target); err == nil && len(entries) > 0 {
		return nil
	} else if err == nil {
		if err := os.Remove(target); err != nil {
			return err
		}
	}
	if err := os.MkdirAll(filepath.Dir(target), 0o755); err != nil {
		return err
	}
	return copyTree(p.Source, target)
}

// copyTree copies what target does not have. Ownership and modes come with it,
// also for a directory that an earlier layer made.
func copyTree(source, target string) error {
	return filepath.WalkDir(source, func(from string, e fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		relative, err := filepath.Rel(source, from)
		if err != nil {
			return err
		}
		info, err := e.Info()
		if err != nil {
			return err
		}
		return copyEntry(from, filepath.Join(target, relative), info)
	})
}

func copyEntry(source, target string, info fs.FileInfo) error {
	made, err := makeEntry(source, target, info)
	if err != nil || !made {
		return err
	}
	stat := info.Sys().(*syscall.Stat_t)
	if err := os.Lchown(target, int(stat.Uid), int(stat.Gid)); err != nil {
		return err
	}
	if info.Mode()&fs.ModeSymlink != 0 {
		return nil
	}
	return unix.Chmod(target, stat.Mode&0o7777)
}

// makeEntry reports whether target was made.
func makeEntry(source, target string, info fs.FileInfo) (bool, error) {
	var err error
	switch info.Mode().Type() {
	case fs.ModeDir:
		err = os.Mkdir(target, 0o700)
	case fs.ModeSymlink:
		var link string
		if link, err = os.Readlink(source); err == nil {
			err = os.Symlink(link, target)
		}
	case 0:
		err = copyFile(source, target)
	default:
		return false, nil // sockets and devices are nobody's state
	}
	if errors.Is(err, fs.ErrExist) {
		return false, nil
	}
	return err == nil, err
}

func copyFile(source, target string) error {
	in, err := os.Open(source)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.OpenFile(target, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	if unix.IoctlFileClone(int(out.Fd()), int(in.Fd())) == nil {
		return out.Close()
	}
	if _, err := io.Copy(out, in); err != nil {
		out.Close()
		return err
	}
	return out.Close()
}
