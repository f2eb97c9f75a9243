package cli

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"berth.dev/nix/flake"
	"github.com/spf13/cobra"
)

func (a *app) flakeMetadataCommand() *cobra.Command {
	o := &flakeOptions{}
	cmd := &cobra.Command{
		Use:     "metadata [FLAKE]",
		Aliases: []string{"info"},
		Short:   "Show where a flake comes from and what it takes in",
		Example: "  berth flake metadata\n  berth flake metadata --json ./examples/tutorial",
		Args:    cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.flakeMetadata(cmd.Context(), o, firstOr(args, "."))
		},
	}
	o.register(cmd)
	cmd.Flags().BoolVar(&o.json, "json", false, "print a JSON record, with Nix's names")
	return cmd
}

// metadata is what "flake metadata --json" prints.
type metadata struct {
	Description      string          `json:"description,omitempty"`
	DirtyRevision    string          `json:"dirtyRevision,omitempty"`
	LastModified     int64           `json:"lastModified,omitempty"`
	Locked           map[string]any  `json:"locked"`
	Locks            json.RawMessage `json:"locks"`
	Original         map[string]any  `json:"original"`
	OriginalURL      string          `json:"originalUrl"`
	Path             string          `json:"path"`
	Resolved         map[string]any  `json:"resolved"`
	ResolvedURL      string          `json:"resolvedUrl"`
	RevisionCount    int64           `json:"revCount,omitempty"`
	Revision         string          `json:"revision,omitempty"`
	URL              string          `json:"url"`
	lockedReferences *flake.LockNode
}

func (a *app) flakeMetadata(ctx context.Context, o *flakeOptions, arg string) error {
	w, target, err := a.openFlake(ctx, o, arg)
	if err != nil {
		return err
	}
	defer w.Close()
	graph, err := w.lockFlake(ctx, target.ref)
	if err != nil {
		return w.explain(err)
	}
	m, err := w.describeFlake(target.ref, graph)
	if err != nil {
		return w.explain(err)
	}
	if o.json {
		return printJSON(a.Stdout, m)
	}
	m.print(a.Stdout)
	return nil
}

func (w *workspace) describeFlake(ref flake.Reference, g *flake.Graph) (*metadata, error) {
	tree, err := g.Root.Tree()
	if err != nil {
		return nil, err
	}
	m := &metadata{
		Path: tree.Path, OriginalURL: ref.String(), URL: tree.Locked.String(), ResolvedURL: tree.Resolved.String(),
		DirtyRevision: tree.Locked["dirtyRev"], Revision: tree.Locked["rev"], lockedReferences: g.Lock,
	}
	for typed, from := range map[*map[string]any]flake.Reference{&m.Locked: tree.Locked, &m.Original: ref, &m.Resolved: tree.Resolved} {
		if *typed, err = from.Attributes(); err != nil {
			return nil, err
		}
	}
	m.LastModified, _ = strconv.ParseInt(tree.Locked["lastModified"], 10, 64)
	m.RevisionCount, _ = strconv.ParseInt(tree.Locked["revCount"], 10, 64)
	if m.Locks, err = g.Lock.Text(); err != nil {
		return nil, err
	}
	m.Description, err = w.description(g)
	return m, err
}

// description reads the description of a flake.
func (w *workspace) description(g *flake.Graph) (string, error) {
	file, err := g.Root.Declared()
	if err != nil {
		return "", err
	}
	ev := w.session.Evaluator
	top, err := ev.EvalFile(file)
	if err != nil {
		return "", err
	}
	v, err := ev.Get(top, "description")
	if err != nil || v == nil {
		return "", err
	}
	text, _, err := ev.String(v)
	return text, err
}

func (m *metadata) print(out io.Writer) {
	line := func(name, value string) {
		if value != "" {
			fmt.Fprintf(out, "%-14s %s\n", name+":", value)
		}
	}
	line("Description", m.Description)
	line("Resolved URL", m.ResolvedURL)
	line("Locked URL", m.URL)
	line("Path", m.Path)
	line("Revision", m.Revision+m.DirtyRevision)
	if m.RevisionCount > 0 {
		line("Revisions", strconv.FormatInt(m.RevisionCount, 10))
	}
	if m.LastModified > 0 {
		line("Last modified", time.Unix(m.LastModified, 0).UTC().Format("2006-01-02 15:04:05"))
	}
	if len(m.lockedReferences.Inputs) > 0 {
		fmt.Fprintln(out, "Inputs:")
		printInputs(out, "", m.lockedReferences, map[*flake.LockNode]bool{})
	}
}

// printInputs draws the tree of inputs.
func printInputs(out io.Writer, prefix string, n *flake.LockNode, seen map[*flake.LockNode]bool) {
	names := slices.Sorted(maps.Keys(n.Inputs))
	for i, name := range names {
		edge := n.Inputs[name]
		mark, below := "├───", "│   "
		if i == len(names)-1 {
			mark, below = "└───", "    "
		}
		if edge.Node == nil {
			fmt.Fprintf(out, "%s%s%s follows input '%s'\n", prefix, mark, name, strings.Join(edge.Follows, "/"))
			continue
		}
		fmt.Fprintf(out, "%s%s%s: %s\n", prefix, mark, name, strings.ReplaceAll(edge.String(), "'", ""))
		if !seen[edge.Node] {
			seen[edge.Node] = true
			printInputs(out, prefix+below, edge.Node, seen)
		}
	}
}
