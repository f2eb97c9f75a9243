package fetch

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"

	"berth.dev/nix/nar"
)

// maxLink is the longest target of a link that Linux knows.
const maxLink = 4095

// builder makes a tree beneath a directory that it opened. It knows everything
// in the tree, so that nothing is ever written through a link.
type builder struct {
	dir    string
	root   *os.Root
	kinds  map[string]nar.Kind // "." is the top
	left   Limits
	latest int64 // time of modification, in seconds since 1970
}

func newBuilder(dir string, limits Limits) (*builder, error) {
	if err := os.Mkdir(dir, 0o755); err != nil {
		return nil, err
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, err
	}
	return &builder{dir: dir, root: root, kinds: map[string]nar.Kind{".": nar.Directory}, left: limits}, nil
}

func (b *builder) close() error { return b.root.Close() }

// result returns where the tree is.
func (b *builder) result() string { return b.dir }

// topDirectory returns the only entry of the top, if that is a directory.
func (b *builder) topDirectory() (string, bool) {
	only := ""
	for name := range b.kinds {
		if name == "." || strings.Contains(name, "/") {
			continue
		}
		if only != "" {
			return "", false
		}
		only = name
	}
	return only, b.kinds[only] == nar.Directory
}

// descend makes the only directory at the top the tree.
func (b *builder) descend() {
	if name, ok := b.topDirectory(); ok {
		b.dir = filepath.Join(b.dir, name)
	}
}

// errHostile is what names in archives that lead elsewhere cause.
var errHostile = errors.New("leads out of its tree")

// clean checks a name from elsewhere.
func clean(name string) (string, error) {
	if strings.ContainsRune(name, 0) || len(name) > maxLink {
		return "", fmt.Errorf("the name '%.80q' cannot be that of a file", name)
	}
	trimmed := strings.TrimLeft(name, "/")
	for part := range strings.SplitSeq(trimmed, "/") {
		if part == ".." {
			return "", fmt.Errorf("the name '%s' %w", name, errHostile)
		}
	}
	return path.Clean("./" + trimmed), nil
}

// prepare checks a name, makes the directories above it and counts it.
func (b *builder) prepare(name string) (string, error) {
	name, err := clean(name)
	if err != nil {
		return "", err
	}
	if name == "." {
		return name, nil
	}
	return name, errors.Join(b.count(), b.parents(path.Dir(name)))
}

// count notes one more file, link or directory.
func (b *builder) count() error {
	if b.left.Entries--; b.left.Entries < 0 {
		return errors.New("there are too many files in it")
	}
	return nil
}

func (b *builder) parents(dir string) error {
	switch b.kinds[dir] {
	case nar.Directory:
		return nil
	case nar.Unknown:
		if err := errors.Join(b.count(), b.parents(path.Dir(dir))); err != nil {
			return err
		}
		b.kinds[dir] = nar.Directory
		return b.root.Mkdir(dir, 0o755)
	}
	return fmt.Errorf("'%s' is not a directory, but something lies in it", dir)
}

// directory makes a directory, unless it is there.
func (b *builder) directory(name string) error {
	name, err := b.prepare(name)
	if err != nil {
		return err
	}
	return b.parents(name)
}

// replace makes room for a file or a link; the later of two wins.
func (b *builder) replace(name string, kind nar.Kind) error {
	switch b.kinds[name] {
	case nar.Directory:
		return fmt.Errorf("'%s' is a directory and also a %s", name, kind)
	case nar.Unknown:
	default:
		if err := b.root.Remove(name); err != nil {
			return err
		}
	}
	b.kinds[name] = kind
	return nil
}

// file writes a regular file of a known size.
func (b *builder) file(name string, in io.Reader, size int64, executable bool) error {
	name, err := b.prepare(name)
	if err != nil {
		return err
	}
	if b.left.Unpacked -= size; size < 0 || b.left.Unpacked < 0 {
		return fmt.Errorf("with '%s' it is larger than is accepted", name)
	}
	if err := b.replace(name, nar.Regular); err != nil {
		return err
	}
	mode := fs.FileMode(0o644)
	if executable {
		mode = 0o755
	}
	file, err := b.root.OpenFile(name, os.O_CREATE|os.O_EXCL|os.O_WRONLY, mode)
	if err != nil {
		return err
	}
	n, err := io.Copy(file, io.LimitReader(in, size))
	if err == nil && n < size {
		err = fmt.Errorf("'%s': %w", name, io.ErrUnexpectedEOF)
	}
	return errors.Join(err, file.Close())
}

// link makes a symbolic link. Its target is only text.
func (b *builder) link(name, target string) error {
	name, err := b.prepare(name)
	if err != nil {
		return err
	}
	if target == "" || len(target) > maxLink || strings.ContainsRune(target, 0) {
		return fmt.Errorf("the link '%s' has an impossible target", name)
	}
	if err := b.replace(name, nar.Symlink); err != nil {
		return err
	}
	return b.root.Symlink(target, name)
}

// hardLink makes a second name for a file that was written before.
func (b *builder) hardLink(name, target string) error {
	target, err := clean(target)
	if err != nil {
		return err
	}
	name, err = b.prepare(name)
	if err != nil {
		return err
	}
	switch kind := b.kinds[target]; {
	case name == target:
		return nil
	case kind != nar.Regular && kind != nar.Symlink:
		return fmt.Errorf("'%s' is another name for '%s', which is not there", name, target)
	default:
		if err := b.replace(name, kind); err != nil {
			return err
		}
	}
	return b.root.Link(target, name)
}

// graft copies another tree into a directory.
func (b *builder) graft(at string, tree fs.FS) error {
	return fs.WalkDir(tree, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := entry.Info()
		if err != nil {
			return err
		}
		to := path.Join(at, name)
		switch info.Mode().Type() {
		case fs.ModeDir:
			return b.directory(to)
		case fs.ModeSymlink:
			target, err := fs.ReadLink(tree, name)
			if err != nil {
				return err
			}
			return b.link(to, target)
		}
		file, err := tree.Open(name)
		if err != nil {
			return err
		}
		defer file.Close()
		return b.file(to, file, info.Size(), info.Mode()&0o100 != 0)
	})
}
