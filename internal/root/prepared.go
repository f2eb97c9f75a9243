package root

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"berth.dev/internal/description"
	"berth.dev/internal/isolate"
)

// Prepared is a directory whose first content was made beforehand.
type Prepared struct {
	// Path is the directory inside the system.
	Path string
	// Source is the directory with the content, on this host; owners and
	// modes are those the system's files must have.
	Source string
	// Layer is a directory that has the content at Path. Where Path is on the
	// overlay, stacking Layer above the root's other directories does without
	// a copy.
	Layer string
}

// prepare returns the prepared directories of a description, running the
// commands whose results are not there yet.
func (a *assembly) prepare(ctx context.Context, root *Root, packagesKey string) ([]Prepared, error) {
	var all []Prepared
	for _, d := range a.System.Prepared {
		uid, err := lookupID("user", d.User, root.IDs.Users)
		if err != nil {
			return nil, fmt.Errorf("prepare %s: %w", d.Path, err)
		}
		gid, err := lookupID("group", d.Group, root.IDs.Groups)
		if err != nil {
			return nil, fmt.Errorf("prepare %s: %w", d.Path, err)
		}
		who := owner{uid, gid}
		key := keyOf(layerRules, "prepared", packagesKey, d, uid, gid)
		l, err := cachedLayer(&a.Config, key, func(t *tree) (struct{}, error) {
			a.log("preparing %s", d.Path)
			return struct{}{}, a.fill(ctx, t, root, d, who)
		})
		if err != nil {
			return nil, fmt.Errorf("prepare %s: %w", d.Path, err)
		}
		all = append(all, Prepared{Path: d.Path, Source: filepath.Join(l.tree, clean(d.Path)), Layer: l.tree})
	}
	return all, nil
}

// fill runs the command of a prepared directory in a root whose top is the
// tree; what it leaves elsewhere is removed.
func (a *assembly) fill(ctx context.Context, t *tree, root *Root, d description.PreparedDirectory, who owner) error {
	if len(d.Command) == 0 {
		return fmt.Errorf("no command is given")
	}
	if err := t.directory(d.Path, parseMode(d.Mode, 0o755), who); err != nil {
		return err
	}
	s := sandbox{config: &a.Config, lowers: root.Lowers(), upper: t.root.Name()}
	user := &isolate.User{UID: uint32(who.uid), GID: uint32(who.gid)}
	if err := s.run(ctx, d.Command, d.Environment, user); err != nil {
		return err
	}
	if err := t.directory(d.Path, parseMode(d.Mode, 0o755), who); err != nil {
		return err // the command may have changed it
	}
	return keepOnly(t.root.Name(), clean(d.Path))
}

// keepOnly removes everything below dir that does not lead to or lie below
// keep.
func keepOnly(dir, keep string) error {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	next, rest, deeper := cutPath(keep)
	for _, e := range entries {
		if e.Name() != next {
			if err := os.RemoveAll(filepath.Join(dir, e.Name())); err != nil {
				return err
			}
		}
	}
	if deeper {
		return keepOnly(filepath.Join(dir, next), rest)
	}
	return nil
}

func cutPath(p string) (first, rest string, deeper bool) {
	for i := range p {
		if p[i] == '/' {
			return p[:i], p[i+1:], true
		}
	}
	return p, "", false
}
