package cli

import (
	"context"
	"strings"

	"berth.dev/internal/kept"
	"github.com/spf13/cobra"
)

func (a *app) logsCommand() *cobra.Command {
	o := kept.LogOptions{}
	cmd := &cobra.Command{
		Use:   "logs [-f] [-n N] [-u UNIT] NAME[/CONTAINER]",
		Short: "Show the journal of a machine or a container in it",
		Long: "logs shows the journal of a kept machine, or of a native container in it. For a machine\n" +
			"that is down, it is that of its last runs. With -f it ends when the machine does.",
		Example: "  berth logs -f server\n  berth logs -n 20 -u postgresql server/db",
		GroupID: groupMachines,
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if o.Follow && !cmd.Flags().Changed("lines") {
				o.Lines = 10
			}
			return a.logs(cmd.Context(), o, args[0])
		},
	}
	flags := cmd.Flags()
	flags.BoolVarP(&o.Follow, "follow", "f", false, "wait for more; the last 10 lines come first unless -n says otherwise")
	flags.IntVarP(&o.Lines, "lines", "n", -1, "show only the last N lines")
	flags.StringVarP(&o.Unit, "unit", "u", "", "show only what UNIT logged")
	return cmd
}

func (a *app) logs(ctx context.Context, o kept.LogOptions, target string) error {
	if err := needRoot("logs"); err != nil {
		return err
	}
	yard, err := a.yard()
	if err != nil {
		return err
	}
	if o.Unit != "" && !strings.Contains(o.Unit, ".") {
		o.Unit += ".service"
	}
	err = yard.Logs(ctx, target, o, a.Stdout)
	if ctx.Err() != nil && o.Follow {
		return nil // ctrl-C is how following ends
	}
	return err
}
