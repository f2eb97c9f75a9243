// Package storepath computes and checks store paths: the names
// /nix/store/<digest>-<name> under which the Nix store keeps its objects.
//
// In come names, content digests and references; out go values of type [Path].
// Reading or writing the objects themselves is left to the store. The store
// directory is always /nix/store, since it takes part in every digest.
package storepath

import (
	"fmt"
	"strings"

	"berth.dev/nix/hash"
)

// Dir is the logical store directory.
const Dir = "/nix/store"

// HashLen is the length of the digest at the start of a store object's name.
const HashLen = 32

// MaxNameLen is the longest name a store object may have after its digest.
const MaxNameLen = 211

const digestBytes = HashLen * 5 / 8

// Path is a valid store path. It is comparable and sorts by its digest; the zero Path is none.
type Path struct{ base string }

// Parse reads "/nix/store/<digest>-<name>", with nothing behind the name.
func Parse(text string) (Path, error) {
	base, ok := strings.CutPrefix(text, Dir+"/")
	if !ok || base == "" || strings.Contains(base, "/") {
		return Path{}, fmt.Errorf("path '%s' is not in the Nix store", text)
	}
	return FromBase(base)
}

// MustParse is Parse for paths that are known to be valid; it panics otherwise.
func MustParse(text string) Path {
	p, err := Parse(text)
	if err != nil {
		panic(err)
	}
	return p
}

// Split separates a path inside a store object into the object and the rest,
// which is empty or begins with a slash.
func Split(text string) (Path, string, error) {
	inside, ok := strings.CutPrefix(text, Dir+"/")
	if !ok || inside == "" {
		return Path{}, "", fmt.Errorf("path '%s' is not in the Nix store", text)
	}
	base, _, _ := strings.Cut(inside, "/")
	p, err := FromBase(base)
	return p, inside[len(base):], err
}

// FromBase reads a store object's file name "<digest>-<name>".
func FromBase(base string) (Path, error) {
	if len(base) < HashLen+1 {
		return Path{}, fmt.Errorf("'%s' is too short to be a valid store path", base)
	}
	for i := range HashLen {
		if !hash.IsNix32(base[i]) {
			return Path{}, fmt.Errorf("store path '%s' contains illegal base-32 character '%c'", base, base[i])
		}
	}
	if base[HashLen] != '-' {
		return Path{}, fmt.Errorf("store path '%s' has no dash after its digest", base)
	}
	return withCheckedName(base)
}

func withCheckedName(base string) (Path, error) {
	if err := CheckName(base[HashLen+1:]); err != nil {
		return Path{}, fmt.Errorf("path '%s' is not a valid store path: %w", base, err)
	}
	return Path{base}, nil
}

// CheckName tells why a store object may not have a name, or returns nil.
func CheckName(name string) error {
	if name == "" {
		return fmt.Errorf("name must not be empty")
	}
	if len(name) > MaxNameLen {
		return fmt.Errorf("name '%s' must be no longer than %d characters", name, MaxNameLen)
	}
	if name == "." || name == ".." {
		return fmt.Errorf("name '%s' is not valid", name)
	}
	if first, _, dashed := strings.Cut(name, "-"); dashed && (first == "." || first == "..") {
		return fmt.Errorf("name '%s' is not valid: first dash-separated component must not be '%s'", name, first)
	}
	for i := range len(name) {
		if !isNameByte(name[i]) {
			return fmt.Errorf("name '%s' contains illegal character '%s'", name, name[i:i+1])
		}
	}
	return nil
}

func isNameByte(c byte) bool {
	switch {
	case c >= '0' && c <= '9', c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z':
		return true
	}
	return strings.IndexByte("+-._?=", c) >= 0
}

// String returns the logical path, "/nix/store/<digest>-<name>", or "" for the zero Path.
func (p Path) String() string {
	if p.base == "" {
		return ""
	}
	return Dir + "/" + p.base
}

// Base returns "<digest>-<name>".
func (p Path) Base() string { return p.base }

// Digest returns the 32 digits at the start of the base name.
func (p Path) Digest() string {
	if p.base == "" {
		return ""
	}
	return p.base[:HashLen]
}

// Name returns what stands behind the digest.
func (p Path) Name() string {
	if p.base == "" {
		return ""
	}
	return p.base[HashLen+1:]
}

// IsZero reports whether p is no path at all.
func (p Path) IsZero() bool { return p.base == "" }

// IsDerivation reports whether p is named like a store derivation.
func (p Path) IsDerivation() bool { return strings.HasSuffix(p.base, ".drv") }

// Compare orders paths as C++ Nix does, by base name.
func (p Path) Compare(q Path) int { return strings.Compare(p.base, q.base) }

// MarshalText writes the logical path, for JSON.
func (p Path) MarshalText() ([]byte, error) { return []byte(p.String()), nil }

// UnmarshalText reads the logical path; empty text is the zero Path.
func (p *Path) UnmarshalText(text []byte) error {
	if len(text) == 0 {
		*p = Path{}
		return nil
	}
	parsed, err := Parse(string(text))
	*p = parsed
	return err
}
