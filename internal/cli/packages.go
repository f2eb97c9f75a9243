package cli

import (
	"context"
	"fmt"
	"strings"

	"berth.dev/internal/catalogue"
	"berth.dev/internal/debian"
	"github.com/spf13/cobra"
)

func (a *app) packagesCommand() *cobra.Command {
	o := &evalFlags{}
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "packages WORD...",
		Short: "Search packages by name and description",
		Long: "packages lists what has all the words in its name or description: first packages that have a\n" +
			"name of their own in pkgs, then all others of Debian, which are pkgs.debian.<name>.",
		Example: "  berth packages postgresql\n  berth packages --json json query",
		GroupID: groupPackages,
		Args:    cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.packages(cmd.Context(), o, args, asJSON)
		},
	}
	o.registerSource(cmd)
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return cmd
}

// foundPackage is a package as it is listed. Attribute is what to write behind
// `pkgs.`.
type foundPackage struct {
	Attribute   string `json:"attribute"`
	Version     string `json:"version"`
	Description string `json:"description"`
}

func (a *app) packages(ctx context.Context, flags *evalFlags, words []string, asJSON bool) error {
	w, err := a.open(ctx, workspaceConfig{flags: flags, readOnly: true})
	if err != nil {
		return err
	}
	defer w.Close()
	found, err := w.findPackages(words)
	if err != nil {
		return w.explain(err)
	}
	switch {
	case asJSON:
		return a.printJSON(map[string][]foundPackage{"packages": found})
	case len(found) == 0:
		asked := strings.Join(words, " ")
		if near := w.archive.Suggest(asked); len(near) > 0 {
			return fmt.Errorf("no package has '%s' in its name or description; did you mean %s?", asked, alternatives(near))
		}
		return fmt.Errorf("no package has '%s' in its name or description", asked)
	}
	a.printPackages(found)
	return nil
}

// findPackages returns the packages of the embedded set, then those of Debian.
func (w *workspace) findPackages(words []string) ([]foundPackage, error) {
	curated, err := catalogue.Packages(w.session.Evaluator, w.session.EmbeddedDir(), nixSystem())
	if err != nil {
		return nil, err
	}
	found := []foundPackage{}
	for _, p := range catalogue.Find(curated, words, func(p catalogue.Package) (string, string) { return p.Name, p.Description }) {
		found = append(found, foundPackage{Version: p.Version, Description: p.Description}.named(p.Name))
	}
	records, err := w.archive.Search(words)
	if err != nil {
		return nil, err
	}
	for _, r := range catalogue.Find(records, words, func(r debian.Record) (string, string) { return r.Name, r.Description }) {
		found = append(found, foundPackage{Version: r.Version, Description: r.Description}.named("debian."+r.Name))
	}
	return found, nil
}

// named sets the attribute, quoted where the language wants that.
func (p foundPackage) named(attribute string) foundPackage {
	if first, rest, ok := strings.Cut(attribute, "."); ok && strings.ContainsAny(rest, ".+") {
		attribute = first + `."` + rest + `"`
	}
	p.Attribute = attribute
	return p
}

func (a *app) printPackages(packages []foundPackage) {
	const room = 40
	for _, p := range packages {
		name := strings.TrimSpace(p.Attribute + " " + p.Version)
		fmt.Fprintf(a.Stdout, "%-*s  %s\n", room, name, p.Description)
	}
}
