package testdriver

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"
)

// guest is a machine and what the driver remembers about it.
type guest struct {
	name    string
	machine Machine
	// life ends with the run: a boot belongs to the run, not to a request.
	life        context.Context
	events      Events
	output      *machineLog
	bootTimeout time.Duration

	mu sync.Mutex
	// boot is the boot that is under way or done; nil while off.
	boot *boot
	// environment is that of root's login, asked for once per boot.
	environment []string
	result      MachineResult
}

// boot is one start of a machine.
type boot struct {
	done chan struct{}
	err  error
}

func newGuest(life context.Context, name string, config *Config) (*guest, error) {
	g := &guest{name: name, life: life, machine: config.Machines[name], events: config.Events, bootTimeout: config.BootTimeout}
	var err error
	if g.output, err = newMachineLog(config.Output, name); err != nil {
		return nil, err
	}
	g.result.ConsoleLog, g.result.JournalLog = g.output.files()
	g.machine.Attach(g.line)
	return g, nil
}

// line takes one line of the machine's output.
func (g *guest) line(line Line) {
	if g.output.add(line) {
		g.events.Output(g.name, line.Text)
	}
}

// start begins to boot the machine unless it runs already. The boot outlives
// the request that asked for it.
func (g *guest) start() *boot {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.boot != nil {
		return g.boot
	}
	b := &boot{done: make(chan struct{})}
	g.boot, g.environment = b, nil
	g.result.Boots++
	g.events.Message(g.name, "info", "starting machine")
	go g.bootUp(b)
	return b
}

// bootUp boots the machine and watches for it to turn itself off.
func (g *guest) bootUp(b *boot) {
	begun := time.Now()
	ctx, cancel := context.WithTimeout(g.life, g.bootTimeout)
	defer cancel()
	if err := g.machine.Boot(ctx); err != nil {
		b.err = &requestError{Kind: machineFailed, Machine: g.name, Message: fmt.Sprintf("machine %s did not boot: %v", g.name, err)}
		close(b.done)
		return
	}
	g.booted(time.Since(begun))
	close(b.done)
	if err := g.machine.Wait(g.life); err == nil {
		g.forget(b)
	}
}

func (g *guest) booted(took time.Duration) {
	g.mu.Lock()
	if g.result.BootSeconds == 0 {
		g.result.BootSeconds = took.Seconds()
	}
	g.mu.Unlock()
	g.events.Booted(g.name, took)
}

// forget marks a boot as over, unless another one has begun.
func (g *guest) forget(b *boot) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.boot == b {
		g.boot = nil
	}
}

// connect returns when commands can be run in the machine.
func (g *guest) connect(ctx context.Context) error {
	b := g.start()
	select {
	case <-b.done:
		return b.err
	case <-ctx.Done():
		return ctx.Err()
	}
}

// running says whether the machine was started and not stopped since.
func (g *guest) running() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.boot != nil
}

// stop runs an operation that turns the machine off.
func (g *guest) stop(ctx context.Context, off func(context.Context) error) error {
	g.mu.Lock()
	b := g.boot
	g.mu.Unlock()
	if b == nil {
		return nil
	}
	if err := off(ctx); err != nil {
		return &requestError{Kind: machineFailed, Machine: g.name, Message: fmt.Sprintf("machine %s did not stop: %v", g.name, err)}
	}
	g.forget(b)
	return nil
}

// machineLog keeps a machine's lines: in two files, and in memory for the
// script to search.
type machineLog struct {
	mu      sync.Mutex
	console *os.File
	journal *os.File
	text    strings.Builder
	recent  map[Source][]string
	quiet   bool
	grown   chan struct{}
}

// recentLines is how many lines a failure report shows.
const recentLines = 20

func newMachineLog(dir, name string) (*machineLog, error) {
	l := &machineLog{grown: make(chan struct{}), recent: map[Source][]string{}}
	if dir == "" {
		return l, nil
	}
	dir = filepath.Join(dir, "logs")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, fmt.Errorf("make directory for machine logs: %w", err)
	}
	var err error
	if l.console, err = os.Create(filepath.Join(dir, name+".console.log")); err != nil {
		return nil, fmt.Errorf("create console log of %s: %w", name, err)
	}
	if l.journal, err = os.Create(filepath.Join(dir, name+".journal.log")); err != nil {
		l.console.Close()
		return nil, fmt.Errorf("create journal log of %s: %w", name, err)
	}
	return l, nil
}

func (l *machineLog) files() (console, journal string) {
	if l.console == nil {
		return "", ""
	}
	return l.console.Name(), l.journal.Name()
}

// add keeps a line and says whether it is to be shown. Write errors of the
// files are not the test's: the lines are also shown and searched.
func (l *machineLog) add(line Line) (show bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.text.WriteString(line.Text)
	l.text.WriteByte('\n')
	file := l.console
	if line.Source == Journal {
		file = l.journal
	}
	if line.Source != Errors {
		recent := append(l.recent[line.Source], line.Text)
		l.recent[line.Source] = recent[max(0, len(recent)-recentLines):]
	}
	if file != nil {
		file.WriteString(line.Text + "\n")
	}
	close(l.grown)
	l.grown = make(chan struct{})
	return !l.quiet && line.Source != Console
}

// since returns the text from offset on, and a channel that is closed when
// there is more.
func (l *machineLog) since(offset int) (string, <-chan struct{}) {
	l.mu.Lock()
	defer l.mu.Unlock()
	text := l.text.String()
	return text[min(max(offset, 0), len(text)):], l.grown
}

// tail returns the last lines of a source.
func (l *machineLog) tail(source Source) []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Clone(l.recent[source])
}

func (l *machineLog) setQuiet(quiet bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.quiet = quiet
}

func (l *machineLog) close() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.console != nil {
		l.console.Close()
		l.journal.Close()
	}
}
