package store

import (
	"context"
	"errors"
	"fmt"
	"os"

	"berth.dev/nix/hash"
	"berth.dev/nix/nar"
	"berth.dev/nix/storepath"
)

// Damage is a valid path whose object is not what was registered.
type Damage struct {
	Path    storepath.Path
	Problem string
}

// Verify checks that the objects of all valid paths are there and, if wanted,
// that their contents still have the registered digests.
func (s *Store) Verify(ctx context.Context, contents bool) ([]Damage, error) {
	all, err := s.All(ctx)
	if err != nil {
		return nil, err
	}
	var damaged []Damage
	for _, p := range all {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		problem, err := s.verifyOne(ctx, p, contents)
		if err != nil {
			return nil, fmt.Errorf("verifying '%s': %w", p, err)
		}
		if problem != "" {
			damaged = append(damaged, Damage{p, problem})
		}
	}
	return damaged, nil
}

func (s *Store) verifyOne(ctx context.Context, p storepath.Path, contents bool) (string, error) {
	if _, err := os.Lstat(s.PhysicalPath(p)); errors.Is(err, os.ErrNotExist) {
		return "it has disappeared", nil
	} else if err != nil {
		return "", err
	}
	if !contents {
		return "", nil
	}
	info, err := s.Query(ctx, p)
	if err != nil {
		return "", err
	}
	got, size, err := nar.Digest(hash.SHA256, nar.Disk(s.PhysicalPath(p)), nil)
	if err != nil {
		return "", err
	}
	if got != info.NARHash || size != info.NARSize {
		return fmt.Sprintf("it was modified: expected hash '%s', got '%s'", info.NARHash.SRI(), got.SRI()), nil
	}
	return "", nil
}
