package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"runtime"
	"sync"
	"syscall"

	"berth.dev/internal/build"
	"berth.dev/internal/deploy"
	"berth.dev/internal/description"
	"berth.dev/internal/isolate"
	"berth.dev/internal/machine"
	"berth.dev/internal/system"
	"berth.dev/internal/testdriver"
	"berth.dev/internal/ui"
	"berth.dev/nix/derivation"
	"berth.dev/nix/storepath"
	"golang.org/x/sync/errgroup"
)

// testBuilder marks derivations that are system tests.
const testBuilder = "builtin:nixos-test"

// test runs a check that is a system test, and builds any other.
func (r *checkRun) test(ctx context.Context, c check) (*testdriver.Result, error) {
	d, err := r.store.ReadDerivation(c.derivation)
	if err != nil {
		return nil, err
	}
	done := r.times.start("realise")
	if d.Builder != testBuilder {
		_, err := r.realiser(r.display).Realise(ctx, build.Wanted{Derivation: c.derivation})
		done()
		return nil, err
	}
	text, _ := d.Get("test")
	test, err := description.DecodeTest([]byte(text), c.derivation.String())
	if err != nil {
		return nil, err
	}
	_, err = r.realiser(r.display).Realise(ctx, inputsOf(d)...)
	done()
	if err != nil {
		return nil, err
	}
	return r.runTest(ctx, test)
}

// inputsOf returns what a derivation is built from.
func inputsOf(d *derivation.Derivation) []build.Wanted {
	var wanted []build.Wanted
	for _, input := range d.Inputs {
		wanted = append(wanted, build.Wanted{Derivation: input.Path, Outputs: input.Outputs})
	}
	return wanted
}

// References implements [system.Objects].
func (w *workspace) References(ctx context.Context, p storepath.Path) ([]storepath.Path, error) {
	info, err := w.store.Query(ctx, p)
	if err != nil {
		return nil, err
	}
	return info.References, nil
}

// PhysicalPath implements [system.Objects].
func (w *workspace) PhysicalPath(p storepath.Path) string { return w.store.PhysicalPath(p) }

func (r *checkRun) yard() *deploy.Yard {
	return &deploy.Yard{
		ObjectDir: r.store.ObjectDir(),
		CacheDir:  filepath.Join(r.stateDir, "cache", "roots"),
		Log:       func(line string) { r.display.Message("", string(ui.Debug), line) },
	}
}

// runTest boots the machines of a test and runs its script.
func (r *checkRun) runTest(ctx context.Context, test *description.Test) (_ *testdriver.Result, err error) {
	group, err := machine.NewGroup(machine.GroupConfig{RunDirectory: filepath.Join(r.stateDir, "run"), Name: "check"})
	if err != nil {
		return nil, &statusError{exitUnavailable, err}
	}
	defer func() { err = errors.Join(err, group.Close()) }()
	done := r.times.start("root")
	activity := r.display.Begin(ui.Prepare, "the machines")
	machines, err := r.machines(ctx, group, test)
	if err != nil {
		return nil, err
	}
	interpreter, err := r.interpreter(ctx, group, test)
	done()
	if err != nil {
		return nil, err
	}
	activity.Done(nil)
	output, err := r.outputDir(test.Name, group)
	if err != nil {
		return nil, err
	}
	config := testdriver.Config{
		Test: test, Machines: machines, Interpreter: interpreter, Events: r.display, Output: output,
	}
	if r.options.interactive {
		config.Interactive, config.Terminal = true, r.terminal()
		// Ctrl-C is for the prompt from here on.
		var stop context.CancelFunc
		ctx, stop = signal.NotifyContext(context.WithoutCancel(ctx), syscall.SIGTERM)
		defer stop()
	}
	result, err := testdriver.Run(ctx, config)
	if result != nil {
		for name, m := range result.Machines {
			r.times.add("boot "+name, seconds(m.BootSeconds))
		}
		r.times.add("script", seconds(result.ScriptSeconds))
	}
	return result, err
}

// machines assembles the roots of all machines of a test, at the same time.
func (r *checkRun) machines(ctx context.Context, group *machine.Group, test *description.Test) (map[string]testdriver.Machine, error) {
	var mu sync.Mutex
	machines := map[string]testdriver.Machine{}
	yard := r.yard()
	all, ctx := errgroup.WithContext(ctx)
	all.SetLimit(runtime.NumCPU())
	for name, m := range test.Machines {
		all.Go(func() error {
			made, err := r.machine(ctx, yard, group, name, m)
			if err != nil {
				return fmt.Errorf("machine %s: %w", name, err)
			}
			mu.Lock()
			defer mu.Unlock()
			machines[name] = made
			return nil
		})
	}
	return machines, all.Wait()
}

func (r *checkRun) machine(ctx context.Context, yard *deploy.Yard, group *machine.Group, name string, m description.TestMachine) (testdriver.Machine, error) {
	d, err := r.deployment(ctx, name, m)
	if err != nil {
		return nil, err
	}
	config, err := yard.Machine(ctx, name, d)
	if err != nil {
		return nil, err
	}
	return testdriver.NewBooted(group, config)
}

// deployment returns what a machine of a test consists of.
func (r *checkRun) deployment(ctx context.Context, name string, m description.TestMachine) (*system.Deployment, error) {
	if d, ok := r.handwritten[name]; ok {
		return d, nil
	}
	toplevel, err := storepath.Parse(m.System)
	if err != nil {
		return nil, err
	}
	return system.Load(ctx, r.workspace, toplevel)
}

// interpreter returns the Python that runs a test's script.
func (r *checkRun) interpreter(ctx context.Context, group *machine.Group, test *description.Test) (testdriver.Interpreter, error) {
	parts, err := r.interpreterParts(ctx, test)
	if err != nil {
		return nil, fmt.Errorf("the interpreter of the test: %w", err)
	}
	root, err := r.yard().Interpreter(ctx, parts)
	if err != nil {
		return nil, err
	}
	scratch := filepath.Join(group.Directory(), "interpreter")
	return &testdriver.Sandbox{
		Layers: root.Lowers(), Program: "/usr/bin/python3", Scratch: scratch,
		// Scripts name files in the store, for copy_from_host.
		Mounts: []isolate.Mount{{Destination: "/nix/store", Type: "bind", Source: r.store.ObjectDir(), Options: []string{"rbind", "ro"}}},
	}, os.MkdirAll(scratch, 0o755)
}

func (r *checkRun) interpreterParts(ctx context.Context, test *description.Test) ([]storepath.Path, error) {
	if test.Interpreter == "" {
		return r.realisePackages(ctx, r.display, []string{"python3"})
	}
	python, err := storepath.Parse(test.Interpreter)
	if err != nil {
		return nil, err
	}
	return system.Parts(ctx, r.workspace, []storepath.Path{python}, nil)
}

// terminal is the user's terminal for an interactive test.
func (r *checkRun) terminal() *testdriver.Terminal {
	var environment []string
	for _, name := range []string{"TERM", "COLORTERM", "LANG"} {
		if value := r.Getenv(name); value != "" {
			environment = append(environment, name+"="+value)
		}
	}
	return &testdriver.Terminal{Input: r.Stdin, Output: os.Stdout, Error: os.Stderr, Environment: environment}
}
