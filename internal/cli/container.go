package cli

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"

	"berth.dev/internal/engine"
	"berth.dev/internal/engine/bridge"
	"github.com/spf13/cobra"
)

// Exit statuses of commands that run a command of somebody else's, as docker
// and podman have them: the engine failed, or there is no such program.
const (
	exitEngine    = 125
	exitNoProgram = 127
)

func (a *app) containerCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "container",
		Short: "Run images and native containers by hand, without Docker or Podman",
		Long: "container runs images with berth's own engine, in the foreground. Images come from\n" +
			"archives as `docker save` writes them; `berth container load` takes them over. The units of\n" +
			"virtualisation.oci-containers with the backend \"berth\" use these commands.\n\n" +
			"create, update, start, stop, restart, status, show-ip, login, root-login, run and destroy are\n" +
			"nixos-container's, for native containers outside of configurations: machines with a private\n" +
			"network to the host, which 'ps', 'logs' and 'exec' know, too.",
		Example: "  berth container load -i image.tar\n" +
			"  berth container run --rm --network=host image:tag\n" +
			"  berth container exec NAME ps",
		GroupID: groupMachines,
		Args:    cobra.NoArgs,
		RunE:    func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(
		a.containerRunCommand(), a.containerExecCommand(), a.containerListCommand(),
		a.containerStopCommand(), a.containerKillCommand(), a.containerRemoveCommand(),
		a.containerInspectCommand(), a.containerLoadCommand(), a.containerImageCommand(),
		a.containerNetworkCommand(), a.containerVolumeCommand(), a.containerLoginCommand(),
	)
	a.addNativeVerbs(cmd)
	return cmd
}

// engine opens the engine of this machine.
func (a *app) engine() (*engine.Engine, error) {
	if err := needRoot("container"); err != nil {
		return nil, err
	}
	state, err := a.stateDir()
	if err != nil {
		return nil, err
	}
	return engine.Open(engine.Config{Directory: filepath.Join(state, "engine"), Networks: bridge.Bridges{}})
}

// withEngine is a command's function that works on an engine.
func (a *app) withEngine(do func(cmd *cobra.Command, e *engine.Engine, args []string) error) func(*cobra.Command, []string) error {
	return func(cmd *cobra.Command, args []string) error {
		e, err := a.engine()
		if err != nil {
			return err
		}
		return do(cmd, e, args)
	}
}

// engineError gives failures of the engine the status that scripts expect.
func engineError(err error) error {
	if err == nil {
		return nil
	}
	var missing *engine.NotFoundError
	if errors.As(err, &missing) && missing.Kind == "program" {
		return &statusError{exitNoProgram, err}
	}
	return &statusError{exitEngine, err}
}

// printRecords prints a list, as docker's inspect commands do.
func (a *app) printRecords(values ...any) error {
	encoder := json.NewEncoder(a.Stdout)
	encoder.SetIndent("", "  ")
	return encoder.Encode(values)
}

// descriptor returns a stream as a file, and what waits until everything
// written to it has been passed on.
func descriptor(w io.Writer) (*os.File, func(), error) {
	if f, ok := w.(*os.File); ok {
		return f, func() {}, nil
	}
	r, f, err := os.Pipe()
	if err != nil {
		return nil, nil, err
	}
	copied := make(chan struct{})
	go func() {
		defer close(copied)
		io.Copy(w, r)
	}()
	return f, func() { f.Close(); <-copied }, nil
}

// notify tells the service manager that started this process.
func (a *app) notify(text string) error {
	socket := a.Getenv("NOTIFY_SOCKET")
	if socket == "" {
		return nil
	}
	if socket[0] == '@' {
		socket = "\x00" + socket[1:]
	}
	c, err := net.DialUnix("unixgram", nil, &net.UnixAddr{Name: socket, Net: "unixgram"})
	if err != nil {
		return fmt.Errorf("tell the service manager: %w", err)
	}
	defer c.Close()
	_, err = c.Write([]byte(text))
	return err
}
