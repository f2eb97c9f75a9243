package root

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"berth.dev/internal/description"
)

// maxLowers bounds the directories of an overlay; the kernel takes 500, and
// the caller may want some for itself.
const maxLowers = 400

// Config says which root to assemble.
type Config struct {
	System *description.System
	// Parts are the physical directories of the closure's parts, each with
	// root/ and part.json.
	Parts []string
	// StoreDir is the physical directory that /nix/store is.
	StoreDir string
	// CacheDir keeps generated layers and prepared directories. It must be on
	// the same file system as the parts, and not on an overlay.
	CacheDir string
	// IDFile keeps the numbers of accounts of a machine that is kept; empty
	// for one that is not.
	IDFile string
	// MachineID is 32 hexadecimal digits; empty: derived from the name.
	MachineID string
	// LeaveOwners keeps all generated files owned by the caller, who is not
	// root.
	LeaveOwners bool
	// Executable has the stages of internal/isolate; empty: this program.
	Executable string
	// Log receives what commands print and one line per slow step; may be nil.
	Log func(line string)
}

// A Root is a stack of directories that an overlay mount makes the root of a
// system.
type Root struct {
	// Key identifies the content: equal keys mean equal roots.
	Key string
	// Generated are the layers made here, topmost first; the first holds the
	// configuration.
	Generated []string
	// Parts are the trees of the packages below them, or one flattened tree.
	Parts []string
	// RunLinks are links that belong into /run once it is mounted, by path
	// below /run.
	RunLinks map[string]string
	// IDs are the numbers of all accounts.
	IDs *IDs
	// Prepared are directories to be copied where the system keeps its state.
	Prepared []Prepared
	// Warnings are things the user should know, such as an account whose
	// number was kept.
	Warnings []string
}

// Lowers returns all directories of the stack, topmost first.
func (r *Root) Lowers() []string { return slices.Concat(r.Generated, r.Parts) }

// Assemble makes a root, or finds the one made before from the same things.
func Assemble(ctx context.Context, config Config) (*Root, error) {
	a := assembly{Config: config}
	root, err := a.run(ctx)
	if err != nil {
		return nil, fmt.Errorf("assemble root of %s: %w", config.System.Name, err)
	}
	return root, nil
}

// An assembly is one run of Assemble.
type assembly struct {
	Config
	parts *view // opened by the first step that looks into parts
}

func (a *assembly) run(ctx context.Context) (*Root, error) {
	if len(a.Parts) == 0 {
		return nil, errors.New("its closure has no packages")
	}
	a.Parts = slices.Clone(a.Parts)
	slices.Sort(a.Parts)
	a.Parts = slices.Compact(a.Parts)
	packages, err := a.packageLayer(ctx)
	if err != nil {
		return nil, err
	}
	lowers, err := a.partLowers()
	if err != nil {
		return nil, err
	}
	byteCode, err := a.byteCodeLayer(ctx, packages, lowers)
	if err != nil {
		return nil, err
	}
	configuration, err := a.configurationLayer(packages, lowers)
	if err != nil {
		return nil, err
	}
	root := &Root{Key: configuration.key, Parts: lowers, RunLinks: a.runLinks()}
	root.Generated = append([]string{configuration.tree, packages.tree}, byteCode...)
	root.IDs, root.Warnings = configuration.result.IDs, configuration.result.Warnings
	root.Prepared, err = a.prepare(ctx, root, packages.key)
	return root, err
}

// view reads the manifests of the parts, once.
func (a *assembly) view() (*view, error) {
	if a.parts == nil {
		v, err := openView(a.Parts)
		if err != nil {
			return nil, err
		}
		a.parts = v
	}
	return a.parts, nil
}

// runLinks gives the system the paths of NixOS that name the running system.
func (a *assembly) runLinks() map[string]string {
	links := map[string]string{}
	if a.System.SystemPath != "" {
		links["current-system/sw"] = a.System.SystemPath
		links["booted-system/sw"] = a.System.SystemPath
	}
	return links
}

func (a *assembly) log(format string, arguments ...any) {
	if a.Log != nil {
		a.Log(fmt.Sprintf(format, arguments...))
	}
}

// A layer is a generated directory of the cache: tree, and beside it what was
// learnt while it was made.
type layer[T any] struct {
	key, tree string
	result    T
}

// cachedLayer returns the layer of a key, calling write for one that does not
// exist yet. A layer appears in the cache only when it is complete; of two
// that are made at the same time one is dropped.
func cachedLayer[T any](c *Config, key string, write func(t *tree) (T, error)) (*layer[T], error) {
	dir := filepath.Join(c.CacheDir, key)
	l := &layer[T]{key: key, tree: filepath.Join(dir, "tree")}
	if readJSON(filepath.Join(dir, "layer.json"), &l.result) == nil {
		touch(dir)
		return l, nil
	}
	if err := os.MkdirAll(c.CacheDir, 0o755); err != nil {
		return nil, err
	}
	temporary, err := os.MkdirTemp(c.CacheDir, ".new-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(temporary)
	if err := os.Chmod(temporary, 0o755); err != nil {
		return nil, err
	}
	if l.result, err = writeLayer(c, temporary, write); err != nil {
		return nil, err
	}
	if err := os.Rename(temporary, dir); err != nil {
		return l, readJSON(filepath.Join(dir, "layer.json"), &l.result)
	}
	return l, nil
}

func writeLayer[T any](c *Config, dir string, write func(t *tree) (T, error)) (result T, err error) {
	top := filepath.Join(dir, "tree")
	if err := os.Mkdir(top, 0o755); err != nil {
		return result, err
	}
	if err := os.Chmod(top, 0o755); err != nil {
		return result, err
	}
	root, err := os.OpenRoot(top)
	if err != nil {
		return result, err
	}
	defer root.Close()
	if result, err = write(&tree{root: root, leaveOwners: c.LeaveOwners}); err != nil {
		return result, err
	}
	text, err := json.Marshal(result)
	if err != nil {
		return result, err
	}
	return result, os.WriteFile(filepath.Join(dir, "layer.json"), text, 0o644)
}

func readJSON(path string, to any) error {
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	return json.Unmarshal(text, to)
}
