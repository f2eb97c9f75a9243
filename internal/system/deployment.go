// Package system turns a realised toplevel into everything that is needed to
// boot it.
//
// In comes the store path of a toplevel, the output of a derivation with the
// builder "builtin:system"; out comes a [Deployment]: the checked description,
// the parts its root is made of, and the same for every native container
// inside. Assembling roots and starting machines is left to the packages that
// only know descriptions.
package system

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"

	"berth.dev/internal/description"
	"berth.dev/nix/storepath"
)

// DescriptionFile is the name of the description below a toplevel.
const DescriptionFile = "description.json"

// partManifest marks an object of the store as a part: an unpacked package.
const partManifest = "part.json"

// Objects is what a deployment needs to know of the store.
type Objects interface {
	// References returns what a valid object refers to.
	References(ctx context.Context, p storepath.Path) ([]storepath.Path, error)
	// PhysicalPath returns where an object is on disk.
	PhysicalPath(p storepath.Path) string
}

// A Deployment is one system with all it needs to boot.
type Deployment struct {
	// Toplevel is the system's object in the store; it is zero for a
	// description written by hand.
	Toplevel storepath.Path
	System   *description.System
	// Parts are the objects that the root file system is made of, by name.
	Parts []storepath.Path
	// Containers are the native containers inside, by name.
	Containers map[string]*Deployment
}

// Load reads the deployment of a toplevel. Everything it refers to must be
// valid in the store.
func Load(ctx context.Context, objects Objects, toplevel storepath.Path) (*Deployment, error) {
	text, err := os.ReadFile(filepath.Join(objects.PhysicalPath(toplevel), DescriptionFile))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("'%s' is not a system: it holds no %s", toplevel, DescriptionFile)
	}
	if err != nil {
		return nil, fmt.Errorf("reading the system '%s': %w", toplevel, err)
	}
	system, err := description.DecodeSystem(text, path.Join(toplevel.String(), DescriptionFile))
	if err != nil {
		return nil, err
	}
	d := &Deployment{Toplevel: toplevel, System: system}
	if err := d.loadContainers(ctx, objects); err != nil {
		return nil, err
	}
	d.Parts, err = d.ownParts(ctx, objects)
	return d, err
}

func (d *Deployment) loadContainers(ctx context.Context, objects Objects) error {
	d.Containers = map[string]*Deployment{}
	for name, c := range d.System.Containers {
		toplevel, err := storepath.Parse(c.System)
		if err != nil {
			return fmt.Errorf("container %s: %w", name, err)
		}
		if d.Containers[name], err = Load(ctx, objects, toplevel); err != nil {
			return fmt.Errorf("container %s: %w", name, err)
		}
	}
	return nil
}

// ownParts returns the parts of the system itself: what its containers need is
// not in its root, although the system refers to them.
func (d *Deployment) ownParts(ctx context.Context, objects Objects) ([]storepath.Path, error) {
	inside := map[storepath.Path]bool{}
	for _, c := range d.Containers {
		inside[c.Toplevel] = true
	}
	return Parts(ctx, objects, []storepath.Path{d.Toplevel}, inside)
}

// Parts returns the parts that some objects refer to, directly or not, sorted
// by path. What is only reached through one of the borders is left out.
func Parts(ctx context.Context, objects Objects, roots []storepath.Path, borders map[storepath.Path]bool) ([]storepath.Path, error) {
	seen := map[storepath.Path]bool{}
	var parts []storepath.Path
	for queue := roots; len(queue) > 0; {
		p := queue[len(queue)-1]
		queue = queue[:len(queue)-1]
		if seen[p] || borders[p] {
			continue
		}
		seen[p] = true
		if _, err := os.Lstat(filepath.Join(objects.PhysicalPath(p), partManifest)); err == nil {
			parts = append(parts, p)
			continue
		}
		references, err := objects.References(ctx, p)
		if err != nil {
			return nil, err
		}
		queue = append(queue, references...)
	}
	slices.SortFunc(parts, storepath.Path.Compare)
	return parts, nil
}
