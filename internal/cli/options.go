package cli

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"berth.dev/internal/catalogue"
	"github.com/spf13/cobra"
)

func (a *app) optionsCommand() *cobra.Command {
	o := &evalFlags{}
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "options [WORD]...",
		Short: "Search the options of a configuration",
		Long: "options lists the options whose name or description has all the words. The exact name of an\n" +
			"option shows all there is to know about it; a part of names, such as services.postgresql,\n" +
			"lists what is inside. Without words, all options are listed.",
		Example: "  berth options services.postgresql\n  berth options systemd.services.\\<name\\>.serviceConfig\n" +
			"  berth options --json container memory",
		GroupID: groupLanguage,
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.options(cmd.Context(), o, args, asJSON)
		},
	}
	o.registerSource(cmd)
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return cmd
}

// registerSource adds the flags that say where packages come from.
func (f *evalFlags) registerSource(cmd *cobra.Command) {
	all := &cobra.Command{}
	f.register(all)
	for _, name := range []string{"mirror", "debian-release", "offline", "accept-stale-index"} {
		cmd.Flags().AddFlag(all.Flags().Lookup(name))
	}
}

func (a *app) options(ctx context.Context, flags *evalFlags, words []string, asJSON bool) error {
	w, err := a.open(ctx, workspaceConfig{flags: flags, readOnly: true})
	if err != nil {
		return err
	}
	defer w.Close()
	all, err := catalogue.Options(w.session.Evaluator, w.session.EmbeddedDir(), nixSystem())
	if err != nil {
		return w.explain(err)
	}
	found := findOptions(all, words)
	switch {
	case asJSON:
		return a.printJSON(map[string][]catalogue.Option{"options": found})
	case len(found) == 0:
		return noOption(all, words)
	case len(words) == 1 && sameOption(found[0].Name, words[0]):
		a.printOption(found[0], found[1:])
		return nil
	}
	a.printOptions(found)
	return nil
}

// findOptions returns the option of an exact name, or all that the words find.
func findOptions(all []catalogue.Option, words []string) []catalogue.Option {
	if len(words) == 1 {
		for _, o := range all {
			if sameOption(o.Name, words[0]) {
				return append([]catalogue.Option{o}, inside(all, o.Name)...)
			}
		}
	}
	return append([]catalogue.Option{}, catalogue.Find(all, words, func(o catalogue.Option) (string, string) {
		return o.Name, o.Description
	})...)
}

// inside returns the options below an option, such as those of a submodule.
func inside(all []catalogue.Option, name string) []catalogue.Option {
	var found []catalogue.Option
	for _, o := range all {
		if strings.HasPrefix(o.Name, name+".") {
			found = append(found, o)
		}
	}
	return found
}

// sameOption compares a name with what a user calls an option: any name may
// stand where the option has <name>.
func sameOption(name, asked string) bool {
	if name == asked {
		return true
	}
	have, want := strings.Split(name, "."), strings.Split(asked, ".")
	if len(have) != len(want) {
		return false
	}
	for i := range have {
		if have[i] != want[i] && !(strings.HasPrefix(have[i], "<") && want[i] != "") && have[i] != "*" {
			return false
		}
	}
	return true
}

func noOption(all []catalogue.Option, words []string) error {
	asked := strings.Join(words, " ")
	names := make([]string, len(all))
	for i, o := range all {
		names[i] = o.Name
	}
	if near := nearest(asked, names); len(near) > 0 {
		return fmt.Errorf("no option has '%s' in its name or description; did you mean %s?", asked, alternatives(near))
	}
	return fmt.Errorf("no option has '%s' in its name or description", asked)
}

// printOptions lists options with the first sentence of their descriptions.
func (a *app) printOptions(options []catalogue.Option) {
	for _, o := range options {
		fmt.Fprintf(a.Stdout, "%s\n    %s", o.Name, o.Type)
		if o.Default != "" {
			fmt.Fprintf(a.Stdout, ", default %s", shortened(o.Default))
		}
		if o.Description != "" {
			fmt.Fprintf(a.Stdout, "\n    %s", firstSentence(o.Description))
		}
		fmt.Fprintln(a.Stdout)
	}
}

// printOption shows everything about an option, and what is inside it.
func (a *app) printOption(o catalogue.Option, inside []catalogue.Option) {
	fmt.Fprintf(a.Stdout, "%s\n\n%s\n\n", o.Name, o.Description)
	show := func(label, text string) {
		if text != "" {
			fmt.Fprintf(a.Stdout, "%-12s%s\n", label, strings.ReplaceAll(text, "\n", "\n"+strings.Repeat(" ", 12)))
		}
	}
	show("type", o.Type)
	show("default", o.Default)
	show("example", o.Example)
	if o.ReadOnly {
		show("", "It is set by a module and can only be read.")
	}
	show("declared in", strings.Join(o.Declarations, "\n"))
	var names []string
	for _, i := range inside {
		names = append(names, strings.TrimPrefix(i.Name, o.Name+"."))
	}
	show("inside", strings.Join(names, "\n"))
}

// firstSentence is the start of a description, on one line.
func firstSentence(text string) string {
	text = strings.Join(strings.Fields(text), " ")
	if i := strings.Index(text, ". "); i >= 0 {
		return text[:i+1]
	}
	return text
}

// shortened is an expression in the room of a line.
func shortened(text string) string {
	const room = 60
	line, _, more := strings.Cut(text, "\n")
	if len(line) > room || more {
		return strings.ToValidUTF8(line[:min(len(line), room)], "") + " …"
	}
	return line
}

// nearest returns the names that a misspelt one may mean.
func nearest(asked string, names []string) []string {
	asked = strings.ToLower(asked)
	type candidate struct {
		name     string
		distance int
	}
	var near []candidate
	limit := 1 + len(asked)/4
	for _, name := range names {
		if d := editDistance(asked, strings.ToLower(name)); d <= limit && d < max(len(asked), len(name)) {
			near = append(near, candidate{name, d})
		}
	}
	slices.SortStableFunc(near, func(a, b candidate) int { return a.distance - b.distance })
	var found []string
	for _, c := range near[:min(len(near), 3)] {
		found = append(found, c.name)
	}
	return found
}

// editDistance counts insertions, deletions and replacements.
func editDistance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := diagonal
			if a[i] != b[j] {
				cost = 1 + min(diagonal, row[j], row[j+1])
			}
			diagonal, row[j+1] = row[j+1], cost
		}
	}
	return row[len(b)]
}

// alternatives joins names as a question does.
func alternatives(names []string) string {
	if len(names) == 1 {
		return names[0]
	}
	last := len(names) - 1
	return strings.Join(names[:last], ", ") + " or " + names[last]
}
