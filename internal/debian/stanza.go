package debian

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
)

// maxStanzaLine bounds one line of a control file; the longest seen in the
// archive (a Depends of a metapackage) has some tens of kilobytes.
const maxStanzaLine = 4 << 20

// A stanzaScanner reads the paragraphs of a deb822 file one by one.
type stanzaScanner struct {
	lines  *bufio.Reader
	fields []field
	buffer []byte
	err    error
}

// field holds offsets into the scanner's buffer: the name and the first line
// of the value, then the end of the continuation lines.
type field struct{ name, nameEnd, value, firstEnd, end int }

func newStanzaScanner(r io.Reader) *stanzaScanner {
	return &stanzaScanner{lines: bufio.NewReaderSize(r, 1<<20)}
}

// next advances to the next paragraph; false at the end or on an error.
func (s *stanzaScanner) next() bool {
	s.fields, s.buffer = s.fields[:0], s.buffer[:0]
	for s.err == nil {
		var line []byte
		line, s.err = s.line()
		if len(line) == 0 {
			if len(s.fields) > 0 {
				break
			}
			continue
		}
		if err := s.add(line); err != nil {
			s.err = err
			return false
		}
	}
	return len(s.fields) > 0 && (s.err == nil || s.err == io.EOF)
}

// line returns the next line without its end, valid until the next call.
func (s *stanzaScanner) line() ([]byte, error) {
	line, err := s.lines.ReadSlice('\n')
	if errors.Is(err, bufio.ErrBufferFull) {
		long := bytes.Clone(line)
		for errors.Is(err, bufio.ErrBufferFull) {
			line, err = s.lines.ReadSlice('\n')
			if long = append(long, line...); len(long) > maxStanzaLine {
				return nil, fmt.Errorf("line longer than %d bytes", maxStanzaLine)
			}
		}
		line = long
	}
	return bytes.TrimRight(line, " \t\r\n"), err
}

func (s *stanzaScanner) add(line []byte) error {
	start := len(s.buffer)
	if line[0] == '#' {
		return nil
	}
	if line[0] == ' ' || line[0] == '\t' {
		if len(s.fields) == 0 {
			return fmt.Errorf("continuation line %q before any field", line)
		}
		s.buffer = append(append(s.buffer, '\n'), line...)
		s.fields[len(s.fields)-1].end = len(s.buffer)
		return nil
	}
	colon := bytes.IndexByte(line, ':')
	if colon <= 0 {
		return fmt.Errorf("line %q is not of the form \"Field: value\"", line)
	}
	s.buffer = append(s.buffer, line...)
	value := colon + 1
	for value < len(line) && (line[value] == ' ' || line[value] == '\t') {
		value++
	}
	s.fields = append(s.fields, field{start, start + colon, start + value, len(s.buffer), len(s.buffer)})
	return nil
}

// each calls f for every field of the paragraph with its name and whole value.
func (s *stanzaScanner) each(f func(name, firstLine, value []byte)) {
	for _, x := range s.fields {
		f(s.buffer[x.name:x.nameEnd], s.buffer[x.value:x.firstEnd], s.buffer[x.value:x.end])
	}
}

// failure returns what stopped the scanner, nil at a regular end.
func (s *stanzaScanner) failure() error {
	if s.err == io.EOF {
		return nil
	}
	return s.err
}

// readStanzas collects all paragraphs of a small file.
func readStanzas(r io.Reader) ([]map[string]string, error) {
	var all []map[string]string
	s := newStanzaScanner(r)
	for s.next() {
		stanza := make(map[string]string, len(s.fields))
		s.each(func(name, _, value []byte) { stanza[string(name)] = string(value) })
		all = append(all, stanza)
	}
	return all, s.failure()
}
