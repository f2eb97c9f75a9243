package testdriver

import (
	"fmt"
	"strings"
)

// Exit codes of `berth check`, one per kind of failure.
const (
	ExitScript  = 10
	ExitMachine = 11
	ExitTimeout = 12
	ExitLint    = 13
)

// Kind is the kind of a failure.
type Kind string

// The kinds of failures.
const (
	// KindScript: the script asked for something that did not hold, or
	// raised any other exception.
	KindScript Kind = "script"
	// KindMachine: a machine could not be started or was lost.
	KindMachine Kind = "machine"
	// KindTimeout: the global timeout of the test passed.
	KindTimeout Kind = "timeout"
	// KindLint: the script cannot run, found before anything was started.
	KindLint Kind = "lint"
)

// Failure says why a test did not pass. It is an error.
type Failure struct {
	Kind    Kind   `json:"kind"`
	Message string `json:"message"`
	// Exception is the Python exception's class, if there was one.
	Exception string `json:"exception,omitempty"`
	// Traceback are the script's own frames, outermost first.
	Traceback []Frame `json:"traceback,omitempty"`
	// Problems are what lint found.
	Problems []Problem `json:"problems,omitempty"`
	// Command is the command that failed, if one did.
	Command *CommandFailure `json:"command,omitempty"`
	// Machine is the machine the failure is about; Journal are the last
	// lines of its journal, Console those of its console if they may say
	// more.
	Machine string   `json:"machine,omitempty"`
	Journal []string `json:"journal,omitempty"`
	Console []string `json:"console,omitempty"`
}

// Frame is a line of the script that was being executed.
type Frame struct {
	File     string `json:"file"`
	Line     int    `json:"line"`
	Function string `json:"function"`
	Source   string `json:"source"`
}

// Problem is a fault of the script that was found without running it.
type Problem struct {
	File    string `json:"file"`
	Line    int    `json:"line"`
	Column  int    `json:"column"`
	Source  string `json:"source,omitempty"`
	Message string `json:"message"`
	// Warning problems do not keep the script from running.
	Warning bool `json:"warning,omitempty"`
}

// CommandFailure is a command that did not end as the script wanted.
type CommandFailure struct {
	Machine string `json:"machine"`
	Command string `json:"command"`
	Status  int    `json:"status"`
	Output  string `json:"output"`
	// Errors are the last lines of its standard error.
	Errors []string `json:"errors,omitempty"`
}

// Error is one sentence; Report has the rest.
func (f *Failure) Error() string {
	switch f.Kind {
	case KindLint:
		return fmt.Sprintf("the test script has errors: %s", f.Message)
	case KindTimeout:
		if n := len(f.Traceback); n > 0 {
			return fmt.Sprintf("%s; it was at %s:%d", f.Message, f.Traceback[n-1].File, f.Traceback[n-1].Line)
		}
		return f.Message
	}
	if n := len(f.Traceback); n > 0 {
		last := f.Traceback[n-1]
		return fmt.Sprintf("test script failed at %s:%d: %s", last.File, last.Line, f.Message)
	}
	return "test failed: " + f.Message
}

// ExitCode is the exit code of the command line for this failure.
func (f *Failure) ExitCode() int {
	switch f.Kind {
	case KindMachine:
		return ExitMachine
	case KindTimeout:
		return ExitTimeout
	case KindLint:
		return ExitLint
	}
	return ExitScript
}

// Report is the failure for people: where the script stopped, the command and
// its output, and the last lines of the journal.
func (f *Failure) Report() []string {
	var lines []string
	for _, problem := range f.Problems {
		lines = append(lines, problem.report()...)
	}
	if f.Kind == KindLint {
		return lines
	}
	lines = append(lines, f.traceback()...)
	if c := f.Command; c != nil {
		lines = append(lines, fmt.Sprintf("command on %s: %s", c.Machine, c.Command))
		lines = append(lines, fmt.Sprintf("exit code %d, output:", c.Status))
		lines = append(lines, indented(c.Output)...)
		if len(c.Errors) > 0 {
			lines = append(lines, "standard error:")
			lines = append(lines, indented(strings.Join(c.Errors, "\n"))...)
		}
	}
	lines = append(lines, f.tail("console", f.Console)...)
	return append(lines, f.tail("journal", f.Journal)...)
}

func (f *Failure) tail(source string, recent []string) []string {
	if len(recent) == 0 {
		return nil
	}
	return append([]string{fmt.Sprintf("last %s lines of %s:", source, f.Machine)}, indented(strings.Join(recent, "\n"))...)
}

// tracebackMark starts each line of a traceback.
const tracebackMark = "!!! "

func (f *Failure) traceback() []string {
	lines := make([]string, 0, 2*len(f.Traceback)+2)
	if len(f.Traceback) > 0 {
		lines = append(lines, tracebackMark+"Traceback (most recent call last):")
	}
	for _, frame := range f.Traceback {
		lines = append(lines, fmt.Sprintf("%s  File %q, line %d, in %s", tracebackMark, frame.File, frame.Line, frame.Function))
		if frame.Source != "" {
			lines = append(lines, tracebackMark+"    "+frame.Source)
		}
	}
	message := f.Message
	if f.Exception != "" {
		message = f.Exception + ": " + message
	}
	for _, line := range strings.Split(message, "\n") {
		lines = append(lines, tracebackMark+line)
	}
	return lines
}

func (p *Problem) report() []string {
	kind := "error"
	if p.Warning {
		kind = "warning"
	}
	lines := []string{fmt.Sprintf("%s:%d:%d: %s: %s", p.File, p.Line, p.Column, kind, p.Message)}
	if p.Source == "" {
		return lines
	}
	lines = append(lines, "    "+p.Source)
	if p.Column > 0 {
		lines = append(lines, "    "+caretBelow(p.Source, p.Column))
	}
	return lines
}

// caretBelow keeps tabs, so that the caret stands under its column.
func caretBelow(source string, column int) string {
	var b strings.Builder
	for i, r := range []rune(source) {
		if i == column-1 {
			break
		}
		if r != '\t' {
			r = ' '
		}
		b.WriteRune(r)
	}
	return b.String() + "^"
}

// reportedLines bounds how much of a command's output a report repeats.
const reportedLines = 40

func indented(text string) []string {
	text = strings.TrimRight(text, "\n")
	if text == "" {
		return []string{"    (nothing)"}
	}
	lines := strings.Split(text, "\n")
	if skipped := len(lines) - reportedLines; skipped > 0 {
		lines = append([]string{fmt.Sprintf("(%d lines before)", skipped)}, lines[skipped:]...)
	}
	for i := range lines {
		lines[i] = "    " + lines[i]
	}
	return lines
}
