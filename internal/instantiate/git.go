package instantiate

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/sync/errgroup"
)

// workTree is what Git says about a work tree.
type workTree struct {
	files []string // tracked, relative to the top
	// commit is the hash of HEAD, empty before the first commit.
	commit       string
	commitTime   int64 // seconds since 1970
	hasSubmodule bool
	dirty        bool
}

// findWorkTree returns the top of the Git work tree that a directory lies in.
func findWorkTree(dir string) (string, bool) {
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
func readWorkTree(ctx context.Context, top string) (*workTree, error) {
	w := &workTree{}
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error {
		out, err := git(ctx, top, "ls-files", "-z", "--cached", "--full-name")
		if err != nil {
			return err
		}
		for name := range strings.SplitSeq(out, "\x00") {
			if name != "" {
				w.files = append(w.files, name)
			}
		}
		return nil
	})
	group.Go(func() error {
		out, err := git(ctx, top, "status", "--porcelain", "-z", "--untracked-files=no")
		w.dirty = out != ""
		return err
	})
	group.Go(func() error {
		out, err := git(ctx, top, "log", "-1", "--format=%H %ct")
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
	_, err := os.Lstat(filepath.Join(top, ".gitmodules"))
	w.hasSubmodule = !errors.Is(err, fs.ErrNotExist)
	return w, nil
}

// git runs a Git command in a work tree and returns what it printed.
func git(ctx context.Context, top string, args ...string) (string, error) {
	// The work tree may belong to another user than the one who runs berth.
	cmd := exec.CommandContext(ctx, "git", append([]string{"-C", top, "-c", "safe.directory=" + top}, args...)...)
	cmd.Env = append(os.Environ(), "LC_ALL=C", "GIT_OPTIONAL_LOCKS=0")
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if errors.Is(err, exec.ErrNotFound) {
		return "", fmt.Errorf("%s is a Git work tree, but there is no git command to ask which files belong to it; install git, or write 'path:%s' to take all files", top, top)
	}
	if err != nil {
		return "", fmt.Errorf("git %s in %s: %w: %s", args[0], top, err, strings.TrimSpace(stderr.String()))
	}
	return string(out), nil
}
