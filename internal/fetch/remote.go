package fetch

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"

	"berth.dev/nix/flake"
)

// remote takes a commit of a repository elsewhere, of which a bare copy is
// kept in the cache.
func (f *Fetcher) remote(ctx context.Context, ref flake.Reference) (*Source, error) {
	copied, err := f.openCopy(ctx, ref)
	if err != nil {
		return nil, err
	}
	defer copied.unlock()
	full := ref.Without("narHash")
	if full["ref"] == "" {
		if full["ref"], err = f.defaultBranch(ctx, copied, ref); err != nil {
			return nil, err
		}
	}
	if full["rev"] == "" {
		if full["rev"], err = f.branchHead(ctx, copied, full); err != nil {
			return nil, err
		}
	}
	if !copied.has(ctx, full["rev"]) {
		if err := f.fetchRevision(ctx, copied, full); err != nil {
			return nil, err
		}
	}
	if full["shallow"] != "1" {
		if shallow, err := f.isShallow(ctx, copied.dir); err != nil {
			return nil, err
		} else if shallow {
			return nil, fmt.Errorf("'%s' is a shallow Git repository, but shallow repositories are only allowed when `shallow = true;` is specified", ref["url"])
		}
	}
	return f.commit(ctx, full, copied.dir)
}

// bareCopy is the cache's copy of a repository, locked against others.
type bareCopy struct {
	*Fetcher
	dir  string
	lock *os.File
}

// openCopy makes or opens the copy of a repository. One with a cut history is
// another one, as the counts of revisions differ.
func (f *Fetcher) openCopy(ctx context.Context, ref flake.Reference) (*bareCopy, error) {
	key := ref["url"]
	if ref["shallow"] == "1" {
		key += " shallow"
	}
	dir := f.cache.place("git", key)
	if err := os.MkdirAll(filepath.Dir(dir), 0o755); err != nil {
		return nil, fmt.Errorf("preparing the cache of repositories: %w", err)
	}
	lock, err := os.OpenFile(dir+".lock", os.O_CREATE|os.O_RDWR, 0o644)
	if err != nil {
		return nil, err
	}
	c := &bareCopy{f, dir, lock}
	if err := unix.Flock(int(lock.Fd()), unix.LOCK_EX); err != nil {
		return nil, errors.Join(err, lock.Close())
	}
	if isBare(dir) {
		return c, nil
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		c.unlock()
		return nil, err
	}
	if _, err := f.gitOutput(ctx, dir, "init", "--quiet", "--bare", "."); err != nil {
		c.unlock()
		return nil, err
	}
	return c, nil
}

func (c *bareCopy) unlock() { _ = c.lock.Close() }

func (c *bareCopy) has(ctx context.Context, rev string) bool {
	_, err := c.gitOutput(ctx, c.dir, "cat-file", "-e", rev+"^{commit}")
	return err == nil
}

// defaultBranch asks which branch a repository means when none is named.
func (f *Fetcher) defaultBranch(ctx context.Context, c *bareCopy, ref flake.Reference) (string, error) {
	a, ok := f.cache.ask("git-head", ref["url"])
	if ok && (f.Offline || ref["rev"] != "" || !f.Refresh && f.cache.recent(a)) {
		return a.Reference["ref"], nil
	}
	if f.Offline {
		if ref["rev"] != "" && c.has(ctx, ref["rev"]) {
			return "refs/heads/master", nil
		}
		return "", offlineError(ref)
	}
	out, err := f.gitOutput(ctx, c.dir, "ls-remote", "--symref", "--", ref["url"], "HEAD")
	if err != nil {
		return "", fmt.Errorf("cannot reach '%s': %w", ref, err)
	}
	for line := range strings.Lines(out) {
		if target, ok := strings.CutPrefix(line, "ref: "); ok {
			branch, _, _ := strings.Cut(target, "\t")
			return branch, f.cache.note(flake.Reference{"ref": branch}, "", "git-head", ref["url"])
		}
	}
	return "HEAD", nil
}

// branchHead returns the commit that a branch is at, fetching it if need be.
func (f *Fetcher) branchHead(ctx context.Context, c *bareCopy, full flake.Reference) (string, error) {
	question := []string{"git-branch", full["url"], full["ref"], full["shallow"]}
	a, ok := f.cache.ask(question...)
	if ok && (f.Offline || !f.Refresh && f.cache.recent(a)) && c.has(ctx, a.Reference["rev"]) {
		return a.Reference["rev"], nil
	}
	if f.Offline {
		return "", offlineError(full)
	}
	var failure error
	for _, name := range branchNames(full["ref"]) {
		if failure = c.fetch(ctx, full, name); failure != nil {
			continue
		}
		rev, err := c.gitOutput(ctx, c.dir, "rev-parse", "--verify", "FETCH_HEAD^{commit}")
		if err != nil {
			return "", err
		}
		rev = strings.TrimSpace(rev)
		return rev, f.cache.note(flake.Reference{"rev": rev}, "", question...)
	}
	return "", fmt.Errorf("cannot fetch '%s': %w", full, failure)
}

// branchNames lists what a short name of a branch or tag may stand for.
func branchNames(ref string) []string {
	if ref == "HEAD" || strings.HasPrefix(ref, "refs/") {
		return []string{ref}
	}
	return []string{"refs/heads/" + ref, "refs/tags/" + ref}
}

// fetchRevision fetches one commit. Servers that do not hand out commits by
// hash are asked for everything.
func (f *Fetcher) fetchRevision(ctx context.Context, c *bareCopy, full flake.Reference) error {
	if f.Offline {
		return offlineError(full)
	}
	err := c.fetch(ctx, full, full["rev"])
	if err != nil || !c.has(ctx, full["rev"]) {
		err = c.fetch(ctx, full.Without("shallow"), "refs/*:refs/*")
	}
	if err != nil {
		return fmt.Errorf("cannot fetch '%s': %w", full, err)
	}
	if !c.has(ctx, full["rev"]) {
		return fmt.Errorf("cannot find Git revision '%s' in the repository '%s'", full["rev"], full["url"])
	}
	return nil
}

func (c *bareCopy) fetch(ctx context.Context, full flake.Reference, what string) error {
	args := []string{"fetch", "--quiet", "--force", "--no-tags", "--no-auto-gc"}
	if full["shallow"] == "1" {
		args = append(args, "--depth", "1")
	}
	_, err := c.gitOutput(ctx, c.dir, append(args, "--", full["url"], what)...)
	return err
}

// offlineError says that something is not in the cache.
func offlineError(ref flake.Reference) error {
	return fmt.Errorf("'%s' is not in the cache, and --offline forbids fetching it", ref)
}
