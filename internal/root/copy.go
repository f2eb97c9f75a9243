package root

import (
	"context"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"golang.org/x/sys/unix"
)

// Copy gives target the content, owners and modes of the prepared directory,
// unless something is in it already. Where the file system can share the
// content of files, it is shared.
func (p *Prepared) Copy(ctx context.Context, target string) error {
	if entries, err := os.ReadDir(target); err == nil && len(entries) > 0 {
		return nil
	}
	if err := os.MkdirAll(target, 0o755); err != nil {
		return err
	}
	c := copying{source: p.Source, target: target}
	err := c.run(ctx)
	if err == nil {
		err = copyAttributes(p.Source, target, 0)
	}
	if err != nil {
		return fmt.Errorf("copy prepared %s: %w", p.Path, err)
	}
	return nil
}

// Seed gives target, a directory that will be mounted at name inside a system,
// what the stack of directories lowers, topmost first, has there. What target
// has already stays.
func Seed(ctx context.Context, lowers []string, name, target string) error {
	_, err := os.Lstat(target)
	fresh := err != nil
	if err := os.MkdirAll(target, 0o755); err != nil {
		return err
	}
	for _, lower := range lowers {
		// The store has taken the owner's right to write.
		c := copying{source: filepath.Join(lower, clean(name)), target: target, add: 0o200}
		if info, err := os.Lstat(c.source); err != nil || !info.IsDir() {
			continue
		}
		err := c.run(ctx)
		if err == nil && fresh {
			err = copyAttributes(c.source, target, c.add)
		}
		if err != nil {
			return fmt.Errorf("seed %s: %w", name, err)
		}
		fresh = false
	}
	return nil
}

// A copying adds to target what it does not have yet of source.
type copying struct {
	source, target string
	add            uint32   // mode bits that copies get besides their own
	made           []string // new directories; they get their modes when they are full
}

func (c *copying) run(ctx context.Context) error {
	err := filepath.WalkDir(c.source, func(from string, e fs.DirEntry, err error) error {
		if err == nil {
			err = ctx.Err()
		}
		if err != nil || from == c.source {
			return err
		}
		below, err := filepath.Rel(c.source, from)
		if err != nil {
			return err
		}
		return c.entry(from, below, e)
	})
	if err != nil {
		return err
	}
	slices.Reverse(c.made)
	for _, below := range c.made {
		if err := copyAttributes(filepath.Join(c.source, below), filepath.Join(c.target, below), c.add); err != nil {
			return err
		}
	}
	return nil
}

func (c *copying) entry(from, below string, e fs.DirEntry) error {
	to := filepath.Join(c.target, below)
	if info, err := os.Lstat(to); err == nil {
		if e.IsDir() && !info.IsDir() {
			return fs.SkipDir
		}
		return nil
	}
	switch {
	case e.IsDir():
		c.made = append(c.made, below)
		return os.Mkdir(to, 0o700)
	case e.Type()&fs.ModeSymlink != 0:
		link, err := os.Readlink(from)
		if err != nil {
			return err
		}
		return os.Symlink(link, to)
	case e.Type().IsRegular():
		if err := copyContent(from, to); err != nil {
			return err
		}
		return copyAttributes(from, to, c.add)
	}
	return nil // whiteouts and sockets stay behind
}

func copyContent(from, to string) error {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	defer out.Close()
	if unix.IoctlFileClone(int(out.Fd()), int(in.Fd())) != nil {
		if _, err := io.Copy(out, in); err != nil {
			return err
		}
	}
	return out.Close()
}

// copyAttributes copies owner and mode; owners only where that is permitted.
func copyAttributes(from, to string, add uint32) error {
	var stat unix.Stat_t
	if err := unix.Lstat(from, &stat); err != nil {
		return err
	}
	if os.Geteuid() == 0 {
		if err := os.Lchown(to, int(stat.Uid), int(stat.Gid)); err != nil {
			return err
		}
	}
	return unix.Chmod(to, stat.Mode&0o7777|add)
}
