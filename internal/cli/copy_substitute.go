package cli

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"berth.dev/internal/binarycache"
	"berth.dev/internal/build"
	"berth.dev/internal/ui"
	"berth.dev/nix/storepath"
)

// substituter gets outputs from the binary caches of BERTH_SUBSTITUTERS, which
// are opened when something is missing first.
type substituter struct {
	*workspace
	display *ui.Display

	once   sync.Once
	caches []binarycache.Source
	trust  binarycache.Trust
	err    error
}

// substituter returns nil where there are no caches.
func (w *workspace) substituter(display *ui.Display) build.Substituter {
	if w.Getenv("BERTH_SUBSTITUTERS") == "" || w.flags.offline {
		return nil
	}
	return &substituter{workspace: w, display: display}
}

// Substitute implements [build.Substituter]. A cache that fails is no reason
// not to build.
func (s *substituter) Substitute(ctx context.Context, wanted []storepath.Path) error {
	s.once.Do(func() {
		s.trust, s.err = s.workspace.trust(nil)
		for _, cache := range s.openCaches(ctx) {
			s.caches = append(s.caches, cache)
		}
	})
	if s.err != nil || len(s.caches) == 0 {
		return s.err
	}
	copier := &binarycache.Copier{From: s.caches, To: binarycache.Local{Store: s.store}, Trust: s.trust, Progress: &copyProgress{display: s.display}}
	_, err := copier.CopyAvailable(ctx, wanted...)
	if errors.Is(err, context.Canceled) && ctx.Err() != nil {
		return err
	}
	if err != nil {
		s.notice(fmt.Sprintf("building what could not be copied: %v", err))
	}
	return nil
}

// openCaches opens the caches in the order of their priorities. One that
// cannot be reached is passed over.
func (s *substituter) openCaches(ctx context.Context) []*binarycache.Cache {
	var caches []*binarycache.Cache
	for _, address := range strings.Fields(s.Getenv("BERTH_SUBSTITUTERS")) {
		config := binarycache.CacheConfig{Address: address, MemoryDir: filepath.Join(s.stateDir, "cache", "binary-caches")}
		cache, err := binarycache.OpenCache(ctx, config)
		if err != nil {
			s.notice(fmt.Sprintf("doing without a binary cache: %v", err))
			continue
		}
		caches = append(caches, cache)
	}
	slices.SortStableFunc(caches, func(x, y *binarycache.Cache) int { return x.Priority - y.Priority })
	return caches
}
