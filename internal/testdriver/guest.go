package testdriver

import (
	"context"
	"fmt"
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
