package store

import (
	"slices"

	"berth.dev/nix/hash"
	"berth.dev/nix/storepath"
)

// ReferenceFinder is a writer that looks for the digests of store paths in the
// bytes that pass through it.
type ReferenceFinder struct {
	wanted map[string]storepath.Path
	found  []storepath.Path
	tail   []byte // the last bytes, which may be the start of a digest
}

// isDigit tells which bytes can be part of a digest.
type digitTable [256]bool

func newDigitTable() *digitTable {
	var t digitTable
	for c := range t {
		t[c] = hash.IsNix32(byte(c))
	}
	return &t
}

var digits = newDigitTable() // never written after

// NewReferenceFinder looks for the digests of the candidates.
func NewReferenceFinder(candidates []storepath.Path) *ReferenceFinder {
	f := &ReferenceFinder{wanted: make(map[string]storepath.Path, len(candidates))}
	for _, p := range candidates {
		f.wanted[p.Digest()] = p
	}
	return f
}

// Write looks through more bytes; it never fails.
func (f *ReferenceFinder) Write(p []byte) (int, error) {
	if len(f.wanted) == 0 {
		return len(p), nil
	}
	// What spans the border: the old tail and as much of p as one digest needs.
	border := min(len(p), storepath.HashLen-1)
	f.tail = append(f.tail, p[:border]...)
	f.search(f.tail)
	f.search(p)
	keep := f.tail
	if len(p) > border {
		keep = p
	}
	keep = keep[max(len(keep)-(storepath.HashLen-1), 0):]
	f.tail = append(f.tail[:0], keep...)
	return len(p), nil
}

// search slides a window over the bytes. It looks at a window from its end, so
// that one byte that is no digit moves it past that byte.
func (f *ReferenceFinder) search(b []byte) {
	for i := 0; i+storepath.HashLen <= len(b); {
		window := b[i : i+storepath.HashLen]
		j := storepath.HashLen - 1
		for j >= 0 && digits[window[j]] {
			j--
		}
		if j >= 0 {
			i += j + 1
			continue
		}
		if p, ok := f.wanted[string(window)]; ok {
			f.found = append(f.found, p)
			delete(f.wanted, string(window))
			if len(f.wanted) == 0 {
				return
			}
		}
		i++
	}
}

// Found returns the candidates that occurred, sorted.
func (f *ReferenceFinder) Found() []storepath.Path {
	found := slices.Clone(f.found)
	slices.SortFunc(found, storepath.Path.Compare)
	return found
}
