package store

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"golang.org/x/sys/unix"
	"zombiezen.com/go/sqlite"

	"berth.dev/nix/storepath"
)

// registrar commits registrations; those that arrive while a commit is under
// way wait and then share the next one, and with it the wait for the disk.
type registrar struct {
	mu      sync.Mutex
	waiting []*registration
	busy    bool
}

type registration struct {
	infos []Info
	done  chan error
}

// Register makes paths valid, all or none. Their objects must be in place, and
// what they refer to must be valid or among them.
func (s *Store) Register(ctx context.Context, infos ...Info) error {
	return s.register(ctx, func() {}, infos...)
}

// register calls queued when whatever is registered from then on may refer to
// these paths: it becomes valid with them or after them.
func (s *Store) register(ctx context.Context, queued func(), infos ...Info) error {
	if s.readOnly {
		return fmt.Errorf("the store in '%s' is read-only", s.dir)
	}
	mine := &registration{infos, make(chan error, 1)}
	lead := s.registrar.join(mine)
	queued()
	if lead {
		s.commitWaiting(context.WithoutCancel(ctx))
	}
	return <-mine.done
}

// join queues a registration and reports whether the caller has to commit.
func (r *registrar) join(mine *registration) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.waiting = append(r.waiting, mine)
	lead := !r.busy
	r.busy = true
	return lead
}

func (r *registrar) next() []*registration {
	r.mu.Lock()
	defer r.mu.Unlock()
	batch := r.waiting
	r.waiting = nil
	r.busy = len(batch) > 0
	return batch
}

func (s *Store) commitWaiting(ctx context.Context) {
	for batch := s.registrar.next(); len(batch) > 0; batch = s.registrar.next() {
		err := s.syncObjects()
		if err == nil {
			err = s.commit(ctx, batch)
		}
		for _, r := range batch {
			own := err
			if err != nil && len(batch) > 1 { // find out whose fault it was
				own = s.commit(ctx, []*registration{r})
			}
			r.done <- own
		}
	}
}

// syncObjects waits until the objects are on the disk, so that no valid path is damaged by a power cut.
func (s *Store) syncObjects() error {
	if s.noSync {
		return nil
	}
	if err := unix.Syncfs(int(s.objects.Fd())); err != nil {
		return fmt.Errorf("writing store objects to the disk: %w", err)
	}
	return nil
}

func (s *Store) commit(ctx context.Context, batch []*registration) error {
	err := s.db.write(ctx, func(conn *sqlite.Conn) error {
		t := transaction{s, conn}
		for _, r := range batch {
			for i := range r.infos {
				if err := t.add(&r.infos[i]); err != nil {
					return err
				}
			}
		}
		for _, r := range batch {
			for i := range r.infos {
				if err := t.addReferences(&r.infos[i]); err != nil {
					return err
				}
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("registering store paths: %w", err)
	}
	for _, r := range batch {
		for _, info := range r.infos {
			s.infos.Delete(info.Path)
		}
	}
	return nil
}

// transaction is a change to the database under way.
type transaction struct {
	store *Store
	conn  *sqlite.Conn
}

const insertPath = `insert into ValidPaths (path, hash, registrationTime, deriver, narSize, ultimate, sigs, ca)
  values (?, ?, ?, ?, ?, ?, ?, ?)
  on conflict (path) do update set hash = excluded.hash, narSize = excluded.narSize,
    ultimate = excluded.ultimate, sigs = excluded.sigs, ca = excluded.ca`

func (t transaction) add(info *Info) error {
	registered := info.Registered
	if registered.IsZero() {
		registered = time.Now()
	}
	var ultimate any
	if info.Ultimate {
		ultimate = int64(1)
	}
	err := t.exec(insertPath, info.Path.String(), info.NARHash.String(), registered.Unix(),
		orNull(info.Deriver.String()), info.NARSize, ultimate,
		orNull(strings.Join(info.Signatures, " ")), orNull(info.Address.String()))
	if err != nil || !info.Path.IsDerivation() {
		return err
	}
	return t.addOutputs(info.Path)
}

// addOutputs records the outputs of a derivation, so that derivers can be found.
func (t transaction) addOutputs(p storepath.Path) error {
	d, err := t.store.ReadDerivation(p)
	if err != nil {
		return err
	}
	id, err := t.id(p)
	if err != nil {
		return err
	}
	for _, o := range d.Outputs {
		if o.Path.IsZero() {
			continue
		}
		if err := t.exec(`insert or replace into DerivationOutputs (drv, id, path) values (?, ?, ?)`, id, o.Name, o.Path.String()); err != nil {
			return err
		}
	}
	return nil
}

func (t transaction) addReferences(info *Info) error {
	if len(info.References) == 0 {
		return nil
	}
	referrer, err := t.id(info.Path)
	if err != nil {
		return err
	}
	for _, p := range info.References {
		reference, err := t.id(p)
		if err != nil {
			return fmt.Errorf("'%s' refers to what does not exist: %w", info.Path, err)
		}
		if err := t.exec(`insert or replace into Refs (referrer, reference) values (?, ?)`, referrer, reference); err != nil {
			return err
		}
	}
	return nil
}

func (t transaction) id(p storepath.Path) (int64, error) {
	id := int64(-1)
	err := each(t.conn, `select id from ValidPaths where path = ?`, []any{p.String()}, func(row *sqlite.Stmt) error {
		id = row.ColumnInt64(0)
		return nil
	})
	if err == nil && id < 0 {
		err = fmt.Errorf("path '%s' %w", p, ErrInvalid)
	}
	return id, err
}

func (t transaction) exec(query string, args ...any) error {
	return each(t.conn, query, args, func(*sqlite.Stmt) error { return errors.New("statement returned a row") })
}

func orNull(text string) any {
	if text == "" {
		return nil
	}
	return text
}
