package nar

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"io"
	"strings"
)

// Writer writes an archive entry by entry: a directory before its contents,
// siblings in byte order.
type Writer struct {
	out     *bufio.Writer
	open    []string // paths of the open directories, outermost first
	last    string   // path of the entry written last
	started bool
	left    int64 // bytes still owed for the current file
	padding int64
	inFile  bool
}

// NewWriter returns a Writer. Nothing is written before the first entry.
func NewWriter(w io.Writer) *Writer { return &Writer{out: bufio.NewWriterSize(w, 64<<10)} }

// Next starts an entry; the contents of a regular file are then passed to Write.
func (w *Writer) Next(e Entry) error {
	if err := w.finishFile(); err != nil {
		return err
	}
	if err := w.descend(e.Path); err != nil {
		return err
	}
	switch e.Kind {
	case Regular:
		w.tokens("(", "type", "regular")
		if e.Executable {
			w.tokens("executable", "")
		}
		w.tokens("contents")
		w.number(uint64(e.Size))
		w.left, w.padding, w.inFile = e.Size, paddingOf(e.Size), true
	case Directory:
		w.tokens("(", "type", "directory")
		w.open = append(w.open, e.Path)
	case Symlink:
		w.tokens("(", "type", "symlink", "target", e.Target, ")")
		w.leaveEntry(e.Path)
	default:
		return fmt.Errorf("file '%s' has an unsupported type", e.Path)
	}
	return nil
}

// descend closes the directories the last entry was in and the new one is not,
// and writes the new one's name.
func (w *Writer) descend(path string) error {
	if !w.started {
		if path != "" {
			return fmt.Errorf("archive begins at '%s' instead of its root", path)
		}
		w.started = true
		w.tokens(magic)
		return nil
	}
	parent, name := "", path
	if i := strings.LastIndexByte(path, '/'); i >= 0 {
		parent, name = path[:i], path[i+1:]
	}
	for len(w.open) > 0 && w.open[len(w.open)-1] != parent {
		w.leaveDirectory()
	}
	if len(w.open) == 0 || path == "" {
		return fmt.Errorf("archive entry '%s' is not in an open directory", path)
	}
	if err := checkName(name); err != nil {
		return err
	}
	if sibling, ok := w.lastSibling(parent); ok && sibling >= name {
		return fmt.Errorf("archive entry '%s' does not come behind '%s'", path, sibling)
	}
	w.last = path
	w.tokens("entry", "(", "name", name, "node")
	return nil
}

// lastSibling returns the name of the entry of parent that was written last or holds it.
func (w *Writer) lastSibling(parent string) (string, bool) {
	rest := w.last
	if parent != "" {
		var ok bool
		if rest, ok = strings.CutPrefix(w.last, parent+"/"); !ok {
			return "", false
		}
	}
	name, _, _ := strings.Cut(rest, "/")
	return name, name != ""
}

func (w *Writer) leaveDirectory() {
	path := w.open[len(w.open)-1]
	w.open = w.open[:len(w.open)-1]
	w.tokens(")")
	w.leaveEntry(path)
}

func (w *Writer) leaveEntry(path string) {
	if path != "" {
		w.tokens(")")
	}
}

// Write adds to the contents of the current regular file.
func (w *Writer) Write(p []byte) (int, error) {
	if int64(len(p)) > w.left {
		return 0, fmt.Errorf("file '%s' is longer than announced", w.last)
	}
	w.left -= int64(len(p))
	return w.out.Write(p)
}

func (w *Writer) finishFile() error {
	if !w.inFile {
		return nil
	}
	if w.left > 0 {
		return fmt.Errorf("file '%s' is %d bytes shorter than announced", w.last, w.left)
	}
	w.inFile = false
	w.pad(w.padding)
	w.tokens(")")
	w.leaveEntry(w.last)
	return nil
}

// Close ends the archive and flushes it; the underlying writer stays open.
func (w *Writer) Close() error {
	if err := w.finishFile(); err != nil {
		return err
	}
	for len(w.open) > 0 {
		w.leaveDirectory()
	}
	return w.out.Flush()
}

// Errors of the buffered writer are sticky and come out of Close.
func (w *Writer) tokens(tokens ...string) {
	for _, token := range tokens {
		w.number(uint64(len(token)))
		w.out.WriteString(token)
		w.pad(paddingOf(int64(len(token))))
	}
}

func (w *Writer) number(n uint64) {
	var word [8]byte
	binary.LittleEndian.PutUint64(word[:], n)
	w.out.Write(word[:])
}

func (w *Writer) pad(n int64) {
	var zeros [8]byte
	w.out.Write(zeros[:n])
}

func paddingOf(n int64) int64 { return -n & 7 }
