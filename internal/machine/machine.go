package machine

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"syscall"
	"time"

	"berth.dev/internal/isolate"
)

// Stages returns the functions that the program runs for its hidden "__"
// subcommands.
func Stages() map[string]func(args []string) int {
	return map[string]func([]string) int{
		agentStage:         agentMain,
		reaperStage:        reaperMain,
		containerStage:     containerMain,
		containerExecStage: containerExecMain,
	}
}

const agentStage = "__agent"

// Signals that systemd understands as the first process of a container.
// Real-time signals count from 34: the C library keeps the first two.
const (
	signalPowerOff = syscall.Signal(34 + 4)
	signalReboot   = syscall.Signal(34 + 5)
)

// An End says how a boot of a machine came to its end.
type End int

const (
	// PoweredOff is an orderly end.
	PoweredOff End = iota
	// Rebooted is an orderly end after which the system wants to start again.
	Rebooted
	// Killed is every other one.
	Killed
)

func (e End) String() string { return [...]string{"powered off", "rebooted", "killed"}[e] }

// A Machine is a system that can be booted, more than once one after the
// other. Its methods may be called from several goroutines.
type Machine struct {
	config Config
	group  *Group
	layout layout

	mu sync.Mutex
	// current is the boot that runs; nil while off.
	current *run
}

// Name is the machine's name in its group.
func (m *Machine) Name() string { return m.config.Name }

// Directory is where the machine's files are on the host.
func (m *Machine) Directory() string { return m.layout.directory }

// Start boots the machine and returns when its first process runs. The boot
// does not end with ctx, but with the group.
func (m *Machine) Start(ctx context.Context) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.current != nil {
		return nil
	}
	r, err := m.boot(ctx)
	if err != nil {
		return fmt.Errorf("boot machine %s: %w", m.config.Name, err)
	}
	m.current = r
	go func() {
		<-r.ended
		m.mu.Lock()
		defer m.mu.Unlock()
		if m.current == r {
			m.current = nil
		}
	}()
	return nil
}

// errOff is the answer to what only a running machine can do.
var errOff = errors.New("the machine is off")

func (m *Machine) running() (*run, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.current == nil {
		return nil, errOff
	}
	return m.current, nil
}

// Running reports whether the machine was started and has not ended since.
func (m *Machine) Running() bool {
	_, err := m.running()
	return err == nil
}

// WaitCommands returns when commands can be run in the machine.
func (m *Machine) WaitCommands(ctx context.Context) error {
	r, err := m.running()
	if err != nil {
		return err
	}
	return r.wait(ctx, r.agent, "its agent")
}

// WaitReady returns when the machine has booted: its default unit was reached
// and nothing is left to start.
func (m *Machine) WaitReady(ctx context.Context) error {
	r, err := m.running()
	if err != nil {
		return err
	}
	return r.wait(ctx, r.ready, "the end of its boot")
}

// Wait returns when the machine is off, and how that came about. It is powered
// off when it was off before.
func (m *Machine) Wait(ctx context.Context) (End, error) {
	r, err := m.running()
	if err != nil {
		return PoweredOff, nil
	}
	select {
	case <-r.ended:
		return r.end(), nil
	case <-ctx.Done():
		return Killed, ctx.Err()
	}
}

// Stop powers the machine off in order. When that takes longer than patience
// it is killed; zero means a minute.
func (m *Machine) Stop(ctx context.Context, patience time.Duration) error {
	return m.ask(ctx, signalPowerOff, patience)
}

// Reboot stops the machine in order and starts it again.
func (m *Machine) Reboot(ctx context.Context, patience time.Duration) error {
	if err := m.ask(ctx, signalReboot, patience); err != nil {
		return err
	}
	return m.Start(ctx)
}

func (m *Machine) ask(ctx context.Context, s syscall.Signal, patience time.Duration) error {
	r, err := m.running()
	if err != nil {
		return nil
	}
	if patience == 0 {
		patience = time.Minute
	}
	if err := r.process.Signal(s); err != nil {
		return fmt.Errorf("stop machine %s: %w", m.config.Name, err)
	}
	timer := time.NewTimer(patience)
	defer timer.Stop()
	select {
	case <-r.ended:
	case <-timer.C:
		r.kill()
	case <-ctx.Done():
		return ctx.Err()
	}
	m.forget(r)
	return nil
}

// Kill ends the machine at once, as pulling its plug would.
func (m *Machine) Kill() {
	r, err := m.running()
	if err != nil {
		return
	}
	r.kill()
	m.forget(r)
}

func (m *Machine) forget(r *run) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.current == r {
		m.current = nil
	}
}

// Unplug takes the machine off its test networks, Plug puts it back. Vlan 0
// stands for all of them.
func (m *Machine) Unplug(vlan int) error { return m.eachCable(vlan, (*cable).Disconnect) }

// Plug undoes [Machine.Unplug].
func (m *Machine) Plug(vlan int) error { return m.eachCable(vlan, (*cable).Connect) }

func (m *Machine) eachCable(vlan int, f func(*cable) error) error {
	r, err := m.running()
	if err != nil {
		return err
	}
	for i := range r.cables {
		if vlan == 0 || r.cables[i].vlan == vlan {
			if err := f(&r.cables[i]); err != nil {
				return err
			}
		}
	}
	return nil
}

// PID is the number of the machine's first process on the host, 0 while off.
func (m *Machine) PID() int {
	r, err := m.running()
	if err != nil {
		return 0
	}
	return r.process.PID()
}

func endOf(state isolate.ExitState) End {
	switch state.Signal {
	case syscall.SIGINT:
		return PoweredOff
	case syscall.SIGHUP:
		return Rebooted
	}
	return Killed
}
