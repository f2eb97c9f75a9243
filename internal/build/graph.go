package build

import (
	"context"
	"fmt"

	"berth.dev/internal/store"
	"berth.dev/nix/storepath"
)

// Graph returns what is known about some inputs and everything they refer to,
// sorted by path.
func (j *Job) Graph(ctx context.Context, roots ...storepath.Path) ([]*store.Info, error) {
	for _, p := range roots {
		if !j.closure[p] {
			return nil, fmt.Errorf("'%s' is not an input of the derivation", p)
		}
	}
	closure, err := j.store.Closure(ctx, roots...)
	if err != nil {
		return nil, err
	}
	infos := make([]*store.Info, len(closure))
	for i, p := range closure {
		if infos[i], err = j.store.Query(ctx, p); err != nil {
			return nil, err
		}
	}
	return infos, nil
}

// IsInput reports whether a path is among the inputs or what they refer to.
func (j *Job) IsInput(p storepath.Path) bool { return j.closure[p] }

// ObjectDir returns the directory that is /nix/store.
func (j *Job) ObjectDir() string { return j.store.ObjectDir() }
