package cli

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"

	"berth.dev/nix/eval"
	"github.com/spf13/cobra"
)

// showOptions are the flags of "flake show".
type showOptions struct {
	flakeOptions
	allSystems bool
	legacy     bool
}

func (a *app) flakeShowCommand() *cobra.Command {
	o := &showOptions{}
	cmd := &cobra.Command{
		Use:     "show [FLAKE]",
		Short:   "Show what a flake provides",
		Example: "  berth flake show\n  berth flake show --json ./examples/tutorial",
		Args:    cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.flakeShow(cmd.Context(), o, firstOr(args, "."))
		},
	}
	o.register(cmd)
	cmd.Flags().BoolVar(&o.json, "json", false, "print a JSON record, with Nix's names")
	cmd.Flags().BoolVar(&o.allSystems, "all-systems", false, "show what is for other systems too")
	cmd.Flags().BoolVar(&o.legacy, "legacy", false, "show what is in legacyPackages")
	return cmd
}

func (a *app) flakeShow(ctx context.Context, o *showOptions, arg string) error {
	w, target, err := a.openFlake(ctx, &o.flakeOptions, arg)
	if err != nil {
		return err
	}
	defer w.Close()
	top, graph, err := w.flakeGraph(ctx, target.ref)
	if err != nil {
		return w.explain(err)
	}
	outputs, err := w.session.Evaluator.Get(top, "outputs")
	if err != nil {
		return w.explain(err)
	}
	s := &shower{workspace: w, options: o}
	shown, err := s.visit(outputs, nil)
	if err != nil {
		return w.explain(err)
	}
	if o.json {
		return printJSON(a.Stdout, shown.record())
	}
	tree, err := graph.Root.Tree()
	if err != nil {
		return err
	}
	fmt.Fprintln(a.Stdout, tree.Locked)
	shown.print(a.Stdout, "")
	return nil
}

// outline is what a flake provides at an attribute path: more attributes, or
// one thing.
type outline struct {
	names    []string
	children []*outline
	// kind is Nix's name for a thing; empty for attributes.
	kind string
	text string // for people
	name string
	// description is that of a thing; nil where things of the kind have none.
	description *string
}

// record returns the form for programs.
func (o *outline) record() map[string]any {
	r := map[string]any{}
	for i, name := range o.names {
		r[name] = o.children[i].record()
	}
	if o.kind == "" {
		return r
	}
	r["type"] = o.kind
	if o.name != "" {
		r["name"] = o.name
	}
	if o.description != nil {
		r["description"] = *o.description
	}
	return r
}

func (o *outline) print(out io.Writer, prefix string) {
	for i, name := range o.names {
		child := o.children[i]
		mark, below := "├───", "│   "
		if i == len(o.names)-1 {
			mark, below = "└───", "    "
		}
		fmt.Fprintln(out, prefix+mark+name+child.text)
		child.print(out, prefix+below)
	}
}

// shower evaluates as much of a flake's outputs as is needed to show them.
type shower struct {
	*workspace
	options *showOptions
}

// The outputs whose things lie one and two attributes deep.
var (
	oneDeep = []string{"defaultPackage", "devShell", "formatter", "nixosConfigurations", "nixosModules", "defaultApp", "templates", "overlays"}
	twoDeep = []string{"checks", "packages", "devShells", "apps"}
)

func (s *shower) visit(v *eval.Value, at []string) (*outline, error) {
	depth, kind := len(at), ""
	if depth > 0 {
		kind = at[0]
	}
	isOne, isTwo := slices.Contains(oneDeep, kind), slices.Contains(twoDeep, kind)
	switch {
	case depth == 0, depth == 1 && (isOne || isTwo), depth == 2 && isTwo:
		return s.attributes(v, at)
	case s.isForeign(kind, at):
		return &outline{text: " omitted (use '--all-systems' to show)"}, nil
	case kind == "legacyPackages" && depth == 1:
		return s.attributes(v, at)
	case kind == "legacyPackages" && !s.options.legacy:
		return &outline{text: " omitted (use '--legacy' to show)"}, nil
	case kind == "legacyPackages", kind == "hydraJobs":
		return s.nested(v, at)
	case kind == "apps", kind == "defaultApp":
		return s.described(v, at, "app", "app")
	case kind == "templates", kind == "defaultTemplate":
		return s.described(v, at, "template", "template")
	case isTwo, kind == "defaultPackage", kind == "devShell", kind == "formatter":
		return s.derivation(v, at)
	}
	return named(kind), nil
}

// named says what an output is by its name alone.
func named(kind string) *outline {
	switch kind {
	case "nixosConfigurations":
		return &outline{kind: "nixos-configuration", text: ": NixOS configuration"}
	case "nixosModule", "nixosModules":
		return &outline{kind: "nixos-module", text: ": NixOS module"}
	case "overlay", "overlays":
		return &outline{kind: "nixpkgs-overlay", text: ": Nixpkgs overlay"}
	}
	return &outline{kind: "unknown", text: ": unknown"}
}

// isForeign reports whether something is for another system.
func (s *shower) isForeign(kind string, at []string) bool {
	perSystem := slices.Contains(twoDeep, kind) || slices.Contains([]string{"legacyPackages", "defaultPackage", "devShell", "formatter", "defaultApp"}, kind)
	return perSystem && len(at) > 1 && at[1] != nixSystem() && !s.options.allSystems
}

func (s *shower) attributes(v *eval.Value, at []string) (*outline, error) {
	if err := s.session.Evaluator.Force(v); err != nil {
		return nil, err
	}
	if v.Kind() != eval.KindAttrs {
		return nil, fmt.Errorf("the flake output '%s' should be a set but is %s", strings.Join(at, "."), v.Kind())
	}
	o := &outline{}
	for _, attr := range s.session.Evaluator.Attrs(v) {
		child, err := s.visit(attr.Value, append(at[:len(at):len(at)], attr.Name))
		if err != nil {
			return nil, fmt.Errorf("flake output '%s': %w", strings.Join(append(at, attr.Name), "."), err)
		}
		o.names, o.children = append(o.names, attr.Name), append(o.children, child)
	}
	return o, nil
}

// nested shows a derivation, or attributes with derivations somewhere below.
func (s *shower) nested(v *eval.Value, at []string) (*outline, error) {
	is, err := s.session.Evaluator.IsDerivation(v)
	if err != nil {
		return nil, err
	}
	if is {
		return s.derivation(v, at)
	}
	return s.attributes(v, at)
}

func (s *shower) derivation(v *eval.Value, at []string) (*outline, error) {
	is, err := s.session.Evaluator.IsDerivation(v)
	if err != nil {
		return nil, err
	}
	if !is {
		return &outline{text: ": not a derivation, as it should be"}, nil
	}
	name, err := s.text(v, "name")
	if err != nil {
		return nil, err
	}
	description, err := s.text(v, "meta", "description")
	if err != nil {
		return nil, err
	}
	phrase := "package"
	switch at[0] {
	case "devShells", "devShell":
		phrase = "development environment"
	case "checks", "hydraJobs":
		phrase = "derivation"
	}
	o := &outline{kind: "derivation", name: name, description: &description, text: fmt.Sprintf(": %s '%s'", phrase, name)}
	if description != "" {
		o.text += " - '" + description + "'"
	}
	return o, nil
}

// described shows an app or a template.
func (s *shower) described(v *eval.Value, _ []string, kind, phrase string) (*outline, error) {
	path := []string{"description"}
	if kind == "app" {
		path = []string{"meta", "description"}
	}
	description, err := s.text(v, path...)
	if err != nil {
		return nil, err
	}
	o := &outline{kind: kind, text: ": " + phrase, description: &description}
	if description != "" {
		o.text += ": " + description
	} else if kind == "app" {
		o.text += ": no description"
	}
	return o, nil
}

// text reads a string at an attribute path; it is empty if there is none.
func (s *shower) text(v *eval.Value, path ...string) (string, error) {
	ev := s.session.Evaluator
	for _, name := range path {
		if err := ev.Force(v); err != nil {
			return "", err
		}
		if v.Kind() != eval.KindAttrs {
			return "", nil
		}
		next, err := ev.Get(v, name)
		if err != nil || next == nil {
			return "", err
		}
		v = next
	}
	text, _, err := ev.String(v)
	return text, err
}
