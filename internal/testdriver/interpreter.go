package testdriver

import (
	"context"
	"io"
	"os"
)

// Interpreter starts Python processes.
type Interpreter interface {
	// Start runs the interpreter. The process and everything it starts die
	// when ctx ends.
	Start(ctx context.Context, spec Process) (Running, error)
}

// Process says how the interpreter is to be started.
type Process struct {
	// Arguments follow the interpreter's name.
	Arguments []string
	// Environment is the whole environment besides what the interpreter
	// needs to find its own library.
	Environment []string
	// Directory is a host directory that the process can write at the same
	// path; it is its working directory. Empty means any.
	Directory string
	// Socket becomes descriptor 3.
	Socket         *os.File
	Stdin          io.Reader
	Stdout, Stderr io.Writer
	// Terminal says that the three streams are the user's terminal, so that
	// the process has to stay in its foreground group.
	Terminal bool
}

// Running is a started interpreter.
type Running interface {
	// Wait returns when the process is gone, with nil if it exited with 0.
	Wait() error
}
