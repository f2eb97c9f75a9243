package store

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"zombiezen.com/go/sqlite"

	"berth.dev/nix/derivation"
	"berth.dev/nix/nar"
	"berth.dev/nix/storepath"
)

// collectNow collects without the temporary roots of this process.
func collectNow(t *testing.T, s *Store, what Collection) Collected {
	t.Helper()
	if err := s.temp.close(); err != nil {
		t.Fatal(err)
	}
	got, err := s.Collect(t.Context(), what)
	if err != nil {
		t.Fatal(err)
	}
	return got
}

func TestCollectKeepsWhatIsNew(t *testing.T) {
	s := openTemp(t)
	needed := addText(t, s, "needed", "n")
	fresh := addText(t, s, "fresh", "f", needed)
	old := addText(t, s, "old", "o")
	long := time.Now().Add(-48 * time.Hour)
	for _, p := range []storepath.Path{needed, old} {
		setRegistered(t, s, p, long)
	}
	got := collectNow(t, s, Collection{KeepSince: time.Now().Add(-24 * time.Hour)})
	if len(got.Paths) != 1 || got.Paths[0] != old {
		t.Errorf("collected %v, want only %v", got.Paths, old)
	}
	if !isValid(t, s, fresh) || !isValid(t, s, needed) {
		t.Error("a new path or what it needs was collected")
	}
}

func setRegistered(t *testing.T, s *Store, p storepath.Path, at time.Time) {
	t.Helper()
	err := s.db.write(t.Context(), func(conn *sqlite.Conn) error {
		return transaction{s, conn}.exec(`update ValidPaths set registrationTime = ? where path = ?`, at.Unix(), p.String())
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestCollectStopsWhenEnoughIsFreed(t *testing.T) {
	s := openTemp(t)
	base := addText(t, s, "base", strings.Repeat("b", 1000))
	for i := range 9 {
		addText(t, s, fmt.Sprint("x", i), strings.Repeat("x", 1000+i), base)
	}
	got := collectNow(t, s, Collection{MaxFreed: 2000})
	if got.Bytes < 2000 || len(got.Paths) == 10 {
		t.Errorf("freed %d bytes in %d paths", got.Bytes, len(got.Paths))
	}
	checkIntact(t, s)
	if got := collectNow(t, s, Collection{}); len(got.Paths) == 0 {
		t.Error("nothing was left for the next collection")
	}
}

func TestDeletingOnePath(t *testing.T) {
	s := openTemp(t)
	base := addText(t, s, "base", "b")
	user := addText(t, s, "user", "u", base)
	other := addText(t, s, "other", "o")
	kept := addText(t, s, "kept", "k")
	if err := s.AddRoot("k", kept); err != nil {
		t.Fatal(err)
	}
	got := collectNow(t, s, Collection{Only: []storepath.Path{base}})
	if len(got.Paths) != 2 || got.Paths[0] != user || got.Paths[1] != base || !isValid(t, s, other) {
		t.Errorf("deleted %v", got.Paths)
	}
	if _, err := s.Collect(t.Context(), Collection{Only: []storepath.Path{kept}}); err == nil || !strings.Contains(err.Error(), "in use") {
		t.Errorf("deleting what a root keeps: %v", err)
	}
}

func TestDerivationsOfLivingOutputsLive(t *testing.T) {
	s := openTemp(t)
	d := &derivation.Derivation{Name: "d", System: "x", Builder: "/b", Outputs: []derivation.Output{{Name: "out"}}}
	d.Set("out", "")
	if err := new(derivation.Hashes).FillOutputs(d); err != nil {
		t.Fatal(err)
	}
	drv, err := s.AddDerivation(t.Context(), d)
	if err != nil {
		t.Fatal(err)
	}
	out := d.Outputs[0].Path
	if err := os.WriteFile(s.PhysicalPath(out), []byte("made"), 0o444); err != nil {
		t.Fatal(err)
	}
	scanned, err := s.Scan(t.Context(), s.PhysicalPath(out), nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Register(t.Context(), Info{Path: out, NARHash: scanned.NARHash, NARSize: scanned.NARSize}); err != nil {
		t.Fatal(err)
	}
	if err := s.AddRoot("out", out); err != nil {
		t.Fatal(err)
	}
	if got := collectNow(t, s, Collection{}); len(got.Paths) != 0 || !isValid(t, s, drv) {
		t.Errorf("collected %v", got.Paths)
	}
}

func TestDeduplicate(t *testing.T) {
	s := openTemp(t)
	content := []byte(strings.Repeat("same", 1000))
	var trees []storepath.Path
	for i := range 3 {
		files := fstest.MapFS{"d/same": {Data: content}, "own": {Data: []byte{byte(i)}}, "program": {Data: content, Mode: 0o755}}
		p, err := s.AddTree(t.Context(), "tree", storepath.NARMethod, nar.FS(files, "."), nil)
		if err != nil {
			t.Fatal(err)
		}
		trees = append(trees, p)
	}
	saved, err := s.Deduplicate(t.Context())
	if err != nil || saved.Files != 4 || saved.Bytes != 4*int64(len(content)) {
		t.Errorf("saved %+v, %v", saved, err)
	}
	first, _ := os.Stat(filepath.Join(s.PhysicalPath(trees[0]), "d/same"))
	third, _ := os.Stat(filepath.Join(s.PhysicalPath(trees[2]), "d/same"))
	if !os.SameFile(first, third) {
		t.Error("equal files are still two")
	}
	checkIntact(t, s)
	if again, err := s.Deduplicate(t.Context()); err != nil || again.Files != 0 {
		t.Errorf("the second time saved %+v, %v", again, err)
	}
	collectNow(t, s, Collection{})
	if left, err := os.ReadDir(filepath.Join(s.ObjectDir(), ".links")); err != nil || len(left) != 0 {
		t.Errorf("%d shared files are left, %v", len(left), err)
	}
}

func TestReplaceTakesOnlyWhatIsRegistered(t *testing.T) {
	s := openTemp(t)
	p := addText(t, s, "a", "good")
	damage(t, s, p)
	staging, err := s.Stage()
	if err != nil {
		t.Fatal(err)
	}
	defer staging.Remove()
	place := filepath.Join(staging.Dir(), "x")
	for _, c := range []struct {
		text string
		ok   bool
	}{{"bad", false}, {"good", true}} {
		if err := os.WriteFile(place, []byte(c.text), 0o644); err != nil {
			t.Fatal(err)
		}
		if _, err := s.Scan(t.Context(), place, nil); err != nil {
			t.Fatal(err)
		}
		if err := s.Replace(t.Context(), place, p); (err == nil) != c.ok {
			t.Errorf("replacing by %q: %v", c.text, err)
		}
		os.Remove(place)
	}
	checkIntact(t, s)
}

func damage(t *testing.T, s *Store, p storepath.Path) {
	t.Helper()
	if err := os.Chmod(s.PhysicalPath(p), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(s.PhysicalPath(p), []byte("damaged"), 0o644); err != nil {
		t.Fatal(err)
	}
}

func TestGraph(t *testing.T) {
	s := openTemp(t)
	a := addText(t, s, "a", "a")
	b := addText(t, s, "b", "mentions "+a.String(), a)
	c := addText(t, s, "c", "c", a, b)
	g, err := s.Graph(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if reach := g.Reach(b); g.Len() != 3 || len(reach) != 2 || !reach[a] || len(g.ReachedBy(a)) != 3 {
		t.Errorf("%d paths; b reaches %v; a is reached by %v", g.Len(), reach, g.ReachedBy(a))
	}
	if got := g.Info(c).References; len(got) != 2 {
		t.Errorf("references of c: %v", got)
	}
	for p, want := range map[storepath.Path]string{b: ".", c: ""} {
		if got, err := s.Mention(t.Context(), p, a); err != nil || got != want {
			t.Errorf("a is mentioned in %q of %s, %v", got, p, err)
		}
	}
}
