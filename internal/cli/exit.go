package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
)

// The exit statuses of berth. docs/exit-status.md is the same table for users.
const (
	exitOK          = 0
	exitError       = 1   // wrong input: an error in a configuration, a failed build
	exitUsage       = 2   // the command line itself is wrong
	exitUnavailable = 3   // the machine lacks something: root, a kernel feature, the network
	exitInterrupted = 130 // ctrl-C
	// 10 to 13 are those of a failed test, see testdriver.Failure.
)

// statusError gives an error an exit status other than exitError.
type statusError struct {
	status int
	err    error
}

func (e *statusError) Error() string { return e.err.Error() }
func (e *statusError) Unwrap() error { return e.err }

// usageError is a mistake on the command line.
type usageError struct {
	err     error
	command string
}

func (e *usageError) Error() string {
	return fmt.Sprintf("%v; see '%s --help'", e.err, e.command)
}

func (e *usageError) Unwrap() error { return e.err }

// report prints an error for people and returns the exit status it deserves.
func report(stderr io.Writer, err error) int {
	if err == nil {
		return exitOK
	}
	var silent *silentError
	if errors.As(err, &silent) {
		return silent.status
	}
	if errors.Is(err, context.Canceled) {
		fmt.Fprintln(stderr, "berth: interrupted")
		return exitInterrupted
	}
	var explained *explainedError
	if errors.As(err, &explained) {
		fmt.Fprintln(stderr, explained.Error())
		return exitError
	}
	fmt.Fprintf(stderr, "error: %s\n", err)
	var usage *usageError
	var status *statusError
	switch {
	case errors.As(err, &usage), isCobraUsage(err):
		return exitUsage
	case errors.As(err, &status):
		return status.status
	}
	return exitError
}

// silentError ends the command with a status after everything worth saying was
// already printed.
type silentError struct{ status int }

func (e *silentError) Error() string { return fmt.Sprintf("exit status %d", e.status) }

// isCobraUsage recognises the mistakes that cobra reports as plain errors.
func isCobraUsage(err error) bool {
	for _, start := range []string{"unknown command", "accepts ", "requires at least", "required flag"} {
		if strings.HasPrefix(err.Error(), start) {
			return true
		}
	}
	return false
}
