package image

import (
	"context"
	"os"
	"path"
	"strings"

	"berth.dev/internal/build"
	"berth.dev/nix/storepath"
)

// storePaths returns the inputs of a build that a text mentions.
func storePaths(job *build.Job, text string) []string {
	var found []string
	seen := map[string]bool{}
	for {
		_, rest, ok := strings.Cut(text, storepath.Dir+"/")
		if !ok {
			return found
		}
		end := strings.IndexFunc(rest, func(r rune) bool { return !isNameRune(r) })
		if end < 0 {
			end = len(rest)
		}
		p, _, err := storepath.Split(storepath.Dir + "/" + rest[:end])
		if err == nil && job.IsInput(p) && !seen[p.String()] {
			seen[p.String()] = true
			found = append(found, p.String())
		}
		text = rest
	}
}

func isNameRune(r rune) bool {
	return r < 128 && (r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("+-._?=", r))
}

// closureOf returns the objects that some paths need, themselves included.
func closureOf(ctx context.Context, job *build.Job, paths []string) ([]*object, error) {
	var roots []storepath.Path
	for _, p := range paths {
		root, _, err := storepath.Split(p)
		if err != nil {
			return nil, err
		}
		roots = append(roots, root)
	}
	infos, err := job.Graph(ctx, roots...)
	if err != nil {
		return nil, err
	}
	objects := make([]*object, len(infos))
	for i, info := range infos {
		o := &object{path: info.Path.String(), size: info.NARSize, hash: info.NARHash.Base16()}
		for _, r := range info.References {
			if r != info.Path {
				o.references = append(o.references, r.String())
			}
		}
		_, err := os.Lstat(path.Join(job.ObjectDir(), info.Path.Base(), "part.json"))
		o.part = err == nil
		objects[i] = o
	}
	return objects, nil
}
