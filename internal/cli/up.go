package cli

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"berth.dev/internal/kept"
	"berth.dev/internal/ui"
	"github.com/spf13/cobra"
)

// upOptions are the flags of up.
type upOptions struct {
	evalFlags
	name      string
	ephemeral bool
	detach    bool
	quiet     bool
	json      bool
	publish   []string
	patience  time.Duration
}

func (a *app) upCommand() *cobra.Command {
	o := &upOptions{}
	cmd := &cobra.Command{
		Use:   "up [FLAKE[#NAME] | FILE.nix | FILE.json]",
		Short: "Boot a machine and keep it running",
		Long: "up boots the machine nixosConfigurations.NAME of a flake and keeps it running after the\n" +
			"command ends. Its /var, /home, /root and /srv survive 'down' and a reboot of the host.\n" +
			"For a machine that runs already, up prints what its configuration changes and does only\n" +
			"that. Without --detach its log follows; ctrl-C ends that, not the machine.",
		Example: "  berth up ./examples/tutorial#server\n" +
			"  berth up --detach --publish 8080:80 .#web\n" +
			"  berth up --ephemeral .#scratch",
		GroupID: groupMachines,
		Args:    cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			arg := "."
			if len(args) > 0 {
				arg = args[0]
			}
			return a.up(cmd.Context(), o, arg)
		},
	}
	o.register(cmd)
	flags := cmd.Flags()
	flags.StringVar(&o.name, "name", "", "name of the machine (default: that of the attribute)")
	flags.BoolVar(&o.ephemeral, "ephemeral", false, "leave nothing behind when the machine goes down")
	flags.BoolVarP(&o.detach, "detach", "d", false, "return when the machine has booted")
	flags.BoolVarP(&o.quiet, "quiet", "q", false, "leave out the console and the journal of the machine")
	flags.BoolVar(&o.json, "json", false, "print what happens as JSON lines")
	flags.StringArrayVarP(&o.publish, "publish", "p", nil, "pass a port of the host on: [HOSTIP:]HOSTPORT:PORT[/udp]")
	flags.DurationVar(&o.patience, "patience", time.Minute, "how long the machine may take to stop, where that is needed")
	return cmd
}

func (a *app) up(ctx context.Context, o *upOptions, arg string) error {
	if err := needRoot("up"); err != nil {
		return err
	}
	config := ui.Detect(a.Stderr, a.Getenv)
	config.Quiet = o.quiet
	if o.json {
		config.Mode = ui.JSON
	}
	display := ui.New(config)
	defer display.Close()
	m, err := a.openMachine(ctx, &o.evalFlags, display, arg, o.name)
	if err != nil {
		return err
	}
	outcome, err := m.up(ctx, o)
	if closing := m.Close(); err == nil {
		err = closing
	}
	if err != nil {
		return explainBoot(display, err)
	}
	if outcome == kept.Unchanged {
		display.Note(m.name + " runs already, and nothing in its configuration changed")
	}
	if failed := m.failedUnits(ctx); len(failed) > 0 {
		display.Warn(fmt.Sprintf("%s is up, but failed: %s; 'berth logs %s -u UNIT' says more", m.name, strings.Join(failed, ", "), m.name))
		if o.detach {
			return &silentError{exitError}
		}
	}
	if o.detach {
		return nil
	}
	return m.followJournal(ctx)
}

// up makes the machine be what was realised.
func (m *wantedMachine) up(ctx context.Context, o *upOptions) (kept.Outcome, error) {
	lock, err := m.yard.Lock(m.name)
	if err != nil {
		return "", err
	}
	defer lock.Release()
	l, err := m.launch(ctx, o.ephemeral, o.publish)
	if err == nil {
		err = m.protect()
	}
	if err != nil {
		return "", errors.Join(err, m.tidy())
	}
	begun := time.Now()
	outcome, err := m.yard.Up(ctx, l, kept.UpOptions{
		Planned:  func(p *kept.Plan) { m.display.Report(p.Lines()) },
		Console:  func(line string) { m.display.Output(m.name, line) },
		Command:  func(line string) { m.display.Message(m.name, string(ui.Info), line) },
		Patience: o.patience,
	})
	if err != nil {
		return outcome, errors.Join(err, m.tidy())
	}
	if outcome == kept.Started || outcome == kept.Rebooted {
		m.display.Booted(m.name, time.Since(begun))
	}
	return outcome, nil
}

// tidy removes what was made for a machine that there is not.
func (m *wantedMachine) tidy() error {
	if err := m.yard.Tidy(m.name); err != nil {
		return err
	}
	if _, err := m.yard.Launch(m.name); errors.Is(err, kept.ErrUnknown) {
		return m.store.RemoveRoots(rootsOf(m.name))
	}
	return nil
}

// explainBoot shows the end of the console of a machine that did not boot.
func explainBoot(display *ui.Display, err error) error {
	var boot *kept.BootError
	if errors.As(err, &boot) {
		display.Report(boot.Lines)
	}
	return err
}

// failedUnits are the units of the machine that failed.
func (m *wantedMachine) failedUnits(ctx context.Context) []string {
	failed, err := m.yard.FailedUnits(ctx, m.name)
	if err != nil {
		return nil // it is on its way down again; its log says why
	}
	return failed
}

// followJournal shows the machine's log until it is down or the user has seen
// enough.
func (m *wantedMachine) followJournal(ctx context.Context) error {
	lines := &lineWriter{deliver: func(line string) { m.display.Output(m.name, line) }}
	err := m.yard.Logs(ctx, m.name, kept.LogOptions{Lines: -1, Follow: true}, lines)
	if ctx.Err() == nil {
		if err == nil {
			m.display.Note(m.name + " went down")
		}
		return err
	}
	m.display.Note(fmt.Sprintf("%s stays up; 'berth down %s' stops it", m.name, m.name))
	return nil
}

// lineWriter cuts what is written to it into lines.
type lineWriter struct {
	deliver func(string)
	rest    string
}

// Write implements io.Writer.
func (w *lineWriter) Write(p []byte) (int, error) {
	w.rest += string(p)
	for {
		line, rest, found := strings.Cut(w.rest, "\n")
		if !found {
			return len(p), nil
		}
		w.deliver(line)
		w.rest = rest
	}
}
