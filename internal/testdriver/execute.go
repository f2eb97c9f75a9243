package testdriver

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
	"unicode/utf8"
)

// text is output on its way to Python: a string, or, when it is not UTF-8, an
// object with its base64.
type text string

// MarshalJSON never changes a byte of the output.
func (t text) MarshalJSON() ([]byte, error) {
	if utf8.ValidString(string(t)) {
		return json.Marshal(string(t))
	}
	return json.Marshal(map[string]string{"base64": base64.StdEncoding.EncodeToString([]byte(t))})
}

// statusTimeout is the exit status of a command that took too long, that of
// timeout(1).
const statusTimeout = 124

// timeoutGrace is how long after its timeout a command may linger before all
// of it is killed.
const timeoutGrace = 3 * time.Second

// ran is what a command came to.
type ran struct {
	status int
	output string
	// errors are the last lines of standard error.
	errors []string
}

// execute runs a shell command as the reference driver does on machines with
// a root shell: strict bash, bounded by timeout(1), standard output returned,
// standard error to the machine's console.
func (g *guest) execute(ctx context.Context, command string, l limit) (ran, error) {
	arguments := []string{"/bin/bash", "-c", "set -euo pipefail; " + command}
	bounded := ctx
	if !l.none && l.duration > 0 {
		arguments = append([]string{"/usr/bin/timeout", strconv.FormatFloat(l.duration.Seconds(), 'f', -1, 64)}, arguments...)
		var cancel context.CancelFunc
		bounded, cancel = context.WithTimeout(ctx, l.duration+timeoutGrace)
		defer cancel()
	}
	r, err := g.run(bounded, arguments, nil)
	if err != nil && bounded.Err() != nil && ctx.Err() == nil {
		g.events.Message(g.name, "warning", "the command was killed: something it started still holds its standard output; redirect the output of background commands")
		r.status = statusTimeout
		return r, nil
	}
	return r, err
}

// run runs one program to its end in the environment of root's login.
func (g *guest) run(ctx context.Context, arguments []string, input io.Reader) (ran, error) {
	var stdout bytes.Buffer
	r, err := g.runTo(ctx, arguments, input, &stdout)
	r.output = stdout.String()
	return r, err
}

// runTo is run with the output going elsewhere.
func (g *guest) runTo(ctx context.Context, arguments []string, input io.Reader, output io.Writer) (ran, error) {
	if err := g.connect(ctx); err != nil {
		return ran{status: -1}, err
	}
	environment, err := g.loginEnvironment(ctx)
	if err != nil {
		return ran{status: -1}, err
	}
	g.mu.Lock()
	g.result.Commands++
	g.mu.Unlock()
	errors, err := g.openErrors()
	if err != nil {
		return ran{status: -1}, err
	}
	status, err := g.machine.Run(ctx, Command{
		Arguments: arguments, Environment: environment, Directory: "/tmp",
		Stdin: input, Stdout: output, Stderr: errors.writer,
	})
	return ran{status: status, errors: errors.ended()}, g.runError(err)
}

// errorStream is the standard error of a command, whose lines appear on the
// machine's console.
type errorStream struct {
	writer *os.File
	read   chan struct{}
	mu     sync.Mutex
	last   []string
}

// lateLines is how long standard error may stay open after a command: output
// that was written is waited for, a process in the background is not.
const lateLines = 100 * time.Millisecond

func (g *guest) openErrors() (*errorStream, error) {
	reader, writer, err := os.Pipe()
	if err != nil {
		return nil, fmt.Errorf("make pipe for a command's errors: %w", err)
	}
	e := &errorStream{writer: writer, read: make(chan struct{})}
	go func() {
		defer close(e.read)
		defer reader.Close()
		lines := &lineWriter{emit: func(line string) {
			g.line(Line{Errors, line})
			e.keep(line)
		}}
		_, _ = io.Copy(lines, reader)
		lines.flush()
	}()
	return e, nil
}

func (e *errorStream) keep(line string) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.last = append(e.last, line)
	e.last = e.last[max(0, len(e.last)-recentLines):]
}

// ended returns the last lines once the command has ended.
func (e *errorStream) ended() []string {
	e.writer.Close()
	select {
	case <-e.read:
	case <-time.After(lateLines):
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	return slices.Clone(e.last)
}

// runError leaves the end of a context recognisable.
func (g *guest) runError(err error) error {
	if err == nil || errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	return &requestError{Kind: machineFailed, Machine: g.name, Message: fmt.Sprintf("machine %s cannot run commands: %v", g.name, err)}
}

// loginCommand prints the environment that root's login shell would have.
const loginCommand = `if [ -e /etc/profile ]; then . /etc/profile >/dev/null 2>&1 || true; fi; exec /usr/bin/env -0`

// loginEnvironment is asked for once per boot.
func (g *guest) loginEnvironment(ctx context.Context) ([]string, error) {
	g.mu.Lock()
	known := g.environment
	g.mu.Unlock()
	if known != nil {
		return known, nil
	}
	var stdout bytes.Buffer
	status, err := g.machine.Run(ctx, Command{
		Arguments: []string{"/bin/bash", "-c", loginCommand},
		Environment: []string{
			"HOME=/root", "USER=root", "LOGNAME=root", "SHELL=/bin/bash",
			"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
		},
		Directory: "/tmp", Stdout: &stdout,
	})
	if err == nil && status != 0 {
		err = fmt.Errorf("root's login shell ended with status %d", status)
	}
	if err != nil {
		return nil, g.runError(err)
	}
	environment := loginVariables(stdout.String())
	g.mu.Lock()
	defer g.mu.Unlock()
	g.environment = environment
	return environment, nil
}

// loginVariables drops what belongs to the shell that was asked, and turns
// pagers off.
func loginVariables(printed string) []string {
	var variables []string
	for variable := range strings.SplitSeq(strings.TrimSuffix(printed, "\x00"), "\x00") {
		name, _, _ := strings.Cut(variable, "=")
		if !slices.Contains([]string{"_", "SHLVL", "PWD", "OLDPWD", "PAGER", "SYSTEMD_PAGER"}, name) {
			variables = append(variables, variable)
		}
	}
	return append(variables, "PAGER=", "SYSTEMD_PAGER=")
}

// lineWriter cuts what is written to it into lines.
type lineWriter struct {
	emit func(string)
	mu   sync.Mutex
	rest []byte
}

func (w *lineWriter) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.rest = append(w.rest, p...)
	for {
		line, rest, found := bytes.Cut(w.rest, []byte{'\n'})
		if !found {
			return len(p), nil
		}
		w.emit(strings.TrimSuffix(string(line), "\r"))
		w.rest = rest
	}
}

// flush emits an unfinished last line.
func (w *lineWriter) flush() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.rest) > 0 {
		w.emit(string(w.rest))
		w.rest = nil
	}
}
