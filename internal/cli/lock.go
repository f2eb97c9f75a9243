package cli

import (
	"context"
	"errors"
	"fmt"

	"berth.dev/internal/debian"
	"berth.dev/nix/eval"
	"github.com/spf13/cobra"
)

func (a *app) lockCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:     "lock",
		Short:   "Look after berth.lock, which pins packages",
		GroupID: groupPackages,
	}
	o := &lockOptions{}
	update := &cobra.Command{
		Use:   "update [FLAKE]",
		Short: "Pin the newest packages",
		Long: "update fetches the package index, evaluates everything in the flake that is for this\n" +
			"system, and pins the packages that it uses in berth.lock. It prints what changed.",
		Example: "  berth lock update\n  berth lock update --json ./examples/tutorial",
		Args:    cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			arg := "."
			if len(args) > 0 {
				arg = args[0]
			}
			return a.lockUpdate(cmd.Context(), o, arg)
		},
	}
	o.register(update)
	update.Flags().BoolVar(&o.json, "json", false, "print the changes as JSON")
	cmd.AddCommand(update)
	return cmd
}

type lockOptions struct {
	evalFlags
	json bool
}

// lockChange is one package whose pin moved; an empty version stands for none.
type lockChange struct {
	Package string `json:"package"`
	Old     string `json:"old,omitempty"`
	New     string `json:"new,omitempty"`
}

func (a *app) lockUpdate(ctx context.Context, o *lockOptions, arg string) error {
	target, err := a.parseTarget(arg, false)
	if err != nil {
		return err
	}
	dir := target.lockDir()
	if target.ref == nil || dir == "" {
		return fmt.Errorf("'%s' is not a flake on this disk; berth.lock is kept beside its flake.nix", arg)
	}
	w, err := a.open(ctx, workspaceConfig{flags: &o.evalFlags, lockDir: dir, readOnly: true, pure: true, unlocked: true})
	if err != nil {
		return err
	}
	defer w.Close()
	if err := w.archive.Update(ctx); err != nil {
		return &statusError{exitUnavailable, err}
	}
	old := w.lock.Debian
	if err := w.usePackages(ctx, target); err != nil {
		return w.explain(err)
	}
	if err := w.saveLock(); err != nil {
		return err
	}
	return a.printLockChanges(o, lockChanges(old, w.lock.Debian))
}

// usePackages evaluates everything in a flake that is for this system.
func (w *workspace) usePackages(ctx context.Context, t target) error {
	top, err := w.evaluate(ctx, t)
	if err != nil {
		return err
	}
	for _, path := range []string{"checks." + nixSystem(), "packages." + nixSystem(), "nixosConfigurations"} {
		v, err := w.selectAttribute(top, path, t)
		if err != nil {
			continue // the flake has none of these
		}
		for _, attr := range w.session.Evaluator.Attrs(v) {
			if err := w.usePackage(attr.Value); err != nil {
				return fmt.Errorf("%s.%s: %w", path, attr.Name, err)
			}
		}
	}
	return nil
}

// usePackage instantiates a derivation or a system.
func (w *workspace) usePackage(v *eval.Value) error {
	if err := w.session.Evaluator.Force(v); err != nil {
		return err
	}
	system, err := w.follow(v, []string{"config", "system", "build", "toplevel"}, "config.system.build.toplevel")
	var missing *missingAttributeError
	if err != nil && !errors.As(err, &missing) {
		return err
	}
	if err == nil {
		v = system
	}
	_, err = w.derivations(v, "")
	return err
}

// lockChanges compares two locks; both may be nil.
func lockChanges(old, new *debian.Lock) []lockChange {
	changes := []lockChange{}
	before := map[string]string{}
	if old != nil {
		for _, r := range old.Packages {
			before[r.Name] = r.Version
		}
	}
	if new != nil {
		for _, r := range new.Packages {
			if before[r.Name] != r.Version {
				changes = append(changes, lockChange{r.Name, before[r.Name], r.Version})
			}
			delete(before, r.Name)
		}
	}
	if old != nil {
		for _, r := range old.Packages {
			if _, gone := before[r.Name]; gone {
				changes = append(changes, lockChange{Package: r.Name, Old: r.Version})
			}
		}
	}
	return changes
}

func (a *app) printLockChanges(o *lockOptions, changes []lockChange) error {
	if o.json {
		return printJSON(a.Stdout, struct {
			Changes []lockChange `json:"changes"`
		}{changes})
	}
	for _, c := range changes {
		switch {
		case c.Old == "":
			fmt.Fprintf(a.Stdout, "added   %s %s\n", c.Package, c.New)
		case c.New == "":
			fmt.Fprintf(a.Stdout, "removed %s %s\n", c.Package, c.Old)
		default:
			fmt.Fprintf(a.Stdout, "changed %s %s -> %s\n", c.Package, c.Old, c.New)
		}
	}
	return nil
}
