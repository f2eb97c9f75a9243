// Package nar reads and writes Nix archives: the canonical serialisation of a
// file tree, of which a store object's digest is taken.
//
// An archive holds regular files (with one bit: executable), symbolic links and
// directories whose entries are in byte order; nothing else of a file's
// metadata takes part. In comes a [Tree] or a stream; out goes a stream, a tree
// beneath an opened directory, or the digest. Modes, owners and times of
// unpacked files are left to the store.
//
// Archives may come from hostile places: the reader checks every length, name
// and order, holds no more in memory than the current path, and the unpacker
// never leaves the directory it was given.
package nar

import (
	"fmt"

	"berth.dev/nix/hash"
)

const magic = "nix-archive-1"

// Limits on what a reader accepts. They are those of Linux, so that every tree
// that can exist on a disk fits.
const (
	maxNameLen   = 255
	maxTargetLen = 4095
	maxDepth     = 2048
	maxTokenLen  = len(magic)
)

// Kind is the kind of a file system object.
type Kind uint8

// The kinds an archive can hold. Unknown is for devices, sockets and pipes,
// which a [Filter] may drop but an archive cannot hold.
const (
	Unknown Kind = iota
	Regular
	Directory
	Symlink
)

// String returns the name Nix has for the kind, as passed to source filters.
func (k Kind) String() string {
	switch k {
	case Regular:
		return "regular"
	case Directory:
		return "directory"
	case Symlink:
		return "symlink"
	}
	return "unknown"
}

// Node describes one object of a tree.
type Node struct {
	Kind       Kind
	Executable bool   // regular files only
	Size       int64  // regular files only
	Target     string // symbolic links only
}

// Entry is a node at its place in an archive. Path is relative to the root of
// the archive, with slashes; the root itself has the empty path.
type Entry struct {
	Path string
	Node
}

// Digest returns the digest of a tree's archive and the archive's length.
func Digest(a hash.Algorithm, tree Tree, filter Filter) (hash.Hash, int64, error) {
	w := hash.NewWriter(a)
	if err := Dump(w, tree, filter); err != nil {
		return hash.Hash{}, 0, err
	}
	return w.Sum(), w.Written(), nil
}

// checkName tells why an archive may not have an entry of this name.
func checkName(name string) error {
	if name == "" || name == "." || name == ".." || len(name) > maxNameLen {
		return fmt.Errorf("archive contains invalid file name %q", name)
	}
	for i := range len(name) {
		if name[i] == '/' || name[i] == 0 {
			return fmt.Errorf("archive contains invalid file name %q", name)
		}
	}
	return nil
}
