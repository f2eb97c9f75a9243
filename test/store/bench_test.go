package store

import (
	"context"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"berth.dev/internal/binarycache"
	"berth.dev/internal/store"
	"berth.dev/nix/nar"
	"berth.dev/nix/storepath"
	"berth.dev/test/oracle"
)

var measure = flag.Bool("measure", false, "measure the store beside C++ Nix and print the table")

// TestStoreBesideNix prints how long the same work takes in both.
func TestStoreBesideNix(t *testing.T) {
	if !*measure {
		t.Skip("prints figures; run it with -args -measure, or make bench-store")
	}
	n := oracle.Open(t)
	tree := makeTree(t, 4000, 50_000)
	b := fresh(t)
	compare(t, "add a tree of 200 MB in 4,000 files", func() {
		s := b.open()
		defer s.Close()
		if _, err := s.AddTree(t.Context(), "tree", storepath.NARMethod, nar.Disk(tree), nil); err != nil {
			t.Fatal(err)
		}
	}, func() { mustNix(t, n, "nix-store", "--add", tree) })
	compare(t, "check it again", func() { b.run("store", "verify", "--check-contents") },
		func() { mustNix(t, n, "nix-store", "--verify", "--check-contents") })
	compareCopy(t, n)
	compareCollect(t, n)
}

// compare runs both once and prints the times.
func compare(t *testing.T, what string, ours, theirs func()) {
	t.Helper()
	times := [2]time.Duration{}
	for i, run := range []func(){ours, theirs} {
		start := time.Now()
		run()
		times[i] = time.Since(start)
	}
	t.Logf("%-45s berth %8.3f s   Nix %8.3f s   ratio %.2f", what, times[0].Seconds(), times[1].Seconds(), float64(times[0])/float64(times[1]))
}

func makeTree(t *testing.T, files, size int) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "tree")
	random := rand.NewChaCha8([32]byte{1})
	content := make([]byte, size)
	for i := range files {
		name := filepath.Join(dir, fmt.Sprint(i%100), fmt.Sprint(i))
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		random.Read(content)
		if err := os.WriteFile(name, content, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// addChain adds small texts, each of which refers to the one before it, and
// returns the last.
func addChain(t *testing.T, s *store.Store, count int, prefix string) storepath.Path {
	t.Helper()
	var texts []store.Text
	var last storepath.Path
	for i := range count {
		one := store.Text{Name: "t", Content: prefix + fmt.Sprint(i)}
		if i > 0 && i%50 != 0 {
			one.References = []storepath.Path{last}
		}
		p, err := storepath.Text(one.Name, one.Content, one.References)
		if err != nil {
			t.Fatal(err)
		}
		texts, last = append(texts, one), p
	}
	all, err := s.AddTexts(t.Context(), texts)
	if err != nil {
		t.Fatal(err)
	}
	var union []storepath.Path
	for i := 49; i < count; i += 50 {
		union = append(union, all[i])
	}
	top, err := s.AddText(t.Context(), "top", prefix, union)
	if err != nil {
		t.Fatal(err)
	}
	return top
}

func compareCopy(t *testing.T, n *oracle.Nix) {
	b := fresh(t)
	s := b.open()
	top := addChain(t, s, 500, strings.Repeat("text ", 500))
	s.Close()
	address, _ := b.serve(true)
	other := fresh(t)
	compare(t, "substitute 501 paths from loopback", func() { other.run("copy", "--from", address, top.String()) },
		func() { mustNix(t, n, "nix", "copy", "--from", address, top.String()) })
	compare(t, "closure of 501 paths with sizes", func() { other.run("store", "du", top.String()) },
		func() { mustNix(t, n, "nix", "path-info", "-r", "-s", top.String()) })
}

func compareCollect(t *testing.T, n *oracle.Nix) {
	const count = 10_000
	a, b := fresh(t), fresh(t)
	for _, one := range []*berth{a, b} {
		s := one.open()
		addChain(t, s, count, "x")
		s.Close()
	}
	compare(t, fmt.Sprintf("collect %d paths", count), func() { a.run("gc") }, func() {
		if out, err := n.CommandOn(b.state, "nix-store", "--gc").CombinedOutput(); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
	})
}

func BenchmarkArchive(b *testing.B) {
	dir := b.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "f"), make([]byte, 64<<20), 0o644); err != nil {
		b.Fatal(err)
	}
	s := fresh(b).open()
	defer s.Close()
	p, err := s.AddTree(context.Background(), "tree", storepath.NARMethod, nar.Disk(dir), nil)
	if err != nil {
		b.Fatal(err)
	}
	b.SetBytes(64 << 20)
	for b.Loop() {
		if _, err := s.Scan(context.Background(), s.PhysicalPath(p), nil); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkSignature(b *testing.B) {
	key, err := binarycache.GenerateKey("bench-1")
	if err != nil {
		b.Fatal(err)
	}
	s := fresh(b).open()
	defer s.Close()
	p, err := s.AddText(context.Background(), "t", "t", nil)
	if err != nil {
		b.Fatal(err)
	}
	info, err := s.Query(context.Background(), p)
	if err != nil {
		b.Fatal(err)
	}
	info.Address = storepath.Address{} // else that is enough
	info.Signatures = []string{key.Sign(info)}
	trust := binarycache.Trust{Keys: []binarycache.PublicKey{key.Public()}}
	for b.Loop() {
		if !trust.Accepts(info) {
			b.Fatal("the signature is not accepted")
		}
	}
}
