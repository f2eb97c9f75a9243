package store

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"
	"zombiezen.com/go/sqlite"

	"berth.dev/nix/storepath"
)

// Collected says what a garbage collection removed.
type Collected struct {
	Paths []storepath.Path
	Bytes int64 // sum of the archive sizes of the valid ones among them
}

// Collect removes every object that no root reaches. With dryRun it only says
// what would go. Other processes may build meanwhile: what they use is in their
// temporary roots, and they wait while the dead are moved away; deleting the
// files themselves holds up nobody.
func (s *Store) Collect(ctx context.Context, dryRun bool) (Collected, error) {
	if s.readOnly && !dryRun {
		return Collected{}, fmt.Errorf("the store in '%s' is read-only", s.dir)
	}
	c := collector{store: s, dryRun: dryRun}
	err := c.run(ctx)
	if err != nil {
		err = fmt.Errorf("collecting garbage: %w", err)
	}
	return c.result, err
}

type collector struct {
	store  *Store
	dryRun bool
	live   map[storepath.Path]bool
	result Collected
}

func (c *collector) run(ctx context.Context) error {
	if c.dryRun {
		return c.removeDead(ctx, "")
	}
	trash, err := c.store.Stage()
	if err != nil {
		return err
	}
	defer trash.Remove() // after the lock is released
	lock, err := os.OpenFile(c.store.varDir("gc.lock"), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return err
	}
	defer lock.Close()
	if err := waitForLock(ctx, lock, unix.LOCK_EX, nil); err != nil {
		return err
	}
	return c.removeDead(ctx, trash.Dir())
}

func (c *collector) removeDead(ctx context.Context, trash string) error {
	if err := c.mark(ctx); err != nil {
		return err
	}
	dead, err := c.deadValid(ctx)
	if err != nil {
		return err
	}
	c.result.Paths = dead
	if c.dryRun {
		return nil
	}
	if err := c.forget(ctx, dead); err != nil {
		return err
	}
	for _, p := range dead {
		if err := moveAway(c.store.PhysicalPath(p), filepath.Join(trash, p.Base())); err != nil {
			return err
		}
		os.Remove(c.store.LogPath(p))
	}
	return c.removeUnregistered(trash)
}

// mark computes what the roots reach. Roots of this process count too. A path
// that is about to be made is alive although it is not valid yet.
func (c *collector) mark(ctx context.Context) error {
	s := c.store
	permanent, err := s.Roots()
	if err != nil {
		return err
	}
	roots, err := readTempRoots(s.varDir("temproots"))
	if err != nil {
		return err
	}
	for _, root := range permanent {
		roots = append(roots, root.Path)
	}
	reached, err := s.list(ctx, selectClosure, jsonList(roots))
	if err != nil {
		return err
	}
	c.live = make(map[storepath.Path]bool, len(roots)+len(reached))
	for _, p := range append(roots, reached...) {
		c.live[p] = true
	}
	return nil
}

func (c *collector) deadValid(ctx context.Context) (dead []storepath.Path, err error) {
	err = c.store.db.read(ctx, func(conn *sqlite.Conn) error {
		return each(conn, `select path, narSize from ValidPaths order by path`, nil, func(row *sqlite.Stmt) error {
			p, err := storepath.Parse(row.ColumnText(0))
			if err == nil && !c.live[p] {
				dead = append(dead, p)
				c.result.Bytes += row.ColumnInt64(1)
			}
			return err
		})
	})
	return dead, err
}

// forget makes the dead invalid, before anything of them is removed. All
// referrers of a dead path are dead, so its references can go at once.
func (c *collector) forget(ctx context.Context, dead []storepath.Path) error {
	err := c.store.db.write(ctx, func(conn *sqlite.Conn) error {
		list := jsonList(dead)
		t := transaction{c.store, conn}
		if err := t.exec(`delete from Refs where referrer in
		  (select id from ValidPaths where path in (select value from json_each(?)))`, list); err != nil {
			return err
		}
		return t.exec(`delete from ValidPaths where path in (select value from json_each(?))`, list)
	})
	c.store.infos.Clear()
	return err
}

// removeUnregistered clears what dead processes left in the object directory.
func (c *collector) removeUnregistered(trash string) error {
	entries, err := os.ReadDir(c.store.objectDir())
	if err != nil {
		return err
	}
	valid, err := c.store.All(context.Background())
	if err != nil {
		return err
	}
	keep := map[string]bool{".links": true}
	for _, p := range valid {
		keep[p.Base()] = true
	}
	for p := range c.live {
		keep[p.Base()] = true
	}
	for _, entry := range entries {
		if name := entry.Name(); !keep[name] && !keep[strings.TrimSuffix(name, ".lock")] && !isInUse(filepath.Join(c.store.objectDir(), name)) {
			if err := moveAway(filepath.Join(c.store.objectDir(), name), filepath.Join(trash, name)); err != nil {
				return err
			}
		}
	}
	return nil
}

// isInUse reports whether a lock file or a temporary directory of C++ Nix is locked.
func isInUse(name string) bool {
	base := filepath.Base(name)
	if !strings.HasSuffix(base, ".lock") && !strings.HasPrefix(base, "tmp-") {
		return false
	}
	file, err := os.Open(name)
	if err != nil {
		return false
	}
	defer file.Close()
	return flock(file, unix.LOCK_EX|unix.LOCK_NB) != nil
}

func moveAway(name, trash string) error {
	info, err := os.Lstat(name)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err == nil && info.IsDir() {
		err = os.Chmod(name, 0o755) // needed to give it another parent
	}
	if err != nil {
		return err
	}
	return os.Rename(name, trash)
}
