package isolate

import (
	"errors"
	"fmt"
	"os"
	"syscall"
)

// A Process is a running command and what descends from it.
type Process struct {
	process *os.Process
	cgroup  *Cgroup
	// bornInside says that the process began in the cgroup of version 2.
	bornInside bool
	done       chan struct{}
	// state and err are set before done is closed.
	state ExitState
	err   error
}

// ExitState says how a process ended: by a signal when Signal is not 0.
type ExitState struct {
	Code   int
	Signal syscall.Signal
	// Usage is what it and its collected children used.
	Usage *syscall.Rusage
}

// Success reports whether the process exited with status 0.
func (s ExitState) Success() bool { return s.Code == 0 && s.Signal == 0 }

// Status is the exit status as shells count: 128 and more for signals.
func (s ExitState) Status() int {
	if s.Signal != 0 {
		return 128 + int(s.Signal)
	}
	return s.Code
}

func (s ExitState) String() string {
	if s.Signal != 0 {
		return fmt.Sprintf("killed by signal %d (%s)", int(s.Signal), s.Signal)
	}
	return fmt.Sprintf("exit status %d", s.Code)
}

// PID is the number of the process in the caller's namespace.
func (p *Process) PID() int { return p.process.Pid }

// Done is closed when the process has ended.
func (p *Process) Done() <-chan struct{} { return p.done }

// Wait waits for the end of the process.
func (p *Process) Wait() (ExitState, error) {
	<-p.done
	return p.state, p.err
}

// Signal sends a signal to the process.
func (p *Process) Signal(s syscall.Signal) error {
	if err := p.process.Signal(s); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return fmt.Errorf("send signal %d: %w", int(s), err)
	}
	return nil
}

// Kill ends the process and its descendants: all of them when it is the first
// of a PID namespace or has a cgroup.
func (p *Process) Kill() {
	p.process.Kill()
	if p.cgroup != nil {
		p.cgroup.Kill()
	}
}

func (p *Process) collect() {
	state, err := p.process.Wait()
	if err != nil {
		p.err = fmt.Errorf("wait for process: %w", err)
	} else {
		p.state = exitState(state)
	}
	close(p.done)
}

func exitState(state *os.ProcessState) ExitState {
	usage, _ := state.SysUsage().(*syscall.Rusage)
	if status := state.Sys().(syscall.WaitStatus); status.Signaled() {
		return ExitState{Signal: status.Signal(), Usage: usage}
	}
	return ExitState{Code: state.ExitCode(), Usage: usage}
}
