package cli

import (
	"context"
	"fmt"
	"strings"
	"time"

	"berth.dev/internal/build"
	"berth.dev/internal/ui"
	"berth.dev/nix/eval"
	"berth.dev/nix/storepath"
	"github.com/spf13/cobra"
)

// buildOptions are the flags of build.
type buildOptions struct {
	evalOptions
	noLink     bool
	outLink    string
	printPaths bool
	jobs       int
	cores      int
	keepGoing  bool
	keepFailed bool
	check      bool
	timeout    int
	maxSilent  int
}

func (a *app) buildCommand() *cobra.Command {
	o := &buildOptions{evalOptions: evalOptions{readWrite: true}}
	cmd := &cobra.Command{
		Use:   "build [FLAKE[#ATTR]... | FILE... | -E EXPR...]",
		Short: "Build derivations and link their outputs",
		Long: "build makes the outputs of derivations valid in the store and links them from ./result.\n" +
			"In a flake without an attribute, packages.<system>.default is built.",
		Example: "  berth build .#default\n  berth build --no-link --print-out-paths -E '(import <nixpkgs> { }).hello'",
		GroupID: groupPackages,
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				args = []string{"."}
			}
			return a.build(cmd.Context(), o, args)
		},
	}
	o.registerSelection(cmd)
	flags := cmd.Flags()
	flags.BoolVar(&o.noLink, "no-link", false, "do not make links to the outputs")
	flags.StringVarP(&o.outLink, "out-link", "o", "result", "name of the links")
	flags.BoolVar(&o.printPaths, "print-out-paths", false, "print the paths of the outputs")
	flags.IntVarP(&o.jobs, "max-jobs", "j", 0, "how many builds go on at once (default: one per processor)")
	flags.IntVar(&o.cores, "cores", 0, "how many processors one build is told to use (default: all)")
	flags.BoolVarP(&o.keepGoing, "keep-going", "k", false, "build what does not depend on a failed build")
	flags.BoolVarP(&o.keepFailed, "keep-failed", "K", false, "leave the folder of a failed build")
	flags.BoolVar(&o.check, "check", false, "build once more what is valid already, and compare")
	flags.IntVar(&o.timeout, "timeout", 0, "end a build after so many seconds")
	flags.IntVar(&o.maxSilent, "max-silent-time", 0, "end a build that prints nothing for so many seconds")
	return cmd
}

func (a *app) build(ctx context.Context, o *buildOptions, args []string) error {
	display := ui.New(ui.Detect(a.Stderr, a.Getenv))
	defer display.Close()
	var outputs []storepath.Path
	err := a.eachValue(ctx, &o.evalOptions, args, func(w *workspace, v *eval.Value) error {
		made, err := w.buildValue(ctx, o, display, v)
		outputs = append(outputs, made...)
		if err == nil && !o.noLink {
			err = a.link(w, o.outLink, made, len(outputs)-len(made))
		}
		return err
	})
	display.Close()
	if o.printPaths {
		for _, p := range outputs {
			fmt.Fprintln(a.Stdout, p)
		}
	}
	return err
}

// buildValue builds the derivations that a value holds.
func (w *workspace) buildValue(ctx context.Context, o *buildOptions, display *ui.Display, v *eval.Value) ([]storepath.Path, error) {
	v, err := w.defaultPackage(v)
	if err != nil {
		return nil, err
	}
	paths, err := w.derivations(v, "")
	if err != nil {
		return nil, err
	}
	if err := w.session.Store.Flush(); err != nil {
		return nil, err
	}
	var wanted []build.Wanted
	for _, text := range paths {
		text, output, named := strings.Cut(text, "!")
		p, err := storepath.Parse(text)
		if err != nil {
			return nil, err
		}
		one := build.Wanted{Derivation: p}
		if named {
			one.Outputs = []string{output}
		} else {
			one.Outputs = []string{"out"}
		}
		wanted = append(wanted, one)
	}
	r := w.realiser(display)
	config := r.Config
	config.Builds, config.Cores, config.KeepGoing, config.KeepFailed = o.jobs, o.cores, o.keepGoing, o.keepFailed
	config.Timeout, config.SilentTimeout = time.Duration(o.timeout)*time.Second, time.Duration(o.maxSilent)*time.Second
	r = build.New(config)
	realised, err := r.Realise(ctx, wanted...)
	if err == nil && o.check {
		err = checkAgain(ctx, r, wanted)
	}
	var made []storepath.Path
	for _, one := range realised {
		made = append(made, one.Path)
	}
	return made, err
}

// checkAgain builds derivations once more and compares.
func checkAgain(ctx context.Context, r *build.Realiser, wanted []build.Wanted) error {
	for _, w := range wanted {
		if err := r.Check(ctx, w.Derivation); err != nil {
			return err
		}
	}
	return nil
}

// defaultPackage selects the default package of a whole flake.
func (w *workspace) defaultPackage(v *eval.Value) (*eval.Value, error) {
	ev := w.session.Evaluator
	if err := ev.Force(v); err != nil || v.Kind() != eval.KindAttrs {
		return v, err
	}
	kind, err := ev.Get(v, "_type")
	if err != nil || kind == nil || kind.Kind() != eval.KindString || kind.Text() != "flake" {
		return v, err
	}
	for _, path := range [][]string{{"packages", nixSystem(), "default"}, {"defaultPackage", nixSystem()}} {
		if found, err := w.follow(v, path, strings.Join(path, ".")); err == nil {
			return found, nil
		} else if _, missing := err.(*missingAttributeError); !missing {
			return nil, err
		}
	}
	return nil, fmt.Errorf("the flake has no packages.%s.default; name what to build behind a '#'", nixSystem())
}

// link makes result, result-2 and so on; as long as the links exist, garbage
// collection leaves the outputs alone.
func (a *app) link(w *workspace, name string, outputs []storepath.Path, from int) error {
	for i, p := range outputs {
		link := a.path(name)
		if n := from + i + 1; n > 1 {
			link += fmt.Sprintf("-%d", n)
		}
		if err := w.store.AddResultLink(link, p); err != nil {
			return fmt.Errorf("%w; choose another name with --out-link", err)
		}
	}
	return nil
}
