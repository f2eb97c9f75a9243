package image

import (
	"context"
	"os"
	"path"
	"path/filepath"
	"time"

	"berth.dev/internal/build"
	"berth.dev/internal/store"
	"berth.dev/nix/storepath"
)

// nixDatabase adds a Nix database that knows the objects of the contents, and
// roots that keep them.
func (t *contentsTree) nixDatabase(ctx context.Context, job *build.Job) error {
	var roots []storepath.Path
	for _, p := range job.List("contents") {
		root, _, err := storepath.Split(p)
		if err != nil {
			return err
		}
		roots = append(roots, root)
	}
	infos, err := job.Graph(ctx, roots...)
	if err != nil {
		return err
	}
	dir := filepath.Join(job.Scratch, "nix-db")
	if err := t.writeDatabase(ctx, dir, infos); err != nil {
		return err
	}
	for _, name := range []string{"db.sqlite", "schema"} {
		text, err := os.ReadFile(filepath.Join(dir, "nix/var/nix/db", name))
		if err != nil {
			return err
		}
		if err := t.write("nix/var/nix/db/"+name, text); err != nil {
			return err
		}
	}
	for _, r := range roots {
		place := path.Join(t.top, "nix/var/nix/gcroots/docker", r.Base())
		if err := t.root.MkdirAll(path.Dir(place), 0o755); err != nil {
			return err
		}
		if err := t.root.Symlink(r.String(), place); err != nil {
			return err
		}
	}
	return nil
}

// writeDatabase registers objects as they were at the beginning of time.
// Debian packages are no objects in an image.
func (t *contentsTree) writeDatabase(ctx context.Context, dir string, infos []*store.Info) error {
	s, err := store.Open(store.Config{Dir: dir, NoSync: true})
	if err != nil {
		return err
	}
	isPart := func(p storepath.Path) bool {
		_, err := os.Lstat(filepath.Join(string(t.objects), p.Base(), "part.json"))
		return err == nil
	}
	var all []store.Info
	for _, info := range infos {
		if isPart(info.Path) {
			continue
		}
		known := *info
		known.Registered, known.Deriver, known.References = time.Unix(0, 0), storepath.Path{}, nil
		for _, r := range info.References {
			if !isPart(r) {
				known.References = append(known.References, r)
			}
		}
		all = append(all, known)
	}
	if err := s.Register(ctx, all...); err != nil {
		s.Close()
		return err
	}
	return s.Close()
}

func (t *contentsTree) write(name string, text []byte) error {
	place := path.Join(t.top, name)
	if err := t.root.MkdirAll(path.Dir(place), 0o755); err != nil {
		return err
	}
	return t.root.WriteFile(place, text, 0o644)
}
