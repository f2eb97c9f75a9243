package cli

import (
	"cmp"
	"context"
	"fmt"
	"os"
	"slices"
	"strings"

	"berth.dev/internal/store"
	"berth.dev/internal/ui"
	"berth.dev/nix/storepath"
	"github.com/spf13/cobra"
)

func (a *app) storeListCommand() *cobra.Command {
	asJSON := false
	cmd := &cobra.Command{
		Use:     "ls [PATH]",
		Short:   "List the store's paths, or the files of one",
		Example: "  berth store ls\n  berth store ls ./result\n  berth store ls /nix/store/...-hello/bin",
		Args:    cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.withStore(true, func(s *store.Store) error {
				if len(args) == 0 {
					return a.listPaths(cmd.Context(), s, asJSON)
				}
				return a.listFiles(cmd.Context(), s, args[0], asJSON)
			})
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return cmd
}

// listedPath is a path with what is known about it.
type listedPath struct {
	Path       storepath.Path   `json:"path"`
	NARHash    string           `json:"narHash"`
	NARSize    int64            `json:"narSize"`
	References []storepath.Path `json:"references"`
	Deriver    storepath.Path   `json:"deriver,omitzero"`
	Address    string           `json:"ca,omitempty"`
	Signatures []string         `json:"signatures,omitempty"`
	Registered int64            `json:"registrationTime"`
}

func listed(info *store.Info) listedPath {
	references := info.References
	if references == nil {
		references = []storepath.Path{}
	}
	return listedPath{Path: info.Path, NARHash: info.NARHash.SRI(), NARSize: info.NARSize, References: references,
		Deriver: info.Deriver, Address: info.Address.String(), Signatures: info.Signatures, Registered: info.Registered.Unix()}
}

func (a *app) listPaths(ctx context.Context, s *store.Store, asJSON bool) error {
	graph, err := s.Graph(ctx)
	if err != nil {
		return err
	}
	var all []listedPath
	for _, p := range graph.Paths() {
		all = append(all, listed(graph.Info(p)))
	}
	if asJSON {
		return a.printJSON(struct {
			Paths []listedPath `json:"paths"`
		}{all})
	}
	table := &ui.Table{Header: []string{"SIZE", "PATH"}, Right: []bool{true}}
	for _, p := range all {
		table.Rows = append(table.Rows, []string{ui.Bytes(p.NARSize), p.Path.String()})
	}
	return a.printTable(table)
}

// listedFile is an entry of a directory in the store.
type listedFile struct {
	Name   string `json:"name"`
	Type   string `json:"type"`
	Size   int64  `json:"size,omitempty"`
	Target string `json:"target,omitempty"`
}

func (a *app) listFiles(ctx context.Context, s *store.Store, arg string, asJSON bool) error {
	p, err := a.storePath(ctx, s, arg)
	if err != nil {
		return err
	}
	if _, err := s.Query(ctx, p); err != nil {
		return err
	}
	_, inside, err := storepath.Split(arg)
	if err != nil {
		inside = ""
	}
	root, err := os.OpenRoot(s.ObjectDir())
	if err != nil {
		return err
	}
	defer root.Close()
	files, err := filesOf(root, p.Base()+inside)
	if err != nil {
		return err
	}
	if asJSON {
		return a.printJSON(struct {
			Files []listedFile `json:"files"`
		}{files})
	}
	table := &ui.Table{Right: []bool{false, true}}
	for _, f := range files {
		table.Rows = append(table.Rows, []string{f.Type, fmt.Sprint(f.Size), strings.TrimSuffix(f.Name+" -> "+f.Target, " -> ")})
	}
	return a.printTable(table)
}

// filesOf lists a directory without leaving the store, or the one file itself.
func filesOf(root *os.Root, name string) ([]listedFile, error) {
	info, err := root.Lstat(name)
	if err != nil {
		return nil, err
	}
	if !info.IsDir() {
		file, err := fileOf(root, name, info)
		return []listedFile{file}, err
	}
	dir, err := root.Open(name)
	if err != nil {
		return nil, err
	}
	defer dir.Close()
	entries, err := dir.ReadDir(-1)
	if err != nil {
		return nil, err
	}
	files := []listedFile{}
	for _, entry := range entries {
		info, err := entry.Info()
		if err != nil {
			return nil, err
		}
		file, err := fileOf(root, name+"/"+entry.Name(), info)
		if err != nil {
			return nil, err
		}
		files = append(files, file)
	}
	slices.SortFunc(files, func(a, b listedFile) int { return cmp.Compare(a.Name, b.Name) })
	return files, nil
}

func fileOf(root *os.Root, name string, info os.FileInfo) (listedFile, error) {
	file := listedFile{Name: info.Name(), Type: "regular", Size: info.Size()}
	switch {
	case info.IsDir():
		file.Type, file.Size = "directory", 0
	case info.Mode()&os.ModeSymlink != 0:
		target, err := root.Readlink(name)
		file.Type, file.Size, file.Target = "symlink", 0, target
		return file, err
	case info.Mode()&0o100 != 0:
		file.Type = "executable"
	}
	return file, nil
}

// usage is how much space a root takes.
type usage struct {
	Path storepath.Path `json:"path"`
	Link string         `json:"link,omitempty"`
	Own  int64          `json:"narBytes"`
	All  int64          `json:"closureBytes"`
	// Alone is what would be free if only this were given up.
	Alone int64 `json:"exclusiveBytes"`
}

func (a *app) storeDiskUsageCommand() *cobra.Command {
	asJSON := false
	cmd := &cobra.Command{
		Use:   "du [PATH...]",
		Short: "Show how much space paths or roots take",
		Long: "du shows for each path (without arguments: for each root) its own size, that of everything\n" +
			"it needs, and what only it needs, which collecting would free if the others stay.",
		Example: "  berth store du\n  berth store du ./result",
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.withStore(true, func(s *store.Store) error { return a.diskUsage(cmd.Context(), s, args, asJSON) })
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return cmd
}

func (a *app) diskUsage(ctx context.Context, s *store.Store, args []string, asJSON bool) error {
	graph, err := s.Graph(ctx)
	if err != nil {
		return err
	}
	roots, err := s.Roots()
	if err != nil {
		return err
	}
	if len(args) > 0 {
		roots = nil
		for _, arg := range args {
			p, err := a.storePath(ctx, s, arg)
			if err == nil && graph.Info(p) == nil {
				err = fmt.Errorf("path '%s' %w", p, store.ErrInvalid)
			}
			if err != nil {
				return err
			}
			roots = append(roots, store.Root{Path: p})
		}
	}
	all := usages(graph, roots)
	if asJSON {
		return a.printJSON(struct {
			Usages []usage `json:"usages"`
		}{all})
	}
	table := &ui.Table{Header: []string{"OWN", "CLOSURE", "ALONE", "PATH"}, Right: []bool{true, true, true}}
	for _, u := range all {
		table.Rows = append(table.Rows, []string{ui.Bytes(u.Own), ui.Bytes(u.All), ui.Bytes(u.Alone), cmp.Or(u.Link, u.Path.String())})
	}
	return a.printTable(table)
}

// usages computes the sizes of roots, largest closure first.
func usages(graph *store.Graph, roots []store.Root) []usage {
	users := map[storepath.Path]int{} // how many of the roots reach a path
	distinct := map[storepath.Path]map[storepath.Path]bool{}
	for _, root := range roots {
		if distinct[root.Path] != nil {
			continue
		}
		distinct[root.Path] = graph.Reach(root.Path)
		for p := range distinct[root.Path] {
			users[p]++
		}
	}
	all := []usage{}
	for _, root := range roots {
		info := graph.Info(root.Path)
		if info == nil {
			continue
		}
		u := usage{Path: root.Path, Link: root.Link, Own: info.NARSize, All: graph.Size(distinct[root.Path])}
		for p := range distinct[root.Path] {
			if users[p] == 1 {
				u.Alone += graph.Info(p).NARSize
			}
		}
		all = append(all, u)
	}
	slices.SortStableFunc(all, func(a, b usage) int { return cmp.Compare(b.All, a.All) })
	return all
}
