package debian

import (
	"archive/tar"
	"bytes"
	"errors"
	"fmt"
	"io"
	"path"
	"strconv"
	"strings"
)

const (
	arMagic      = "!<arch>\n"
	arHeaderSize = 60
	// Bounds on what a package may unpack to; the largest packages of the
	// archive stay below a fifth of them.
	maxControlSize = 32 << 20
	maxDataSize    = 16 << 30
	maxEntries     = 1 << 20
)

// readDeb walks a .deb file (deb(5)): control is called with the members of
// its control archive, then data with those of its data archive.
func readDeb(r io.Reader, control, data func(*tar.Reader) error) error {
	magic := make([]byte, len(arMagic))
	if _, err := io.ReadFull(r, magic); err != nil || string(magic) != arMagic {
		return errors.New("not a .deb file: the ar signature is missing")
	}
	expected := []string{"debian-binary", "control.tar", "data.tar"}
	for len(expected) > 0 {
		name, member, err := nextMember(r)
		if err != nil {
			return fmt.Errorf("look for member %s: %w", expected[0], err)
		}
		if !strings.HasPrefix(name, "_") { // deb(5): such members are to be ignored
			base := strings.TrimSuffix(name, path.Ext(name))
			if name != expected[0] && base != expected[0] {
				return fmt.Errorf("member %q where %s was expected", name, expected[0])
			}
			if err := readMember(expected[0], name, member, control, data); err != nil {
				return fmt.Errorf("member %s: %w", name, err)
			}
			expected = expected[1:]
		}
		if err := member.skip(); err != nil {
			return fmt.Errorf("member %s: %w", name, err)
		}
	}
	return nil
}

// nextMember reads an ar header: name[16] mtime[12] uid[6] gid[6] mode[8]
// size[10] end[2].
func nextMember(r io.Reader) (string, *arMember, error) {
	var header [arHeaderSize]byte
	if _, err := io.ReadFull(r, header[:]); err != nil {
		return "", nil, err
	}
	size, err := strconv.ParseInt(strings.TrimSpace(string(header[48:58])), 10, 64)
	if err != nil || size < 0 || string(header[58:]) != "`\n" {
		return "", nil, errors.New("damaged ar header")
	}
	name := strings.TrimSuffix(strings.TrimSpace(string(header[:16])), "/")
	return name, &arMember{io.LimitedReader{R: r, N: size}, size % 2}, nil
}

// arMember is the content of a member; members begin at even offsets.
type arMember struct {
	io.LimitedReader
	padding int64
}

// skip reads past what is left of the member.
func (m *arMember) skip() error {
	m.N += m.padding
	_, err := io.Copy(io.Discard, &m.LimitedReader)
	return err
}

func readMember(kind, name string, member *arMember, control, data func(*tar.Reader) error) error {
	if kind == "debian-binary" {
		text, err := io.ReadAll(io.LimitReader(member, 64))
		if err != nil {
			return err
		}
		if !bytes.HasPrefix(text, []byte("2.")) {
			return fmt.Errorf("format version %q is not 2.x", text)
		}
		return nil
	}
	extension := strings.TrimPrefix(name, kind)
	stream, err := decompress(extension, member, member.N)
	if err != nil {
		return err
	}
	defer stream.Close()
	bounded, use := &boundedReader{stream, maxDataSize}, data
	if kind == "control.tar" {
		bounded, use = &boundedReader{stream, maxControlSize}, control
	}
	if err := use(tar.NewReader(bounded)); err != nil {
		return err
	}
	// The archive ends before the stream does; its check sum is at the end.
	_, err = io.Copy(io.Discard, bounded)
	return err
}

// boundedReader fails once more than left bytes are read, where an
// io.LimitedReader would pretend a regular end.
type boundedReader struct {
	r    io.Reader
	left int64
}

func (b *boundedReader) Read(p []byte) (int, error) {
	if b.left <= 0 {
		return 0, errors.New("it unpacks to more than is believable")
	}
	if int64(len(p)) > b.left {
		p = p[:b.left]
	}
	n, err := b.r.Read(p)
	b.left -= int64(n)
	return n, err
}
