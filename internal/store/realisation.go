package store

import (
	"context"
	"fmt"

	"zombiezen.com/go/sqlite"
	"zombiezen.com/go/sqlite/sqlitex"

	"berth.dev/nix/hash"
	"berth.dev/nix/storepath"
)

// Realisation says which path an output turned out to have whose derivation
// does not fix it: a content-addressed one. The derivation is known by its hash
// modulo fixed outputs.
type Realisation struct {
	Derivation hash.Hash
	Output     string
	Path       storepath.Path
}

// C++ Nix has this table where content-addressed derivations are enabled.
const realisationsTable = `create table if not exists Realisations (
    id         integer primary key autoincrement not null,
    drvPath    text not null,
    outputName text not null,
    outputPath integer not null,
    signatures text,
    foreign key (outputPath) references ValidPaths(id) on delete cascade
  );
  create index if not exists IndexRealisations on Realisations(drvPath, outputName);`

// AddRealisations remembers what outputs turned out to be. The paths must be valid.
func (s *Store) AddRealisations(ctx context.Context, all ...Realisation) error {
	err := s.db.write(ctx, func(conn *sqlite.Conn) error {
		t := transaction{s, conn}
		if known, err := t.hasRealisations(); err != nil || !known {
			if err == nil {
				err = sqlitex.ExecuteScript(conn, realisationsTable, nil)
			}
			if err != nil {
				return err
			}
		}
		for _, r := range all {
			id, err := t.id(r.Path)
			if err != nil {
				return err
			}
			if err := t.exec(`delete from Realisations where drvPath = ? and outputName = ?`, r.Derivation.String(), r.Output); err != nil {
				return err
			}
			if err := t.exec(`insert into Realisations (drvPath, outputName, outputPath) values (?, ?, ?)`, r.Derivation.String(), r.Output, id); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("registering content-addressed outputs: %w", err)
	}
	return nil
}

func (t transaction) hasRealisations() (known bool, err error) {
	err = each(t.conn, `select 1 from sqlite_master where type = 'table' and name = 'Realisations'`, nil, func(*sqlite.Stmt) error {
		known = true
		return nil
	})
	return known, err
}

// Realised returns the valid path that an output of a derivation turned out to
// have, the zero Path if that is not known.
func (s *Store) Realised(ctx context.Context, derivation hash.Hash, output string) (storepath.Path, error) {
	var found []storepath.Path
	err := s.db.read(ctx, func(conn *sqlite.Conn) error {
		known, err := transaction{s, conn}.hasRealisations()
		if err != nil || !known {
			return err
		}
		found, err = paths(conn, `select path from Realisations join ValidPaths on outputPath = ValidPaths.id
      where drvPath = ? and outputName = ?`, derivation.String(), output)
		return err
	})
	if err != nil || len(found) == 0 {
		return storepath.Path{}, err
	}
	return found[0], nil
}
