package build

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"

	"golang.org/x/sys/unix"

	"berth.dev/nix/storepath"
)

// environment merges file trees into one of symbolic links. A directory that
// only one tree has becomes a single link; where several have it, it is made
// and their entries are merged.
type environment struct {
	job      *Job
	out      string
	wanted   []string          // the paths to link, such as "/bin"; "/" is all
	links    map[string]string // place below out -> logical target
	dirs     map[string]bool   // places that were made directories
	tolerant bool              // of two files at one place the first stays
	parts    []string
}

// buildEnvironment merges the trees of "paths" as nixpkgs' buildEnv does.
func buildEnvironment(_ context.Context, job *Job) error {
	out, err := job.Output("out")
	if err != nil {
		return err
	}
	e := &environment{
		job: job, out: path.Join(out, job.Get("prefix")), wanted: job.List("pathsToLink"),
		links: map[string]string{}, dirs: map[string]bool{"": true}, tolerant: job.Flag("ignoreCollisions"),
	}
	if len(e.wanted) == 0 {
		e.wanted = []string{"/"}
	}
	for _, tree := range job.List("paths") {
		if err := e.mergeTree(tree); err != nil {
			return err
		}
	}
	if err := e.write(); err != nil {
		return err
	}
	if len(e.parts) == 0 {
		return nil
	}
	return job.writeFile(path.Join(out, PartsFile), strings.Join(e.parts, "\n")+"\n", false)
}

func (e *environment) mergeTree(tree string) error {
	dir, isDir, err := e.directory(tree)
	if err != nil {
		return err
	}
	if !isDir {
		return fmt.Errorf("'%s' is a file and cannot be merged into an environment", tree)
	}
	if err := e.addParts(dir); err != nil {
		return err
	}
	return e.mergeEntries("", dir)
}

// addParts collects the parts of the packages that are merged.
func (e *environment) addParts(dir string) error {
	physical, err := e.job.Physical(path.Join(dir, PartsFile))
	if err != nil {
		return nil // there is no such file
	}
	text, err := os.ReadFile(physical)
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, unix.ENOTDIR) {
		return nil
	}
	if err != nil {
		return err
	}
	for _, part := range strings.Fields(string(text)) {
		if !slices.Contains(e.parts, part) {
			e.parts = append(e.parts, part)
		}
	}
	return nil
}

func (e *environment) mergeEntries(place, dir string) error {
	physical, err := e.job.Physical(dir)
	if err != nil {
		return err
	}
	entries, err := os.ReadDir(physical)
	if err != nil {
		return err
	}
	for _, entry := range entries {
		inner := path.Join(place, entry.Name())
		if inner == "nix-support" || !e.concerns(inner) {
			continue
		}
		if err := e.merge(inner, path.Join(dir, entry.Name())); err != nil {
			return err
		}
	}
	return nil
}

// concerns reports whether a place is in a wanted path, or leads to one.
func (e *environment) concerns(place string) bool {
	for _, wanted := range e.wanted {
		wanted = strings.Trim(wanted, "/")
		if wanted == "" || isWithin(place, wanted) || isWithin(wanted, place) {
			return true
		}
	}
	return false
}

// includes reports whether a place is in a wanted path, so that all of it is.
func (e *environment) includes(place string) bool {
	for _, wanted := range e.wanted {
		if wanted = strings.Trim(wanted, "/"); wanted == "" || isWithin(place, wanted) {
			return true
		}
	}
	return false
}

func isWithin(place, dir string) bool { return place == dir || strings.HasPrefix(place, dir+"/") }

// merge adds what is at a logical path of a tree.
func (e *environment) merge(place, source string) error {
	if e.dirs[place] {
		return e.mergeInto(place, source)
	}
	earlier, taken := e.links[place]
	if !taken {
		if e.includes(place) {
			e.links[place] = source
			return nil
		}
		if dir, isDir, err := e.directory(source); err != nil || !isDir {
			return err
		} else {
			e.dirs[place] = true
			return e.mergeEntries(place, dir)
		}
	}
	return e.mergeWith(place, earlier, source)
}

// mergeInto merges into a place that is a directory already.
func (e *environment) mergeInto(place, source string) error {
	dir, isDir, err := e.directory(source)
	if err != nil {
		return err
	}
	if isDir {
		return e.mergeEntries(place, dir)
	}
	return e.collide(place, "a directory", source)
}

// mergeWith opens a link to a directory up, so that both can be merged.
func (e *environment) mergeWith(place, earlier, source string) error {
	if earlier == source {
		return nil
	}
	same, err := e.sameLink(earlier, source)
	if err != nil || same {
		return err
	}
	first, firstIsDir, err := e.directory(earlier)
	if err != nil {
		return err
	}
	second, secondIsDir, err := e.directory(source)
	if err != nil {
		return err
	}
	if !firstIsDir || !secondIsDir {
		return e.collide(place, "'"+earlier+"'", source)
	}
	delete(e.links, place)
	e.dirs[place] = true
	if err := e.mergeEntries(place, first); err != nil {
		return err
	}
	return e.mergeEntries(place, second)
}

func (e *environment) collide(place, earlier, source string) error {
	if e.tolerant {
		return nil
	}
	return fmt.Errorf("two paths collide at '%s': %s and '%s'", place, earlier, source)
}

// sameLink reports whether both are links to one place outside of the store,
// as packages made of parts have them.
func (e *environment) sameLink(a, b string) (bool, error) {
	first, err := e.outside(a)
	if err != nil || first == "" {
		return false, err
	}
	second, err := e.outside(b)
	return first == second, err
}

// outside returns the target of a link that leaves the store, else "".
func (e *environment) outside(logical string) (string, error) {
	physical, err := e.job.Physical(logical)
	if err != nil {
		return "", err
	}
	target, err := os.Readlink(physical)
	if err != nil || !path.IsAbs(target) || strings.HasPrefix(target, storepath.Dir+"/") {
		return "", nil
	}
	return target, nil
}

// directory reports whether a path is a directory, also through links, and
// where it really is. What is outside of the store counts as a file.
func (e *environment) directory(logical string) (string, bool, error) {
	for range 40 {
		physical, err := e.job.Physical(logical)
		if err != nil {
			return "", false, err
		}
		info, err := os.Lstat(physical)
		if err != nil {
			return "", false, err
		}
		if info.Mode().Type() != fs.ModeSymlink {
			return logical, info.IsDir(), nil
		}
		target, err := os.Readlink(physical)
		if err != nil {
			return "", false, err
		}
		if !path.IsAbs(target) {
			target = path.Join(path.Dir(logical), target)
		}
		if !strings.HasPrefix(target, storepath.Dir+"/") {
			return logical, false, nil
		}
		logical = target
	}
	return "", false, fmt.Errorf("'%s' has too many symbolic links", logical)
}

func (e *environment) write() error {
	if err := e.job.Root.MkdirAll(e.out, 0o755); err != nil {
		return err
	}
	for dir := range e.dirs {
		if err := e.job.Root.MkdirAll(path.Join(e.out, dir), 0o755); err != nil {
			return err
		}
	}
	for place, target := range e.links {
		if err := e.job.Root.Symlink(target, path.Join(e.out, place)); err != nil {
			return err
		}
	}
	return nil
}
