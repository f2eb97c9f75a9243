package nar

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"strings"
)

// Reader reads an archive entry by entry, directories before their contents.
type Reader struct {
	in      *bufio.Reader
	started bool
	done    bool
	path    string   // path of the innermost open directory
	names   []string // for each open directory, the name of the entry read last
	left    int64    // contents of the current file not yet read
	padding int64
	inFile  bool
}

// NewReader returns a Reader. It may read ahead of the archive's end unless r
// is itself a bufio.Reader of at least 64 KiB.
func NewReader(r io.Reader) *Reader { return &Reader{in: bufio.NewReaderSize(r, 64<<10)} }

// Next goes to the next entry, skipping what was not read of the current file.
// After the last entry it returns io.EOF.
func (r *Reader) Next() (Entry, error) {
	e, err := r.next()
	if errors.Is(err, io.EOF) && !r.done {
		err = fmt.Errorf("archive is cut short: %w", io.ErrUnexpectedEOF)
	}
	return e, err
}

func (r *Reader) next() (Entry, error) {
	if r.done {
		return Entry{}, io.EOF
	}
	if !r.started {
		r.started = true
		if err := r.expect(magic); err != nil {
			return Entry{}, fmt.Errorf("input is not a Nix archive: %w", err)
		}
		return r.node("")
	}
	if err := r.finishFile(); err != nil {
		return Entry{}, err
	}
	for len(r.names) > 0 {
		token, err := r.token(maxTokenLen)
		if err != nil {
			return Entry{}, err
		}
		switch token {
		case "entry":
			return r.entry()
		case ")":
			if err := r.leaveDirectory(); err != nil {
				return Entry{}, err
			}
		default:
			return Entry{}, fmt.Errorf("archive has %q where a directory entry or its end was expected", token)
		}
	}
	r.done = true
	return Entry{}, io.EOF
}

func (r *Reader) entry() (Entry, error) {
	if err := r.expect("(", "name"); err != nil {
		return Entry{}, err
	}
	name, err := r.token(maxNameLen)
	if err != nil {
		return Entry{}, err
	}
	if err := checkName(name); err != nil {
		return Entry{}, err
	}
	previous := &r.names[len(r.names)-1]
	if *previous >= name {
		return Entry{}, fmt.Errorf("archive entry %q in '%s' does not come behind %q", name, r.path, *previous)
	}
	*previous = name
	if err := r.expect("node"); err != nil {
		return Entry{}, err
	}
	if r.path != "" {
		name = r.path + "/" + name
	}
	return r.node(name)
}

// node reads what follows an entry's name; of a file it stops at the contents.
func (r *Reader) node(path string) (Entry, error) {
	if err := r.expect("(", "type"); err != nil {
		return Entry{}, err
	}
	kind, err := r.token(maxTokenLen)
	if err != nil {
		return Entry{}, err
	}
	switch kind {
	case "regular":
		return r.regular(path)
	case "symlink":
		return r.symlink(path)
	case "directory":
		return r.directory(path)
	}
	return Entry{}, fmt.Errorf("archive entry '%s' has unknown type %q", path, kind)
}

func (r *Reader) regular(path string) (Entry, error) {
	e := Entry{path, Node{Kind: Regular}}
	token, err := r.token(maxTokenLen)
	if err == nil && token == "executable" {
		e.Executable = true
		if err = r.expect(""); err == nil {
			token, err = r.token(maxTokenLen)
		}
	}
	if err != nil {
		return Entry{}, err
	}
	r.inFile = true
	switch token {
	case ")": // a file without contents, which old archives may have
		r.inFile = false
		return e, r.leaveEntry()
	case "contents":
	default:
		return Entry{}, fmt.Errorf("archive entry '%s' has %q where its contents were expected", path, token)
	}
	size, err := r.number()
	if err != nil {
		return Entry{}, err
	}
	if size > math.MaxInt64-8 {
		return Entry{}, fmt.Errorf("archive entry '%s' has impossible size %d", path, size)
	}
	e.Size = int64(size)
	r.left, r.padding = e.Size, paddingOf(e.Size)
	return e, nil
}

func (r *Reader) symlink(path string) (Entry, error) {
	if err := r.expect("target"); err != nil {
		return Entry{}, err
	}
	target, err := r.token(maxTargetLen)
	if err != nil {
		return Entry{}, err
	}
	if target == "" || strings.IndexByte(target, 0) >= 0 {
		return Entry{}, fmt.Errorf("archive entry '%s' links to invalid target %q", path, target)
	}
	if err := r.expect(")"); err != nil {
		return Entry{}, err
	}
	return Entry{path, Node{Kind: Symlink, Target: target}}, r.leaveEntry()
}

func (r *Reader) directory(path string) (Entry, error) {
	if len(r.names) >= maxDepth {
		return Entry{}, fmt.Errorf("archive has more than %d nested directories", maxDepth)
	}
	r.names = append(r.names, "")
	r.path = path
	return Entry{path, Node{Kind: Directory}}, nil
}

func (r *Reader) leaveDirectory() error {
	left := r.path
	r.names = r.names[:len(r.names)-1]
	r.path = left[:max(strings.LastIndexByte(left, '/'), 0)]
	if len(r.names) == 0 {
		return nil
	}
	return r.expect(")")
}

// leaveEntry reads the end of the pair that gives a non-root entry its name.
func (r *Reader) leaveEntry() error {
	if len(r.names) == 0 {
		return nil
	}
	return r.expect(")")
}

// Read reads the contents of the current regular file.
func (r *Reader) Read(p []byte) (int, error) {
	if r.left == 0 {
		return 0, io.EOF
	}
	n, err := r.in.Read(p[:min(int64(len(p)), r.left)])
	r.left -= int64(n)
	if err == io.EOF {
		err = io.ErrUnexpectedEOF
	}
	return n, err
}

func (r *Reader) finishFile() error {
	if !r.inFile {
		return nil
	}
	for r.left > 0 {
		n, err := r.in.Discard(int(min(r.left, 1<<30)))
		r.left -= int64(n)
		if err != nil {
			return err
		}
	}
	if err := r.zeros(r.padding); err != nil {
		return err
	}
	r.inFile = false
	if err := r.expect(")"); err != nil {
		return err
	}
	return r.leaveEntry()
}

func (r *Reader) expect(tokens ...string) error {
	for _, want := range tokens {
		got, err := r.token(maxTokenLen)
		if err != nil {
			return err
		}
		if got != want {
			return fmt.Errorf("archive has %q where %q was expected", got, want)
		}
	}
	return nil
}

func (r *Reader) token(limit int) (string, error) {
	length, err := r.number()
	if err != nil {
		return "", err
	}
	if length > uint64(limit) {
		return "", fmt.Errorf("archive has a string of %d bytes where at most %d are allowed", length, limit)
	}
	text := make([]byte, length)
	if _, err := io.ReadFull(r.in, text); err != nil {
		return "", err
	}
	return string(text), r.zeros(paddingOf(int64(length)))
}

func (r *Reader) number() (uint64, error) {
	var word [8]byte
	_, err := io.ReadFull(r.in, word[:])
	return binary.LittleEndian.Uint64(word[:]), err
}

func (r *Reader) zeros(n int64) error {
	var padding [8]byte
	if _, err := io.ReadFull(r.in, padding[:n]); err != nil {
		return err
	}
	if padding != [8]byte{} {
		return errors.New("archive has padding that is not zero")
	}
	return nil
}
