package machine

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"syscall"
)

// containerExecMain is the stage "__container-exec": it runs a command in a
// native container of this system, with its own standard files. Its arguments
// are the container's name and the command.
func containerExecMain(args []string) int {
	if len(args) < 2 {
		fmt.Fprintln(os.Stderr, "berth: usage: __container-exec NAME COMMAND [ARGUMENT...]")
		return 2
	}
	signals := make(chan os.Signal, 4)
	passed := make(chan syscall.Signal, 4)
	signal.Notify(signals, syscall.SIGTERM, syscall.SIGINT, syscall.SIGHUP)
	go func() {
		for s := range signals {
			passed <- s.(syscall.Signal)
		}
	}()
	status, err := execute(context.Background(), guestDirectory(args[0]), ExecRequest{
		Argv: args[1:], Stdin: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr, Signals: passed})
	if err != nil {
		fmt.Fprintf(os.Stderr, "berth: container %s: %v\n", args[0], err)
		return 125
	}
	return status.Status()
}
