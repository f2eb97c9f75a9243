package image

import (
	"archive/tar"
	"bytes"
	"fmt"
	"io"
	"os"
	"strings"
	"time"
)

// Small files and headers are gathered until this much can be written at once.
const gatherSize = 1 << 20

// A tarWriter writes entries in one way only: the bytes of an archive follow
// from its entries. Content of large files is passed on without looking at it
// where the receiver can take it.
type tarWriter struct {
	to     io.Writer
	buffer []byte // gathered, not yet written
	size   int64  // of everything so far
	owner  Owner
	mtime  time.Time
}

// A fileTaker copies from a file in the kernel.
type fileTaker interface {
	takeFile(f *os.File, size int64) error
}

func newTarWriter(to io.Writer, owner Owner, mtime time.Time) *tarWriter {
	return &tarWriter{to: to, buffer: make([]byte, 0, gatherSize), owner: owner, mtime: mtime}
}

// blockPadding is how much fills the last block of a member.
func blockPadding(size int64) int64 { return -size & 511 }

func (t *tarWriter) add(e entry) error {
	if err := t.header(e); err != nil {
		return fmt.Errorf("writing '%s': %w", e.name, err)
	}
	if e.kind != tar.TypeReg {
		return nil
	}
	if err := t.content(e); err != nil {
		return fmt.Errorf("writing '%s': %w", e.name, err)
	}
	return t.gather(zeros[:blockPadding(e.size)])
}

var zeros [1024]byte

// header writes the header block, with extended ones before it where the name
// does not fit.
func (t *tarWriter) header(e entry) error {
	h := tar.Header{
		Typeflag: e.kind, Name: e.name, Linkname: e.link, Size: e.size, Mode: e.mode,
		Uid: e.uid, Gid: e.gid, ModTime: t.mtime,
	}
	if e.kind == tar.TypeDir {
		h.Name += "/"
	}
	t.nameOwner(&h)
	var block bytes.Buffer
	block.Grow(512)
	// A writer of its own per header: the content does not go through it.
	if err := tar.NewWriter(&block).WriteHeader(&h); err != nil {
		return err
	}
	return t.gather(block.Bytes())
}

// nameOwner adds the names of the owners that have one.
func (t *tarWriter) nameOwner(h *tar.Header) {
	if h.Uid == t.owner.UID {
		h.Uname = t.owner.User
	}
	if h.Gid == t.owner.GID {
		h.Gname = t.owner.Group
	}
}

func (t *tarWriter) content(e entry) error {
	if e.source == "" {
		return t.gather(e.text)
	}
	if e.size == 0 {
		return nil
	}
	f, err := os.Open(e.source)
	if err != nil {
		return err
	}
	defer f.Close()
	if taker, ok := t.to.(fileTaker); ok && e.size >= gatherSize/8 {
		if err := t.flush(); err != nil {
			return err
		}
		t.size += e.size
		return taker.takeFile(f, e.size)
	}
	return t.copy(f, e.size)
}

// copy reads straight into the buffer.
func (t *tarWriter) copy(from io.Reader, size int64) error {
	for size > 0 {
		if len(t.buffer) == cap(t.buffer) {
			if err := t.flush(); err != nil {
				return err
			}
		}
		room := t.buffer[len(t.buffer):cap(t.buffer)]
		if int64(len(room)) > size {
			room = room[:size]
		}
		n, err := io.ReadFull(from, room)
		if err != nil {
			return fmt.Errorf("it is shorter than it was: %w", err)
		}
		t.buffer = t.buffer[:len(t.buffer)+n]
		t.size += int64(n)
		size -= int64(n)
	}
	return nil
}

func (t *tarWriter) gather(data []byte) error {
	t.size += int64(len(data))
	for len(data) > 0 {
		if len(t.buffer) == cap(t.buffer) {
			if err := t.flush(); err != nil {
				return err
			}
		}
		n := min(len(data), cap(t.buffer)-len(t.buffer))
		t.buffer = append(t.buffer, data[:n]...)
		data = data[n:]
	}
	return nil
}

func (t *tarWriter) flush() error {
	_, err := t.to.Write(t.buffer)
	t.buffer = t.buffer[:0]
	return err
}

// close ends the archive.
func (t *tarWriter) close() error {
	if err := t.gather(zeros[:]); err != nil {
		return err
	}
	return t.flush()
}

// memberHeader writes the header of a member of another archive, with what an
// entry does not have: devices and extended attributes.
func (t *tarWriter) memberHeader(e entry, from *tar.Header) error {
	h := tar.Header{
		Typeflag: e.kind, Name: e.name, Linkname: e.link, Mode: e.mode, Uid: e.uid, Gid: e.gid, ModTime: t.mtime,
		Devmajor: from.Devmajor, Devminor: from.Devminor,
	}
	t.nameOwner(&h)
	switch e.kind {
	case tar.TypeDir:
		h.Name += "/"
	case tar.TypeReg:
		h.Size = e.size
	}
	for key, value := range from.PAXRecords {
		if strings.HasPrefix(key, "SCHILY.xattr.") {
			if h.PAXRecords == nil {
				h.PAXRecords = map[string]string{}
			}
			h.PAXRecords[key] = value
		}
	}
	var block bytes.Buffer
	if err := tar.NewWriter(&block).WriteHeader(&h); err != nil {
		return err
	}
	return t.gather(block.Bytes())
}
