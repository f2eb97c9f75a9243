package debian

import (
	"bufio"
	"compress/gzip"
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"github.com/klauspost/compress/zstd"
	"github.com/ulikunitz/xz"
)

// maxDictionary bounds the memory a compressed stream may ask for. Debian's
// strongest setting needs 64 MiB.
const maxDictionary = 256 << 20

// decompress opens a compressed stream by its file name's extension.
func decompress(extension string, r io.Reader) (io.ReadCloser, error) {
	switch extension {
	case "":
		return io.NopCloser(r), nil
	case ".gz":
		return gzip.NewReader(r)
	case ".xz":
		return newXZReader(r)
	case ".zst":
		d, err := zstd.NewReader(r, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxWindow(maxDictionary))
		if err != nil {
			return nil, err
		}
		return d.IOReadCloser(), nil
	}
	return nil, fmt.Errorf("compression %q is not known", extension)
}

func newXZReader(r io.Reader) (io.ReadCloser, error) {
	buffered := bufio.NewReaderSize(r, 1<<16)
	if err := checkXZDictionary(buffered); err != nil {
		return nil, err
	}
	x, err := xz.NewReader(buffered)
	if err != nil {
		return nil, err
	}
	return io.NopCloser(x), nil
}

// checkXZDictionary looks ahead at the first block header (xz file format
// 3.1) and refuses a dictionary larger than maxDictionary.
func checkXZDictionary(r *bufio.Reader) error {
	const streamHeader, blockHeaderStart = 12, 2
	head, err := r.Peek(streamHeader + 1)
	if err != nil {
		return fmt.Errorf("read xz header: %w", err)
	}
	size := (int(head[streamHeader]) + 1) * 4
	if size == 4 {
		return nil // no block: an empty stream
	}
	head, err = r.Peek(streamHeader + size)
	if err != nil {
		return fmt.Errorf("read xz block header: %w", err)
	}
	block := head[streamHeader:]
	flags, rest := block[1], block[blockHeaderStart:]
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
