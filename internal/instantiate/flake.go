package instantiate

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"berth.dev/nix/eval"
	"berth.dev/nix/flake"
)

// LockOptions say how the lock file of a flake is treated.
type LockOptions struct {
	Overrides map[string]flake.Reference
	Updates   []string // input paths
	Recreate  bool
	// NoWrite leaves the lock file alone.
	NoWrite bool
	// NoUpdate makes a lock file that does not fit an error.
	NoUpdate bool
	// Commit also commits the lock file.
	Commit bool
	// AllowDirty writes locks of work trees with changes.
	AllowDirty bool
	// Output is another file to write the lock to.
	Output string
}

// Flake resolves a flake with its inputs, writes its lock file if that has to
// change, and returns its value.
func (s *Session) Flake(ctx context.Context, ref flake.Reference, o LockOptions) (*eval.Value, *flake.Graph, error) {
	graph, err := s.Lock(ctx, ref, o)
	if err != nil {
		return nil, nil, err
	}
	value, err := graph.Value(s.Evaluator)
	return value, graph, err
}

// Lock resolves a flake with its inputs and writes its lock file if that has
// to change.
func (s *Session) Lock(ctx context.Context, ref flake.Reference, o LockOptions) (*flake.Graph, error) {
	locker := s.Locker()
	locker.Overrides, locker.Updates, locker.Recreate = o.Overrides, o.Updates, o.Recreate
	graph, err := locker.Lock(ctx, ref)
	if err != nil {
		return nil, err
	}
	if len(o.Updates) > 0 || o.Recreate || len(graph.Warnings) > 0 {
		s.sources.recorder.Spoil() // what this run does besides evaluating is wanted every time
	}
	for _, warning := range graph.Warnings {
		s.sources.Notice(warning)
	}
	written, err := s.writeLock(ctx, ref, graph, o)
	if err != nil || !written {
		return graph, err
	}
	// The lock file belongs to the tree: what was read is out of date.
	locker.Updates, locker.Recreate = nil, false
	again, err := locker.Lock(ctx, ref)
	if err != nil {
		return nil, err
	}
	again.Old = graph.Old
	return again, nil
}

// writeLock writes the lock file of a graph, if it has changed.
func (s *Session) writeLock(ctx context.Context, ref flake.Reference, g *flake.Graph, o LockOptions) (bool, error) {
	before, err := g.Old.Text()
	if err != nil {
		return false, err
	}
	after, err := g.Lock.Text()
	if err != nil || bytes.Equal(before, after) && o.Output == "" {
		return false, err
	}
	s.sources.recorder.Spoil()
	changes := flake.Diff(g.Old, g.Lock)
	if o.NoWrite {
		s.sources.Notice(fmt.Sprintf("not writing modified lock file of flake '%s':\n%s", ref, changes))
		return false, nil
	}
	if unlocked, ok := g.Lock.Unlocked(); ok && !o.AllowDirty {
		s.sources.Notice(fmt.Sprintf("not writing lock file of flake '%s' because it has an unlocked input ('%s')", ref, unlocked))
		return false, nil
	}
	if o.NoUpdate {
		return false, fmt.Errorf("flake '%s' requires lock file changes but they're not allowed due to '--no-update-lock-file'", ref)
	}
	if o.Output != "" {
		return false, replaceFile(o.Output, after)
	}
	dir, err := s.lockDir(g)
	if err != nil {
		return false, err
	}
	if dir == "" {
		return false, fmt.Errorf("cannot write modified lock file of flake '%s' (use '--no-write-lock-file' to ignore)", ref)
	}
	return true, s.putLock(ctx, g, dir, after, changes, o.Commit)
}

// lockDir returns the folder on disk that a flake was read from.
func (s *Session) lockDir(g *flake.Graph) (string, error) {
	tree, err := g.Root.Tree()
	if err != nil || tree.Origin == "" {
		return "", err
	}
	return filepath.Join(tree.Origin, g.Root.Dir()), nil
}

func (s *Session) putLock(ctx context.Context, g *flake.Graph, dir string, text []byte, changes string, commit bool) error {
	name := filepath.Join(dir, flake.LockName)
	_, err := os.Lstat(name)
	existed := err == nil
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	verb, summary := "creating", "Add"
	if existed {
		verb, summary = "updating", "Update"
	}
	s.sources.Notice(fmt.Sprintf("%s lock file %s:\n%s", verb, name, changes))
	if err := replaceFile(name, text); err != nil {
		return err
	}
	tree, err := g.Root.Tree()
	if err != nil || tree.Locked.Type() != flake.TypeGit {
		return err
	}
	relative := filepath.Join(g.Root.Dir(), flake.LockName)
	message := ""
	if commit {
		message = relative + ": " + summary + "\n\nFlake lock file updates:\n\n" + changes + "\n"
	}
	return s.sources.Fetch.Track(ctx, tree.Origin, relative, message)
}

// replaceFile writes a file beside its place and renames it there.
func replaceFile(name string, text []byte) error {
	temp, err := os.CreateTemp(filepath.Dir(name), "."+filepath.Base(name)+"-")
	if err != nil {
		return fmt.Errorf("writing the lock file: %w", err)
	}
	_, err = temp.Write(text)
	err = errors.Join(err, temp.Chmod(0o644), temp.Sync(), temp.Close())
	if err == nil {
		err = os.Rename(temp.Name(), name)
	}
	if err != nil {
		return errors.Join(fmt.Errorf("writing the lock file: %w", err), os.Remove(temp.Name()))
	}
	return nil
}
