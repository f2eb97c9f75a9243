package debian

import (
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"sort"
	"strings"
	"syscall"
)

// The compact index file is read through a memory map, so that opening it
// costs nothing and a look-up touches a few pages:
//
//	header   magic, then three little-endian uint32 counts
//	names    per package: offset of its record; sorted by name
//	provides per provision: offset of the name, number of the package, offset
//	         of the version; sorted by name, then by preference
//	essential  per package: its number
//	data     records and strings; a string is a uvarint length and bytes
const (
	indexMagic      = "berth-index-002\n"
	indexHeaderSize = len(indexMagic) + 3*4
)

// An Index is an open compact index. It is safe for concurrent use.
type Index struct {
	data                         []byte
	packages, provides, required table
}

// table is an array of fixed-size rows of uint32 cells inside the map.
type table struct {
	rows  []byte
	width int
	count int
}

func (t table) cell(row, column int) uint32 {
	return binary.LittleEndian.Uint32(t.rows[(row*t.width+column)*4:])
}

// OpenIndex maps a compact index file written by [WriteIndex].
func OpenIndex(path string) (*Index, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	if info.Size() < int64(indexHeaderSize) || info.Size() > 1<<31 {
		return nil, fmt.Errorf("open index %s: size %d is out of range", path, info.Size())
	}
	data, err := syscall.Mmap(int(f.Fd()), 0, int(info.Size()), syscall.PROT_READ, syscall.MAP_SHARED)
	if err != nil {
		return nil, fmt.Errorf("map index %s: %w", path, err)
	}
	x := &Index{data: data}
	if err := x.readHeader(); err != nil {
		x.Close()
		return nil, fmt.Errorf("open index %s: %w", path, err)
	}
	return x, nil
}

func (x *Index) readHeader() error {
	if string(x.data[:len(indexMagic)]) != indexMagic {
		return errors.New("not an index of this version")
	}
	at := indexHeaderSize
	for i, t := range []*table{&x.packages, &x.provides, &x.required} {
		t.width = []int{1, 3, 1}[i]
		t.count = int(binary.LittleEndian.Uint32(x.data[len(indexMagic)+4*i:]))
		end := at + t.count*t.width*4
		if end > len(x.data) {
			return io.ErrUnexpectedEOF
		}
		t.rows, at = x.data[at:end], end
	}
	return nil
}

// Close releases the map; the index must not be used afterwards.
func (x *Index) Close() error {
	data := x.data
	x.data = nil
	return syscall.Munmap(data)
}

// Len returns the number of packages.
func (x *Index) Len() int { return x.packages.count }

// Package implements [Universe].
func (x *Index) Package(name string) (Record, bool, error) {
	i := sort.Search(x.packages.count, func(i int) bool { return x.name(i) >= name })
	if i == x.packages.count || x.name(i) != name {
		return Record{}, false, nil
	}
	r, err := x.record(i)
	return r, err == nil, err
}

// Providers implements [Universe].
func (x *Index) Providers(name string) ([]Provider, error) {
	at := func(i int) string { return x.string(x.provides.cell(i, 0)) }
	var found []Provider
	first := sort.Search(x.provides.count, func(i int) bool { return at(i) >= name })
	for i := first; i < x.provides.count && at(i) == name; i++ {
		r, err := x.record(int(x.provides.cell(i, 1)))
		if err != nil {
			return nil, err
		}
		found = append(found, Provider{r, strings.Clone(x.string(x.provides.cell(i, 2)))})
	}
	return found, nil
}

// Essential returns the names of the packages marked Essential, sorted.
func (x *Index) Essential() []string {
	names := make([]string, x.required.count)
	for i := range names {
		names[i] = strings.Clone(x.name(int(x.required.cell(i, 0))))
	}
	return names
}

// Names calls yield for every package name in order until it returns false.
// The string is valid only during the call.
func (x *Index) Names(yield func(name string) bool) {
	for i := range x.packages.count {
		if !yield(x.name(i)) {
			return
		}
	}
}

// Records calls yield for every record in order of names until it returns
// false.
func (x *Index) Records(yield func(Record) bool) error {
	for i := range x.packages.count {
		r, err := x.record(i)
		if err != nil {
			return err
		}
		if !yield(r) {
			break
		}
	}
	return nil
}

// name returns the first string of a record.
func (x *Index) name(i int) string { return x.string(x.packages.cell(i, 0)) }

// string returns the string at an offset as a view of the map, empty where
// the file is damaged.
func (x *Index) string(offset uint32) string {
	d := indexDecoder{data: x.data, at: int(offset)}
	return d.view()
}

func (x *Index) record(i int) (Record, error) {
	if i >= x.packages.count {
		return Record{}, fmt.Errorf("read index: package number %d of %d", i, x.packages.count)
	}
	d := indexDecoder{data: x.data, at: int(x.packages.cell(i, 0))}
	var r Record
	for _, s := range r.strings() {
		*s = strings.Clone(d.view())
	}
	r.SHA256 = hex.EncodeToString([]byte(d.view()))
	r.Size, r.InstalledSize = int64(d.number()), int64(d.number())
	r.Essential = d.number() == 1
	if d.broken {
		return Record{}, fmt.Errorf("read index: record %d is damaged", i)
	}
	return r, nil
}

// strings lists the text fields in the order in which the index holds them;
// the name must be the first.
func (r *Record) strings() []*string {
	return []*string{
		&r.Name, &r.Version, &r.Architecture, &r.Path, &r.PreDepends, &r.Depends, &r.Provides,
		&r.Conflicts, &r.Breaks, &r.Priority, &r.Section, &r.Description, &r.Homepage,
	}
}

// An indexDecoder walks the data section; it never leaves the map.
type indexDecoder struct {
	data   []byte
	at     int
	broken bool
}

func (d *indexDecoder) number() uint64 {
	if d.at >= len(d.data) {
		d.broken = true
		return 0
	}
	v, n := binary.Uvarint(d.data[d.at:])
	if n <= 0 {
		d.broken = true
		return 0
	}
	d.at += n
	return v
}

func (d *indexDecoder) view() string {
	n := d.number()
	if d.broken || n > uint64(len(d.data)-d.at) {
		d.broken = true
		return ""
	}
	s := d.data[d.at : d.at+int(n)]
	d.at += int(n)
	return bytesAsString(s)
}
