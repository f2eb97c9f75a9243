package cli

import (
	"context"
	"fmt"

	"berth.dev/nix/flake"
	"github.com/spf13/cobra"
)

// flakeOptions are the flags of the commands on flakes.
type flakeOptions struct {
	evalFlags
	json bool
	file string // of the flake: --flake
}

func (a *app) flakeCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:     "flake",
		Short:   "Look at flakes, lock their inputs, make new ones",
		GroupID: groupPackages,
	}
	cmd.AddCommand(a.flakeLockCommand(), a.flakeUpdateCommand(), a.flakeMetadataCommand(),
		a.flakeShowCommand(), a.flakeCheckCommand(), a.flakeInitCommand(), a.flakeNewCommand())
	return cmd
}

func (a *app) flakeLockCommand() *cobra.Command {
	o := &flakeOptions{}
	cmd := &cobra.Command{
		Use:   "lock [FLAKE]",
		Short: "Write flake.lock for inputs that it lacks",
		Long: "lock adds inputs that flake.nix declares and flake.lock does not have, and drops those that\n" +
			"are no longer declared. Inputs that berth has built in are not locked.",
		Example: "  berth flake lock\n  berth flake lock --update-input utils ./examples/tutorial",
		Args:    cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.flakeLock(cmd.Context(), o, firstOr(args, "."), nil)
		},
	}
	o.register(cmd)
	return cmd
}

func (a *app) flakeUpdateCommand() *cobra.Command {
	o := &flakeOptions{}
	cmd := &cobra.Command{
		Use:     "update [INPUT...]",
		Short:   "Lock the newest of all inputs, or of some",
		Example: "  berth flake update\n  berth flake update utils --flake ./examples/tutorial",
		RunE: func(cmd *cobra.Command, args []string) error {
			o.refresh = true
			o.recreate = len(args) == 0
			return a.flakeLock(cmd.Context(), o, o.file, args)
		},
	}
	o.register(cmd)
	cmd.Flags().StringVar(&o.file, "flake", ".", "the flake whose inputs are meant")
	return cmd
}

func firstOr(args []string, otherwise string) string {
	if len(args) > 0 {
		return args[0]
	}
	return otherwise
}

// openFlake opens a workspace for the flake that an argument names.
func (a *app) openFlake(ctx context.Context, o *flakeOptions, arg string) (*workspace, installable, error) {
	target, err := a.parseInstallable(arg)
	if err != nil {
		return nil, target, err
	}
	if target.ref == nil {
		return nil, target, fmt.Errorf("'%s' is not a flake: it has no flake.nix", target.file)
	}
	w, err := a.open(ctx, workspaceConfig{flags: &o.evalFlags, lockDir: target.lockDir(), readOnly: true, pure: true})
	return w, target, err
}

func (a *app) flakeLock(ctx context.Context, o *flakeOptions, arg string, inputs []string) error {
	w, target, err := a.openFlake(ctx, o, arg)
	if err != nil {
		return err
	}
	defer w.Close()
	o.updates = append(o.updates, inputs...)
	if _, err = w.lockFlake(ctx, target.ref); err != nil {
		return w.explain(err)
	}
	return w.saveLock()
}

// lockFlake resolves the inputs of a flake as the flags say.
func (w *workspace) lockFlake(ctx context.Context, ref flake.Reference) (*flake.Graph, error) {
	options, err := w.lockOptions()
	if err != nil {
		return nil, err
	}
	return w.session.Lock(ctx, ref, options)
}
