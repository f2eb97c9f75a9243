package cli

import (
	"context"
	"errors"
	"fmt"

	"berth.dev/internal/kept"
	"berth.dev/internal/ui"
	"github.com/spf13/cobra"
)

// planOptions are the flags of plan.
type planOptions struct {
	evalFlags
	name      string
	ephemeral bool
	json      bool
	publish   []string
}

func (a *app) planCommand() *cobra.Command {
	o := &planOptions{}
	cmd := &cobra.Command{
		Use:   "plan [FLAKE[#NAME] | FILE.nix | FILE.json]",
		Short: "Say what 'up' would change in a machine",
		Long: "plan compares a machine that is kept with its configuration as it is now: the units that\n" +
			"'up' would stop, start, restart and reload, files below /etc, accounts, packages, and whether\n" +
			"the machine has to boot anew. It changes nothing.",
		Example: "  berth plan .#server\n  berth plan --json .#server",
		GroupID: groupMachines,
		Args:    cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			arg := "."
			if len(args) > 0 {
				arg = args[0]
			}
			return a.plan(cmd.Context(), o, arg)
		},
	}
	o.register(cmd)
	flags := cmd.Flags()
	flags.StringVar(&o.name, "name", "", "name of the machine (default: that of the attribute)")
	flags.BoolVar(&o.ephemeral, "ephemeral", false, "as for 'up'")
	flags.BoolVar(&o.json, "json", false, "print JSON")
	flags.StringArrayVarP(&o.publish, "publish", "p", nil, "as for 'up'")
	return cmd
}

func (a *app) plan(ctx context.Context, o *planOptions, arg string) error {
	if err := needRoot("plan"); err != nil {
		return err
	}
	display := ui.New(ui.Detect(a.Stderr, a.Getenv))
	defer display.Close()
	m, err := a.openMachine(ctx, &o.evalFlags, display, arg, o.name)
	if err != nil {
		return err
	}
	defer m.Close()
	p, err := m.plan(ctx, o)
	if err != nil {
		return err
	}
	display.Close()
	if o.json {
		return printJSON(a.Stdout, p)
	}
	for _, line := range p.Lines() {
		fmt.Fprintln(a.Stdout, line)
	}
	return nil
}

func (m *wantedMachine) plan(ctx context.Context, o *planOptions) (*kept.Plan, error) {
	lock, err := m.yard.Lock(m.name)
	if err != nil {
		return nil, err
	}
	defer lock.Release()
	l, err := m.launch(ctx, o.ephemeral, o.publish)
	if err != nil {
		return nil, errors.Join(err, m.yard.Tidy(m.name))
	}
	p, err := m.yard.Plan(ctx, l)
	return p, errors.Join(err, m.yard.Tidy(m.name))
}
