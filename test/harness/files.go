package harness

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Copy copies the files of a folder, without the lock file a run has left.
func Copy(t testing.TB, from, to string) {
	t.Helper()
	if err := os.CopyFS(to, os.DirFS(from)); err != nil {
		t.Fatal(err)
	}
	if err := os.RemoveAll(filepath.Join(to, "berth.lock")); err != nil {
		t.Fatal(err)
	}
}

// Write makes a file.
func Write(t testing.TB, name, text string) {
	t.Helper()
	if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

// Replace changes a text in a file, which must have it.
func Replace(t testing.TB, name, old, new string) {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(text), old) {
		t.Fatalf("%s has no %q", name, old)
	}
	Write(t, name, strings.ReplaceAll(string(text), old, new))
}
