package store

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"sync"

	"zombiezen.com/go/sqlite"

	"berth.dev/nix/hash"
	"berth.dev/nix/nar"
	"berth.dev/nix/storepath"
)

// Damage is a valid path whose object is not what was registered.
type Damage struct {
	Path    storepath.Path
	Problem string
}

// Verify checks the database, that the objects of all valid paths are there
// and, if wanted, that their contents still have the registered digests.
func (s *Store) Verify(ctx context.Context, contents bool) ([]Damage, error) {
	if err := s.checkDatabase(ctx); err != nil {
		return nil, err
	}
	all, err := s.All(ctx)
	if err != nil {
		return nil, err
	}
	v := verification{store: s, contents: contents, waiting: make(chan storepath.Path)}
	for range runtime.NumCPU() {
		v.workers.Go(func() { v.work(ctx) })
	}
	for _, p := range all {
		v.waiting <- p
	}
	close(v.waiting)
	v.workers.Wait()
	slices.SortFunc(v.damaged, func(a, b Damage) int { return a.Path.Compare(b.Path) })
	return v.damaged, errors.Join(v.failed...)
}

// checkDatabase lets SQLite look at every page.
func (s *Store) checkDatabase(ctx context.Context) error {
	var problems []string
	err := s.db.read(ctx, func(conn *sqlite.Conn) error {
		return each(conn, `pragma quick_check`, nil, func(row *sqlite.Stmt) error {
			if text := row.ColumnText(0); text != "ok" {
				problems = append(problems, text)
			}
			return nil
		})
	})
	if err == nil && len(problems) > 0 {
		err = errors.New(problems[0])
	}
	if err != nil {
		return fmt.Errorf("the store's database '%s' is damaged: %w", s.db.file, err)
	}
	return nil
}

// verification is one run of Verify: several workers that take paths.
type verification struct {
	store    *Store
	contents bool
	waiting  chan storepath.Path
	workers  sync.WaitGroup

	mu      sync.Mutex
	damaged []Damage
	failed  []error
}

func (v *verification) work(ctx context.Context) {
	for p := range v.waiting {
		problem, err := "", ctx.Err()
		if err == nil {
			problem, err = v.store.verifyOne(ctx, p, v.contents)
		}
		v.mu.Lock()
		if err != nil && len(v.failed) == 0 {
			v.failed = append(v.failed, fmt.Errorf("verifying '%s': %w", p, err))
		}
		if problem != "" {
			v.damaged = append(v.damaged, Damage{p, problem})
		}
		v.mu.Unlock()
	}
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
	if errors.Is(err, ErrInvalid) { // collected meanwhile
		return "", nil
	}
	if err != nil {
		return "", err
	}
	got, size, err := nar.Digest(hash.SHA256, nar.Disk(s.PhysicalPath(p)), nil)
	if err != nil {
		return fmt.Sprintf("it cannot be read: %v", err), nil
	}
	if got != info.NARHash || size != info.NARSize {
		return fmt.Sprintf("it was modified: expected hash '%s', got '%s'", info.NARHash.SRI(), got.SRI()), nil
	}
	return "", nil
}

// Replace puts a finished and scanned tree in the place of a damaged object. It
// must have the contents that are registered. The caller holds the path's lock.
func (s *Store) Replace(ctx context.Context, physical string, p storepath.Path) error {
	info, err := s.Query(ctx, p)
	if err != nil {
		return err
	}
	got, _, err := nar.Digest(hash.SHA256, nar.Disk(physical), nil)
	if err != nil {
		return fmt.Errorf("repairing '%s': %w", p, err)
	}
	if got != info.NARHash {
		return fmt.Errorf("repairing '%s': what was made anew differs from what was registered: expected hash '%s', got '%s'", p, info.NARHash.SRI(), got.SRI())
	}
	trash, err := s.Stage()
	if err != nil {
		return err
	}
	defer trash.Remove()
	if err := moveAway(s.PhysicalPath(p), filepath.Join(trash.Dir(), p.Base())); err != nil {
		return fmt.Errorf("repairing '%s': %w", p, err)
	}
	if err := s.Install(physical, p); err != nil {
		return err
	}
	return s.syncObjects()
}
