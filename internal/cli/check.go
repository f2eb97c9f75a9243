package cli

import (
	"context"
	"fmt"
	"os"
	"runtime/debug"
	"strings"

	"berth.dev/internal/system"
	"berth.dev/internal/testdriver"
	"berth.dev/internal/ui"
	"berth.dev/nix/eval"
	"berth.dev/nix/storepath"
	"github.com/spf13/cobra"
	"golang.org/x/sync/errgroup"
)

// checkOptions are the flags of check.
type checkOptions struct {
	evalFlags
	timings     bool
	json        bool
	interactive bool
	quiet       bool
	output      string
	jobs        int
}

// collectAt is the heap size from which on check collects garbage: evaluation
// is over before it gets there, and machines need the memory more.
const collectAt = 128 << 20

func (a *app) checkCommand() *cobra.Command {
	o := &checkOptions{}
	cmd := &cobra.Command{
		Use:   "check [FLAKE[#CHECK] | FILE.nix | FILE.json]",
		Short: "Boot the machines of system tests and run their scripts",
		Long: "check evaluates the checks of a flake for this machine's system and runs them one after\n" +
			"the other: a nixosTest boots its machines and runs its Python script; every other check\n" +
			"is built. FILE.json is a test description written by hand. The exit status is the worst of all (see docs/exit-status.md).",
		Example: "  berth check ./examples/tutorial\n  berth check --timings .#default\n  berth check --interactive .",
		GroupID: groupMachines,
		Args:    cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			arg := "."
			if len(args) > 0 {
				arg = args[0]
			}
			return a.check(cmd.Context(), o, arg)
		},
	}
	o.register(cmd)
	flags := cmd.Flags()
	flags.BoolVar(&o.timings, "timings", false, "say how long each phase took")
	flags.BoolVar(&o.json, "json", false, "print the results as JSON, and progress as JSON lines")
	flags.BoolVar(&o.interactive, "interactive", false, "give a Python prompt instead of running the script")
	flags.BoolVarP(&o.quiet, "quiet", "q", false, "leave out the consoles and journals of the machines")
	flags.IntVarP(&o.jobs, "jobs", "j", 1, "how many checks run at the same time")
	flags.StringVarP(&o.output, "output", "o", "", "folder for reports, logs and what the scripts copy out")
	return cmd
}

// check runs the checks that an argument names.
func (a *app) check(ctx context.Context, o *checkOptions, arg string) error {
	if os.Geteuid() != 0 {
		return a.asRoot(ctx)
	}
	if a.Getenv("GOGC") == "" && a.Getenv("GOMEMLIMIT") == "" {
		debug.SetGCPercent(-1)
		debug.SetMemoryLimit(collectAt)
	}
	var target target
	if !isDescription(arg) {
		var err error
		if target, err = a.parseTarget(arg, false); err != nil {
			return err
		}
	}
	config := ui.Detect(a.Stderr, a.Getenv)
	config.Quiet = o.quiet
	if o.interactive {
		config.Mode = ui.Plain // the prompt has the last line
	}
	if o.json {
		config.Mode = ui.JSON
	}
	display := ui.New(config)
	defer display.Close()
	r := &checkRun{options: o, display: display, times: newTimings()}
	var err error
	if r.workspace, err = a.open(ctx, workspaceConfig{
		flags: &o.evalFlags, lockDir: target.lockDir(), pure: target.ref != nil, notice: display.Note, remember: target.file != "-",
		realise: func(ctx context.Context, e []eval.ContextElement) error {
			return r.workspace.realiseDuringEvaluation(display)(ctx, e)
		},
	}); err != nil {
		return err
	}
	defer r.workspace.Close()
	if isDescription(arg) {
		return r.runDescription(ctx, a.path(arg))
	}
	return r.run(ctx, target)
}

// checkRun is one run of the command.
type checkRun struct {
	*workspace
	options *checkOptions
	display *ui.Display
	times   *timings
	results []checkResult
	// handwritten are the deployments of a test that is not evaluated.
	handwritten map[string]*system.Deployment
}

// check is a derivation to be checked.
type check struct {
	name       string
	derivation storepath.Path
}

func (r *checkRun) run(ctx context.Context, t target) error {
	done := r.times.start("evaluate")
	checks, err := r.evaluateChecks(ctx, t)
	if err == nil {
		err = r.session.Store.Flush()
	}
	if err == nil {
		err = r.saveLock()
	}
	done()
	if err != nil {
		return r.explain(err)
	}
	// The values are not needed any more; machines get the memory.
	r.session = nil
	debug.FreeOSMemory()
	if len(checks) == 0 {
		r.display.Warn("there is nothing to check for " + nixSystem())
	}
	if err := r.runAll(ctx, checks); err != nil {
		return err
	}
	return r.report()
}

// runAll carries out the checks, as many at a time as was asked for, and notes
// the results in their order.
func (r *checkRun) runAll(ctx context.Context, checks []check) error {
	interrupted := func() error {
		if r.options.interactive {
			return nil // the prompt takes ctrl-C
		}
		return context.Cause(ctx)
	}
	results := make([]checkResult, len(checks))
	var running errgroup.Group
	running.SetLimit(max(1, r.options.jobs))
	for i, c := range checks {
		running.Go(func() error {
			if err := interrupted(); err != nil {
				return err
			}
			results[i] = r.outcome(c.name, func() (*testdriver.Result, error) { return r.test(ctx, c) })
			return interrupted()
		})
	}
	if err := running.Wait(); err != nil {
		return err
	}
	r.results = append(r.results, results...)
	return nil
}

// evaluateChecks returns the derivations to check, by name.
func (r *checkRun) evaluateChecks(ctx context.Context, t target) ([]check, error) {
	activity := r.display.Begin(ui.Evaluate, "the configuration")
	checks, err := r.rememberChecks(ctx, t)
	if err != nil {
		return nil, err // shown in full when the command ends
	}
	activity.Done(nil)
	return checks, nil
}

func (r *checkRun) findChecks(ctx context.Context, t target) ([]check, error) {
	top, err := r.evaluate(ctx, t)
	if err != nil {
		return nil, err
	}
	if t.ref == nil || t.fragment != "" {
		v, err := r.selectCheck(top, t)
		if err != nil {
			return nil, err
		}
		return r.collect(v, t.fragment)
	}
	all, err := r.session.Evaluator.Get(top, "checks")
	if err != nil {
		return nil, err
	}
	if all == nil {
		return nil, fmt.Errorf("flake '%s' has no checks; a test belongs into its output checks.%s.<name>", r.readable(t.ref.String()), nixSystem())
	}
	var found []check
	for _, attr := range r.session.Evaluator.Attrs(all) {
		if attr.Name != nixSystem() {
			r.results = append(r.results, checkResult{Name: "checks." + attr.Name, Skipped: "for another system"})
			continue
		}
		if found, err = r.collect(attr.Value, ""); err != nil {
			return nil, err
		}
	}
	return found, nil
}

// selectCheck follows the path behind "#": a name of a check, or any path.
func (r *checkRun) selectCheck(top *eval.Value, t target) (*eval.Value, error) {
	if t.ref == nil {
		return r.selectAttribute(top, t.fragment, t)
	}
	v, err := r.selectAttribute(top, joinAttribute("checks."+nixSystem(), t.fragment), t)
	if err != nil {
		return r.selectAttribute(top, t.fragment, t)
	}
	return v, nil
}

// collect returns the derivation that a value is, or those in a set.
func (r *checkRun) collect(v *eval.Value, name string) ([]check, error) {
	ev := r.session.Evaluator
	if err := ev.Force(v); err != nil {
		return nil, err
	}
	is, err := ev.IsDerivation(v)
	if err != nil {
		return nil, err
	}
	if !is {
		if v.Kind() != eval.KindAttrs {
			return nil, fmt.Errorf("a check must be a derivation, such as what nixosTest returns; '%s' is %s", name, v.Kind())
		}
		var all []check
		for _, attr := range ev.Attrs(v) {
			found, err := r.collect(attr.Value, joinAttribute(name, attr.Name))
			if err != nil {
				return nil, err
			}
			all = append(all, found...)
		}
		return all, nil
	}
	text, err := r.derivationPath(v)
	if err != nil {
		return nil, err
	}
	p, err := storepath.Parse(text)
	if name == "" {
		name = strings.TrimSuffix(p.Name(), ".drv")
	}
	return []check{{name, p}}, err
}
