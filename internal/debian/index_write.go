package debian

import (
	"bufio"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"unsafe"
)

// bytesAsString views bytes as a string without copying; the caller keeps the
// string no longer than the bytes.
func bytesAsString(b []byte) string { return unsafe.String(unsafe.SliceData(b), len(b)) }

// An indexBuilder collects the newest record of each name over several
// Packages files.
type indexBuilder struct {
	packages map[string]Record
}

// add reads one Packages file.
func (b *indexBuilder) add(r io.Reader) error {
	s := newStanzaScanner(r)
	for s.next() {
		record, err := parseRecord(s)
		if err != nil {
			return err
		}
		old, exists := b.packages[record.Name]
		if !exists || CompareVersions(old.Version, record.Version) < 0 {
			b.packages[record.Name] = record
		}
	}
	return s.failure()
}

func parseRecord(s *stanzaScanner) (Record, error) {
	var r Record
	var failure error
	number := func(b []byte) int64 {
		n, err := strconv.ParseInt(string(b), 10, 64)
		if err != nil || n < 0 {
			failure = fmt.Errorf("size %q is not a number", b)
		}
		return n
	}
	s.each(func(name, line, value []byte) {
		if to := r.textField(string(name)); to != nil {
			*to = string(value)
			return
		}
		switch string(name) {
		case "Description":
			r.Description = string(line)
		case "Size":
			r.Size = number(line)
		case "Installed-Size":
			r.InstalledSize = number(line)
		case "Essential":
			r.Essential = string(line) == "yes"
		}
	})
	if failure == nil && (r.Name == "" || r.Version == "" || len(r.SHA256) != 64 || !filepath.IsLocal(r.Path)) {
		failure = fmt.Errorf("package %q lacks a name, version, digest or safe path", r.Name)
	}
	return r, failure
}

// textField returns where a field of a Packages paragraph belongs.
func (r *Record) textField(name string) *string {
	switch name {
	case "Package":
		return &r.Name
	case "Version":
		return &r.Version
	case "Architecture":
		return &r.Architecture
	case "SHA256":
		return &r.SHA256
	case "Filename":
		return &r.Path
	case "Pre-Depends":
		return &r.PreDepends
	case "Depends":
		return &r.Depends
	case "Provides":
		return &r.Provides
	case "Conflicts":
		return &r.Conflicts
	case "Breaks":
		return &r.Breaks
	case "Priority":
		return &r.Priority
	case "Section":
		return &r.Section
	case "Homepage":
		return &r.Homepage
	}
	return nil
}

// provision is one row of the provides table before it is sorted.
type provision struct {
	name, version string
	rank, number  int
}

// WriteIndex reads Packages files and writes the compact index of the newest
// version of every package to path, atomically.
func WriteIndex(path string, packages ...io.Reader) error {
	b := indexBuilder{packages: make(map[string]Record, 1<<16)}
	for i, r := range packages {
		if err := b.add(r); err != nil {
			return fmt.Errorf("read package index %d: %w", i+1, err)
		}
	}
	return writeAtomically(path, b.write)
}

func (b *indexBuilder) write(w io.Writer) error {
	records := make([]Record, 0, len(b.packages))
	for _, r := range b.packages {
		records = append(records, r)
	}
	slices.SortFunc(records, func(a, b Record) int { return strings.Compare(a.Name, b.Name) })
	provisions, err := listProvisions(records)
	if err != nil {
		return err
	}
	e := indexEncoder{offsets: map[string]uint32{}}
	var essential []uint32
	for i := range records {
		if records[i].Essential {
			essential = append(essential, uint32(i))
		}
	}
	e.base = uint32(indexHeaderSize + 4*(len(records)+3*len(provisions)+len(essential)))
	if err := e.encode(records, provisions); err != nil {
		return err
	}
	head := []byte(indexMagic)
	for _, n := range []int{len(records), len(provisions), len(essential)} {
		head = binary.LittleEndian.AppendUint32(head, uint32(n))
	}
	for _, n := range slices.Concat(e.tables, essential) {
		head = binary.LittleEndian.AppendUint32(head, n)
	}
	if _, err := w.Write(head); err != nil {
		return err
	}
	_, err = w.Write(e.data)
	return err
}

func listProvisions(records []Record) ([]provision, error) {
	var all []provision
	for i, r := range records {
		groups, err := ParseRelations(r.Provides)
		if err != nil {
			return nil, fmt.Errorf("package %s: %w", r.Name, err)
		}
		for _, g := range groups {
			all = append(all, provision{g[0].Name, g[0].Version, priorityRank(r.Priority), i})
		}
	}
	slices.SortFunc(all, func(a, b provision) int {
		if c := strings.Compare(a.name, b.name); c != 0 {
			return c
		}
		if a.rank != b.rank {
			return a.rank - b.rank
		}
		return a.number - b.number // records are sorted by name
	})
	return all, nil
}

// An indexEncoder fills the data section and notes the offsets of the tables.
type indexEncoder struct {
	base    uint32
	data    []byte
	tables  []uint32
	offsets map[string]uint32 // shared short strings
}

func (e *indexEncoder) encode(records []Record, provisions []provision) error {
	for _, r := range records {
		e.tables = append(e.tables, e.here())
		for _, s := range r.strings() {
			e.text(*s)
		}
		digest, err := hex.DecodeString(r.SHA256)
		if err != nil {
			return fmt.Errorf("package %s: digest: %w", r.Name, err)
		}
		e.text(string(digest))
		e.data = binary.AppendUvarint(e.data, uint64(r.Size))
		e.data = binary.AppendUvarint(e.data, uint64(r.InstalledSize))
		essential := uint64(0)
		if r.Essential {
			essential = 1
		}
		e.data = binary.AppendUvarint(e.data, essential)
	}
	for _, p := range provisions {
		e.tables = append(e.tables, e.shared(p.name), uint32(p.number), e.shared(p.version))
	}
	return nil
}

func (e *indexEncoder) here() uint32 { return e.base + uint32(len(e.data)) }

func (e *indexEncoder) text(s string) {
	e.data = append(binary.AppendUvarint(e.data, uint64(len(s))), s...)
}

func (e *indexEncoder) shared(s string) uint32 {
	if at, ok := e.offsets[s]; ok {
		return at
	}
	at := e.here()
	e.text(s)
	e.offsets[s] = at
	return at
}

// writeAtomically lets write fill a temporary file beside path and renames it.
func writeAtomically(path string, write func(io.Writer) error) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	f, err := os.CreateTemp(filepath.Dir(path), ".new-*")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	defer f.Close()
	w := bufio.NewWriterSize(f, 1<<20)
	if err := write(w); err != nil {
		return err
	}
	if err := w.Flush(); err != nil {
		return err
	}
	if err := f.Chmod(0o644); err != nil {
		return err
	}
	if err := f.Close(); err != nil {
		return err
	}
	return os.Rename(f.Name(), path)
}
