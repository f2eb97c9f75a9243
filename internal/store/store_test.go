package store

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"berth.dev/nix/derivation"
	"berth.dev/nix/hash"
	"berth.dev/nix/nar"
	"berth.dev/nix/storepath"
)

func openTemp(t *testing.T) *Store {
	t.Helper()
	return openDir(t, t.TempDir())
}

func openDir(t *testing.T, dir string) *Store {
	t.Helper()
	s, err := Open(Config{Dir: dir, NoSync: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		s.Close()
		removeAll(filepath.Join(dir, "nix/store"))
	})
	return s
}

func addText(t *testing.T, s *Store, name, content string, references ...storepath.Path) storepath.Path {
	t.Helper()
	p, err := s.AddText(t.Context(), name, content, references)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func exampleTree() nar.Tree {
	return nar.FS(fstest.MapFS{
		"bin/run": {Data: []byte("#!/bin/sh\n"), Mode: 0o755},
		"lib/a":   {Data: []byte("a"), Mode: 0o600},
		"link":    {Data: []byte("bin/run"), Mode: os.ModeSymlink},
	}, ".")
}

func isValid(t *testing.T, s *Store, p storepath.Path) bool {
	t.Helper()
	valid, err := s.IsValid(t.Context(), p)
	if err != nil {
		t.Fatal(err)
	}
	return valid
}

// checkWithNix lets C++ Nix verify a store, where it is installed.
func checkWithNix(t *testing.T, s *Store) {
	t.Helper()
	program, err := exec.LookPath("nix-store")
	if err != nil {
		t.Log("C++ Nix is not in PATH, so only our own verification is run")
		return
	}
	out, err := exec.Command(program, "--store", s.Dir(), "--verify", "--check-contents").CombinedOutput()
	if err != nil || strings.Contains(string(out), "error") || strings.Contains(string(out), "modified") || strings.Contains(string(out), "disappeared") {
		t.Errorf("nix-store --verify: %v\n%s", err, out)
	}
}

func checkIntact(t *testing.T, s *Store) {
	t.Helper()
	damaged, err := s.Verify(t.Context(), true)
	if err != nil || len(damaged) > 0 {
		t.Errorf("store is damaged: %v, %v", damaged, err)
	}
	checkWithNix(t, s)
}

func TestAddText(t *testing.T) {
	s := openTemp(t)
	a := addText(t, s, "a.txt", "hello")
	if a.String() != "/nix/store/wzflyq5q9kjg4p27yck2nnispnblxsnh-a.txt" {
		t.Errorf("path is %s", a)
	}
	b := addText(t, s, "b.txt", "see "+a.String(), a)
	info, err := s.Query(t.Context(), b)
	if err != nil || !slices.Equal(info.References, []storepath.Path{a}) || info.Address.Method != storepath.TextMethod {
		t.Errorf("known about b: %+v, %v", info, err)
	}
	if again := addText(t, s, "a.txt", "hello"); again != a {
		t.Errorf("added again as %s", again)
	}
	checkIntact(t, s)
}

func TestAddTextsThatReferToEachOther(t *testing.T) {
	s := openTemp(t)
	a, err := storepath.Text("a", "a", nil)
	if err != nil {
		t.Fatal(err)
	}
	added, err := s.AddTexts(t.Context(), []Text{{"b", a.String(), []storepath.Path{a}}, {"a", "a", nil}, {"a", "a", nil}})
	if err != nil || added[1] != a || added[2] != a {
		t.Fatalf("added %v, %v", added, err)
	}
	checkIntact(t, s)
}

func TestTextWithoutItsReference(t *testing.T) {
	s := openTemp(t)
	missing, _ := storepath.Text("a", "a", nil)
	if _, err := s.AddText(t.Context(), "b", "b", []storepath.Path{missing}); !errors.Is(err, ErrInvalid) {
		t.Errorf("got %v", err)
	}
	if all, err := s.All(t.Context()); err != nil || len(all) != 0 {
		t.Errorf("valid afterwards: %v, %v", all, err)
	}
}

func TestAddDerivationRecordsOutputs(t *testing.T) {
	s := openTemp(t)
	d := &derivation.Derivation{
		Name: "x", System: "x86_64-linux", Builder: "/bin/sh",
		Outputs:     []derivation.Output{{Name: "out"}},
		Environment: []derivation.Variable{{Name: "name", Value: "x"}},
	}
	hashes := derivation.Hashes{Load: s.ReadDerivation}
	if err := hashes.FillOutputs(d); err != nil {
		t.Fatal(err)
	}
	p, err := s.AddDerivation(t.Context(), d)
	if err != nil {
		t.Fatal(err)
	}
	if derivers, err := s.Derivers(t.Context(), d.Outputs[0].Path); err != nil || !slices.Equal(derivers, []storepath.Path{p}) {
		t.Errorf("derivers %v, %v", derivers, err)
	}
	back, err := s.ReadDerivation(p)
	if err != nil || back.String() != d.String() {
		t.Errorf("read back %v, %v", back, err)
	}
	checkIntact(t, s)
}

func TestAddTree(t *testing.T) {
	s := openTemp(t)
	p, err := s.AddTree(t.Context(), "tree", storepath.NARMethod, exampleTree(), nil)
	if err != nil {
		t.Fatal(err)
	}
	want, _, err := nar.Digest(hash.SHA256, exampleTree(), nil)
	if err != nil {
		t.Fatal(err)
	}
	if expect, _ := storepath.Source("tree", want, storepath.References{}); p != expect {
		t.Errorf("path %s, want %s", p, expect)
	}
	for name, mode := range map[string]os.FileMode{"": os.ModeDir | 0o555, "bin/run": 0o555, "lib/a": 0o444} {
		info, err := os.Lstat(filepath.Join(s.PhysicalPath(p), name))
		if err != nil || info.Mode() != mode || info.ModTime().Unix() != 1 {
			t.Errorf("%q: %v, %v", name, info, err)
		}
	}
	if entries, _ := os.ReadDir(s.varDir("incoming")); len(entries) != 0 {
		t.Errorf("left in the incoming folder: %v", entries)
	}
	checkIntact(t, s)
}

func TestAddFlatFile(t *testing.T) {
	s := openTemp(t)
	file := nar.FS(fstest.MapFS{"f": {Data: []byte("hello")}}, "f")
	p, err := s.AddTree(t.Context(), "f", storepath.FlatMethod, file, nil)
	if err != nil || p.String() != "/nix/store/4c6wsvi6cnq8h7ibg70pv68bi43y92xs-f" {
		t.Errorf("got %s, %v", p, err)
	}
	checkIntact(t, s)
}

func TestImport(t *testing.T) {
	from, to := openTemp(t), openTemp(t)
	p, err := from.AddTree(t.Context(), "tree", storepath.NARMethod, exampleTree(), nil)
	if err != nil {
		t.Fatal(err)
	}
	info, err := from.Query(t.Context(), p)
	if err != nil {
		t.Fatal(err)
	}
	var archive bytes.Buffer
	if err := from.Archive(&archive, p); err != nil {
		t.Fatal(err)
	}
	wrong := *info
	wrong.NARHash = hash.SumString(hash.SHA256, "other")
	if err := to.Import(t.Context(), wrong, bytes.NewReader(archive.Bytes())); err == nil || !strings.Contains(err.Error(), "hash mismatch") {
		t.Errorf("with the wrong digest: %v", err)
	}
	if err := to.Import(t.Context(), *info, bytes.NewReader(append(archive.Bytes(), 0))); err == nil {
		t.Error("accepted an archive with something behind it")
	}
	if isValid(t, to, p) {
		t.Error("valid after failed imports")
	}
	if err := to.Import(t.Context(), *info, &archive); err != nil {
		t.Fatal(err)
	}
	checkIntact(t, to)
}

func TestClosure(t *testing.T) {
	s := openTemp(t)
	a := addText(t, s, "a", "a")
	b := addText(t, s, "b", "b", a)
	c := addText(t, s, "c", "c", b)
	other := addText(t, s, "d", "d", a)
	closure, err := s.Closure(t.Context(), c)
	want := []storepath.Path{a, b, c}
	slices.SortFunc(want, storepath.Path.Compare)
	if err != nil || !slices.Equal(closure, want) {
		t.Errorf("closure %v, %v; want %v", closure, err, want)
	}
	missing, _ := storepath.Text("e", "e", nil)
	if _, err := s.Closure(t.Context(), c, missing); !errors.Is(err, ErrInvalid) {
		t.Errorf("closure of a missing path: %v", err)
	}
	referrers, err := s.Referrers(t.Context(), a)
	if err != nil || len(referrers) != 2 || !slices.Contains(referrers, other) {
		t.Errorf("referrers %v, %v", referrers, err)
	}
	if found, ok, err := s.ByDigest(t.Context(), a.Digest()); err != nil || !ok || found != a {
		t.Errorf("by digest: %v %v %v", found, ok, err)
	}
}

func TestReopen(t *testing.T) {
	dir := t.TempDir()
	first := openDir(t, dir)
	p := addText(t, first, "a", "a")
	first.Close()
	if second := openDir(t, dir); !isValid(t, second, p) {
		t.Error("not valid after opening again")
	}
}

func TestReadOnlyRefusesToAdd(t *testing.T) {
	dir := t.TempDir()
	p := addText(t, openDir(t, dir), "a", "a")
	s, err := Open(Config{Dir: dir, ReadOnly: true})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if !isValid(t, s, p) {
		t.Error("path is not valid")
	}
	if _, err := s.AddText(t.Context(), "b", "b", nil); err == nil || !strings.Contains(err.Error(), "read-only") {
		t.Errorf("adding: %v", err)
	}
}

func TestUnknownSchemaIsRefused(t *testing.T) {
	dir := t.TempDir()
	openDir(t, dir).Close()
	if err := os.WriteFile(filepath.Join(dir, "nix/var/nix/db/schema"), []byte("11"), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(Config{Dir: dir}); err == nil || !strings.Contains(err.Error(), "schema version 11") {
		t.Errorf("got %v", err)
	}
}

func TestVerifyFindsDamage(t *testing.T) {
	s := openTemp(t)
	gone := addText(t, s, "gone", "gone")
	changed := addText(t, s, "changed", "changed")
	if err := os.Remove(s.PhysicalPath(gone)); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(s.PhysicalPath(changed), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(s.PhysicalPath(changed), []byte("other"), 0o644); err != nil {
		t.Fatal(err)
	}
	damaged, err := s.Verify(t.Context(), true)
	if err != nil || len(damaged) != 2 {
		t.Errorf("found %v, %v", damaged, err)
	}
}

func TestConcurrentAdders(t *testing.T) {
	dir := t.TempDir()
	stores := []*Store{openDir(t, dir), openDir(t, dir)}
	failed := make(chan error, 40)
	for i := range cap(failed) {
		go func() {
			s := stores[i%2]
			_, err := s.AddTree(context.Background(), fmt.Sprintf("tree-%d", i/4), storepath.NARMethod, exampleTree(), nil)
			failed <- err
		}()
	}
	for range cap(failed) {
		if err := <-failed; err != nil {
			t.Error(err)
		}
	}
	if all, err := stores[0].All(t.Context()); err != nil || len(all) != 10 {
		t.Errorf("valid: %v, %v", all, err)
	}
	checkIntact(t, stores[0])
}

func TestReferenceFinder(t *testing.T) {
	var candidates []storepath.Path
	for i := range 4 {
		p, err := storepath.Text("x", fmt.Sprint(i), nil)
		if err != nil {
			t.Fatal(err)
		}
		candidates = append(candidates, p)
	}
	text := "prefix" + candidates[0].String() + " 0" + candidates[1].Digest() + candidates[2].Digest()[:31] + "!" + candidates[3].Digest()[1:]
	for _, chunk := range []int{1, 2, 7, 31, 32, 33, 64, len(text)} {
		f := NewReferenceFinder(candidates)
		for part := range slices.Chunk([]byte(text), chunk) {
			f.Write(part)
		}
		want := slices.Clone(candidates[:2])
		slices.SortFunc(want, storepath.Path.Compare)
		if got := f.Found(); !slices.Equal(got, want) {
			t.Errorf("in pieces of %d: found %v, want %v", chunk, got, want)
		}
	}
}

func TestPathLocksExclude(t *testing.T) {
	s := openTemp(t)
	p, _ := storepath.Text("x", "x", nil)
	first, err := s.Lock(t.Context(), []storepath.Path{p}, nil)
	if err != nil {
		t.Fatal(err)
	}
	var waited bool
	ctx, cancel := context.WithCancel(t.Context())
	_, err = s.Lock(ctx, []storepath.Path{p}, func(storepath.Path) { waited = true; cancel() })
	if !waited || !errors.Is(err, context.Canceled) {
		t.Errorf("second lock: waited %v, %v", waited, err)
	}
	first.Unlock()
	third, err := s.Lock(t.Context(), []storepath.Path{p}, nil)
	if err != nil {
		t.Fatal(err)
	}
	third.Unlock()
	if _, err := os.Stat(s.PhysicalPath(p) + ".lock"); !errors.Is(err, os.ErrNotExist) {
		t.Error("the lock file is still there")
	}
}

func BenchmarkClosure500(b *testing.B) {
	s, err := Open(Config{Dir: b.TempDir(), NoSync: true})
	if err != nil {
		b.Fatal(err)
	}
	defer s.Close()
	var texts []Text
	var earlier []storepath.Path
	for i := range 500 {
		t := Text{Name: "x", Content: fmt.Sprint(i), References: slices.Clone(earlier[max(0, len(earlier)-5):])}
		p, err := storepath.Text(t.Name, t.Content, t.References)
		if err != nil {
			b.Fatal(err)
		}
		texts, earlier = append(texts, t), append(earlier, p)
	}
	if _, err := s.AddTexts(b.Context(), texts); err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		closure, err := s.Closure(b.Context(), earlier[499])
		if err != nil || len(closure) != 500 {
			b.Fatal(len(closure), err)
		}
	}
}

func BenchmarkValid600(b *testing.B) {
	s, err := Open(Config{Dir: b.TempDir(), NoSync: true})
	if err != nil {
		b.Fatal(err)
	}
	defer s.Close()
	var texts []Text
	for i := range 600 {
		texts = append(texts, Text{Name: "x", Content: fmt.Sprint(i)})
	}
	all, err := s.AddTexts(b.Context(), texts)
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if valid, err := s.Valid(b.Context(), all); err != nil || len(valid) != 600 {
			b.Fatal(err)
		}
	}
}

func BenchmarkOpen(b *testing.B) {
	dir := b.TempDir()
	for b.Loop() {
		s, err := Open(Config{Dir: dir})
		if err != nil {
			b.Fatal(err)
		}
		s.IsValid(b.Context(), storepath.MustParse("/nix/store/wzflyq5q9kjg4p27yck2nnispnblxsnh-a.txt"))
		s.Close()
	}
}
