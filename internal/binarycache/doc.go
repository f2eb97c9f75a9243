// Package binarycache copies store paths from and to others: Nix's binary
// caches over HTTP or in a folder, other stores on this disk, and stores
// behind ssh.
//
// In come the paths that are wanted, the places that may have them and whose
// signatures are trusted; out come valid paths, or those that nobody has. What
// comes from elsewhere is believed only when somebody trusted signed it or the
// path itself says what its contents are; sizes and digests are checked while
// bytes arrive. When to ask is left to others.
package binarycache

import (
	"context"
	"errors"
	"io"

	"berth.dev/internal/store"
	"berth.dev/nix/storepath"
)

// Source is a place that store paths are copied from.
type Source interface {
	// Name says which place it is, for people.
	Name() string
	// Query tells what is known about a path; the error wraps ErrAbsent when
	// the place does not have it.
	Query(ctx context.Context, p storepath.Path) (*NARInfo, error)
	// Archive returns the archive of a path that was queried, not compressed.
	Archive(ctx context.Context, info *NARInfo) (io.ReadCloser, error)
}

// Target is a place that store paths are copied to.
type Target interface {
	Name() string
	// Valid returns those of the paths that are there already.
	Valid(ctx context.Context, wanted []storepath.Path) (map[storepath.Path]bool, error)
	// Add stores a path. ready waits for what it refers to; then it may be
	// announced. queued may be called as soon as others need not wait for it.
	Add(ctx context.Context, info store.Info, archive io.Reader, ready func() error, queued func()) error
}

// ErrAbsent is returned for a path that a place does not have.
var ErrAbsent = errors.New("is not there")

// Progress hears how a copy goes on; it is called from several goroutines.
type Progress interface {
	// Begin is called when a path starts to be copied, with its archive's size;
	// the functions it returns are called with bytes copied, and at the end.
	Begin(p storepath.Path, size int64) (progress func(done int64), end func(error))
}

// Silent is a Progress that hears nothing.
type Silent struct{}

// Begin implements [Progress].
func (Silent) Begin(storepath.Path, int64) (func(int64), func(error)) {
	return func(int64) {}, func(error) {}
}
