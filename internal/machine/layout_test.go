package machine

import (
	"os"
	"path/filepath"
	"testing"

	"berth.dev/internal/root"
)

func write(t *testing.T, path, text string, mode os.FileMode) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), mode); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(path, mode); err != nil {
		t.Fatal(err)
	}
}

func read(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Error(err)
	}
	return string(text)
}

func TestSeed(t *testing.T) {
	top, bottom, prepared := t.TempDir(), t.TempDir(), t.TempDir()
	write(t, filepath.Join(top, "var/lib/both"), "top", 0o640)
	write(t, filepath.Join(bottom, "var/lib/both"), "bottom", 0o600)
	write(t, filepath.Join(bottom, "var/lib/other"), "other", 0o600)
	write(t, filepath.Join(bottom, "usr/file"), "not state", 0o600)
	write(t, filepath.Join(prepared, "data"), "fresh", 0o600)
	if err := os.Symlink("/run", filepath.Join(top, "var/run")); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(filepath.Join(top, "var/lib"), 0o711); err != nil {
		t.Fatal(err)
	}
	l := machineLayout(t.TempDir(), false)
	if err := l.make(); err != nil {
		t.Fatal(err)
	}
	ready := []root.Prepared{{Path: "/var/lib/cluster/main", Source: prepared}, {Path: "/opt/cluster", Source: prepared}}
	if err := l.seed([]string{top, bottom}, ready); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{
		"state/var/lib/both": "top", "state/var/lib/other": "other",
		"state/var/lib/cluster/main/data": "fresh", "upper/opt/cluster/data": "fresh",
	} {
		if got := read(t, filepath.Join(l.directory, path)); got != want {
			t.Errorf("%s holds %q, want %q", path, got, want)
		}
	}
	if info, err := os.Stat(filepath.Join(l.state, "var/lib/both")); err != nil || info.Mode() != 0o640 {
		t.Errorf("mode of a file: %v, %v", info.Mode(), err)
	}
	if info, err := os.Stat(filepath.Join(l.state, "var/lib")); err != nil || info.Mode().Perm() != 0o711 {
		t.Errorf("mode of a directory: %v, %v", info.Mode(), err)
	}
	if target, err := os.Readlink(filepath.Join(l.state, "var/run")); err != nil || target != "/run" {
		t.Errorf("link: %q, %v", target, err)
	}
	if _, err := os.Stat(filepath.Join(l.state, "usr")); err == nil {
		t.Error("/usr was copied")
	}

	// What the system wrote is kept when it boots again.
	write(t, filepath.Join(l.state, "var/lib/both"), "mine", 0o600)
	write(t, filepath.Join(l.state, "var/lib/cluster/main/data"), "used", 0o600)
	if err := l.seed([]string{top, bottom}, ready); err != nil {
		t.Fatal(err)
	}
	if got := read(t, filepath.Join(l.state, "var/lib/both")) + read(t, filepath.Join(l.state, "var/lib/cluster/main/data")); got != "mineused" {
		t.Errorf("after the second boot: %q", got)
	}
}
