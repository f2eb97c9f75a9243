// Package oracle gives tests the reference implementation of the Nix language
// and store: C++ Nix, from Debian's package nix-bin, fetched and unpacked by
// berth's own Debian source into a cache that all tests share.
//
// In comes a test; out comes a [Nix] whose commands run without touching the
// host's own Nix, if there is one. A test that cannot have it (no network and
// nothing cached) is skipped with the reason.
package oracle

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"berth.dev/internal/debian"
)

// Written is the version that expectations in this repository were recorded
// with. Debian's unstable suite moves on; a newer version may differ.
const Written = "2.34.8"

// Nix runs the commands of C++ Nix.
type Nix struct {
	root    string // what its packages were unpacked into
	state   string // of this test: physical store, settings, logs
	Version string
}

// sharedRoot is made once in a process, and once for all processes.
var sharedRoot = sync.OnceValues(unpackShared)

// Open returns C++ Nix with an empty store of its own.
func Open(t testing.TB) *Nix {
	t.Helper()
	root, err := sharedRoot()
	if err != nil {
		t.Skipf("needs C++ Nix from Debian unstable: %v", err)
	}
	n := &Nix{root: root, state: t.TempDir()}
	settings := "experimental-features = nix-command flakes\nbuild-users-group =\nsandbox = false\nsubstituters =\n"
	if err := os.WriteFile(filepath.Join(n.state, "nix.conf"), []byte(settings), 0o644); err != nil {
		t.Fatal(err)
	}
	out, err := n.Command("nix-instantiate", "--version").Output()
	if err != nil {
		t.Fatalf("running C++ Nix: %v", err)
	}
	n.Version = strings.TrimSpace(string(out[strings.LastIndexByte(string(out), ' ')+1:]))
	return n
}

// StateDir returns the folder whose nix/store is the physical store.
func (n *Nix) StateDir() string { return filepath.Join(n.state, "root") }

// Command prepares a command such as "nix-instantiate" or "nix-store". It is
// started through its own dynamic loader, so that it needs nothing of the host.
func (n *Nix) Command(name string, args ...string) *exec.Cmd {
	return n.commandFor(n.StateDir(), name, args...)
}

// CommandOn is Command on another physical store, such as berth's.
func (n *Nix) CommandOn(stateDir, name string, args ...string) *exec.Cmd {
	return n.commandFor(stateDir, name, args...)
}

func (n *Nix) commandFor(stateDir, name string, args ...string) *exec.Cmd {
	libraries := filepath.Join(n.root, "usr/lib", triplet())
	loaderArgs := []string{"--argv0", name, "--library-path", libraries + ":" + filepath.Join(libraries, "nix"), filepath.Join(n.root, "usr/bin/nix")}
	cmd := exec.Command(filepath.Join(n.root, loader()), append(loaderArgs, args...)...)
	cmd.Env = []string{
		"HOME=" + n.state, "PATH=/usr/bin:/bin", "LC_ALL=C.UTF-8",
		"NIX_CONF_DIR=" + n.state, "NIX_STORE_DIR=/nix/store",
		"NIX_STATE_DIR=/nix/var/nix", "NIX_LOG_DIR=/nix/var/log/nix",
		"NIX_REMOTE=local?root=" + stateDir,
	}
	return cmd
}

func triplet() string {
	if runtime.GOARCH == "arm64" {
		return "aarch64-linux-gnu"
	}
	return "x86_64-linux-gnu"
}

func loader() string {
	if runtime.GOARCH == "arm64" {
		return "usr/lib/ld-linux-aarch64.so.1"
	}
	return "usr/lib64/ld-linux-x86-64.so.2"
}

// CacheDir is where tests keep what they fetch, shared by all packages.
func CacheDir() (string, error) {
	base, err := os.UserCacheDir()
	if err != nil {
		return "", err
	}
	dir := filepath.Join(base, "berth-tests")
	return dir, os.MkdirAll(dir, 0o755)
}

// unpackShared makes the root of C++ Nix once for all test processes.
func unpackShared() (string, error) {
	cache, err := CacheDir()
	if err != nil {
		return "", err
	}
	unlock, err := lock(filepath.Join(cache, "nix-bin.lock"))
	if err != nil {
		return "", err
	}
	defer unlock()
	root := filepath.Join(cache, "nix-bin")
	if _, err := os.Stat(filepath.Join(root, "complete")); err == nil {
		return root, nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Minute)
	defer cancel()
	return root, unpack(ctx, cache, root)
}

func unpack(ctx context.Context, cache, root string) error {
	source, err := debian.Open(ctx, debian.Config{
		CacheDir: filepath.Join(cache, "debian"), Release: "sid", Architecture: runtime.GOARCH,
		AptDir: "/etc/apt", ListsDir: "/var/lib/apt/lists", AcceptStale: true,
	})
	if err != nil {
		return err
	}
	defer source.Close()
	records, err := source.Resolve([]string{"nix-bin"})
	if err != nil {
		return err
	}
	if err := os.RemoveAll(root); err != nil {
		return err
	}
	for _, r := range records {
		if err := unpackOne(ctx, source, r, root); err != nil {
			return fmt.Errorf("%s %s: %w", r.Name, r.Version, err)
		}
	}
	return os.WriteFile(filepath.Join(root, "complete"), nil, 0o644)
}

// unpackOne adds one package to a root. Parts do not overlap, so linking them
// together is enough.
func unpackOne(ctx context.Context, source *debian.Source, r debian.Record, root string) error {
	temp, err := os.MkdirTemp(filepath.Dir(root), "part-*")
	if err != nil {
		return err
	}
	defer os.RemoveAll(temp)
	deb := filepath.Join(temp, "deb")
	if err := source.Fetch(ctx, r.Path, r.SHA256, r.Size, deb, nil); err != nil {
		return err
	}
	out := filepath.Join(temp, "out")
	if err := os.Mkdir(out, 0o755); err != nil {
		return err
	}
	if _, err := debian.Unpack(ctx, deb, out); err != nil {
		return err
	}
	return merge(filepath.Join(out, "root"), root)
}

func merge(from, to string) error {
	entries, err := os.ReadDir(from)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(to, 0o755); err != nil {
		return err
	}
	for _, e := range entries {
		source, target := filepath.Join(from, e.Name()), filepath.Join(to, e.Name())
		if e.IsDir() {
			err = merge(source, target)
		} else {
			err = os.Rename(source, target)
		}
		if err != nil && !errors.Is(err, os.ErrExist) {
			return err
		}
	}
	return nil
}

// lock takes an exclusive lock on a file.
func lock(name string) (unlock func(), err error) {
	f, err := os.OpenFile(name, os.O_CREATE|os.O_RDWR, 0o644)
	if err != nil {
		return nil, err
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return func() { f.Close() }, nil
}

// Script writes a program that runs a command such as "nix-instantiate" with
// the arguments it gets, for tests that need a file to execute.
func (n *Nix) Script(t testing.TB, name string) string {
	t.Helper()
	cmd := n.Command(name)
	var b strings.Builder
	b.WriteString("#!/bin/sh\nexec env")
	for _, word := range append(cmd.Env, cmd.Args...) {
		if strings.HasPrefix(word, "HOME=") {
			continue // the caller may have one of its own in mind
		}
		b.WriteString(" '" + strings.ReplaceAll(word, "'", `'\''`) + "'")
	}
	b.WriteString(" \"$@\"\n")
	file := filepath.Join(n.state, name)
	if err := os.WriteFile(file, []byte(b.String()), 0o755); err != nil {
		t.Fatal(err)
	}
	return file
}
