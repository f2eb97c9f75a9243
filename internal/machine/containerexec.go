package machine

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"golang.org/x/term"
)

// containerExecMain is the stage "__container-exec": it runs a command in a
// native container of this system, with its own standard files, or on a
// terminal of the container when it is on one itself. Its arguments are the
// container's name and the command.
func containerExecMain(args []string) int {
	if len(args) < 2 {
		fmt.Fprintln(os.Stderr, "berth: usage: __container-exec NAME COMMAND [ARGUMENT...]")
		return 2
	}
	request := ExecRequest{Argv: args[1:], Stdin: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr}
	restore := func() {}
	if term.IsTerminal(0) && term.IsTerminal(1) {
		restore = onTerminal(&request)
	} else {
		request.Signals = passedSignals()
	}
	status, err := execute(context.Background(), guestDirectory(args[0]), request)
	restore()
	if err != nil {
		fmt.Fprintf(os.Stderr, "berth: container %s: %v\n", args[0], err)
		return 125
	}
	return status.Status()
}

// passedSignals are those that end this process, for the command instead.
func passedSignals() <-chan syscall.Signal {
	signals := make(chan os.Signal, 4)
	passed := make(chan syscall.Signal, 4)
	signal.Notify(signals, syscall.SIGTERM, syscall.SIGINT, syscall.SIGHUP)
	go func() {
		for s := range signals {
			passed <- s.(syscall.Signal)
		}
	}()
	return passed
}

// onTerminal asks for a terminal of the size of this process's own, which
// passes every key on until restore is called.
func onTerminal(request *ExecRequest) (restore func()) {
	state, err := term.MakeRaw(0)
	if err != nil {
		return func() {}
	}
	size := terminalSize()
	request.Terminal = &size
	resized := make(chan os.Signal, 1)
	sizes := make(chan WindowSize)
	request.Resize = sizes
	signal.Notify(resized, syscall.SIGWINCH)
	go func() {
		for range resized {
			sizes <- terminalSize()
		}
	}()
	return func() { term.Restore(0, state) }
}

func terminalSize() WindowSize {
	columns, rows, err := term.GetSize(0)
	if err != nil {
		return WindowSize{Rows: 24, Columns: 80}
	}
	return WindowSize{Rows: uint16(rows), Columns: uint16(columns)}
}
