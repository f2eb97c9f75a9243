package harness

import (
	"bytes"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// Clone gives berth a store of its own with everything the shared one has, for
// tests that may damage it. Files are linked, the database is copied.
func (b *Berth) Clone() {
	b.t.Helper()
	shared := b.StateDir
	b.StateDir = filepath.Join(filepath.Dir(shared), fmt.Sprintf("clone-%d", os.Getpid()), b.t.Name())
	if err := os.MkdirAll(b.StateDir, 0o755); err != nil {
		b.t.Fatal(err)
	}
	b.t.Cleanup(func() { os.RemoveAll(filepath.Dir(b.StateDir)) })
	script := `set -e
mkdir -p "$2/nix" "$2/cache"
cp -al "$1/nix/store" "$2/nix/store"
cp -al "$1/cache/roots" "$2/cache/roots"
cp -a "$1/cache/debian" "$2/cache/debian"
mkdir -p "$2/nix/var"
cp -a "$1/nix/var/nix" "$2/nix/var/nix"`
	out, err := exec.Command("/bin/sh", "-c", script, "sh", shared, b.StateDir).CombinedOutput()
	if err != nil {
		b.t.Fatalf("copying the shared store: %v\n%s", err, out)
	}
}

// Leftovers lists what runs of berth in this state directory have left behind:
// processes, mounts, control groups, network devices, run directories and
// temporary files. Nothing must be running.
func (b *Berth) Leftovers() []string {
	var found []string
	found = append(found, b.processes()...)
	found = append(found, b.mounts()...)
	found = append(found, entries("run directory", filepath.Join(b.StateDir, "run"))...)
	found = append(found, b.cgroups()...)
	found = append(found, entries("unfinished object", filepath.Join(b.StateDir, "nix/var/nix/incoming"))...)
	return found
}

// processes finds processes that see a mount below the state directory, and
// berth itself.
func (b *Berth) processes() []string {
	var found []string
	dirs, _ := filepath.Glob("/proc/[0-9]*")
	for _, dir := range dirs {
		if filepath.Base(dir) == fmt.Sprint(os.Getpid()) {
			continue
		}
		mounts, _ := os.ReadFile(dir + "/mountinfo")
		environment, _ := os.ReadFile(dir + "/environ")
		command, _ := os.ReadFile(dir + "/cmdline")
		ours := bytes.Contains(mounts, []byte(b.StateDir+"/")) || bytes.Contains(environment, []byte("BERTH_STATE_DIR="+b.StateDir+"\x00"))
		if ours && len(command) > 0 {
			found = append(found, "process "+filepath.Base(dir)+": "+strings.ReplaceAll(string(command), "\x00", " "))
		}
	}
	return found
}

func (b *Berth) mounts() []string {
	text, _ := os.ReadFile("/proc/self/mountinfo")
	var found []string
	for line := range strings.Lines(string(text)) {
		if strings.Contains(line, b.StateDir+"/") {
			found = append(found, "mount "+strings.TrimSpace(line))
		}
	}
	return found
}

// cgroups finds control groups that are named after run directories which are
// gone. Those of other tests belong to directories that exist.
func (b *Berth) cgroups() []string {
	var found []string
	_ = filepath.WalkDir("/sys/fs/cgroup", func(path string, e fs.DirEntry, err error) error {
		if err != nil || !e.IsDir() {
			return nil
		}
		name, ours := strings.CutPrefix(e.Name(), "berth-check-")
		if ours && b.started["check-"+name] {
			found = append(found, "control group "+path)
			return fs.SkipDir
		}
		return nil
	})
	return found
}

func entries(kind, dir string) []string {
	list, _ := os.ReadDir(dir)
	var found []string
	for _, e := range list {
		if e.IsDir() {
			found = append(found, kind+" "+filepath.Join(dir, e.Name()))
		}
	}
	return found
}

// NoteRuns remembers the run directories there are now, so that their control
// groups can be recognised later.
func (b *Berth) NoteRuns() {
	if b.started == nil {
		b.started = map[string]bool{}
	}
	list, _ := os.ReadDir(filepath.Join(b.StateDir, "run"))
	for _, e := range list {
		b.started[e.Name()] = true
	}
}

// WantNothingLeft fails the test if something is left after a while.
func (b *Berth) WantNothingLeft(t testing.TB) {
	t.Helper()
	var left []string
	for deadline := time.Now().Add(15 * time.Second); time.Now().Before(deadline); time.Sleep(50 * time.Millisecond) {
		if left = b.Leftovers(); len(left) == 0 {
			return
		}
	}
	t.Errorf("left behind:\n%s", strings.Join(left, "\n"))
}
