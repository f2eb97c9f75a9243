package cli

import (
	"context"
	"time"

	"berth.dev/internal/kept"
	"berth.dev/internal/ui"
	"github.com/spf13/cobra"
)

func (a *app) restartCommand() *cobra.Command {
	var patience time.Duration
	var quiet bool
	cmd := &cobra.Command{
		Use:     "restart NAME",
		Short:   "Stop a machine and boot it again",
		Long:    "restart boots a kept machine from the configuration it was last brought up with, also when it is down.",
		Example: "  berth restart server",
		GroupID: groupMachines,
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.restart(cmd.Context(), args[0], patience, quiet)
		},
	}
	flags := cmd.Flags()
	flags.DurationVar(&patience, "patience", time.Minute, "how long the machine may take to stop before it is killed")
	flags.BoolVarP(&quiet, "quiet", "q", false, "leave out the console of the machine")
	return cmd
}

func (a *app) restart(ctx context.Context, name string, patience time.Duration, quiet bool) error {
	if err := needRoot("restart"); err != nil {
		return err
	}
	yard, err := a.yard()
	if err != nil {
		return err
	}
	lock, err := yard.Lock(name)
	if err != nil {
		return err
	}
	defer lock.Release()
	config := ui.Detect(a.Stderr, a.Getenv)
	config.Quiet = quiet
	display := ui.New(config)
	defer display.Close()
	begun := time.Now()
	err = yard.Restart(ctx, name, kept.UpOptions{
		Patience: patience,
		Console:  func(line string) { display.Output(name, line) },
	})
	if err != nil {
		return explainBoot(display, err)
	}
	display.Booted(name, time.Since(begun))
	return nil
}
