// Package hash holds digests as the Nix language and the Nix store write them.
//
// In come digests in one of four spellings (base 16, Nix's own base 32, base 64
// and the web's "subresource integrity" form) or bytes to be digested; out goes
// [Hash], a small comparable value that can be printed in each of them. What a
// digest is a digest of (a file, an archive, a derivation) is left to others.
package hash

import (
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"fmt"
	"hash"
	"unsafe"
)

// Algorithm names a digest algorithm. The zero value means "not known".
type Algorithm uint8

// The algorithms Nix accepts without experimental features.
const (
	MD5 Algorithm = iota + 1
	SHA1
	SHA256
	SHA512
)

// ParseAlgorithm reads the name of an algorithm, such as "sha256".
func ParseAlgorithm(name string) (Algorithm, error) {
	switch name {
	case "md5":
		return MD5, nil
	case "sha1":
		return SHA1, nil
	case "sha256":
		return SHA256, nil
	case "sha512":
		return SHA512, nil
	case "blake3":
		return 0, fmt.Errorf("experimental Nix feature 'blake3-hashes' is disabled; add '--extra-experimental-features blake3-hashes' to enable it")
	}
	return 0, fmt.Errorf("unknown hash algorithm '%s', expect 'blake3', 'md5', 'sha1', 'sha256', or 'sha512'", name)
}

// String returns the algorithm's name in lower case.
func (a Algorithm) String() string {
	switch a {
	case MD5:
		return "md5"
	case SHA1:
		return "sha1"
	case SHA256:
		return "sha256"
	case SHA512:
		return "sha512"
	}
	return "unknown"
}

// Size returns the length of a digest in bytes, 0 for an unknown algorithm.
func (a Algorithm) Size() int {
	switch a {
	case MD5:
		return md5.Size
	case SHA1:
		return sha1.Size
	case SHA256:
		return sha256.Size
	case SHA512:
		return sha512.Size
	}
	return 0
}

func (a Algorithm) digester() hash.Hash {
	switch a {
	case MD5:
		return md5.New()
	case SHA1:
		return sha1.New()
	case SHA256:
		return sha256.New()
	case SHA512:
		return sha512.New()
	}
	panic("hash: digest of an unknown algorithm")
}

// Hash is a digest together with its algorithm. Two hashes are equal under ==
// when algorithm and digest are. The zero Hash stands for "none".
type Hash struct {
	algorithm Algorithm
	digest    [sha512.Size]byte
}

// New wraps the bytes of a digest.
func New(a Algorithm, digest []byte) (Hash, error) {
	if a.Size() == 0 || len(digest) != a.Size() {
		return Hash{}, fmt.Errorf("digest of %d bytes does not fit hash algorithm '%s'", len(digest), a)
	}
	h := Hash{algorithm: a}
	copy(h.digest[:], digest)
	return h, nil
}

// Zero returns the all-zero digest, which Nix uses where the user gave an empty hash.
func Zero(a Algorithm) Hash { return Hash{algorithm: a} }

// Sum digests data.
func Sum(a Algorithm, data []byte) Hash {
	if a == SHA256 { // by far the most frequent one; this allocates nothing
		h := Hash{algorithm: a}
		sum := sha256.Sum256(data)
		copy(h.digest[:], sum[:])
		return h
	}
	w := NewWriter(a)
	w.Write(data)
	return w.Sum()
}

// SumString digests the bytes of a string, without copying them.
func SumString(a Algorithm, data string) Hash {
	return Sum(a, unsafe.Slice(unsafe.StringData(data), len(data)))
}

// Algorithm returns the algorithm of the digest.
func (h Hash) Algorithm() Algorithm { return h.algorithm }

// IsZero reports whether h is the zero Hash, that is, none at all.
func (h Hash) IsZero() bool { return h.algorithm == 0 }

// Bytes returns a copy of the digest.
func (h Hash) Bytes() []byte {
	return append([]byte(nil), h.digest[:h.algorithm.Size()]...)
}

// Base16 returns the digest in lower-case hexadecimal, without the algorithm.
func (h Hash) Base16() string { return fmt.Sprintf("%x", h.digest[:h.algorithm.Size()]) }

// Nix32 returns the digest in Nix's base 32, without the algorithm.
func (h Hash) Nix32() string { return EncodeNix32(h.digest[:h.algorithm.Size()]) }

// Base64 returns the digest in padded base 64, without the algorithm.
func (h Hash) Base64() string { return encodeBase64(h.digest[:h.algorithm.Size()]) }

// SRI returns the form "sha256-<base 64>".
func (h Hash) SRI() string { return h.algorithm.String() + "-" + h.Base64() }

// String returns the form "sha256:<base 16>", in which the store database keeps digests.
func (h Hash) String() string { return h.algorithm.String() + ":" + h.Base16() }

// Writer digests what is written to it and counts the bytes.
type Writer struct {
	algorithm Algorithm
	digester  hash.Hash
	written   int64
}

// NewWriter returns a Writer for a known algorithm.
func NewWriter(a Algorithm) *Writer { return &Writer{algorithm: a, digester: a.digester()} }

// Write adds bytes to the digest; it never fails.
func (w *Writer) Write(p []byte) (int, error) {
	w.written += int64(len(p))
	return w.digester.Write(p)
}

// Written returns how many bytes were written so far.
func (w *Writer) Written() int64 { return w.written }

// Sum returns the digest of all that was written so far.
func (w *Writer) Sum() Hash {
	h := Hash{algorithm: w.algorithm}
	w.digester.Sum(h.digest[:0])
	return h
}
