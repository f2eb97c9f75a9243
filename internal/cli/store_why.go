package cli

import (
	"context"
	"fmt"
	"slices"

	"berth.dev/internal/store"
	"berth.dev/nix/storepath"
	"github.com/spf13/cobra"
)

type whyOptions struct {
	all     bool
	precise bool
	json    bool
}

func (a *app) storeWhyDependsCommand() *cobra.Command {
	o := &whyOptions{}
	cmd := &cobra.Command{
		Use:   "why-depends PATH DEPENDENCY",
		Short: "Show how a path comes to need another one",
		Long: "why-depends shows a shortest chain of references from one path to another as a tree, with\n" +
			"--all every reference that leads there. With --precise it names the file that refers.",
		Example: "  berth store why-depends ./result /nix/store/...-openssl",
		Args:    cobra.ExactArgs(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.withStore(true, func(s *store.Store) error { return a.whyDepends(cmd.Context(), s, o, args) })
		},
	}
	flags := cmd.Flags()
	flags.BoolVarP(&o.all, "all", "a", false, "show every reference that leads there")
	flags.BoolVar(&o.precise, "precise", false, "name a file in each path that holds the reference")
	flags.BoolVar(&o.json, "json", false, "print JSON")
	return cmd
}

// reason is a path on the way, with the next ones.
type reason struct {
	Path storepath.Path `json:"path"`
	// File is the one in the referrer that holds the reference to Path.
	File string `json:"mentionedIn,omitempty"`
	// Shown says that what follows was shown before.
	Shown bool      `json:"shownBefore,omitempty"`
	Next  []*reason `json:"next,omitempty"`
}

func (a *app) whyDepends(ctx context.Context, s *store.Store, o *whyOptions, args []string) error {
	ends, err := a.storePaths(ctx, s, args)
	if err != nil {
		return err
	}
	graph, err := s.Graph(ctx)
	if err != nil {
		return err
	}
	for _, p := range ends {
		if graph.Info(p) == nil {
			return fmt.Errorf("path '%s' %w", p, store.ErrInvalid)
		}
	}
	w := &whyTree{store: s, graph: graph, options: o, distance: distances(graph, ends[1]), shown: map[storepath.Path]bool{}}
	if _, reached := w.distance[ends[0]]; !reached {
		if o.json {
			return a.printJSON(struct {
				Why *reason `json:"why"`
			}{})
		}
		_, err := fmt.Fprintf(a.Stderr, "'%s' does not depend on '%s'\n", ends[0], ends[1])
		return err
	}
	tree, err := w.from(ctx, ends[0])
	if err != nil {
		return err
	}
	if o.json {
		return a.printJSON(struct {
			Why *reason `json:"why"`
		}{tree})
	}
	return a.printTree(tree, "", "")
}

// distances is how many references every path is away from a target.
func distances(graph *store.Graph, target storepath.Path) map[storepath.Path]int {
	distance := map[storepath.Path]int{target: 0}
	for level := []storepath.Path{target}; len(level) > 0; {
		var next []storepath.Path
		for _, p := range level {
			for _, referrer := range graph.Referrers(p) {
				if _, seen := distance[referrer]; !seen {
					distance[referrer] = distance[p] + 1
					next = append(next, referrer)
				}
			}
		}
		level = next
	}
	return distance
}

// whyTree builds the tree of references that lead to a target.
type whyTree struct {
	store    *store.Store
	graph    *store.Graph
	options  *whyOptions
	distance map[storepath.Path]int
	shown    map[storepath.Path]bool
}

func (w *whyTree) from(ctx context.Context, p storepath.Path) (*reason, error) {
	r := &reason{Path: p, Shown: w.shown[p] && w.distance[p] > 0}
	if w.shown[p] || w.distance[p] == 0 {
		return r, nil
	}
	w.shown[p] = true
	for _, next := range w.nexts(p) {
		below, err := w.from(ctx, next)
		if err == nil && w.options.precise {
			below.File, err = w.store.Mention(ctx, p, next)
		}
		if err != nil {
			return nil, err
		}
		r.Next = append(r.Next, below)
	}
	return r, nil
}

// nexts are the references that lead to the target, nearest first; without
// --all only one of the nearest.
func (w *whyTree) nexts(p storepath.Path) []storepath.Path {
	var leading []storepath.Path
	for _, reference := range w.graph.Info(p).References {
		if _, ok := w.distance[reference]; ok && reference != p {
			leading = append(leading, reference)
		}
	}
	slices.SortStableFunc(leading, func(a, b storepath.Path) int { return w.distance[a] - w.distance[b] })
	if !w.options.all && len(leading) > 1 {
		leading = leading[:1]
	}
	return leading
}

func (a *app) printTree(r *reason, first, rest string) error {
	line := first + r.Path.String()
	if r.File != "" {
		line += " (in " + r.File + ")"
	}
	if r.Shown {
		line += " (see above)"
	}
	if _, err := fmt.Fprintln(a.Stdout, line); err != nil {
		return err
	}
	for i, next := range r.Next {
		branch, below := "├── ", "│   "
		if i == len(r.Next)-1 {
			branch, below = "└── ", "    "
		}
		if err := a.printTree(next, rest+branch, rest+below); err != nil {
			return err
		}
	}
	return nil
}
