// Package store tests the store through the command line: what users build,
// copy and keep, with real programs from Debian and C++ Nix as the other side.
package store

import (
	"bytes"
	"debug/elf"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"berth.dev/internal/build"
	"berth.dev/internal/cli"
	"berth.dev/internal/isolate"
	"berth.dev/internal/store"
	"berth.dev/nix/storepath"
	"berth.dev/test/oracle"
)

func TestMain(m *testing.M) {
	if status, ok := isolate.Dispatch(os.Args, isolate.Stages(), build.Stages(), stages()); ok {
		os.Exit(status)
	}
	if err := becomeStatic(); err != nil {
		fmt.Fprintln(os.Stderr, "the tests have to run as a static program, like berth:", err)
		os.Exit(1)
	}
	os.Exit(m.Run())
}

// becomeStatic runs a static copy of this test program in its place if it needs
// libraries, which are not in a sandbox.
func becomeStatic() error {
	program, err := elf.Open("/proc/self/exe")
	if err != nil {
		return err
	}
	defer program.Close()
	if !slices.ContainsFunc(program.Progs, func(p *elf.Prog) bool { return p.Type == elf.PT_INTERP }) {
		return nil
	}
	dir, err := os.MkdirTemp("", "static-test-")
	if err != nil {
		return err
	}
	static := filepath.Join(dir, "test")
	build := exec.Command("go", "test", "-c", "-o", static, ".")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		return fmt.Errorf("%w: %s", err, out)
	}
	test := exec.Command(static, os.Args[1:]...)
	test.Stdin, test.Stdout, test.Stderr = os.Stdin, os.Stdout, os.Stderr
	err = test.Run()
	os.RemoveAll(dir)
	if test.ProcessState == nil {
		return err
	}
	os.Exit(test.ProcessState.ExitCode())
	return nil
}

// berth is a command line over one store.
type berth struct {
	t     testing.TB
	state string
	dir   string
	env   map[string]string
}

// shared returns berth over the store that all tests share, so that Debian
// packages are fetched once.
func shared(t testing.TB) *berth {
	t.Helper()
	cache, err := oracle.CacheDir()
	if err != nil {
		t.Fatal(err)
	}
	return &berth{t: t, state: filepath.Join(cache, "state"), dir: t.TempDir(), env: map[string]string{}}
}

// fresh returns berth over an empty store.
func fresh(t testing.TB) *berth {
	t.Helper()
	return &berth{t: t, state: t.TempDir(), dir: t.TempDir(), env: map[string]string{}}
}

// try runs a command line and returns its exit status and what it printed.
func (b *berth) try(args ...string) (status int, stdout, stderr string) {
	var out, errs bytes.Buffer
	status = cli.Run(b.t.Context(), cli.Process{
		Args: args, Stdin: os.Stdin, Stdout: &out, Stderr: &errs, Dir: b.dir,
		Getenv: func(name string) string {
			switch name {
			case "BERTH_STATE_DIR":
				return b.state
			case "HOME":
				return b.dir
			}
			return b.env[name]
		},
	})
	return status, strings.TrimSpace(out.String()), errs.String()
}

// run is try for a command line that must succeed.
func (b *berth) run(args ...string) string {
	b.t.Helper()
	status, stdout, stderr := b.try(args...)
	if status != 0 {
		b.t.Fatalf("berth %s: exit status %d\n%s", strings.Join(args, " "), status, stderr)
	}
	return stdout
}

// build builds an expression over pkgs and returns the logical path.
func (b *berth) build(expression string) string {
	b.t.Helper()
	return b.run("build", "--no-link", "--print-out-paths", "-E", "let pkgs = import <nixpkgs> { }; in "+expression)
}

// read returns a file of the store.
func (b *berth) read(logical string) string {
	b.t.Helper()
	text, err := os.ReadFile(b.physical(logical))
	if err != nil {
		b.t.Fatal(err)
	}
	return string(text)
}

func (b *berth) physical(logical string) string { return filepath.Join(b.state, logical) }

func (b *berth) write(name, text string) string {
	b.t.Helper()
	file := filepath.Join(b.dir, name)
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		b.t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		b.t.Fatal(err)
	}
	return file
}

// needDebian skips where packages cannot be had.
func (b *berth) needDebian() {
	b.t.Helper()
	if testing.Short() {
		b.t.Skip("fetches and unpacks Debian packages")
	}
	if status, _, stderr := b.try("eval", "-E", "(import <nixpkgs> { }).hello.name"); status != 0 {
		b.t.Skipf("needs a Debian package index: %s", stderr)
	}
}

// open opens berth's store beside the command line.
func (b *berth) open() *store.Store {
	b.t.Helper()
	s, err := store.Open(store.Config{Dir: b.state})
	if err != nil {
		b.t.Fatal(err)
	}
	return s
}

func parsePath(t testing.TB, text string) storepath.Path {
	t.Helper()
	p, err := storepath.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	return p
}
