// Package faults ends, starves and misleads berth, and looks for what it
// leaves behind: nothing may stay, nothing may be lost, the next run works.
package faults

import (
	"context"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"berth.dev/test/harness"
	"berth.dev/test/oracle"
)

func TestMain(m *testing.M) { harness.Main(m) }

const example = "./examples/tutorial"

// ready returns berth with a store of its own in which the example has passed.
func ready(t *testing.T) *harness.Berth {
	t.Helper()
	harness.NeedRoot(t)
	b := harness.New(t)
	b.Want(b.Run("check", "--quiet", example), 0)
	b.Clone()
	if t.Failed() {
		t.FailNow()
	}
	return b
}

// verify asks C++ Nix whether the store is whole.
func verify(t *testing.T, b *harness.Berth) {
	t.Helper()
	nix := oracle.Open(t)
	out, err := nix.CommandOn(b.StateDir, "nix-store", "--verify", "--check-contents").CombinedOutput()
	if err != nil || strings.Contains(string(out), "error:") {
		t.Errorf("the store does not verify: %v\n%s", err, out)
	}
}

// start runs a check in the background.
func start(t *testing.T, b *harness.Berth, args ...string) *exec.Cmd {
	t.Helper()
	cmd := b.Command(context.Background(), append([]string{"check", "--quiet"}, args...)...)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	return cmd
}

// TestKilledAtRandomMoments is the campaign of signal 9.
func TestKilledAtRandomMoments(t *testing.T) {
	b := ready(t)
	const runs, longest = 50, 2200
	for range runs {
		cmd := start(t, b, example)
		moment := time.Duration(rand.IntN(longest)) * time.Millisecond
		time.Sleep(moment)
		b.NoteRuns()
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
		b.WantNothingLeft(t)
		if t.Failed() {
			t.Fatalf("killed after %v", moment)
		}
	}
	verify(t, b)
	b.Want(b.Run("check", "--quiet", example), 0)
	b.WantNothingLeft(t)
}

// TestFinderFinds proves that the finder of leftovers can find each kind.
func TestFinderFinds(t *testing.T) {
	b := ready(t)
	cmd := start(t, b, example)
	kinds := map[string]bool{}
	for deadline := time.Now().Add(10 * time.Second); time.Now().Before(deadline) && len(kinds) < 3; time.Sleep(20 * time.Millisecond) {
		b.NoteRuns()
		for _, found := range b.Leftovers() {
			for _, kind := range []string{"process", "run directory", "control group"} {
				if strings.HasPrefix(found, kind+" ") {
					kinds[kind] = true
				}
			}
		}
	}
	if err := cmd.Wait(); err != nil {
		t.Error(err)
	}
	if len(kinds) < 3 {
		t.Errorf("while machines ran, only these were found: %v", kinds)
	}
	dir := filepath.Join(b.StateDir, "mounted")
	if err := os.Mkdir(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Mount("none", dir, "tmpfs", 0, ""); err != nil {
		t.Fatal(err)
	}
	mounted := strings.Join(b.Leftovers(), "\n")
	if err := syscall.Unmount(dir, 0); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(mounted, "mount ") {
		t.Errorf("a mount was not found:\n%s", mounted)
	}
	b.WantNothingLeft(t)
}

func TestInterrupted(t *testing.T) {
	b := ready(t)
	for _, moment := range []time.Duration{50, 400, 1200} {
		cmd := start(t, b, example)
		time.Sleep(moment * time.Millisecond)
		b.NoteRuns()
		_ = cmd.Process.Signal(os.Interrupt)
		err := cmd.Wait()
		if status := cmd.ProcessState.ExitCode(); status != 130 && err != nil {
			t.Errorf("interrupted after %v ms: exit status %d, want 130", int(moment), status)
		}
		b.WantNothingLeft(t)
	}
}

// broken returns a copy of an example with a script.
func broken(t *testing.T, b *harness.Berth, script string) string {
	t.Helper()
	dir := t.TempDir()
	harness.Copy(t, harness.Root()+"/examples/services", dir)
	harness.Write(t, dir+"/script.py", script)
	return dir
}

func TestScriptThatHangs(t *testing.T) {
	b := ready(t)
	dir := broken(t, b, "start_all()\nwhile True:\n    pass\n")
	harness.Replace(t, dir+"/flake.nix", `name = "services";`, `name = "services"; globalTimeout = 3;`)
	r := b.Run("check", "--quiet", dir)
	b.Want(r, 12)
	b.WantNothingLeft(t)
}

func TestMachineWhoseInitDies(t *testing.T) {
	b := ready(t)
	dir := broken(t, b, "server.wait_for_unit('multi-user.target')\nserver.succeed('kill -KILL -- -1; systemctl --force --force halt; sleep 60')\n")
	r := b.Run("check", "--quiet", dir)
	if r.Status == 0 {
		t.Errorf("the check passed:\n%s", r.Stderr)
	}
	b.WantNothingLeft(t)
	b.Want(b.Run("check", "--quiet", example), 0)
}

func TestManyAtOnce(t *testing.T) {
	b := ready(t)
	var runs []*exec.Cmd
	for range 4 {
		runs = append(runs, start(t, b, example))
	}
	for _, cmd := range runs {
		if err := cmd.Wait(); err != nil {
			t.Errorf("one of four checks at once failed: %v", err)
		}
	}
	b.WantNothingLeft(t)
	verify(t, b)
}

// TestDiskFull fills the disk below the store, then gives it room.
func TestDiskFull(t *testing.T) {
	harness.NeedRoot(t)
	b := harness.New(t)
	b.StateDir = t.TempDir()
	if err := syscall.Mount("none", b.StateDir, "tmpfs", 0, "size=90m"); err != nil {
		t.Skipf("needs to mount a tmpfs: %v", err)
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(b.StateDir, 0); err != nil {
			t.Errorf("the file system is still in use: %v", err)
		}
	})
	r := b.Run("check", "--quiet", "./examples/services")
	b.Want(r, 1)
	if !strings.Contains(r.Stderr, "no space left on device") {
		t.Errorf("the message does not say that the disk is full:\n%s", r.Stderr)
	}
	if err := syscall.Mount("none", b.StateDir, "tmpfs", syscall.MS_REMOUNT, "size=3g"); err != nil {
		t.Fatal(err)
	}
	verify(t, b) // C++ Nix needs a little room, too
	b.Want(b.Run("check", "--quiet", "./examples/services"), 0)
	verify(t, b)
}
