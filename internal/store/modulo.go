package store

import (
	"bytes"
	"fmt"
	"io"

	"berth.dev/nix/hash"
	"berth.dev/nix/nar"
	"berth.dev/nix/storepath"
)

// AddressReferences returns the references in the form in which they are part of
// a content address: those to itself count apart.
func (info *Info) AddressReferences() storepath.References {
	var r storepath.References
	for _, p := range info.References {
		if p == info.Path {
			r.Self = true
		} else {
			r.Others = append(r.Others, p)
		}
	}
	return r
}

// Rewriter is a writer that replaces digests of store paths by others of the
// same length in what passes through it.
type Rewriter struct {
	w       io.Writer
	from    [][]byte
	to      [][]byte
	pending []byte
}

// NewRewriter replaces each key by its value; all have storepath.HashLen bytes.
func NewRewriter(w io.Writer, replacements map[string]string) *Rewriter {
	r := &Rewriter{w: w}
	for from, to := range replacements {
		if len(from) != storepath.HashLen || len(to) != storepath.HashLen {
			panic("store: a replacement that changes the length")
		}
		r.from, r.to = append(r.from, []byte(from)), append(r.to, []byte(to))
	}
	return r
}

// Write passes on all but the last bytes, which may begin a digest.
func (r *Rewriter) Write(p []byte) (int, error) {
	r.pending = append(r.pending, p...)
	r.replace()
	keep := min(len(r.pending), storepath.HashLen-1)
	if err := r.pass(len(r.pending) - keep); err != nil {
		return 0, err
	}
	return len(p), nil
}

func (r *Rewriter) replace() {
	for i, from := range r.from {
		for at := 0; ; {
			found := bytes.Index(r.pending[at:], from)
			if found < 0 {
				break
			}
			at += found
			copy(r.pending[at:], r.to[i])
			at += storepath.HashLen
		}
	}
}

func (r *Rewriter) pass(n int) error {
	_, err := r.w.Write(r.pending[:n])
	r.pending = append(r.pending[:0], r.pending[n:]...)
	return err
}

// Close passes on what is left; the writer below is not closed.
func (r *Rewriter) Close() error { return r.pass(len(r.pending)) }

// hashModulo digests the archive of a tree without regard to what the tree
// calls itself: its digest is blanked out. (The positions at which it stood
// were once part of the digest; C++ Nix 2.34 leaves them out.)
func hashModulo(a hash.Algorithm, tree nar.Tree, self string) (hash.Hash, error) {
	digest := hash.NewWriter(a)
	blank := NewRewriter(digest, map[string]string{self: string(make([]byte, storepath.HashLen))})
	if err := nar.Dump(blank, tree, nil); err != nil {
		return hash.Hash{}, err
	}
	if err := blank.Close(); err != nil {
		return hash.Hash{}, err
	}
	return digest.Sum(), nil
}

// AddressOf computes the content address of a tree on disk that calls itself by
// a digest; with flat and text methods it must be a regular file.
func AddressOf(method storepath.Method, a hash.Algorithm, physical, self string) (storepath.Address, error) {
	address := storepath.Address{Method: method}
	var err error
	switch method {
	case storepath.NARMethod:
		address.Hash, err = hashModulo(a, nar.Disk(physical), self)
	case storepath.FlatMethod, storepath.TextMethod:
		if node, statErr := nar.Disk(physical).Stat(""); statErr != nil || node.Kind != nar.Regular {
			return address, fmt.Errorf("'%s' is not a regular file, whose contents alone could be its address (%w)", physical, statErr)
		}
		address.Hash, err = HashFile(a, physical)
	default:
		err = fmt.Errorf("content addresses by git trees are not supported")
	}
	return address, err
}

// checkAddress compares an object that came from elsewhere with the content
// address that it is said to have.
func checkAddress(physical string, info Info) error {
	if info.Address.IsZero() {
		return nil
	}
	got, err := AddressOf(info.Address.Method, info.Address.Hash.Algorithm(), physical, info.Path.Digest())
	if err != nil {
		return err
	}
	p, err := got.Path(info.Path.Name(), info.AddressReferences())
	if err != nil {
		return err
	}
	if got.Hash != info.Address.Hash || p != info.Path {
		return fmt.Errorf("ca hash mismatch importing path '%s';\n  specified: %s\n  got:       %s", info.Path, info.Address, got)
	}
	return nil
}

// RewriteTree writes a copy of a tree, as dir/name, in which digests of store
// paths are replaced.
func RewriteTree(from, dir, name string, replacements map[string]string) error {
	out, in := io.Pipe()
	go func() {
		rewriter := NewRewriter(in, replacements)
		err := nar.Dump(rewriter, nar.Disk(from), nil)
		if err == nil {
			err = rewriter.Close()
		}
		in.CloseWithError(err)
	}()
	err := unpackBeneath(dir, name, out)
	out.CloseWithError(err)
	return err
}
