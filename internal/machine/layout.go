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
	"strings"
	"syscall"

	"berth.dev/internal/root"
	"golang.org/x/sys/unix"
)

// layout is a machine's directory on the host.
type layout struct{ directory string }

func newLayout(directory string) layout { return layout{directory} }

func (l layout) mount() string  { return filepath.Join(l.directory, "root") }
func (l layout) upper() string  { return filepath.Join(l.directory, "upper") }
func (l layout) work() string   { return filepath.Join(l.directory, "work") }
func (l layout) shared() string { return filepath.Join(l.directory, "host") }

// state is where a directory of the machine really is that has to be on an
// ordinary file system.
func (l layout) state(name string) string { return filepath.Join(l.directory, "state", name) }

// stateDirectories are the directories of a machine that are not part of its
// overlay: engines put overlays of their own below /var.
func stateDirectories() []string { return []string{"var", "home", "root", "srv"} }

func (l layout) make() error {
	for _, directory := range []string{l.mount(), l.upper(), l.work(), l.shared(), l.state("")} {
		if err := os.MkdirAll(directory, 0o755); err != nil {
			return fmt.Errorf("make machine directory: %w", err)
		}
	}
	return nil
}

// seed gives the state directories what the root has for them. What is there
// already stays: it is the machine's own.
func (l layout) seed(r *root.Root) error {
	for _, name := range stateDirectories() {
		target := l.state(name)
		if err := os.Mkdir(target, 0o755); err != nil && !errors.Is(err, fs.ErrExist) {
			return fmt.Errorf("make /%s: %w", name, err)
		}
		for _, layer := range r.Lowers() {
			source := filepath.Join(layer, name)
			if info, err := os.Lstat(source); err != nil || !info.IsDir() {
				continue
			}
			if err := copyTree(source, target); err != nil {
				return fmt.Errorf("fill /%s: %w", name, err)
			}
		}
	}
	for _, p := range r.Prepared {
		if err := l.prepare(p); err != nil {
			return fmt.Errorf("fill %s: %w", p.Path, err)
		}
	}
	return nil
}

// prepare fills a directory that is empty or missing with content made
// beforehand.
func (l layout) prepare(p root.Prepared) error {
	top, _, _ := strings.Cut(strings.TrimPrefix(path.Clean(p.Path), "/"), "/")
	target := l.upper()
	if slices.Contains(stateDirectories(), top) {
		target = l.state("")
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
