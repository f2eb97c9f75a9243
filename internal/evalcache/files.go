package evalcache

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"hash"
	"io"
	"io/fs"
	"slices"
	"strings"
	"syscall"

	"berth.dev/nix/eval"
	"berth.dev/nix/nar"
)

// The kinds of questions about files.
const (
	kindStat = "stat"
	kindList = "list"
	kindRead = "read"
)

// Files listens to what is read through f. Paths that are fixed, such as those
// in a tree that is known by its digest, need not be asked about again.
func (r *Recorder) Files(f eval.Files, fixed func(path string) bool) eval.Files {
	if r == nil {
		return f
	}
	return recordedFiles{f, r, fixed}
}

type recordedFiles struct {
	eval.Files
	recorder *Recorder
	fixed    func(string) bool
}

// Lstat implements eval.Files.
func (f recordedFiles) Lstat(path string) (nar.Node, error) {
	node, err := f.Files.Lstat(path)
	f.note(kindStat, path, func() []byte { return statAnswer(node, err) })
	return node, err
}

// ReadDir implements eval.Files.
func (f recordedFiles) ReadDir(path string) ([]eval.DirEntry, error) {
	entries, err := f.Files.ReadDir(path)
	f.note(kindList, path, func() []byte { return listAnswer(entries, err) })
	return entries, err
}

// ReadFile implements eval.Files.
func (f recordedFiles) ReadFile(path string) ([]byte, error) {
	data, err := f.Files.ReadFile(path)
	f.note(kindRead, path, func() []byte { return readAnswer(data, err) })
	return data, err
}

// Open implements eval.Files.
func (f recordedFiles) Open(path string) (io.ReadCloser, error) {
	file, err := f.Files.Open(path)
	if err != nil || f.fixed(path) {
		f.note(kindRead, path, func() []byte { return readAnswer(nil, err) })
		return file, err
	}
	return &recordedFile{file, sha256.New(), path, f.recorder}, nil
}

func (f recordedFiles) note(kind, path string, answer func() []byte) {
	if !f.fixed(path) {
		f.recorder.Note(kind, path, answer())
	}
}

// recordedFile digests what is read of a file.
type recordedFile struct {
	io.ReadCloser
	digest   hash.Hash
	path     string
	recorder *Recorder
}

// Read implements io.Reader.
func (f *recordedFile) Read(p []byte) (int, error) {
	n, err := f.ReadCloser.Read(p)
	f.digest.Write(p[:n])
	return n, err
}

// Close implements io.Closer. What was not read counts too: it would be read
// if the file were asked about again.
func (f *recordedFile) Close() error {
	if _, err := io.Copy(f.digest, f.ReadCloser); err != nil {
		f.recorder.Spoil()
	} else {
		f.recorder.Note(kindRead, f.path, f.digest.Sum([]byte("content ")))
	}
	return f.ReadCloser.Close()
}

// AskFiles answers the questions about files; ok is false for other kinds.
func AskFiles(files eval.Files, kind, path string) (answer []byte, ok bool) {
	switch kind {
	case kindStat:
		return statAnswer(files.Lstat(path)), true
	case kindList:
		return listAnswer(files.ReadDir(path)), true
	case kindRead:
		return readAnswer(files.ReadFile(path)), true
	}
	return nil, false
}

func statAnswer(node nar.Node, err error) []byte {
	if err != nil {
		return failure(err)
	}
	return fmt.Appendf(nil, "%d %t %q", node.Kind, node.Executable, node.Target)
}

func listAnswer(entries []eval.DirEntry, err error) []byte {
	if err != nil {
		return failure(err)
	}
	sorted := slices.Clone(entries)
	slices.SortFunc(sorted, func(a, b eval.DirEntry) int { return strings.Compare(a.Name, b.Name) })
	var text []byte
	for _, e := range sorted {
		text = fmt.Appendf(text, "%q %d\n", e.Name, e.Kind)
	}
	return text
}

func readAnswer(data []byte, err error) []byte {
	if err != nil {
		return failure(err)
	}
	sum := sha256.Sum256(data)
	return append([]byte("content "), sum[:]...)
}

// failure is the answer of a file that cannot be read: to an evaluation, it
// makes a difference whether it is absent.
func failure(err error) []byte {
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ENOTDIR) {
		return []byte("absent")
	}
	return []byte("error " + err.Error())
}
