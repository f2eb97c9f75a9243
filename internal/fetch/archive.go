package fetch

import (
	"archive/tar"
	"archive/zip"
	"bufio"
	"bytes"
	"compress/bzip2"
	"compress/gzip"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"

	"github.com/klauspost/compress/zstd"
	"github.com/ulikunitz/xz"
)

// unpack writes what an archive holds. If that is one directory and nothing
// beside it, the directory becomes the tree.
func (b *builder) unpack(name string) error {
	file, err := os.Open(name)
	if err != nil {
		return err
	}
	defer file.Close()
	in := bufio.NewReaderSize(file, 64<<10)
	magic, err := in.Peek(6)
	if err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	if bytes.HasPrefix(magic, []byte("PK\x03\x04")) || bytes.HasPrefix(magic, []byte("PK\x05\x06")) {
		err = b.unzip(file)
	} else {
		err = b.untar(in, magic)
	}
	if err != nil {
		return fmt.Errorf("the archive cannot be unpacked: %w", err)
	}
	b.descend()
	return nil
}

// maxDictionary bounds the memory that a compressed stream may ask for.
const maxDictionary = 256 << 20

// decompress opens a stream by its first bytes.
func decompress(in *bufio.Reader, magic []byte) (io.Reader, error) {
	switch {
	case bytes.HasPrefix(magic, []byte{0x1f, 0x8b}):
		return gzip.NewReader(in)
	case bytes.HasPrefix(magic, []byte("\xfd7zXZ\x00")):
		if err := checkDictionary(in); err != nil {
			return nil, err
		}
		return xz.NewReader(in)
	case bytes.HasPrefix(magic, []byte{0x28, 0xb5, 0x2f, 0xfd}):
		return zstd.NewReader(in, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxWindow(maxDictionary))
	case bytes.HasPrefix(magic, []byte("BZh")):
		return bzip2.NewReader(in), nil
	}
	return in, nil
}

// checkDictionary looks ahead at the first block header of an xz stream (xz
// file format 3.1) for the memory it asks for.
func checkDictionary(in *bufio.Reader) error {
	const streamHeader = 12
	head, err := in.Peek(streamHeader + 1)
	if err != nil {
		return io.ErrUnexpectedEOF
	}
	size := (int(head[streamHeader]) + 1) * 4
	if size == 4 {
		return nil // no block: an empty stream
	}
	if head, err = in.Peek(streamHeader + size); err != nil {
		return io.ErrUnexpectedEOF
	}
	flags, rest := head[streamHeader+1], head[streamHeader+2:]
	for _, bit := range []byte{0x40, 0x80} { // compressed and uncompressed size
		if flags&bit != 0 {
			_, n := binary.Uvarint(rest)
			rest = rest[max(n, 0):]
		}
	}
	if len(rest) < 3 || rest[0] != 0x21 || rest[1] != 1 {
		return errors.New("the xz stream does not begin with an LZMA2 filter")
	}
	bits := rest[2] & 0x3f
	if dictionary := uint64(2|bits&1) << (bits/2 + 11); dictionary > maxDictionary {
		return fmt.Errorf("the xz stream asks for a dictionary of %d MiB", dictionary>>20)
	}
	return nil
}

func (b *builder) untar(in *bufio.Reader, magic []byte) error {
	stream, err := decompress(in, magic)
	if err != nil {
		return err
	}
	if closer, ok := stream.(*zstd.Decoder); ok {
		defer closer.Close()
	}
	entries := 0
	for r := tar.NewReader(stream); ; entries++ {
		header, err := r.Next()
		if errors.Is(err, io.EOF) && entries > 0 {
			return drain(stream, b.left.Unpacked)
		} else if errors.Is(err, io.EOF) {
			return errors.New("it holds nothing, or is not an archive")
		} else if err != nil {
			return err
		}
		if err := b.tarEntry(r, header); err != nil {
			return err
		}
	}
}

// drain reads what follows the end of an archive, so that the checksum of the
// compressed stream is checked.
func drain(in io.Reader, limit int64) error {
	n, err := io.Copy(io.Discard, io.LimitReader(in, limit+1))
	if err == nil && n > limit {
		err = errors.New("it is larger than is accepted")
	}
	return err
}

func (b *builder) tarEntry(r io.Reader, header *tar.Header) error {
	switch header.Typeflag {
	case tar.TypeXGlobalHeader:
		return nil
	case tar.TypeDir:
		b.latest = max(b.latest, header.ModTime.Unix())
		return b.directory(header.Name)
	case tar.TypeReg, tar.TypeGNUSparse:
		b.latest = max(b.latest, header.ModTime.Unix())
		return b.file(header.Name, r, header.Size, header.Mode&0o100 != 0)
	case tar.TypeSymlink:
		b.latest = max(b.latest, header.ModTime.Unix())
		return b.link(header.Name, header.Linkname)
	case tar.TypeLink:
		return b.hardLink(header.Name, header.Linkname)
	}
	return fmt.Errorf("file '%s' in it is neither a file, a directory nor a link", header.Name)
}

func (b *builder) unzip(file *os.File) error {
	info, err := file.Stat()
	if err != nil {
		return err
	}
	r, err := zip.NewReader(file, info.Size())
	if err != nil && !errors.Is(err, zip.ErrInsecurePath) {
		return err
	}
	for _, entry := range r.File {
		if err := b.zipEntry(entry); err != nil {
			return err
		}
	}
	return nil
}

func (b *builder) zipEntry(entry *zip.File) error {
	b.latest = max(b.latest, entry.Modified.Unix())
	mode := entry.Mode()
	if strings.HasSuffix(entry.Name, "/") || mode.IsDir() {
		return b.directory(entry.Name)
	}
	if entry.UncompressedSize64 > uint64(b.left.Unpacked) {
		return fmt.Errorf("with '%s' it is larger than is accepted", entry.Name)
	}
	in, err := entry.Open()
	if err != nil {
		return err
	}
	defer in.Close()
	switch mode.Type() {
	case 0:
		err = b.file(entry.Name, in, int64(entry.UncompressedSize64), mode&0o100 != 0)
	case fs.ModeSymlink:
		target, readErr := io.ReadAll(io.LimitReader(in, maxLink+1))
		if readErr != nil {
			return readErr
		}
		err = b.link(entry.Name, string(target))
	default:
		return fmt.Errorf("file '%s' in it is neither a file, a directory nor a link", entry.Name)
	}
	if err != nil {
		return err
	}
	// The checksum of an entry is checked where it ends.
	return drain(in, 0)
}
