package lockfile

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"berth.dev/internal/debian"
	"github.com/google/go-cmp/cmp"
)

func TestWriteRead(t *testing.T) {
	dir := t.TempDir()
	want := &File{Embedded: "sha256-x", Debian: &debian.Lock{Release: "trixie", Architecture: "amd64", Packages: []debian.Record{{Name: "curl", Version: "8"}}}}
	for i, expected := range []bool{true, false} {
		changed, err := want.Write(dir)
		if err != nil || changed != expected {
			t.Fatalf("write %d: changed is %v, error %v", i, changed, err)
		}
	}
	got, err := Read(dir)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	entries, _ := os.ReadDir(dir)
	if len(entries) != 1 {
		t.Errorf("something was left beside the file: %v", entries)
	}
}

func TestReadErrors(t *testing.T) {
	for text, want := range map[string]string{
		"{":                          "is damaged",
		`{"version":1,"colour":"x"}`: "unknown field",
		`{"version":9}`:              "has version 9",
	} {
		dir := t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, Name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		if _, err := Read(dir); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want %q", text, err, want)
		}
	}
	if _, err := Read(t.TempDir()); err != nil {
		t.Errorf("a missing file: %v", err)
	}
}
