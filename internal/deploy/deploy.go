// Package deploy turns deployments into machines that can be started.
//
// In comes a [system.Deployment], which says what a system consists of, and a
// [machine.Group]; out comes a machine with an assembled root, its prepared
// directories and everything that its native containers boot from. Starting it
// is left to the caller.
package deploy

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"

	"berth.dev/internal/description"
	"berth.dev/internal/machine"
	"berth.dev/internal/root"
	"berth.dev/internal/system"
	"berth.dev/nix/storepath"
)

// A Yard is where machines are made: a store, and the caches beside it.
type Yard struct {
	// ObjectDir is the physical directory that is /nix/store inside.
	ObjectDir string
	// CacheDir keeps generated layers, on the file system of the store.
	CacheDir string
	// IDDir keeps the numbers of accounts, one file for each system, of
	// machines that are kept; empty for others.
	IDDir string
	// MachineID is that of the machine, see [root.Config].
	MachineID string
	// Log receives one line for each slow step; may be nil.
	Log func(line string)
}

// physical returns where parts are on disk.
func (y *Yard) physical(parts []storepath.Path) []string {
	dirs := make([]string, len(parts))
	for i, p := range parts {
		dirs[i] = filepath.Join(y.ObjectDir, p.Base())
	}
	return dirs
}

// assemble makes the root of a deployment, or finds it in the cache. Place is
// the names of the containers that lead to it.
func (y *Yard) assemble(ctx context.Context, place []string, d *system.Deployment) (*root.Root, error) {
	config := root.Config{
		System:   machine.Furnish(d.System),
		Parts:    y.physical(d.Parts),
		StoreDir: y.ObjectDir,
		CacheDir: y.CacheDir,
		Log:      y.Log,
	}
	if len(place) == 0 {
		config.MachineID = y.MachineID
	}
	if y.IDDir != "" {
		config.IDFile = filepath.Join(y.IDDir, strings.Join(append([]string{"machine"}, place...), ".")+".json")
	}
	return root.Assemble(ctx, config)
}

// Machine returns the configuration of a machine that boots a deployment.
func (y *Yard) Machine(ctx context.Context, name string, d *system.Deployment) (machine.Config, error) {
	guest, err := y.guest(ctx, nil, d)
	if err != nil {
		return machine.Config{}, err
	}
	return machine.Config{
		Name:       name,
		System:     guest.System,
		Root:       guest.Root,
		Store:      y.ObjectDir,
		Containers: guest.Containers,
	}, nil
}

// guest assembles a system and the native containers inside it.
func (y *Yard) guest(ctx context.Context, place []string, d *system.Deployment) (machine.Guest, error) {
	g := machine.Guest{System: machine.Furnish(d.System), Containers: map[string]machine.Guest{}}
	var err error
	if g.Root, err = y.assemble(ctx, place, d); err != nil {
		return g, err
	}
	for name, inner := range d.Containers {
		if g.Containers[name], err = y.guest(ctx, append(place[:len(place):len(place)], name), inner); err != nil {
			return g, fmt.Errorf("container %s: %w", name, err)
		}
	}
	return g, nil
}

// Interpreter assembles a root that runs programs of the given parts rather
// than booting: the place of a test script's Python.
func (y *Yard) Interpreter(ctx context.Context, parts []storepath.Path) (*root.Root, error) {
	minimal := &description.System{
		Version: description.Version, Name: "interpreter",
		Network: description.Network{HostName: "interpreter"},
	}
	assembled, err := root.Assemble(ctx, root.Config{
		System: minimal, Parts: y.physical(parts), StoreDir: y.ObjectDir, CacheDir: y.CacheDir, Log: y.Log,
	})
	if err != nil {
		return nil, fmt.Errorf("the interpreter of test scripts: %w", err)
	}
	return assembled, nil
}
