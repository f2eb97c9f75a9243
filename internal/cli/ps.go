package cli

import (
	"context"
	"fmt"
	"io"
	"net"
	"os"
	"strconv"
	"strings"
	"time"

	"berth.dev/internal/description"
	"berth.dev/internal/kept"
	"berth.dev/internal/ui"
	"github.com/spf13/cobra"
)

func (a *app) psCommand() *cobra.Command {
	var json bool
	cmd := &cobra.Command{
		Use:   "ps",
		Short: "List machines that are kept, and the containers in them",
		Long: "ps lists every machine that 'berth up' made and has not removed, the native containers\n" +
			"(containers.<name>) and OCI containers in it: state, time since then, memory, ports of the\n" +
			"host or the machine that lead to it, and the unit that runs it.",
		Example: "  berth ps\n  berth ps --json",
		GroupID: groupMachines,
		Args:    cobra.NoArgs,
		RunE:    func(cmd *cobra.Command, _ []string) error { return a.ps(cmd.Context(), json) },
	}
	cmd.Flags().BoolVar(&json, "json", false, "print JSON")
	return cmd
}

func (a *app) ps(ctx context.Context, json bool) error {
	if err := needRoot("ps"); err != nil {
		return err
	}
	yard, err := a.yard()
	if err != nil {
		return err
	}
	rows, err := yard.List(ctx)
	if err != nil {
		return err
	}
	if json {
		if rows == nil {
			rows = []kept.Row{}
		}
		return printJSON(a.Stdout, struct {
			Machines []kept.Row `json:"machines"`
		}{rows})
	}
	config := ui.Detect(a.Stdout, a.Getenv)
	columns := 0
	if terminal, ok := a.Stdout.(*os.File); ok && config.Mode == ui.Live {
		columns = ui.Columns(terminal)
	}
	return printRows(a.Stdout, rows, time.Now(), columns, ui.NewPalette(config.Colour))
}

// printRows prints the table of ps.
func printRows(out io.Writer, rows []kept.Row, now time.Time, columns int, palette ui.Palette) error {
	table := ui.Table{
		Header: []string{"NAME", "KIND", "STATE", "SINCE", "MEMORY", "PORTS", "UNIT"},
		Right:  []bool{false, false, false, true, true, false, false},
	}
	for _, r := range rows {
		since, memory := "-", "-"
		if r.Since != nil {
			since = age(now.Sub(*r.Since))
		}
		if r.MemoryBytes > 0 {
			memory = ui.Bytes(r.MemoryBytes)
		}
		table.Rows = append(table.Rows, []string{r.Name, r.Kind, r.State, since, memory, portList(r.Ports), orDash(r.Unit)})
	}
	return table.Write(out, columns, palette)
}

func orDash(text string) string {
	if text == "" {
		return "-"
	}
	return text
}

// age writes how long ago something was, as precisely as a table needs.
func age(d time.Duration) string {
	switch {
	case d < time.Minute:
		return fmt.Sprintf("%d s", max(0, int(d.Seconds())))
	case d < time.Hour:
		return fmt.Sprintf("%d min", int(d.Minutes()))
	case d < 48*time.Hour:
		return fmt.Sprintf("%d h %d min", int(d.Hours()), int(d.Minutes())%60)
	}
	return fmt.Sprintf("%d days", int(d.Hours()/24))
}

// portList writes published ports as 8080->80, and what is not the usual.
func portList(ports []description.PortForward) string {
	var all []string
	for _, p := range ports {
		text := strconv.Itoa(p.HostPort)
		if p.HostAddress != "" {
			text = net.JoinHostPort(p.HostAddress, text)
		}
		if p.GuestPort != 0 && p.GuestPort != p.HostPort {
			text += "->" + strconv.Itoa(p.GuestPort)
		}
		if p.Protocol == "udp" {
			text += "/udp"
		}
		all = append(all, text)
	}
	return orDash(strings.Join(all, ","))
}
