package cli

import (
	"fmt"
	"strings"

	"berth.dev/nix/eval"
	"github.com/spf13/cobra"
)

func (a *app) instantiateCommand() *cobra.Command {
	o := &evalOptions{readWrite: true}
	cmd := &cobra.Command{
		Use:   "instantiate FILE... | FLAKE#ATTR... | -E EXPR...",
		Short: "Write the derivations of Nix expressions to the store",
		Long: "instantiate evaluates expressions to derivations, writes them to the store and prints\n" +
			"their paths, as nix-instantiate does.",
		Example: "  berth instantiate -E '(import <nixpkgs> { }).curl'\n  berth instantiate ./examples/tutorial#checks.x86_64-linux.default",
		GroupID: groupLanguage,
		Args:    cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.eachValue(cmd.Context(), o, args, func(w *workspace, v *eval.Value) error {
				paths, err := w.derivations(v, "")
				if err != nil {
					return err
				}
				if err := w.session.Store.Flush(); err != nil {
					return err
				}
				for _, p := range paths {
					fmt.Fprintln(w.Stdout, p)
				}
				return nil
			})
		},
	}
	o.registerSelection(cmd)
	return cmd
}

// derivations returns the .drv paths of a derivation, or of all derivations in
// an attribute set or list; an output other than the first is named behind "!".
func (w *workspace) derivations(v *eval.Value, at string) ([]string, error) {
	ev := w.session.Evaluator
	if err := ev.Force(v); err != nil {
		return nil, err
	}
	is, err := ev.IsDerivation(v)
	if err != nil {
		return nil, err
	}
	if is {
		p, err := w.derivationPath(v)
		return []string{p}, err
	}
	switch v.Kind() {
	case eval.KindAttrs:
		return w.derivationsOf(ev.Attrs(v), at)
	case eval.KindList:
		var attrs []eval.Attr
		for i, element := range v.List() {
			attrs = append(attrs, eval.Attr{Name: fmt.Sprint(i), Value: element})
		}
		return w.derivationsOf(attrs, at)
	}
	return nil, fmt.Errorf("expression does not evaluate to a derivation (or a set or list of those)")
}

func (w *workspace) derivationsOf(attrs []eval.Attr, at string) ([]string, error) {
	var all []string
	for _, attr := range attrs {
		paths, err := w.derivations(attr.Value, joinAttribute(at, attr.Name))
		if err != nil {
			return nil, err
		}
		all = append(all, paths...)
	}
	return all, nil
}

// derivationPath returns the .drv path of a derivation and makes sure that it
// is added to the store.
func (w *workspace) derivationPath(v *eval.Value) (string, error) {
	ev := w.session.Evaluator
	drvPath, err := ev.Get(v, "drvPath")
	if err != nil {
		return "", err
	}
	if drvPath == nil {
		return "", fmt.Errorf("the derivation has no drvPath")
	}
	text, _, err := ev.String(drvPath)
	if err != nil {
		return "", err
	}
	outputName, err := ev.Get(v, "outputName")
	if err != nil || outputName == nil {
		return text, err
	}
	output, _, err := ev.String(outputName)
	if err != nil || output == "out" {
		return text, err
	}
	return strings.TrimSpace(text + "!" + output), nil
}
