package testdriver

import (
	"context"
	"io"
	"os"
)

// Machine is one machine of a test as the driver needs it. Its methods may be
// called from several goroutines.
type Machine interface {
	// Attach names the function that receives every line the machine's
	// console and journal produce. It is called once, before anything else.
	Attach(sink func(Line))
	// Boot starts the machine and returns when commands can be run in it. A
	// machine that was shut down or crashed boots again with the files it had.
	Boot(ctx context.Context) error
	// Run runs a program as root and returns its exit status once it has
	// ended and everything that holds its standard output has closed it; a
	// program killed by signal n has status 128+n.
	// When ctx ends, the program and all that it started are killed.
	Run(ctx context.Context, command Command) (status int, err error)
	// Shutdown stops the machine in order, Crash pulls its plug; both return
	// when it is off and succeed when it was off already.
	Shutdown(ctx context.Context) error
	Crash(ctx context.Context) error
	// Wait returns when the machine is off.
	Wait(ctx context.Context) error
	// Block takes the machine off its first network, Unblock puts it back.
	Block(ctx context.Context) error
	Unblock(ctx context.Context) error
}

// Command is a program to run inside a machine.
type Command struct {
	Arguments []string
	// Environment is the whole environment, NAME=value.
	Environment []string
	Directory   string
	// Stdin may be nil for an empty input, Stderr nil for none.
	Stdin  io.Reader
	Stdout io.Writer
	// Stderr is the command's own descriptor; whether it is still open does
	// not delay Run.
	Stderr *os.File
}

// Shell is implemented by machines that can connect a login shell to a
// terminal, for shell_interact.
type Shell interface {
	Shell(ctx context.Context, input, output *os.File) error
}

// Source tells where a line of a machine came from.
type Source string

// The sources of lines. What the service manager says on the console is in the
// journal, too: of the three only the console is kept without being shown.
const (
	Console Source = "console"
	Journal Source = "journal"
	// Errors is the standard error of commands.
	Errors Source = "errors"
)

// Line is one line of a machine's output, without its newline.
type Line struct {
	Source Source
	Text   string
}
