package fetch

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"berth.dev/nix/flake"
)

// transports lists how repositories may be reached. Git knows more, some of
// which run programs that the URL names.
var transports = []string{"file", "http", "https", "ssh", "git"}

// git takes a work tree as it is, or the files of one commit.
func (f *Fetcher) git(ctx context.Context, ref flake.Reference) (*Source, error) {
	u, err := address(ref)
	if err != nil {
		return nil, err
	}
	if !slices.Contains(transports, u.Scheme) {
		return nil, fmt.Errorf("cannot fetch '%s': repositories are reached by %s", ref, strings.Join(transports, ", "))
	}
	if u.Scheme != "file" {
		return f.remote(ctx, ref)
	}
	top := u.Path
	if !filepath.IsAbs(top) {
		return nil, fmt.Errorf("cannot fetch '%s': it is relative to a folder that is not known; write the whole path", ref)
	}
	_, err = os.Lstat(filepath.Join(top, ".git"))
	switch {
	case err == nil && ref["ref"] == "" && ref["rev"] == "":
		return f.workTree(ctx, ref, top)
	case err == nil:
		return f.local(ctx, ref, top)
	case isBare(top):
		return f.remote(ctx, ref)
	}
	if _, err := os.Lstat(top); err != nil {
		return nil, fmt.Errorf("Git repository \"%s\" does not exist.", top)
	}
	return nil, fmt.Errorf("'%s' is not the top of a Git work tree", top)
}

// local takes a commit of a repository on this disk.
func (f *Fetcher) local(ctx context.Context, ref flake.Reference, top string) (*Source, error) {
	full := ref.Without("narHash")
	if ref["rev"] != "" && ref["ref"] == "" {
		if head, err := f.gitOutput(ctx, top, "symbolic-ref", "--quiet", "HEAD"); err == nil {
			full["ref"] = strings.TrimSpace(head)
		}
	}
	if ref["rev"] == "" {
		rev, err := f.gitOutput(ctx, top, "rev-parse", "--verify", "--quiet", "--end-of-options", ref["ref"]+"^{commit}")
		if err != nil {
			return nil, fmt.Errorf("resolving Git reference '%s': revspec '%s' not found", ref["ref"], ref["ref"])
		}
		full["rev"] = strings.TrimSpace(rev)
	}
	if _, err := f.gitOutput(ctx, top, "cat-file", "-e", full["rev"]+"^{commit}"); err != nil {
		return nil, fmt.Errorf("getting Git object '%s': object not found in '%s'", full["rev"], top)
	}
	if shallow, err := f.isShallow(ctx, top); err != nil {
		return nil, err
	} else if shallow && ref["shallow"] != "1" {
		return nil, fmt.Errorf("'%s' is a shallow Git repository, but shallow repositories are only allowed when `shallow = true;` is specified", top)
	}
	return f.commit(ctx, full, top)
}

func (f *Fetcher) isShallow(ctx context.Context, repository string) (bool, error) {
	out, err := f.gitOutput(ctx, repository, "rev-parse", "--is-shallow-repository")
	return strings.TrimSpace(out) == "true", err
}

// commit takes the files of a commit that a repository on this disk has.
func (f *Fetcher) commit(ctx context.Context, full flake.Reference, repository string) (*Source, error) {
	question := []string{"git", full["rev"], "submodules", full["submodules"], "exportIgnore", full["exportIgnore"], "shallow", full["shallow"]}
	a, ok := f.cache.ask(question...)
	if ok {
		if source, ok := f.cache.answered(a, full); ok {
			source.Locked = full.With("narHash", a.Reference["narHash"]).With("lastModified", a.Reference["lastModified"]).With("revCount", a.Reference["revCount"])
			return source, nil
		}
	}
	seconds, err := f.gitOutput(ctx, repository, "log", "-1", "--format=%ct", full["rev"])
	if err != nil {
		return nil, err
	}
	full = full.With("lastModified", strings.TrimSpace(seconds))
	if full["shallow"] != "1" {
		if full["revCount"], err = f.revisionCount(ctx, repository, full["rev"]); err != nil {
			return nil, err
		}
	}
	source, err := f.build(func(b *builder) error { return f.export(ctx, b, full, repository) })
	if err != nil {
		return nil, err
	}
	source.Locked = full.With("narHash", source.Digest.SRI())
	return source, f.cache.note(source.Locked, "", question...)
}

// build makes a tree with a function and keeps it.
func (f *Fetcher) build(fill func(*builder) error) (*Source, error) {
	dir, err := f.cache.incoming()
	if err != nil {
		return nil, err
	}
	defer removeTree(dir)
	b, err := newBuilder(filepath.Join(dir, "tree"), f.Limits)
	if err != nil {
		return nil, err
	}
	if err := errors.Join(fill(b), b.close()); err != nil {
		return nil, err
	}
	tree, digest, err := f.cache.keep(b.result())
	if err != nil {
		return nil, err
	}
	return &Source{FS: tree, Digest: digest, Locked: flake.Reference{"lastModified": fmt.Sprint(b.latest)}}, nil
}

// gitError is what Git said when it failed.
type gitError struct {
	command string
	message string
	err     error
}

func (e *gitError) Error() string {
	return fmt.Sprintf("git %s: %v: %s", e.command, e.err, e.message)
}

func (e *gitError) Unwrap() error { return e.err }

// gitOutput runs Git on a repository and returns what it printed.
func (f *Fetcher) gitOutput(ctx context.Context, repository string, args ...string) (string, error) {
	var out strings.Builder
	err := f.runGit(ctx, repository, nil, &out, args...)
	return out.String(), err
}

func (f *Fetcher) runGit(ctx context.Context, repository string, in io.Reader, out io.Writer, args ...string) error {
	// Git itself refuses repositories of other users, whose settings could run
	// programs, and says what to do.
	cmd := exec.CommandContext(ctx, "git", append([]string{"-C", repository, "-c", "protocol.ext.allow=never", "-c", "core.fsmonitor=false", "-c", "core.hooksPath=/dev/null"}, args...)...)
	cmd.Env = f.gitEnvironment()
	var stderr bytes.Buffer
	cmd.Stdin, cmd.Stdout, cmd.Stderr = in, out, &stderr
	cmd.WaitDelay = 5 * time.Second
	err := cmd.Run()
	if errors.Is(err, exec.ErrNotFound) {
		return fmt.Errorf("%s is a Git repository, but there is no git command to read it; install git, or write 'path:%s' to take all files of a folder", repository, repository)
	}
	if err != nil {
		return &gitError{args[0], strings.TrimSpace(stderr.String()), err}
	}
	return nil
}

// gitEnvironment is the user's environment without what would make Git look at
// another repository, as it stands in hooks.
func (f *Fetcher) gitEnvironment() []string {
	var environment []string
	for _, variable := range f.Environ {
		name, _, _ := strings.Cut(variable, "=")
		switch name {
		case "GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_OBJECT_DIRECTORY", "GIT_COMMON_DIR", "GIT_NAMESPACE", "LC_ALL":
		default:
			environment = append(environment, variable)
		}
	}
	return append(environment, "LC_ALL=C", "GIT_OPTIONAL_LOCKS=0")
}
