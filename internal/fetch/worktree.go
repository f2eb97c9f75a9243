package fetch

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/sync/errgroup"

	"berth.dev/nix/flake"
)

// workTree is what Git says about a work tree.
type workTree struct {
	files []string // tracked, relative to the top
	// commit is the hash of HEAD, empty before the first commit.
	commit     string
	commitTime int64 // seconds since 1970
	dirty      bool
}

// FindWorkTree returns the top of the Git work tree that a directory lies in.
func FindWorkTree(dir string) (string, bool) {
	for {
		if _, err := os.Lstat(filepath.Join(dir, ".git")); err == nil {
			return dir, true
		}
		parent := filepath.Dir(dir)
		if parent == dir {
			return "", false
		}
		dir = parent
	}
}

// readWorkTree asks Git about the work tree at top.
func (f *Fetcher) readWorkTree(ctx context.Context, top string, submodules bool) (*workTree, error) {
	w := &workTree{}
	group, ctx := errgroup.WithContext(ctx)
	list, status := []string{"ls-files", "-z", "--cached", "--full-name"}, []string{"status", "--porcelain", "-z", "--untracked-files=no"}
	if submodules {
		list = append(list, "--recurse-submodules")
	} else {
		status = append(status, "--ignore-submodules=dirty")
	}
	group.Go(func() error {
		out, err := f.gitOutput(ctx, top, list...)
		for name := range strings.SplitSeq(out, "\x00") {
			if name != "" {
				w.files = append(w.files, name)
			}
		}
		return err
	})
	group.Go(func() error {
		out, err := f.gitOutput(ctx, top, status...)
		w.dirty = out != ""
		return err
	})
	group.Go(func() error {
		out, err := f.gitOutput(ctx, top, "log", "-1", "--format=%H %ct")
		if err != nil {
			return nil // no commit yet
		}
		commit, seconds, _ := strings.Cut(strings.TrimSpace(out), " ")
		w.commit = commit
		w.commitTime, err = strconv.ParseInt(seconds, 10, 64)
		return err
	})
	if err := group.Wait(); err != nil {
		return nil, err
	}
	w.dirty = w.dirty || w.commit == ""
	return w, nil
}

// workTree takes the tracked files of a Git work tree as they are on disk.
func (f *Fetcher) workTree(ctx context.Context, ref flake.Reference, top string) (*Source, error) {
	w, err := f.readWorkTree(ctx, top, ref["submodules"] == "1")
	if err != nil {
		return nil, err
	}
	if ref["exportIgnore"] == "1" {
		if w.files, err = f.withoutExportIgnored(ctx, top, w.files); err != nil {
			return nil, err
		}
	}
	tree, err := newSelection(top, w.files)
	if err != nil {
		return nil, err
	}
	if name := filepath.Join(ref.Dir(), "flake.nix"); tree.Untracked(name) {
		return nil, fmt.Errorf("%s is not tracked by Git, so the flake does not see it; run: git -C %s add %s", filepath.Join(top, name), top, name)
	}
	digest, err := digestOf(tree, top)
	if err != nil {
		return nil, err
	}
	full := locked(ref, digest, w.commitTime)
	source := &Source{FS: tree, Digest: digest, Origin: top, Locked: full}
	if !w.dirty {
		return source, f.describeCommit(ctx, top, full, w.commit)
	}
	if w.commit != "" {
		full["dirtyRev"] = w.commit + "-dirty"
		full["dirtyShortRev"] = w.commit[:shortRevision] + "-dirty"
	}
	return source, nil
}

// describeCommit adds what is known about the commit of a clean work tree.
func (f *Fetcher) describeCommit(ctx context.Context, top string, full flake.Reference, commit string) error {
	full["rev"] = commit
	if ref, err := f.gitOutput(ctx, top, "symbolic-ref", "--quiet", "HEAD"); err == nil {
		full["ref"] = strings.TrimSpace(ref)
	}
	if full["shallow"] == "1" {
		return nil
	}
	count, err := f.revisionCount(ctx, top, commit)
	full["revCount"] = count
	return err
}

func (f *Fetcher) revisionCount(ctx context.Context, repository, commit string) (string, error) {
	out, err := f.gitOutput(ctx, repository, "rev-list", "--count", commit)
	return strings.TrimSpace(out), err
}

// isBare reports whether a directory is a repository without a work tree.
func isBare(dir string) bool {
	for _, name := range []string{"HEAD", "objects", "refs"} {
		if _, err := os.Lstat(filepath.Join(dir, name)); errors.Is(err, fs.ErrNotExist) {
			return false
		}
	}
	return true
}

// Track makes a file that berth wrote part of a work tree, unless it is
// ignored; with a message it is committed.
func (f *Fetcher) Track(ctx context.Context, top, name, message string) error {
	if _, err := f.gitOutput(ctx, top, "check-ignore", "--quiet", "--", name); err == nil {
		return nil
	}
	if _, err := f.gitOutput(ctx, top, "add", "--intent-to-add", "--", name); err != nil {
		return err
	}
	if message == "" {
		return nil
	}
	return f.runGit(ctx, top, strings.NewReader(message), io.Discard, "commit", "--quiet", "-F", "-", "--", name)
}

// withoutExportIgnored drops the files that the attribute export-ignore keeps
// out of archives, by their own name or that of a directory above them.
func (f *Fetcher) withoutExportIgnored(ctx context.Context, top string, files []string) ([]string, error) {
	names := map[string]bool{}
	for _, name := range files {
		for ; name != "." && !names[name]; name = path.Dir(name) {
			names[name] = true
		}
	}
	in := strings.Join(slices.Collect(maps.Keys(names)), "\x00")
	var out strings.Builder
	if err := f.runGit(ctx, top, strings.NewReader(in), &out, "check-attr", "-z", "--stdin", "export-ignore"); err != nil {
		return nil, err
	}
	ignored := map[string]bool{}
	fields := strings.Split(out.String(), "\x00")
	for i := 0; i+2 < len(fields); i += 3 {
		ignored[fields[i]] = fields[i+2] == "set"
	}
	return slices.DeleteFunc(files, func(name string) bool {
		for ; name != "."; name = path.Dir(name) {
			if ignored[name] {
				return true
			}
		}
		return false
	}), nil
}
