package testdriver

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"

	"golang.org/x/term"

	"berth.dev/internal/description"
	"berth.dev/internal/machine"
)

// Booted is a Machine that is a machine of a group: a real system.
type Booted struct {
	machine *machine.Machine
	// link is the number of its first test network; zero when it has none.
	link int

	mu      sync.Mutex
	sink    func(Line)
	console lineWriter
}

// NewBooted adds a machine to a group. Its console and journal become lines of
// the test.
func NewBooted(group *machine.Group, config machine.Config) (*Booted, error) {
	b := &Booted{link: firstLink(&config.System.Network), sink: func(Line) {}}
	b.console.emit = func(text string) { b.line(Line{Console, text}) }
	config.Console = &b.console
	config.Journal = func(entry machine.JournalEntry) {
		for text := range strings.SplitSeq(strings.TrimRight(entry.Message, "\n"), "\n") {
			b.line(Line{Journal, journalText(entry, text)})
		}
	}
	var err error
	b.machine, err = group.Machine(config)
	return b, err
}

func journalText(entry machine.JournalEntry, text string) string {
	if entry.PID == 0 {
		return entry.Identifier + ": " + text
	}
	return fmt.Sprintf("%s[%d]: %s", entry.Identifier, entry.PID, text)
}

// firstLink is the test network of the first interface that has one.
func firstLink(n *description.Network) int {
	var names []string
	for name, link := range n.Interfaces {
		if link.VLAN != 0 {
			names = append(names, name)
		}
	}
	if len(names) == 0 {
		return 0
	}
	return n.Interfaces[slices.Min(names)].VLAN
}

func (b *Booted) line(line Line) {
	b.mu.Lock()
	sink := b.sink
	b.mu.Unlock()
	sink(line)
}

// Attach implements Machine.
func (b *Booted) Attach(sink func(Line)) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.sink = sink
}

// Boot implements Machine. Scripts expect of a machine that takes commands
// that its files and sockets are in place, so the basic system is waited for;
// a boot that ends without it can still be looked at.
func (b *Booted) Boot(ctx context.Context) error {
	if err := b.machine.Start(ctx); err != nil {
		return err
	}
	if err := b.machine.WaitCommands(ctx); err != nil {
		return err
	}
	basic, reached := context.WithCancel(ctx)
	go func() {
		defer reached()
		_, _ = b.machine.Exec(basic, machine.ExecRequest{Argv: []string{"/bin/sh", "-c", waitForBasic}})
	}()
	err := b.machine.WaitReady(basic)
	reached()
	if basic.Err() != nil && ctx.Err() == nil && b.machine.Running() {
		return nil
	}
	return err
}

// waitForBasic ends when the basic system has been reached.
const waitForBasic = "until systemctl --quiet is-active basic.target; do sleep 0.05; done"

// Run implements Machine.
func (b *Booted) Run(ctx context.Context, command Command) (int, error) {
	request := machine.ExecRequest{
		Argv: command.Arguments, Env: command.Environment, Directory: command.Directory,
		Stdin: command.Stdin, Stdout: command.Stdout,
	}
	if command.Stderr != nil {
		request.Stderr = command.Stderr
	}
	status, err := b.machine.Exec(ctx, request)
	return status.Status(), err
}

// Shutdown implements Machine.
func (b *Booted) Shutdown(ctx context.Context) error { return b.machine.Stop(ctx, 0) }

// Crash implements Machine.
func (b *Booted) Crash(context.Context) error {
	b.machine.Kill()
	return nil
}

// Wait implements Machine.
func (b *Booted) Wait(ctx context.Context) error {
	_, err := b.machine.Wait(ctx)
	b.console.flush()
	return err
}

// Block implements Machine.
func (b *Booted) Block(context.Context) error { return b.plug(b.machine.Unplug) }

// Unblock implements Machine.
func (b *Booted) Unblock(context.Context) error { return b.plug(b.machine.Plug) }

func (b *Booted) plug(change func(vlan int) error) error {
	if b.link == 0 {
		return nil
	}
	return change(b.link)
}

// Shell implements Shell: a login shell on the user's terminal.
func (b *Booted) Shell(ctx context.Context, input, output *os.File) error {
	// Opened anew, so that closing it ends a read that is under way; else
	// the next line that the user types would be lost.
	keys, err := os.OpenFile(filepath.Join("/proc/self/fd", strconv.Itoa(int(input.Fd()))), os.O_RDONLY|syscall.O_NONBLOCK|syscall.O_NOCTTY, 0)
	if err != nil {
		return fmt.Errorf("open terminal: %w", err)
	}
	defer keys.Close()
	state, err := term.MakeRaw(int(output.Fd()))
	if err != nil {
		return fmt.Errorf("take over terminal: %w", err)
	}
	defer term.Restore(int(output.Fd()), state)
	resize, stop := windowSizes(output)
	defer stop()
	size := windowSize(output)
	_, err = b.machine.Exec(ctx, machine.ExecRequest{
		Argv: []string{"/bin/bash", "--login"}, Env: []string{"TERM=xterm-256color"}, Directory: "/root",
		// Hidden types: a plain file would be passed on as a descriptor.
		Stdin: struct{ io.Reader }{keys}, Stdout: struct{ io.Writer }{output},
		Terminal: &size, Resize: resize,
	})
	return err
}

func windowSize(terminal *os.File) machine.WindowSize {
	columns, rows, err := term.GetSize(int(terminal.Fd()))
	if err != nil {
		return machine.WindowSize{Rows: 24, Columns: 80}
	}
	return machine.WindowSize{Rows: uint16(rows), Columns: uint16(columns)}
}

// windowSizes follows the size of a terminal until stop is called.
func windowSizes(terminal *os.File) (sizes <-chan machine.WindowSize, stop func()) {
	changed := make(chan os.Signal, 1)
	done := make(chan struct{})
	out := make(chan machine.WindowSize, 1)
	signal.Notify(changed, syscall.SIGWINCH)
	go func() {
		for {
			select {
			case <-changed:
				select {
				case out <- windowSize(terminal):
				default:
				}
			case <-done:
				return
			}
		}
	}()
	return out, func() {
		signal.Stop(changed)
		close(done)
	}
}
