package build

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"berth.dev/internal/debian"
)

// PartsFile is the place in a package's output that lists its parts, one store
// path per line.
const PartsFile = "nix-support/parts"

// MainPartsFile lists those parts whose own files the package stands for: a
// root makes the units of these available.
const MainPartsFile = "nix-support/main-parts"

// buildDebianFetch downloads a file of the archive. The derivation says only
// its place in the pool, so that every mirror will do.
func buildDebianFetch(ctx context.Context, job *Job) error {
	if job.Archive == nil {
		return errors.New("no Debian archive is configured")
	}
	out, ok := job.Derivation.Output("out")
	if !ok || !out.IsFixed() {
		return errors.New("a Debian package needs a SHA-256")
	}
	size, err := strconv.ParseInt(job.Get("size"), 10, 64)
	if err != nil {
		return fmt.Errorf("attribute 'size': %w", err)
	}
	target := filepath.Join(job.Dir, out.Path.Base())
	return job.Archive.Fetch(ctx, job.Get("path"), out.Hash.Base16(), size, target, job.Progress)
}

// buildDebianUnpack lays out a package as a part.
func buildDebianUnpack(ctx context.Context, job *Job) error {
	file, err := job.Physical(job.Get("src"))
	if err != nil {
		return err
	}
	out, err := job.Output("out")
	if err != nil {
		return err
	}
	_, err = debian.Unpack(ctx, file, filepath.Join(job.Dir, out))
	return err
}

// debianPackage makes the links of a package: its files are in parts, which
// only come together below the root of a machine, and there at their usual
// places. So links point to /usr and dangle elsewhere.
type debianPackage struct {
	job   *Job
	out   string
	roots []string // trees of the main parts, whose files are linked
	main  []string // the main parts
	all   []string // trees of all parts
	made  map[string]bool
}

func buildDebianPackage(_ context.Context, job *Job) error {
	out, err := job.Output("out")
	if err != nil {
		return err
	}
	p := debianPackage{job: job, out: out, made: map[string]bool{}}
	parts := job.List("parts")
	if err := p.open(parts, job.List("main")); err != nil {
		return err
	}
	if err := p.link(); err != nil {
		return err
	}
	if err := job.writeFile(path.Join(out, MainPartsFile), strings.Join(p.main, "\n")+"\n", false); err != nil {
		return err
	}
	return job.writeFile(path.Join(out, PartsFile), strings.Join(parts, "\n")+"\n", false)
}

func (p *debianPackage) open(parts, main []string) error {
	for _, part := range parts {
		dir, err := p.job.Physical(part)
		if err != nil {
			return err
		}
		manifest, err := debian.ReadPart(dir)
		if err != nil {
			return err
		}
		tree := filepath.Join(dir, "root")
		p.all = append(p.all, tree)
		if slices.Contains(main, manifest.Name) {
			p.roots = append(p.roots, tree)
			p.main = append(p.main, part)
		}
	}
	return nil
}

// link makes the links that the attribute "links" asks for. Its keys are
// places below the output; a value is the target of one link, a list of
// directories whose entries are linked, or true for the usual directories.
func (p *debianPackage) link() error {
	wanted := map[string]any{}
	if err := json.Unmarshal([]byte(p.job.Get("links")), &wanted); err != nil {
		return fmt.Errorf("attribute 'links': %w", err)
	}
	places := slices.Sorted(maps.Keys(wanted))
	// Single links come first, because the first link of a name stays.
	for _, place := range places {
		if target, ok := wanted[place].(string); ok {
			if err := p.linkOne(place, target); err != nil {
				return err
			}
		}
	}
	for _, place := range places {
		value := wanted[place]
		dirs, roots := p.usualDirs(place), p.roots
		if listed, ok := stringsOf(value); ok {
			dirs, roots = listed, p.all
		} else if value != true {
			continue
		}
		for _, dir := range dirs {
			if err := p.linkEntries(place, dir, roots); err != nil {
				return err
			}
		}
	}
	return nil
}

// usualDirs lists where Debian puts what nixpkgs has in a directory of a
// package. Programs for administrators are in bin there too.
func (p *debianPackage) usualDirs(place string) []string {
	switch place {
	case "bin":
		return []string{"/usr/bin", "/usr/sbin", "/usr/games"}
	case "etc":
		return []string{"/etc"}
	case "lib", "include":
		dirs := []string{"/usr/" + place}
		for _, root := range p.roots {
			found, _ := filepath.Glob(filepath.Join(root, "usr", place, "*-linux-gnu*"))
			for _, dir := range found {
				dirs = append(dirs, "/usr/"+place+"/"+filepath.Base(dir))
			}
		}
		return dirs
	}
	return []string{"/usr/" + place}
}

func (p *debianPackage) linkEntries(place, dir string, roots []string) error {
	for _, root := range roots {
		entries, err := os.ReadDir(filepath.Join(root, dir))
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return err
		}
		for _, entry := range entries {
			if err := p.linkOne(path.Join(place, entry.Name()), path.Join(dir, entry.Name())); err != nil {
				return err
			}
		}
	}
	return nil
}

// linkOne makes a link, unless there is one of that name or one in its way.
func (p *debianPackage) linkOne(place, target string) error {
	for at := place; at != "."; at = path.Dir(at) {
		if p.made[at] {
			return nil
		}
	}
	p.made[place] = true
	name := path.Join(p.out, place)
	if err := p.job.Root.MkdirAll(path.Dir(name), 0o755); err != nil {
		return err
	}
	err := p.job.Root.Symlink(target, name)
	if errors.Is(err, fs.ErrExist) { // a directory with a single link in it
		return p.linkEntries(place, target, p.all)
	}
	return err
}
