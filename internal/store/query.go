package store

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"zombiezen.com/go/sqlite"

	"berth.dev/nix/hash"
	"berth.dev/nix/storepath"
)

// Info is what the database knows about a valid path.
type Info struct {
	Path       storepath.Path
	NARHash    hash.Hash
	NARSize    int64
	References []storepath.Path // sorted; may include Path itself
	Deriver    storepath.Path   // may be zero
	Registered time.Time
	Ultimate   bool // built here, not copied
	Signatures []string
	Address    storepath.Address // may be zero
}

// Query returns what is known about a path; the error wraps ErrInvalid when it is not valid.
func (s *Store) Query(ctx context.Context, p storepath.Path) (*Info, error) {
	if known, ok := s.infos.Load(p); ok {
		return known.(*Info), nil
	}
	var info *Info
	err := s.db.read(ctx, func(conn *sqlite.Conn) (err error) {
		info, err = queryInfo(conn, p)
		return err
	})
	if err != nil {
		return nil, err
	}
	s.infos.Store(p, info)
	return info, nil
}

const selectInfo = `select id, hash, registrationTime, deriver, narSize, ultimate, sigs, ca from ValidPaths where path = ?`
const selectReferences = `select path from Refs join ValidPaths on reference = id where referrer = ? order by path`

func queryInfo(conn *sqlite.Conn, p storepath.Path) (*Info, error) {
	var info *Info
	var id int64
	err := each(conn, selectInfo, []any{p.String()}, func(row *sqlite.Stmt) (err error) {
		id = row.ColumnInt64(0)
		info, err = infoOf(row, p)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("reading what is known about '%s': %w", p, err)
	}
	if info == nil {
		return nil, fmt.Errorf("path '%s' %w", p, ErrInvalid)
	}
	info.References, err = paths(conn, selectReferences, id)
	return info, err
}

func infoOf(row *sqlite.Stmt, p storepath.Path) (*Info, error) {
	info := &Info{
		Path:       p,
		Registered: time.Unix(row.ColumnInt64(2), 0),
		NARSize:    row.ColumnInt64(4),
		Ultimate:   row.ColumnInt64(5) == 1,
		Signatures: strings.Fields(row.ColumnText(6)),
	}
	var err error
	if info.NARHash, err = hash.Parse(row.ColumnText(1), 0); err != nil {
		return nil, err
	}
	if err = info.Deriver.UnmarshalText([]byte(row.ColumnText(3))); err != nil {
		return nil, err
	}
	info.Address, err = storepath.ParseAddress(row.ColumnText(7))
	return info, err
}

// IsValid reports whether a path is valid.
func (s *Store) IsValid(ctx context.Context, p storepath.Path) (bool, error) {
	if _, ok := s.infos.Load(p); ok {
		return true, nil
	}
	valid, err := s.Valid(ctx, []storepath.Path{p})
	return valid[p], err
}

// Valid returns those of the paths that are valid, with one query for all.
func (s *Store) Valid(ctx context.Context, wanted []storepath.Path) (map[storepath.Path]bool, error) {
	valid := make(map[storepath.Path]bool, len(wanted))
	if len(wanted) == 0 {
		return valid, nil
	}
	err := s.db.read(ctx, func(conn *sqlite.Conn) error {
		found, err := paths(conn, `select path from ValidPaths where path in (select value from json_each(?))`, jsonList(wanted))
		for _, p := range found {
			valid[p] = true
		}
		return err
	})
	return valid, err
}

// The closure is a recursive query over row numbers; names are looked up at the end.
const selectClosure = `with recursive Reached(id) as (
    select id from ValidPaths where path in (select value from json_each(?))
    union
    select reference from Refs join Reached on referrer = Reached.id)
  select path from Reached join ValidPaths using (id) order by path`

// Closure returns the paths and everything they refer to, sorted. All must be valid.
func (s *Store) Closure(ctx context.Context, roots ...storepath.Path) ([]storepath.Path, error) {
	if len(roots) == 0 {
		return nil, nil
	}
	var closure []storepath.Path
	err := s.db.read(ctx, func(conn *sqlite.Conn) (err error) {
		closure, err = paths(conn, selectClosure, jsonList(roots))
		return err
	})
	if err != nil {
		return nil, err
	}
	for _, root := range roots {
		if _, found := slices.BinarySearchFunc(closure, root, storepath.Path.Compare); !found {
			return nil, fmt.Errorf("path '%s' %w", root, ErrInvalid)
		}
	}
	return closure, nil
}

// Referrers returns the valid paths that refer to a path, sorted.
func (s *Store) Referrers(ctx context.Context, p storepath.Path) ([]storepath.Path, error) {
	return s.list(ctx, `select path from Refs join ValidPaths on referrer = id
      where reference = (select id from ValidPaths where path = ?) order by path`, p.String())
}

// Derivers returns the valid derivations that have a path as an output, sorted.
func (s *Store) Derivers(ctx context.Context, p storepath.Path) ([]storepath.Path, error) {
	return s.list(ctx, `select v.path from DerivationOutputs d join ValidPaths v on d.drv = v.id
      where d.path = ? order by v.path`, p.String())
}

// All returns every valid path, sorted.
func (s *Store) All(ctx context.Context) ([]storepath.Path, error) {
	return s.list(ctx, `select path from ValidPaths order by path`)
}

// ByDigest finds the valid path with a digest, as binary caches ask for it.
func (s *Store) ByDigest(ctx context.Context, digest string) (storepath.Path, bool, error) {
	prefix := storepath.Dir + "/" + digest + "-"
	found, err := s.list(ctx, `select path from ValidPaths where path >= ? and path < ? limit 1`, prefix, prefix[:len(prefix)-1]+".")
	if err != nil || len(found) == 0 {
		return storepath.Path{}, false, err
	}
	return found[0], true, nil
}

func (s *Store) list(ctx context.Context, query string, args ...any) (found []storepath.Path, err error) {
	err = s.db.read(ctx, func(conn *sqlite.Conn) (err error) {
		found, err = paths(conn, query, args...)
		return err
	})
	return found, err
}

// paths runs a query whose only column is a path.
func paths(conn *sqlite.Conn, query string, args ...any) ([]storepath.Path, error) {
	var found []storepath.Path
	err := each(conn, query, args, func(row *sqlite.Stmt) error {
		p, err := storepath.Parse(row.ColumnText(0))
		found = append(found, p)
		return err
	})
	return found, err
}

// each runs a query that is prepared once per connection.
func each(conn *sqlite.Conn, query string, args []any, visit func(*sqlite.Stmt) error) error {
	stmt, err := conn.Prepare(query)
	if err != nil {
		return err
	}
	defer stmt.Reset()
	for i, arg := range args {
		switch arg := arg.(type) {
		case string:
			stmt.BindText(i+1, arg)
		case int64:
			stmt.BindInt64(i+1, arg)
		case nil:
			stmt.BindNull(i + 1)
		default:
			panic(fmt.Sprintf("store: query argument of type %T", arg))
		}
	}
	for {
		more, err := stmt.Step()
		if err != nil || !more {
			return err
		}
		if err := visit(stmt); err != nil {
			return err
		}
	}
}

func jsonList(wanted []storepath.Path) string {
	list, err := json.Marshal(wanted)
	if err != nil {
		panic(err) // strings always have a JSON form
	}
	return string(list)
}
