package cli

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"berth.dev/internal/store"
	"berth.dev/internal/ui"
	"berth.dev/nix/storepath"
	"github.com/spf13/cobra"
)

func (a *app) storeCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:     "store",
		Short:   "Look into the store and check it",
		GroupID: groupPackages,
	}
	cmd.AddCommand(a.storeInfoCommand(), a.storeRootsCommand(), a.storeListCommand(), a.storeDiskUsageCommand(),
		a.storeWhyDependsCommand(), a.storeVerifyCommand(), a.storeOptimiseCommand(), a.storeDeleteCommand())
	return cmd
}

// openStore opens the store for a command that evaluates nothing.
func (a *app) openStore(readOnly bool) (*store.Store, error) {
	dir, err := a.stateDir()
	if err != nil {
		return nil, err
	}
	if _, err := os.Stat(filepath.Join(dir, "nix/var/nix/db/schema")); readOnly && err != nil {
		readOnly = false // there is none yet: make an empty one rather than complain
	}
	s, err := store.Open(store.Config{Dir: dir, ReadOnly: readOnly})
	if err != nil {
		return nil, &statusError{exitUnavailable, err}
	}
	return s, nil
}

// withStore runs a command on the store and closes it.
func (a *app) withStore(readOnly bool, use func(*store.Store) error) error {
	s, err := a.openStore(readOnly)
	if err != nil {
		return err
	}
	err = use(s)
	if closeErr := s.Close(); err == nil {
		err = closeErr
	}
	return err
}

// storePath reads a store path: logical or physical, a file inside one, a link
// such as ./result, or only the name or digest of an object.
func (a *app) storePath(ctx context.Context, s *store.Store, text string) (storepath.Path, error) {
	if p, _, err := storepath.Split(text); err == nil {
		return p, nil
	}
	if p, err := storepath.FromBase(text); err == nil {
		return p, nil
	}
	if p, found, err := s.ByDigest(ctx, text); len(text) == storepath.HashLen && (err != nil || found) {
		return p, err
	}
	name := a.path(text)
	real, err := filepath.EvalSymlinks(name)
	if err != nil {
		if target, linkErr := os.Readlink(name); linkErr == nil { // a logical path, which need not be on this host
			return storePathOf(s, target)
		}
		return storepath.Path{}, fmt.Errorf("'%s' is neither a store path nor a link to one: %w", text, err)
	}
	return storePathOf(s, real)
}

func storePathOf(s *store.Store, name string) (storepath.Path, error) {
	objects, err := filepath.EvalSymlinks(s.ObjectDir())
	if err != nil {
		return storepath.Path{}, err
	}
	if inside, ok := strings.CutPrefix(name, objects+"/"); ok {
		name = storepath.Dir + "/" + inside
	}
	p, _, err := storepath.Split(name)
	return p, err
}

func (a *app) storePaths(ctx context.Context, s *store.Store, texts []string) ([]storepath.Path, error) {
	paths := make([]storepath.Path, len(texts))
	for i, text := range texts {
		var err error
		if paths[i], err = a.storePath(ctx, s, text); err != nil {
			return nil, err
		}
	}
	return paths, nil
}

// printJSON prints a record, indented for people.
func (a *app) printJSON(record any) error {
	encoder := json.NewEncoder(a.Stdout)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	return encoder.Encode(record)
}

// printTable prints rows under a header.
func (a *app) printTable(t *ui.Table) error { return t.Write(a.Stdout, 0, ui.Palette{}) }

// storeInfo is what `berth store info` tells.
type storeInfo struct {
	Directory string `json:"directory"`
	ReadOnly  bool   `json:"readOnly"`
	Paths     int    `json:"paths"`
	Bytes     int64  `json:"bytes"`
	Roots     int    `json:"roots"`
	Garbage   int    `json:"garbagePaths"`
	Freeable  int64  `json:"garbageBytes"`
}

func (a *app) storeInfoCommand() *cobra.Command {
	asJSON := false
	cmd := &cobra.Command{
		Use:     "info",
		Short:   "Say where the store is, how large it is and what could be collected",
		Example: "  berth store info\n  berth store info --json",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return a.withStore(true, func(s *store.Store) error { return a.storeInfo(cmd.Context(), s, asJSON) })
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return cmd
}

func (a *app) storeInfo(ctx context.Context, s *store.Store, asJSON bool) error {
	graph, err := s.Graph(ctx)
	if err != nil {
		return err
	}
	roots, err := s.Roots()
	if err != nil {
		return err
	}
	dead, err := s.Collect(ctx, store.Collection{DryRun: true})
	if err != nil {
		return err
	}
	info := storeInfo{Directory: s.Dir(), ReadOnly: s.ReadOnly(), Paths: graph.Len(), Bytes: graph.Size(graph.Reach(graph.Paths()...)),
		Roots: len(roots), Garbage: len(dead.Paths), Freeable: dead.Bytes}
	if asJSON {
		return a.printJSON(info)
	}
	return a.printTable(&ui.Table{Rows: [][]string{
		{"directory", info.Directory},
		{"paths", fmt.Sprintf("%d (%s)", info.Paths, ui.Bytes(info.Bytes))},
		{"roots", fmt.Sprint(info.Roots)},
		{"garbage", fmt.Sprintf("%d (%s); 'berth gc' removes it", info.Garbage, ui.Bytes(info.Freeable))},
	}})
}

// listedRoot is one line of `berth store roots`.
type listedRoot struct {
	Link string         `json:"link"`
	Path storepath.Path `json:"path"`
	Size int64          `json:"closureBytes"`
}

func (a *app) storeRootsCommand() *cobra.Command {
	asJSON := false
	cmd := &cobra.Command{
		Use:     "roots",
		Short:   "List what keeps paths from being collected",
		Example: "  berth store roots",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return a.withStore(true, func(s *store.Store) error { return a.storeRoots(cmd.Context(), s, asJSON) })
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return cmd
}

func (a *app) storeRoots(ctx context.Context, s *store.Store, asJSON bool) error {
	roots, err := s.Roots()
	if err != nil {
		return err
	}
	graph, err := s.Graph(ctx)
	if err != nil {
		return err
	}
	listed := make([]listedRoot, len(roots))
	table := &ui.Table{Header: []string{"CLOSURE", "ROOT", "PATH"}, Right: []bool{true}}
	for i, root := range roots {
		listed[i] = listedRoot{root.Link, root.Path, graph.Size(graph.Reach(root.Path))}
		table.Rows = append(table.Rows, []string{ui.Bytes(listed[i].Size), root.Link, root.Path.String()})
	}
	if asJSON {
		return a.printJSON(struct {
			Roots []listedRoot `json:"roots"`
		}{listed})
	}
	return a.printTable(table)
}

func (a *app) storeDeleteCommand() *cobra.Command {
	o := &gcOptions{}
	cmd := &cobra.Command{
		Use:     "delete PATH...",
		Short:   "Remove paths that nothing needs, and what refers to them",
		Example: "  berth store delete /nix/store/...-hello",
		Args:    cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.withStore(false, func(s *store.Store) error {
				paths, err := a.storePaths(cmd.Context(), s, args)
				if err != nil {
					return err
				}
				return a.collect(cmd.Context(), s, o, store.Collection{DryRun: o.dryRun, Only: paths})
			})
		},
	}
	cmd.Flags().BoolVar(&o.dryRun, "dry-run", false, "only say what would go")
	cmd.Flags().BoolVar(&o.json, "json", false, "print JSON")
	return cmd
}
