package cli

import (
	"context"
	"errors"
	"os"
	"os/signal"
	"syscall"

	"berth.dev/internal/machine"
	"github.com/spf13/cobra"
	"golang.org/x/term"
)

// execOptions are the flags of exec.
type execOptions struct {
	terminal  bool
	user      string
	directory string
	env       []string
}

func (a *app) execCommand() *cobra.Command {
	o := &execOptions{}
	cmd := &cobra.Command{
		Use:   "exec [-t] NAME[/CONTAINER] COMMAND [ARGUMENT...]",
		Short: "Run a command in a machine or in a container in it",
		Long: "exec runs a command in a kept machine, or in a native container in it, with the standard\n" +
			"input, output and error of berth. Its exit status is that of the command.",
		Example: "  berth exec server systemctl status\n" +
			"  berth exec -t server/db bash\n" +
			"  pg_dump todo | berth exec --user postgres server psql todo",
		GroupID: groupMachines,
		Args:    cobra.MinimumNArgs(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			command := args[1:]
			if len(command) > 1 && command[0] == "--" {
				command = command[1:]
			}
			return a.exec(cmd.Context(), o, args[0], command)
		},
	}
	flags := cmd.Flags()
	flags.SetInterspersed(false) // what comes after NAME is the command's
	flags.BoolVarP(&o.terminal, "tty", "t", false, "give the command a terminal")
	flags.StringVarP(&o.user, "user", "u", "", "run as USER (default root)")
	flags.StringVarP(&o.directory, "workdir", "w", "", "run in a directory inside")
	flags.StringArrayVarP(&o.env, "env", "e", nil, "set NAME=VALUE in the environment")
	return cmd
}

func (a *app) exec(ctx context.Context, o *execOptions, target string, argv []string) error {
	if err := needRoot("exec"); err != nil {
		return err
	}
	yard, err := a.yard()
	if err != nil {
		return err
	}
	request := machine.ExecRequest{Argv: argv, User: o.user, Directory: o.directory, Env: o.env,
		Stdin: a.Stdin, Stdout: a.Stdout, Stderr: a.Stderr}
	// The command gets signals, and decides what they mean.
	signals := make(chan os.Signal, 4)
	signal.Notify(signals, syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP, syscall.SIGWINCH)
	defer signal.Stop(signals)
	ctx = context.WithoutCancel(ctx)
	if o.terminal {
		restore, err := a.enterTerminal(&request)
		if err != nil {
			return err
		}
		defer restore()
	}
	ended := make(chan struct{})
	defer close(ended)
	a.passSignals(&request, signals, ended)
	status, err := yard.Exec(ctx, target, request)
	if err != nil {
		return err
	}
	if code := status.Status(); code != 0 {
		return &silentError{code}
	}
	return nil
}

// enterTerminal gives the command a terminal of the same size as the user's,
// which passes every key on from here.
func (a *app) enterTerminal(request *machine.ExecRequest) (restore func(), err error) {
	if a.Stdin == nil || !term.IsTerminal(int(a.Stdin.Fd())) {
		return nil, &usageError{err: errors.New("--tty needs a terminal as standard input"), command: "berth exec"}
	}
	size := a.windowSize()
	request.Terminal = &size
	if name := a.Getenv("TERM"); name != "" {
		request.Env = append(request.Env, "TERM="+name)
	}
	before, err := term.MakeRaw(int(a.Stdin.Fd()))
	if err != nil {
		return nil, err
	}
	return func() { term.Restore(int(a.Stdin.Fd()), before) }, nil
}

func (a *app) windowSize() machine.WindowSize {
	columns, rows, err := term.GetSize(int(a.Stdin.Fd()))
	if err != nil {
		return machine.WindowSize{Rows: 25, Columns: 80}
	}
	return machine.WindowSize{Rows: uint16(rows), Columns: uint16(columns)}
}

// passSignals delivers signals and new window sizes to the command.
func (a *app) passSignals(request *machine.ExecRequest, signals <-chan os.Signal, ended <-chan struct{}) {
	passed, sizes := make(chan syscall.Signal), make(chan machine.WindowSize)
	request.Signals, request.Resize = passed, sizes
	hasTerminal := request.Terminal != nil
	go func() {
		for {
			select {
			case s := <-signals:
				number := s.(syscall.Signal)
				switch {
				case number != syscall.SIGWINCH:
					deliver(passed, number, ended)
				case hasTerminal:
					deliver(sizes, a.windowSize(), ended)
				}
			case <-ended:
				return
			}
		}
	}()
}

func deliver[T any](to chan<- T, value T, ended <-chan struct{}) {
	select {
	case to <- value:
	case <-ended:
	}
}
