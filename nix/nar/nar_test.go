package nar

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"berth.dev/nix/hash"
)

func example() fs.FS {
	file := func(data string, mode fs.FileMode) *fstest.MapFile {
		return &fstest.MapFile{Data: []byte(data), Mode: mode}
	}
	return fstest.MapFS{
		"dir/run":       file("#!/bin/sh\n", 0o755),
		"dir/sub/hello": file("hello", 0o644),
		"dir/void":      file("", 0o644),
		"eight":         file("12345678", 0o600),
		"empty":         file("", fs.ModeDir|0o700),
		"link":          file("dir/run", fs.ModeSymlink),
		"dangling":      file("/nowhere", fs.ModeSymlink),
		"a/z":           file("x\n", 0o644),
		"a-x/z":         file("y\n", 0o644),
		"a.b":           file("z\n", 0o644),
	}
}

// The digests were computed by C++ Nix 2.34 over the same tree on a disk.
func TestDigest(t *testing.T) {
	for _, c := range []struct{ root, want string }{
		{".", "cdf31bda39c3ebbc49c56b7dd3bad2a7cc8bc1da509946929df5e3066e258ad6"},
		{"dir/run", "6283c1668260f903d1a895c0cd6b822fa4b68762bb0b17cedef2d39d97e26554"},
		{"dir/sub/hello", "0a430879c266f8b57f4092a0f935cf3facd48bbccde5760d4748ca405171e969"},
		{"link", "38aeb8ad5d0d638ce48254039ff05f9d966d24ff3580975cc68993724068b18e"},
	} {
		h, _, err := Digest(hash.SHA256, FS(example(), c.root), nil)
		if err != nil || h.Base16() != c.want {
			t.Errorf("%s: got %s, %v; want %s", c.root, h.Base16(), err, c.want)
		}
	}
}

func TestUnpackRestoresTree(t *testing.T) {
	archive := dump(t, FS(example(), "."))
	if len(archive) != 2696 {
		t.Errorf("archive has %d bytes, want 2696", len(archive))
	}
	dir, root := openTemp(t)
	if err := Unpack(bytes.NewReader(archive), root, "tree"); err != nil {
		t.Fatal(err)
	}
	if again := dump(t, Disk(filepath.Join(dir, "tree"))); !bytes.Equal(again, archive) {
		t.Error("the unpacked tree gives another archive")
	}
}

func TestUnpackSingleFile(t *testing.T) {
	archive := dump(t, FS(example(), "dir/run"))
	dir, root := openTemp(t)
	if err := Unpack(bytes.NewReader(archive), root, "run"); err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(filepath.Join(dir, "run"))
	if err != nil || info.Mode().Perm() != 0o555 {
		t.Fatalf("got %v, %v", info, err)
	}
}

func TestUnpackNeverOverwrites(t *testing.T) {
	dir, root := openTemp(t)
	if err := os.WriteFile(filepath.Join(dir, "run"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	err := Unpack(bytes.NewReader(dump(t, FS(example(), "dir/run"))), root, "run")
	if !errors.Is(err, fs.ErrExist) {
		t.Fatalf("got %v", err)
	}
}

func TestFilterSeesDirectoriesFirstAndSkipsDropped(t *testing.T) {
	var seen []string
	var kept bytes.Buffer
	err := Dump(&kept, FS(example(), "."), func(path string, kind Kind) (bool, error) {
		seen = append(seen, path+":"+kind.String())
		return path != "dir", nil
	})
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"a:directory", "a/z:regular", "a-x:directory", "a-x/z:regular", "a.b:regular",
		"dangling:symlink", "dir:directory", "eight:regular", "empty:directory", "link:symlink"}
	if !slices.Equal(seen, want) {
		t.Errorf("filter saw %q", seen)
	}
	for _, e := range entries(t, &kept) {
		if strings.HasPrefix(e.Path, "dir") {
			t.Errorf("dropped entry %s was archived", e.Path)
		}
	}
}

func TestUnsupportedKind(t *testing.T) {
	fsys := fstest.MapFS{"pipe": {Mode: fs.ModeNamedPipe}}
	if err := Dump(io.Discard, FS(fsys, "."), nil); err == nil || err.Error() != "file 'pipe' has an unsupported type" {
		t.Errorf("got %v", err)
	}
	drop := func(_ string, kind Kind) (bool, error) { return kind != Unknown, nil }
	if err := Dump(io.Discard, FS(fsys, "."), drop); err != nil {
		t.Errorf("with the pipe filtered out: %v", err)
	}
}

func TestReaderRejects(t *testing.T) {
	file := []string{"(", "type", "regular", "contents", "x", ")"}
	entry := func(name string, node ...string) []string {
		return slices.Concat([]string{"entry", "(", "name", name, "node"}, node, []string{")"})
	}
	directory := func(entries ...[]string) []string {
		return slices.Concat([]string{magic, "(", "type", "directory"}, slices.Concat(entries...), []string{")"})
	}
	for _, c := range []struct {
		name   string
		tokens []string
		err    string
	}{
		{"magic", []string{"nix-archive-2", "("}, "not a Nix archive"},
		{"dot dot", directory(entry("..", file...)), "invalid file name"},
		{"slash", directory(entry("a/b", file...)), "invalid file name"},
		{"absolute", directory(entry("/etc", file...)), "invalid file name"},
		{"nul", directory(entry("a\x00", file...)), "invalid file name"},
		{"empty name", directory(entry("", file...)), "invalid file name"},
		{"twice", directory(entry("a", file...), entry("a", file...)), "does not come behind"},
		{"order", directory(entry("b", file...), entry("a", file...)), "does not come behind"},
		{"type", []string{magic, "(", "type", "device"}, "unknown type"},
		{"long name", directory(entry(strings.Repeat("a", 256), file...)), "string of 256 bytes"},
		{"empty target", []string{magic, "(", "type", "symlink", "target", "", ")"}, "invalid target"},
		{"cut", []string{magic, "(", "type", "directory"}, "cut short"},
		{"token", []string{magic, "(", "type", "directory", "oops"}, "directory entry or its end"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, root := openTemp(t)
			err := Unpack(bytes.NewReader(encode(c.tokens...)), root, "out")
			if err == nil || !strings.Contains(err.Error(), c.err) {
				t.Errorf("got %v, want ...%s...", err, c.err)
			}
		})
	}
}

func TestReaderRejectsPadding(t *testing.T) {
	archive := dump(t, FS(example(), "dir/sub/hello"))
	at := bytes.Index(archive, []byte("hello")) + 5
	archive[at] = 1
	if _, err := readAll(bytes.NewReader(archive)); err == nil || !strings.Contains(err.Error(), "padding") {
		t.Fatalf("got %v", err)
	}
}

func TestReaderLimitsDepth(t *testing.T) {
	tokens := []string{magic}
	for range maxDepth + 1 {
		tokens = append(tokens, "(", "type", "directory", "entry", "(", "name", "d", "node")
	}
	if _, err := readAll(bytes.NewReader(encode(tokens...))); err == nil || !strings.Contains(err.Error(), "nested") {
		t.Fatalf("got %v", err)
	}
}

func TestWriterChecksOrder(t *testing.T) {
	dir := Node{Kind: Directory}
	w := NewWriter(io.Discard)
	for _, path := range []string{"", "a", "a/b", "a-x"} {
		if err := w.Next(Entry{path, dir}); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Next(Entry{"a/c", dir}); err == nil {
		t.Error("an entry of a closed directory was accepted")
	}
}

// FuzzReader checks that whatever is accepted is canonical: written again it gives the same bytes.
func FuzzReader(f *testing.F) {
	for _, root := range []string{".", "dir/run", "link"} {
		var b bytes.Buffer
		if err := Dump(&b, FS(example(), root), nil); err != nil {
			f.Fatal(err)
		}
		f.Add(b.Bytes())
	}
	f.Fuzz(func(t *testing.T, archive []byte) {
		in := bytes.NewReader(archive)
		again, err := readAll(in)
		if err != nil {
			return
		}
		if !bytes.HasPrefix(archive, again) && !hasBareFile(archive) {
			t.Errorf("accepted %q, wrote %q", archive, again)
		}
	})
}

// hasBareFile reports whether an archive has a regular file without contents,
// which is read but never written.
func hasBareFile(archive []byte) bool {
	bare := encode("regular", ")")
	executable := encode("executable", "", ")")
	return bytes.Contains(archive, bare) || bytes.Contains(archive, executable)
}

func readAll(in io.Reader) ([]byte, error) {
	var out bytes.Buffer
	r, w := NewReader(in), NewWriter(&out)
	for {
		e, err := r.Next()
		if err == io.EOF {
			err = w.Close()
			return out.Bytes(), err
		}
		if err != nil {
			return nil, err
		}
		if err := w.Next(e); err != nil {
			return nil, err
		}
		if _, err := io.Copy(w, r); err != nil {
			return nil, err
		}
	}
}

func entries(t *testing.T, in io.Reader) []Entry {
	t.Helper()
	r := NewReader(in)
	var all []Entry
	for {
		e, err := r.Next()
		if err == io.EOF {
			return all
		}
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, e)
	}
}

func encode(tokens ...string) []byte {
	var b bytes.Buffer
	w := NewWriter(&b)
	w.tokens(tokens...)
	w.out.Flush()
	return b.Bytes()
}

func dump(t *testing.T, tree Tree) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := Dump(&b, tree, nil); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func openTemp(t *testing.T) (string, *os.Root) {
	t.Helper()
	dir := t.TempDir()
	root, err := os.OpenRoot(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { root.Close() })
	return dir, root
}
