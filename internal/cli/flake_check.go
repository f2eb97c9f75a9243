package cli

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"berth.dev/internal/ui"
	"berth.dev/nix/eval"
	"github.com/spf13/cobra"
)

// flakeCheckOptions are the flags of "flake check".
type flakeCheckOptions struct {
	checkOptions
	noBuild bool
}

func (a *app) flakeCheckCommand() *cobra.Command {
	o := &flakeCheckOptions{}
	cmd := &cobra.Command{
		Use:   "check [FLAKE]",
		Short: "Evaluate everything in a flake, and carry out its checks",
		Long: "check evaluates every output of a flake that is for this system and compares it with what\n" +
			"an output of its name has to be. Then the checks are built and its tests run, as\n" +
			"'berth check' does; --no-build leaves that out.",
		Example: "  berth flake check\n  berth flake check --no-build ./examples/tutorial",
		Args:    cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.flakeCheck(cmd.Context(), o, firstOr(args, "."))
		},
	}
	o.register(cmd)
	cmd.Flags().BoolVarP(&o.quiet, "quiet", "q", false, "leave out the consoles and journals of the machines")
	cmd.Flags().IntVarP(&o.jobs, "jobs", "j", 1, "how many checks run at the same time")
	cmd.Flags().BoolVar(&o.noBuild, "no-build", false, "only evaluate")
	cmd.Flags().BoolVar(&o.json, "json", false, "print the findings, or the results of the checks, as JSON")
	return cmd
}

// finding is one output of a flake that is not what it has to be.
type finding struct {
	Output  string `json:"output"`
	Message string `json:"message"`
}

func (a *app) flakeCheck(ctx context.Context, o *flakeCheckOptions, arg string) error {
	hasChecks, err := a.checkOutputs(ctx, o, arg)
	if err != nil || o.noBuild || !hasChecks {
		return err
	}
	return a.check(ctx, &o.checkOptions, arg)
}

// checkOutputs evaluates all outputs and says whether there are checks.
func (a *app) checkOutputs(ctx context.Context, o *flakeCheckOptions, arg string) (hasChecks bool, err error) {
	options := &flakeOptions{evalFlags: o.evalFlags}
	target, err := a.parseInstallable(arg)
	if err != nil {
		return false, err
	}
	if target.ref == nil {
		return false, fmt.Errorf("'%s' is not a flake: it has no flake.nix", target.file)
	}
	display := ui.New(ui.Detect(a.Stderr, a.Getenv))
	defer display.Close()
	w, err := a.open(ctx, workspaceConfig{flags: &options.evalFlags, lockDir: target.lockDir(), pure: true, notice: display.Note})
	if err != nil {
		return false, err
	}
	defer w.Close()
	top, _, err := w.flakeGraph(ctx, target.ref)
	if err != nil {
		return false, w.explain(err)
	}
	c := &outputChecker{workspace: w}
	if err := c.outputs(top); err != nil {
		return false, w.explain(err)
	}
	if err := w.saveLock(); err != nil {
		return false, err
	}
	return c.hasChecks, c.result(a, o)
}

// outputChecker compares outputs with what their names promise.
type outputChecker struct {
	*workspace
	findings  []finding
	evaluated int
	hasChecks bool
}

func (c *outputChecker) result(a *app, o *flakeCheckOptions) error {
	if o.json && (o.noBuild || len(c.findings) > 0) {
		record := struct {
			Evaluated int       `json:"evaluated"`
			Findings  []finding `json:"findings"`
		}{c.evaluated, append([]finding{}, c.findings...)}
		if err := printJSON(a.Stdout, record); err != nil {
			return err
		}
	} else {
		for _, f := range c.findings {
			fmt.Fprintf(a.Stderr, "error: %s: %s\n", f.Output, f.Message)
		}
		fmt.Fprintf(a.Stderr, "evaluated %d outputs, %d with errors\n", c.evaluated, len(c.findings))
	}
	if len(c.findings) > 0 {
		return &silentError{exitError}
	}
	return nil
}

// outputRules says what outputs have to be, by name.
var outputRules = map[string]struct {
	depth     int // how many names follow
	perSystem bool
	check     func(*outputChecker, *eval.Value) error
}{
	"packages":            {2, true, (*outputChecker).derivation},
	"checks":              {2, true, (*outputChecker).derivation},
	"devShells":           {2, true, (*outputChecker).derivation},
	"formatter":           {1, true, (*outputChecker).derivation},
	"apps":                {2, true, (*outputChecker).app},
	"legacyPackages":      {1, true, (*outputChecker).set},
	"nixosConfigurations": {1, false, (*outputChecker).system},
	"nixosModules":        {1, false, (*outputChecker).module},
	"overlays":            {1, false, (*outputChecker).function},
	"templates":           {1, false, (*outputChecker).template},
	"lib":                 {0, false, (*outputChecker).set},
}

// looseOutputs are known, but nothing is promised about what they hold.
var looseOutputs = []string{
	"hydraJobs", "bundlers", "overlay", "nixosModule", "homeModules", "darwinModules", "homeConfigurations", "darwinConfigurations",
	"defaultPackage", "devShell", "defaultApp", "defaultTemplate", "schemas",
}

func (c *outputChecker) outputs(top *eval.Value) error {
	outputs, err := c.session.Evaluator.Get(top, "outputs")
	if err != nil {
		return err
	}
	for _, attr := range c.session.Evaluator.Attrs(outputs) {
		rule, ok := outputRules[attr.Name]
		if slices.Contains(looseOutputs, attr.Name) {
			continue
		}
		if !ok {
			c.notice(fmt.Sprintf("unknown flake output '%s'", attr.Name))
			continue
		}
		c.below(attr.Value, []string{attr.Name}, rule.depth, rule.perSystem, rule.check)
	}
	return nil
}

// below checks what lies some attributes deeper.
func (c *outputChecker) below(v *eval.Value, at []string, depth int, perSystem bool, check func(*outputChecker, *eval.Value) error) {
	if perSystem && len(at) == 2 && at[1] != nixSystem() {
		return
	}
	if depth == 0 {
		c.evaluated++
		c.hasChecks = c.hasChecks || at[0] == "checks"
		c.note(at, check(c, v))
		return
	}
	if err := c.set(v); err != nil {
		c.note(at, err)
		return
	}
	for _, attr := range c.session.Evaluator.Attrs(v) {
		c.below(attr.Value, append(slices.Clone(at), attr.Name), depth-1, perSystem, check)
	}
}

func (c *outputChecker) note(at []string, err error) {
	if err != nil {
		message := strings.TrimPrefix(c.explain(err).Error(), "error: ")
		c.findings = append(c.findings, finding{strings.Join(at, "."), message})
	}
}

func (c *outputChecker) kind(v *eval.Value, want eval.Kind, phrase string) error {
	if err := c.session.Evaluator.Force(v); err != nil {
		return err
	}
	if v.Kind() != want {
		return fmt.Errorf("it must be %s, it is %s", phrase, v.Kind())
	}
	return nil
}

func (c *outputChecker) set(v *eval.Value) error {
	return c.kind(v, eval.KindAttrs, "an attribute set")
}

func (c *outputChecker) function(v *eval.Value) error {
	return c.kind(v, eval.KindFunction, "a function")
}

func (c *outputChecker) module(v *eval.Value) error { return c.session.Evaluator.Force(v) }

func (c *outputChecker) derivation(v *eval.Value) error {
	is, err := c.session.Evaluator.IsDerivation(v)
	if err != nil {
		return err
	}
	if !is {
		return errors.New("it is not a derivation")
	}
	_, err = c.derivations(v, "")
	return err
}

func (c *outputChecker) app(v *eval.Value) error {
	if err := c.set(v); err != nil {
		return err
	}
	for _, name := range []string{"type", "program"} {
		value, err := c.session.Evaluator.Get(v, name)
		if err != nil {
			return err
		}
		if value == nil {
			return fmt.Errorf("it has no attribute '%s'", name)
		}
		text, _, err := c.session.Evaluator.String(value)
		if err != nil {
			return err
		}
		if name == "type" && text != "app" {
			return fmt.Errorf("its type is '%s' instead of 'app'", text)
		}
	}
	return nil
}

func (c *outputChecker) template(v *eval.Value) error {
	_, err := c.templateOf(v)
	return err
}

func (c *outputChecker) system(v *eval.Value) error {
	names := []string{"config", "system", "build", "toplevel"}
	toplevel, err := c.follow(v, names, strings.Join(names, "."))
	if err != nil {
		return err
	}
	return c.derivation(toplevel)
}
