package kept

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"berth.dev/internal/machine"
)

// SplitTarget splits NAME/CONTAINER.
func SplitTarget(target string) (name, container string) {
	name, container, _ = strings.Cut(target, "/")
	return name, container
}

// inContainer is how a command gets into a native container of the system
// that runs it.
func inContainer(container string, argv []string) []string {
	return append([]string{"/run/berth/berth", "__container-exec", container}, argv...)
}

// Exec runs a command in a machine, or in a native container of it.
func (y *Yard) Exec(ctx context.Context, target string, request machine.ExecRequest) (machine.ExitStatus, error) {
	name, container := SplitTarget(target)
	if !y.Supervised(name) {
		if _, err := y.Launch(name); err != nil {
			return machine.ExitStatus{}, err
		}
		return machine.ExitStatus{}, fmt.Errorf("%s: %w; 'berth restart %s' starts it", name, errNotSupervised, name)
	}
	if container != "" {
		request.Argv = inContainer(container, request.Argv)
	}
	return machine.Attach(y.Directory(name)).Exec(ctx, request)
}

// output runs a command in a machine and returns what it prints.
func (y *Yard) output(ctx context.Context, target string, argv ...string) (string, error) {
	var out, complaints bytes.Buffer
	status, err := y.Exec(ctx, target, machine.ExecRequest{Argv: argv, Stdout: &out, Stderr: &complaints})
	if err == nil && status.Status() != 0 {
		err = fmt.Errorf("%s: %s ended with status %d: %s", target, argv[0], status.Status(), strings.TrimSpace(complaints.String()))
	}
	return out.String(), err
}

// LogOptions selects lines of a machine's log.
type LogOptions struct {
	// Lines is how many of the last lines to show; all when negative.
	Lines int
	// Follow waits for more until the machine is down.
	Follow bool
	// Unit is one unit's lines only.
	Unit string
}

// Logs prints the journal of a machine, or of a native container of it. When
// the machine is down it is what its supervisor has written.
func (y *Yard) Logs(ctx context.Context, target string, o LogOptions, out io.Writer) error {
	name, container := SplitTarget(target)
	l, err := y.Launch(name)
	if err != nil {
		return err
	}
	if !y.Supervised(name) {
		if container != "" {
			return fmt.Errorf("%s: the log of a container can be read while its machine is up", target)
		}
		entries, err := y.savedLog(name, o.Unit, o.Lines)
		for _, e := range entries {
			fmt.Fprintln(out, logLine(l.System.Network.HostName, e))
		}
		return err
	}
	argv := []string{"journalctl", "--no-pager", "--quiet"}
	if o.Lines >= 0 {
		argv = append(argv, "--lines="+strconv.Itoa(o.Lines))
	} else {
		argv = append(argv, "--no-tail")
	}
	if o.Follow {
		argv = append(argv, "--follow")
	}
	if o.Unit != "" {
		argv = append(argv, "--unit="+o.Unit)
	}
	var complaints bytes.Buffer
	status, err := y.Exec(ctx, target, machine.ExecRequest{Argv: argv, Stdout: out, Stderr: &complaints})
	switch {
	case o.Follow && y.goesDown(name):
		return nil
	case err == nil && status.Status() != 0 && !o.Follow:
		err = errors.New(strings.TrimSpace(complaints.String()))
	}
	return err
}

// goesDown reports whether a machine is off or on its way there.
func (y *Yard) goesDown(name string) bool {
	status, err := y.Status(name)
	return err != nil || status.State == Stopping || status.State.Ended()
}
