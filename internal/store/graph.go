package store

import (
	"context"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"berth.dev/nix/storepath"
	"zombiezen.com/go/sqlite"
)

// Graph is what all valid paths are and how they refer to each other, as it
// was at one moment.
type Graph struct {
	infos     map[storepath.Path]*Info
	referrers map[storepath.Path][]storepath.Path
}

const selectAllInfos = `select id, hash, registrationTime, deriver, narSize, ultimate, sigs, ca, path from ValidPaths`

// Graph reads what is known about every valid path, with two queries.
func (s *Store) Graph(ctx context.Context) (*Graph, error) {
	g := &Graph{map[storepath.Path]*Info{}, map[storepath.Path][]storepath.Path{}}
	err := s.db.read(ctx, func(conn *sqlite.Conn) error {
		rows := map[int64]*Info{}
		err := each(conn, selectAllInfos, nil, func(row *sqlite.Stmt) error {
			p, err := storepath.Parse(row.ColumnText(8))
			if err != nil {
				return err
			}
			info, err := infoOf(row, p)
			g.infos[p], rows[row.ColumnInt64(0)] = info, info
			return err
		})
		if err != nil {
			return err
		}
		return each(conn, `select referrer, reference from Refs`, nil, func(row *sqlite.Stmt) error {
			if from, to := rows[row.ColumnInt64(0)], rows[row.ColumnInt64(1)]; from != nil && to != nil {
				from.References = append(from.References, to.Path)
				g.referrers[to.Path] = append(g.referrers[to.Path], from.Path)
			}
			return nil
		})
	})
	if err != nil {
		return nil, fmt.Errorf("reading the store's database: %w", err)
	}
	for _, info := range g.infos {
		slices.SortFunc(info.References, storepath.Path.Compare)
	}
	return g, nil
}

// Len returns how many paths there are.
func (g *Graph) Len() int { return len(g.infos) }

// Info returns what is known about a path, nil when it is not valid.
func (g *Graph) Info(p storepath.Path) *Info { return g.infos[p] }

// Paths returns all paths, sorted.
func (g *Graph) Paths() []storepath.Path {
	all := make([]storepath.Path, 0, len(g.infos))
	for p := range g.infos {
		all = append(all, p)
	}
	slices.SortFunc(all, storepath.Path.Compare)
	return all
}

// Reach returns everything that some paths refer to, with themselves.
func (g *Graph) Reach(from ...storepath.Path) map[storepath.Path]bool {
	return walk(from, func(p storepath.Path) []storepath.Path {
		if info := g.infos[p]; info != nil {
			return info.References
		}
		return nil
	})
}

// ReachedBy returns everything that refers to a path, with itself.
func (g *Graph) ReachedBy(p storepath.Path) map[storepath.Path]bool {
	return walk([]storepath.Path{p}, func(p storepath.Path) []storepath.Path { return g.referrers[p] })
}

// Referrers returns the paths that refer to a path.
func (g *Graph) Referrers(p storepath.Path) []storepath.Path { return g.referrers[p] }

func walk(from []storepath.Path, next func(storepath.Path) []storepath.Path) map[storepath.Path]bool {
	seen := map[storepath.Path]bool{}
	waiting := slices.Clone(from)
	for len(waiting) > 0 {
		p := waiting[len(waiting)-1]
		waiting = waiting[:len(waiting)-1]
		if !seen[p] {
			seen[p] = true
			waiting = append(waiting, next(p)...)
		}
	}
	return seen
}

// Size returns the sum of the archive sizes of some paths.
func (g *Graph) Size(paths map[storepath.Path]bool) int64 {
	size := int64(0)
	for p := range paths {
		if info := g.infos[p]; info != nil {
			size += info.NARSize
		}
	}
	return size
}

// Mention returns the first file beneath one object, as a path inside it, that
// holds the digest of another; "" when none does.
func (s *Store) Mention(ctx context.Context, in, of storepath.Path) (string, error) {
	top := s.PhysicalPath(in)
	found := ""
	err := filepath.WalkDir(top, func(name string, entry fs.DirEntry, err error) error {
		if err != nil || ctx.Err() != nil {
			return firstError(err, ctx.Err())
		}
		finder := NewReferenceFinder([]storepath.Path{of})
		if err := feed(finder, name, entry); err != nil {
			return err
		}
		if len(finder.Found()) == 0 {
			return nil
		}
		found, err = filepath.Rel(top, name)
		return firstError(err, filepath.SkipAll)
	})
	if err != nil {
		return "", fmt.Errorf("looking for '%s' in '%s': %w", of, in, err)
	}
	return found, nil
}

func firstError(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

func feed(w io.Writer, name string, entry fs.DirEntry) error {
	switch {
	case entry.Type()&fs.ModeSymlink != 0:
		target, err := os.Readlink(name)
		io.WriteString(w, target)
		return err
	case entry.Type().IsRegular():
		file, err := os.Open(name)
		if err != nil {
			return err
		}
		defer file.Close()
		_, err = io.Copy(w, file)
		return err
	}
	return nil
}
