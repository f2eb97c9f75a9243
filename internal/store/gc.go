package store

import (
	"context"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"time"

	"golang.org/x/sys/unix"
	"zombiezen.com/go/sqlite"

	"berth.dev/nix/storepath"
)

// Collected says what a garbage collection removed.
type Collected struct {
	Paths []storepath.Path
	Bytes int64 // sum of the archive sizes of the valid ones among them
}

// Collection says what to collect. The zero Collection removes everything that
// no root reaches.
type Collection struct {
	// DryRun only finds out what would go.
	DryRun bool
	// KeepSince keeps what was registered at that time or later, with all it refers to.
	KeepSince time.Time
	// MaxFreed ends the collection as soon as so many bytes are freed; 0 is no bound.
	MaxFreed int64
	// Only restricts it to some paths. One that is in use is refused.
	Only []storepath.Path
}

// Collect removes every object that no root reaches. The derivations that
// living objects were built by live as long as these. Other processes may
// build meanwhile: what they use is in their temporary roots, and they wait
// while the dead are moved away; deleting the files themselves holds up nobody.
func (s *Store) Collect(ctx context.Context, what Collection) (Collected, error) {
	if s.readOnly && !what.DryRun {
		return Collected{}, fmt.Errorf("the store in '%s' is read-only", s.dir)
	}
	c := collector{store: s, Collection: what}
	err := c.run(ctx)
	if err != nil {
		err = fmt.Errorf("collecting garbage: %w", err)
	}
	return c.result, err
}

type collector struct {
	Collection
	store  *Store
	live   map[storepath.Path]bool
	result Collected
}

func (c *collector) run(ctx context.Context) error {
	if c.DryRun {
		return c.removeDead(ctx, "")
	}
	trash, err := c.store.Stage()
	if err != nil {
		return err
	}
	defer func() { // after the lock is released
		trash.Remove()
		c.store.removeUnusedLinks()
	}()
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
	if err := c.checkOnly(); err != nil {
		return err
	}
	dead, err := c.deadValid(ctx)
	if err != nil {
		return err
	}
	c.choose(dead)
	if c.DryRun {
		return nil
	}
	if err := c.forget(ctx, c.result.Paths); err != nil {
		return err
	}
	for _, p := range c.result.Paths {
		if err := moveAway(c.store.PhysicalPath(p), filepath.Join(trash, p.Base())); err != nil {
			return err
		}
		os.Remove(c.store.LogPath(p))
	}
	if len(c.Only) > 0 {
		return nil
	}
	return c.removeUnregistered(trash)
}

// checkOnly refuses to delete what lives.
func (c *collector) checkOnly() error {
	for _, p := range c.Only {
		if c.live[p] {
			return fmt.Errorf("'%s' is in use: a root or another process needs it", p)
		}
	}
	return nil
}

// deadPath is a valid path that no root reaches.
type deadPath struct {
	path storepath.Path
	size int64
	// referrers are the places of those that refer to it; they are dead too.
	referrers []int
}

// choose takes the dead in an order in which referrers come first, until
// enough is freed.
func (c *collector) choose(dead []deadPath) {
	taken := make([]bool, len(dead))
	only := make(map[storepath.Path]bool, len(c.Only))
	for _, p := range c.Only {
		only[p] = true
	}
	var take func(i int)
	take = func(i int) {
		if taken[i] {
			return
		}
		taken[i] = true
		for _, referrer := range dead[i].referrers {
			take(referrer)
		}
		c.result.Paths = append(c.result.Paths, dead[i].path)
		c.result.Bytes += dead[i].size
	}
	for i, d := range dead {
		if c.MaxFreed > 0 && c.result.Bytes >= c.MaxFreed {
			return
		}
		if len(only) == 0 || only[d.path] {
			take(i)
		}
	}
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
	since := int64(math.MaxInt64)
	if !c.KeepSince.IsZero() {
		since = c.KeepSince.Unix()
	}
	reached, err := s.list(ctx, selectLive, jsonList(roots), since)
	if err != nil {
		return err
	}
	c.live = make(map[storepath.Path]bool, len(roots)+len(reached))
	for _, p := range append(roots, reached...) {
		c.live[p] = true
	}
	return nil
}

// What lives: roots, what was registered lately, what these refer to, and the
// derivations that made it.
const selectLive = `with recursive Live(id) as (
    select id from ValidPaths where path in (select value from json_each(?)) or registrationTime >= ?
    union
    select reference from Refs join Live on referrer = Live.id
    union
    select d.drv from Live join ValidPaths v on v.id = Live.id join DerivationOutputs d on d.path = v.path)
  select path from Live join ValidPaths using (id)`

func (c *collector) deadValid(ctx context.Context) (dead []deadPath, err error) {
	err = c.store.db.read(ctx, func(conn *sqlite.Conn) error {
		rows := map[int64]int{} // row number of a path to its place among the dead
		err := each(conn, `select path, narSize, id from ValidPaths order by path`, nil, func(row *sqlite.Stmt) error {
			p, err := storepath.Parse(row.ColumnText(0))
			if err == nil && !c.live[p] {
				rows[row.ColumnInt64(2)] = len(dead)
				dead = append(dead, deadPath{path: p, size: row.ColumnInt64(1)})
			}
			return err
		})
		if err != nil || len(dead) == 0 {
			return err
		}
		return each(conn, `select referrer, reference from Refs`, nil, func(row *sqlite.Stmt) error {
			referrer, isDead := rows[row.ColumnInt64(0)]
			if reference, ok := rows[row.ColumnInt64(1)]; ok && isDead {
				dead[reference].referrers = append(dead[reference].referrers, referrer)
			}
			return nil
		})
	})
	return dead, err
}

// forget makes paths invalid, before anything of them is removed. All their
// referrers are among them, so their references can go at once.
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
