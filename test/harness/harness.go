// Package harness runs berth as its users do: the real program, on the real
// machine, with a store that all tests share.
//
// In comes a test and a command line; out come exit status and output. What
// needs root, a kernel feature or the network declares it here and is skipped
// with the reason.
package harness

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"sync"
	"testing"
	"time"

	"berth.dev/test/oracle"
)

// Root returns the folder of the repository.
func Root() string {
	_, file, _, _ := runtime.Caller(0)
	return filepath.Dir(filepath.Dir(filepath.Dir(file)))
}

// program builds berth once for the tests of a package.
var program = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "berth-test-")
	if err != nil {
		return "", err
	}
	name := filepath.Join(dir, "berth")
	cmd := exec.Command("go", "build", "-o", name, "./cmd/berth")
	cmd.Dir = Root()
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("building berth: %w\n%s", err, out)
	}
	return name, nil
})

// Main runs the tests of a package that uses the harness and removes the
// program that was built for them.
func Main(m *testing.M) {
	status := m.Run()
	if name, err := program(); err == nil {
		os.RemoveAll(filepath.Dir(name))
	}
	os.Exit(status)
}

// NeedRoot skips a test that boots machines when it cannot.
func NeedRoot(t testing.TB) {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("needs root: it boots machines")
	}
	if _, err := os.Stat("/proc/self/ns/cgroup"); err != nil {
		t.Skip("needs a kernel with cgroup namespaces")
	}
}

// Result is how a run ended.
type Result struct {
	Status         int
	Stdout, Stderr string
	Took           time.Duration
}

// Berth is the program with the surroundings of a test.
type Berth struct {
	t testing.TB
	// StateDir is where it keeps its store; shared between tests by default.
	StateDir string
	// Dir is its working directory, that of the repository by default.
	Dir string
	// Env is added to its environment.
	Env []string
	// Timeout ends a run that hangs.
	Timeout time.Duration

	started map[string]bool // run directories that were seen
}

// New returns berth on the shared store.
func New(t testing.TB) *Berth {
	t.Helper()
	cache, err := oracle.CacheDir()
	if err != nil {
		t.Fatal(err)
	}
	return &Berth{t: t, StateDir: filepath.Join(cache, "state"), Dir: Root(), Timeout: 5 * time.Minute}
}

// Program returns the path of the program.
func (b *Berth) Program() string {
	b.t.Helper()
	name, err := program()
	if err != nil {
		b.t.Fatal(err)
	}
	return name
}

// Command prepares a run.
func (b *Berth) Command(ctx context.Context, args ...string) *exec.Cmd {
	b.t.Helper()
	cmd := exec.CommandContext(ctx, b.Program(), args...)
	cmd.Dir = b.Dir
	cmd.Env = append(append(os.Environ(), "BERTH_STATE_DIR="+b.StateDir), b.Env...)
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	cmd.WaitDelay = 10 * time.Second
	return cmd
}

// Run runs a command line to its end.
func (b *Berth) Run(args ...string) Result {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), b.Timeout)
	defer cancel()
	cmd := b.Command(ctx, args...)
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	begun := time.Now()
	err := cmd.Run()
	r := Result{Stdout: stdout.String(), Stderr: stderr.String(), Took: time.Since(begun)}
	var exit *exec.ExitError
	switch {
	case ctx.Err() != nil:
		b.t.Fatalf("berth %q did not end within %v:\n%s", args, b.Timeout, r.Stderr)
	case errors.As(err, &exit):
		r.Status = exit.ExitCode()
	case err != nil:
		b.t.Fatalf("running berth %q: %v", args, err)
	}
	return r
}

// Want fails the test unless a run ended with a status.
func (b *Berth) Want(r Result, status int) {
	b.t.Helper()
	if r.Status != status {
		b.t.Errorf("exit status %d, want %d\nstdout:\n%s\nstderr:\n%s", r.Status, status, r.Stdout, r.Stderr)
	}
}
