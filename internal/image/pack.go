package image

import (
	"fmt"
	"io"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
)

// packRules changes when the same layer would be packed into other bytes.
const packRules = "klauspost 1.20.3"

// writePacked writes the layer as it is stored. Each layer is packed in one
// go, so that its bytes do not depend on how many processors there are.
func (l *builtLayer) writePacked(w io.Writer) error {
	packer, err := newPacker(l.built.options.Compression, w)
	if err != nil {
		return err
	}
	if err := l.writePlain(packer); err != nil {
		return err
	}
	return packer.Close()
}

func newPacker(c Compression, w io.Writer) (io.WriteCloser, error) {
	switch c {
	case Gzip:
		return gzip.NewWriterLevel(w, gzip.DefaultCompression)
	case Zstd:
		return zstd.NewWriter(w, zstd.WithEncoderConcurrency(1))
	case Uncompressed, "":
		return unpacked{w}, nil
	}
	return nil, fmt.Errorf("there is no compression '%s'; there are none, gzip and zstd", c)
}

type unpacked struct{ io.Writer }

func (unpacked) Close() error { return nil }
