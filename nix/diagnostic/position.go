package diagnostic

import (
	"errors"
	"math"
	"sort"
	"strconv"
	"strings"
	"sync"
)

// Pos names one byte in one of the sources of a Table: the base of the source
// plus the byte offset inside it. Zero is "no position".
type Pos uint32

// NoPos is the position of things that stand in no source.
const NoPos Pos = 0

// OriginKind tells where a source text came from.
type OriginKind uint8

// The kinds of origin.
const (
	OriginFile    OriginKind = iota // a file; Name is its path
	OriginString                    // text given on a command line or by a caller
	OriginStdin                     // standard input
	OriginBuiltin                   // text that is part of the program
)

// Origin tells where a source text came from.
type Origin struct {
	Kind OriginKind
	Name string
}

// File returns the origin of a file with the given path.
func File(path string) Origin { return Origin{Kind: OriginFile, Name: path} }

// String returns the name shown in front of line and column.
func (o Origin) String() string {
	switch o.Kind {
	case OriginString:
		return "«string»"
	case OriginStdin:
		return "«stdin»"
	case OriginBuiltin:
		return "«" + o.Name + "»"
	default:
		return o.Name
	}
}

// Location is a position made readable. Line and Column count from 1, columns
// in bytes.
type Location struct {
	Origin Origin
	Line   int
	Column int
}

// Source is one text known to a Table.
type Source struct {
	Origin Origin
	Text   string
	Base   Pos // position of the first byte

	once  sync.Once
	lines []uint32 // offset of the first byte of each line
}

// Table holds the sources that positions refer to. It may be used by several
// goroutines.
type Table struct {
	mu      sync.RWMutex
	sources []*Source
	next    uint64 // first free position
}

// NewTable returns a table without sources.
func NewTable() *Table { return &Table{next: 1} }

// ErrFull is returned when the sources of one table exceed four gigabytes.
var ErrFull = errors.New("source texts exceed 4 GiB in total")

// Add makes a text known and returns it with its base position set. The byte
// after the last one has a position too: the end of the text.
func (t *Table) Add(origin Origin, text string) (*Source, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.next+uint64(len(text)) > math.MaxUint32 {
		return nil, ErrFull
	}
	s := &Source{Origin: origin, Text: text, Base: Pos(t.next)}
	t.next += uint64(len(text)) + 1
	t.sources = append(t.sources, s)
	return s, nil
}

// Source returns the source that a position lies in, or nil.
func (t *Table) Source(p Pos) *Source {
	t.mu.RLock()
	defer t.mu.RUnlock()
	i := sort.Search(len(t.sources), func(i int) bool { return t.sources[i].Base > p })
	if p == NoPos || i == 0 {
		return nil
	}
	s := t.sources[i-1]
	if int(p-s.Base) > len(s.Text) {
		return nil
	}
	return s
}

// Named returns the last source that has a name, or nil.
func (t *Table) Named(name string) *Source {
	t.mu.RLock()
	defer t.mu.RUnlock()
	for i := len(t.sources) - 1; i >= 0; i-- {
		if s := t.sources[i]; s.Origin.Kind == OriginFile && s.Origin.Name == name {
			return s
		}
	}
	return nil
}

// Locate turns a position into origin, line and column. It reports false for
// NoPos and for positions outside all sources.
func (t *Table) Locate(p Pos) (Location, bool) {
	s := t.Source(p)
	if s == nil {
		return Location{}, false
	}
	return s.locate(p), true
}

func (s *Source) locate(p Pos) Location {
	lines := s.lineStarts()
	offset := uint32(p - s.Base)
	line := sort.Search(len(lines), func(i int) bool { return lines[i] > offset })
	return Location{Origin: s.Origin, Line: line, Column: int(offset-lines[line-1]) + 1}
}

// lineStarts finds the lines on first use: most sources are never asked.
// A line ends with "\n", "\r" or "\r\n".
func (s *Source) lineStarts() []uint32 {
	s.once.Do(func() {
		s.lines = append(s.lines, 0)
		for i := 0; ; i++ {
			n := strings.IndexAny(s.Text[i:], "\r\n")
			if n < 0 {
				return
			}
			i += n
			if s.Text[i] == '\r' && i+1 < len(s.Text) && s.Text[i+1] == '\n' {
				i++
			}
			s.lines = append(s.lines, uint32(i+1))
		}
	})
	return s.lines
}

// Line returns the text of a line, counted from 1, without its line ending.
func (s *Source) Line(n int) (string, bool) {
	lines := s.lineStarts()
	if n < 1 || n > len(lines) {
		return "", false
	}
	end := len(s.Text)
	if n < len(lines) {
		end = int(lines[n])
	}
	return strings.TrimRight(s.Text[lines[n-1]:end], "\r\n"), true
}

// LinePos returns the position of the first byte of a line, counted from 1,
// that is not blank; NoPos if there is no such line.
func (s *Source) LinePos(n int) Pos {
	text, ok := s.Line(n)
	if !ok {
		return NoPos
	}
	blanks := len(text) - len(strings.TrimLeft(text, " \t"))
	return s.Base + Pos(s.lineStarts()[n-1]) + Pos(blanks)
}

// lastLine returns the number of the last line.
func (s *Source) lastLine() int { return len(s.lineStarts()) }

// String returns the location as "origin:line:column".
func (l Location) String() string {
	return l.Origin.String() + ":" + strconv.Itoa(l.Line) + ":" + strconv.Itoa(l.Column)
}
