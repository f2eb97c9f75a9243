package debian

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"time"
)

// Fetch downloads a file of the pool to target, unless target already exists,
// and verifies its digest and size. Interrupted downloads continue. What the
// mirrors have dropped is sought in the snapshot archive.
func (s *Source) Fetch(ctx context.Context, path, sha256 string, size int64, target string, progress func(done, total int64)) error {
	if !filepath.IsLocal(path) {
		return fmt.Errorf("fetch %q: not a path of the pool", path)
	}
	if info, err := os.Stat(target); err == nil && info.Size() == size {
		return nil
	}
	select {
	case s.slots <- struct{}{}:
		defer func() { <-s.slots }()
	case <-ctx.Done():
		return ctx.Err()
	}
	places, dates := s.places()
	return s.down.file(ctx, path, places.poolAddresses(path, s.config.Snapshot, dates), want{sha256, size}, target, progress)
}

// places returns the mirrors, those that served an index first, and the dates
// at which the snapshot archive is worth asking.
func (s *Source) places() (mirrors, []time.Time) {
	all := candidateMirrors(s.config.Mirror, s.config.AptDir, s.config.ListsDir)
	var dates []time.Time
	if s.config.Lock != nil {
		dates = s.config.Lock.dates()
	}
	state, err := readState(s.stateFile())
	if err != nil {
		return all, dates
	}
	for _, suite := range state.Suites {
		dates = append(dates, suite.Date)
	}
	if state.Named == s.config.Mirror {
		all = all.preferred(state.Mirrors)
	}
	return all, dates
}
