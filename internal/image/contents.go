package image

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"

	"golang.org/x/sys/unix"

	"berth.dev/internal/build"
	"berth.dev/nix/storepath"
)

// mergedDirectories are the top directories whose place is below /usr in
// Debian.
var mergedDirectories = [...]string{"bin", "sbin", "lib", "lib64"}

// contentsTree joins the trees of an image's contents: real directories, with
// links to the files in the store.
type contentsTree struct {
	root    *os.Root
	top     string // the name of the tree beneath the root
	objects Objects
	debian  bool // the image has files of Debian packages
	copying bool // files are copied instead of linked
}

// buildContents makes the tree that extraCommands see. It is part of the
// image's last layer.
func buildContents(ctx context.Context, job *build.Job) error {
	out, err := job.Output("out")
	if err != nil {
		return err
	}
	closure, err := closureOf(ctx, job, append(job.List("contents"), storePaths(job, job.Get("config"))...))
	if err != nil {
		return err
	}
	t := &contentsTree{root: job.Root, top: out, objects: Objects(job.ObjectDir()), copying: job.Flag("copy")}
	t.debian = slices.ContainsFunc(closure, func(o *object) bool { return o.part })
	if err := t.skeleton(); err != nil {
		return err
	}
	for _, tree := range job.List("contents") {
		if err := t.join(tree); err != nil {
			return err
		}
	}
	if !job.Flag("includeNixDB") {
		return nil
	}
	return t.nixDatabase(ctx, job)
}

// skeleton makes what every image has: a place for temporary files and, with
// Debian packages, the links of the merged /usr.
func (t *contentsTree) skeleton() error {
	if err := t.root.Mkdir(t.top, 0o755); err != nil {
		return err
	}
	if !t.debian {
		return nil
	}
	for _, dir := range mergedDirectories {
		if err := t.root.MkdirAll(path.Join(t.top, "usr", dir), 0o755); err != nil {
			return err
		}
		if err := t.root.Symlink("usr/"+dir, path.Join(t.top, dir)); err != nil {
			return err
		}
	}
	return nil
}

func (t *contentsTree) join(tree string) error {
	logical, outside, err := t.resolve(tree)
	if err != nil {
		return err
	}
	info, err := os.Lstat(t.objects.Physical(logical))
	if outside || err != nil || !info.IsDir() {
		return fmt.Errorf("contents: '%s' is not a directory, and only directories can be joined; use runCommand or writeTextDir to put a file into one", tree)
	}
	return t.joinDirectory("", logical)
}

func (t *contentsTree) joinDirectory(place, logical string) error {
	entries, err := os.ReadDir(t.objects.Physical(logical))
	if err != nil {
		return fmt.Errorf("contents: %w", err)
	}
	// Others are made when something comes into them: of a Debian package
	// nothing may be left to link.
	if len(entries) == 0 {
		if err := t.makeDirectory(path.Join(t.top, t.place(place))); err != nil {
			return err
		}
	}
	for _, entry := range entries {
		if place == "" && entry.Name() == "nix-support" {
			continue
		}
		if err := t.joinEntry(path.Join(place, entry.Name()), path.Join(logical, entry.Name())); err != nil {
			return err
		}
	}
	return nil
}

func (t *contentsTree) joinEntry(place, logical string) error {
	final, outside, err := t.resolve(logical)
	if err != nil {
		return err
	}
	target := logical
	if outside {
		if t.debian && isInstalled(place, final) {
			return nil
		}
		target = final
	} else if info, err := os.Lstat(t.objects.Physical(final)); err == nil && info.IsDir() {
		return t.joinDirectory(place, final)
	}
	name := path.Join(t.top, t.place(place))
	if _, err := t.root.Lstat(name); err == nil {
		return nil // the first of two stays
	}
	if err := t.makeDirectory(path.Dir(name)); err != nil {
		return err
	}
	if t.copying && !outside {
		return t.copy(logical, final, name)
	}
	if err := t.root.Symlink(target, name); err != nil {
		return fmt.Errorf("contents: linking '%s': %w", place, err)
	}
	return nil
}

// copy copies a file of the store, or a link that stays within its directory.
func (t *contentsTree) copy(logical, final, name string) error {
	if link, err := os.Readlink(t.objects.Physical(logical)); err == nil && !strings.Contains(link, "/") {
		return t.root.Symlink(link, name)
	}
	from, err := os.Open(t.objects.Physical(final))
	if err != nil {
		return fmt.Errorf("contents: %w", err)
	}
	defer from.Close()
	info, err := from.Stat()
	if err != nil {
		return fmt.Errorf("contents: %w", err)
	}
	to, err := t.root.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, info.Mode().Perm()|0o200)
	if err != nil {
		return fmt.Errorf("contents: %w", err)
	}
	defer to.Close()
	if _, err := io.Copy(to, from); err != nil {
		return fmt.Errorf("contents: copying '%s': %w", final, err)
	}
	return to.Close()
}

func (t *contentsTree) makeDirectory(name string) error {
	if err := t.root.MkdirAll(name, 0o755); err != nil && !errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("contents: %w", err)
	}
	return nil
}

// place is where a file goes in the image.
func (t *contentsTree) place(place string) string {
	top, _, _ := strings.Cut(place, "/")
	if t.debian && slices.Contains(mergedDirectories[:], top) {
		return "usr/" + place
	}
	return place
}

// isInstalled reports whether a link of a Debian package leads to where its
// file is found anyway, so that the image needs no link.
func isInstalled(place, target string) bool {
	if path.Base(place) != path.Base(target) {
		return false
	}
	top, _, _ := strings.Cut(place, "/")
	if top == "bin" || top == "sbin" {
		return slices.Contains([]string{"/usr/bin", "/usr/sbin", "/bin", "/sbin"}, path.Dir(target))
	}
	return strings.HasPrefix(target, "/usr/") || strings.HasPrefix(target, "/etc/")
}

// resolve follows links within the store. It reports whether the last one
// leads out of it.
func (t *contentsTree) resolve(logical string) (final string, outside bool, err error) {
	for range 40 { // as many links as the kernel follows
		target, err := os.Readlink(t.objects.Physical(logical))
		if errors.Is(err, unix.EINVAL) {
			return logical, false, nil
		}
		if err != nil {
			return "", false, fmt.Errorf("contents: %w", err)
		}
		if !path.IsAbs(target) {
			target = path.Join(path.Dir(logical), target)
		}
		if !strings.HasPrefix(target, storepath.Dir+"/") {
			return target, true, nil
		}
		if _, err := os.Lstat(t.objects.Physical(target)); err != nil {
			return target, true, nil // dangling, or behind a link to a directory
		}
		logical = target
	}
	return "", false, fmt.Errorf("contents: '%s' has too many symbolic links", logical)
}
