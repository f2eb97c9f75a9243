package binarycache

import (
	"context"
	"errors"
	"fmt"
	"io"

	"berth.dev/internal/store"
	"berth.dev/nix/storepath"
)

// Local is a store on this disk as a place to copy from and to.
type Local struct{ Store *store.Store }

// Name implements [Source] and [Target].
func (l Local) Name() string { return l.Store.Dir() }

// Query implements [Source].
func (l Local) Query(ctx context.Context, p storepath.Path) (*NARInfo, error) {
	info, err := l.Store.Query(ctx, p)
	if errors.Is(err, store.ErrInvalid) {
		return nil, fmt.Errorf("path '%s' in '%s': %w", p, l.Name(), ErrAbsent)
	}
	if err != nil {
		return nil, err
	}
	return &NARInfo{Info: *info, Compression: "none"}, nil
}

// Archive implements [Source].
func (l Local) Archive(_ context.Context, info *NARInfo) (io.ReadCloser, error) {
	reader, writer := io.Pipe()
	go func() { writer.CloseWithError(l.Store.Archive(writer, info.Path)) }()
	return reader, nil
}

// Valid implements [Target]. What is valid is kept from being collected.
func (l Local) Valid(ctx context.Context, wanted []storepath.Path) (map[storepath.Path]bool, error) {
	if err := l.Store.AddTempRoots(ctx, wanted...); err != nil {
		return nil, err
	}
	return l.Store.Valid(ctx, wanted)
}

// Add implements [Target]. That somebody else built it is remembered.
func (l Local) Add(ctx context.Context, info store.Info, archive io.Reader, ready func() error, queued func()) error {
	info.Ultimate = false
	return l.Store.ImportWhen(ctx, info, archive, ready, queued)
}
