package testdriver

import (
	"os"
	"time"

	"berth.dev/internal/description"
)

// DefaultGlobalTimeout bounds a run whose test gives no bound.
const DefaultGlobalTimeout = time.Hour

// Config is everything a run needs.
type Config struct {
	Test *description.Test
	// Machines are the machines of the test by attribute name.
	Machines    map[string]Machine
	Interpreter Interpreter
	// Events receives progress; nil discards it.
	Events Events
	// Output is the directory of the report, the logs and the files that the
	// script copies out. It exists already.
	Output string
	// Interactive gives a prompt on Terminal instead of running the script.
	Interactive bool
	Terminal    *Terminal
	// ProbeProgram is berth's own program as machines see it; it offers the
	// stages of Stages.
	ProbeProgram string
	// BootTimeout bounds one boot; zero means five minutes.
	BootTimeout time.Duration
}

// Terminal is the user's terminal in interactive mode.
type Terminal struct {
	Input, Output, Error *os.File
	// Environment are the variables line editing needs, such as TERM.
	Environment []string
}

// Events receives what happens during a run. The methods may be called from
// several goroutines, and must not block for long.
type Events interface {
	// Message is a sentence of the driver about a machine, or about the whole
	// run when machine is empty. Level is debug, info, warning or error.
	Message(machine, level, text string)
	// Output is one line of a machine's console or journal.
	Output(machine, text string)
	// Printed is a line that the script itself printed.
	Printed(text string)
	// Opened and Closed enclose a step; ok is false when it failed.
	Opened(machine, header string)
	Closed(machine, header string, took time.Duration, ok bool)
	// Booted says that a machine is ready for commands.
	Booted(machine string, took time.Duration)
}

// Result is what became of a run.
type Result struct {
	Name   string `json:"name"`
	Passed bool   `json:"passed"`
	// Started is when the run began, Seconds how long it took in all.
	Started time.Time `json:"started"`
	Seconds float64   `json:"seconds"`
	// ScriptSeconds is the time of the script alone.
	ScriptSeconds float64                  `json:"scriptSeconds"`
	Machines      map[string]MachineResult `json:"machines"`
	Subtests      []Subtest                `json:"subtests,omitempty"`
	Failure       *Failure                 `json:"failure,omitempty"`
}

// MachineResult is what became of one machine.
type MachineResult struct {
	// BootSeconds is how long its first boot took until commands could be
	// run; zero when it was never started.
	BootSeconds float64 `json:"bootSeconds"`
	Boots       int     `json:"boots"`
	Commands    int     `json:"commands"`
	ConsoleLog  string  `json:"consoleLog,omitempty"`
	JournalLog  string  `json:"journalLog,omitempty"`
}

// Subtest is one block `with subtest(name)` of the script.
type Subtest struct {
	Name    string  `json:"name"`
	Seconds float64 `json:"seconds"`
	Passed  bool    `json:"passed"`
	Message string  `json:"message,omitempty"`
}
