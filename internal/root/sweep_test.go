package root

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestSweep(t *testing.T) {
	cache := t.TempDir()
	now := time.Now()
	for name, age := range map[string]time.Duration{
		"fresh": time.Hour, "old": 60 * 24 * time.Hour, "used": 60 * 24 * time.Hour, "aliased": 60 * 24 * time.Hour,
		".new-left": 24 * time.Hour, ".new-busy": time.Minute,
	} {
		dir := filepath.Join(cache, name)
		writeTestFile(t, filepath.Join(dir, "tree", "file"), "x")
		if err := os.Chtimes(dir, now.Add(-age), now.Add(-age)); err != nil {
			t.Fatal(err)
		}
	}
	for link, target := range map[string]string{"alias": "aliased", "dangling": "nothing"} {
		if err := os.Symlink(target, filepath.Join(cache, link)); err != nil {
			t.Fatal(err)
		}
	}
	inUse := []string{filepath.Join(cache, "used", "tree"), filepath.Join(cache, "aliased", "tree")}
	removed, err := Sweep(cache, now.AddDate(0, 0, -30), inUse)
	if err != nil || removed != 3 {
		t.Errorf("removed %d, %v", removed, err)
	}
	var left []string
	entries, _ := os.ReadDir(cache)
	for _, e := range entries {
		left = append(left, e.Name())
	}
	if diff := cmp.Diff([]string{".new-busy", "alias", "aliased", "fresh", "used"}, left); diff != "" {
		t.Errorf("(-want +left):\n%s", diff)
	}
	touch(filepath.Join(cache, "used"))
	if info, err := os.Stat(filepath.Join(cache, "used")); err != nil || time.Since(info.ModTime()) > time.Hour {
		t.Error("a used layer still looks old")
	}
}
