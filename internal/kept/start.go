package kept

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// Start writes down a launch and starts a supervisor for it. It returns when
// the supervisor answers; how the boot goes is for [Yard.Watch] to see. The
// caller has the machine's lock.
func (y *Yard) Start(ctx context.Context, l *Launch) error {
	if err := os.MkdirAll(y.Directory(l.Name), 0o755); err != nil {
		return fmt.Errorf("start %s: %w", l.Name, err)
	}
	if err := y.writeLaunch(l); err != nil {
		return err
	}
	var err error
	if y.HostUnits {
		err = y.startUnit(ctx, l)
	} else {
		err = y.startProcess(l.Name)
	}
	if err != nil {
		return fmt.Errorf("start %s: %w", l.Name, err)
	}
	return nil
}

// program is the path of berth's own program.
func (y *Yard) program() (string, error) {
	if y.Executable != "" {
		return y.Executable, nil
	}
	return os.Executable()
}

// startProcess starts a supervisor that belongs to no terminal.
func (y *Yard) startProcess(name string) error {
	program, err := y.program()
	if err != nil {
		return err
	}
	null, err := os.OpenFile(os.DevNull, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	defer null.Close()
	log, err := os.OpenFile(y.file(name, supervisorLogName), os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	defer log.Close()
	started, theirs, err := os.Pipe()
	if err != nil {
		return err
	}
	defer started.Close()
	process, err := os.StartProcess(program, []string{"berth", superviseStage, y.Directory(name), y.RunDirectory, "started"}, &os.ProcAttr{
		Dir: "/", Env: []string{"PATH=/usr/sbin:/usr/bin:/sbin:/bin"},
		Files: []*os.File{null, log, log, theirs}, Sys: &syscall.SysProcAttr{Setsid: true},
	})
	theirs.Close()
	if err != nil {
		return err
	}
	complaint, err := io.ReadAll(started)
	if err == nil && len(complaint) > 0 {
		err = errors.New(string(complaint))
	}
	if err != nil {
		process.Wait()
		return err
	}
	return process.Release()
}

// BootError says that a machine did not come up, with the end of what it said.
type BootError struct {
	Name   string
	Reason string
	Lines  []string
}

func (e *BootError) Error() string { return fmt.Sprintf("%s did not boot: %s", e.Name, e.Reason) }

// bootLines is how much of the console a failed boot shows.
const bootLines = 20

// WaitBoot returns when a machine has booted, and shows its console.
func (y *Yard) WaitBoot(ctx context.Context, name string, console func(line string)) (Status, error) {
	var status Status
	var lines []string
	err := y.Watch(ctx, name, func(e Event) bool {
		if e.Status != nil {
			status = *e.Status
			return status.State == Running || status.State.Ended()
		}
		console(e.Console)
		lines = append(lines, e.Console)
		return false
	})
	if err != nil {
		return status, err
	}
	if status.State == Running {
		return status, nil
	}
	reason := status.Error
	if reason == "" {
		reason = "it powered itself off"
	}
	// The network is made before the first process, and named after it.
	reason = strings.TrimPrefix(strings.TrimPrefix(reason, "boot machine "+name+": "), "start /usr/lib/systemd/systemd: ")
	return status, &BootError{name, reason, lines[max(0, len(lines)-bootLines):]}
}

// Stop takes a machine down in order and returns when nothing of it runs. When
// that takes longer than patience it is killed. The caller has the lock.
func (y *Yard) Stop(ctx context.Context, name string, patience time.Duration) error {
	if _, err := y.Launch(name); err != nil {
		return err
	}
	if !y.HostUnits {
		return y.stopSupervisor(ctx, name, patience)
	}
	if err := y.retireUnit(ctx, name); err != nil {
		return err
	}
	err := y.stopSupervisor(ctx, name, patience)
	return errors.Join(err, y.forgetUnit(ctx, name))
}

// stopSupervisor returns when there is none any more.
func (y *Yard) stopSupervisor(ctx context.Context, name string, patience time.Duration) error {
	status, err := y.ask(name)
	if errors.Is(err, errNotSupervised) {
		return y.waitReleased(ctx, name) // it may be about to end
	} else if err != nil {
		return err
	}
	// It is over when the supervisor is, which removes what was the machine's.
	supervisor, err := unix.PidfdOpen(status.Supervisor, 0)
	if err != nil {
		return nil
	}
	defer unix.Close(supervisor)
	err = y.follow(ctx, name, request{Do: askStop, Patience: patience}, func(Event) bool { return false })
	if err != nil && !errors.Is(err, errNotSupervised) {
		return fmt.Errorf("stop: %w", err)
	}
	return waitEnd(ctx, supervisor)
}

// waitReleased returns when no supervisor holds the machine's directory.
func (y *Yard) waitReleased(ctx context.Context, name string) error {
	for pause := time.Millisecond; ; pause = min(2*pause, 50*time.Millisecond) {
		life, err := lockFile(y.file(name, lifeName))
		if err == nil {
			life.Close()
		}
		if !errors.Is(err, ErrBusy) {
			return nil
		}
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-time.After(pause):
		}
	}
}

// waitEnd returns when a process has ended.
func waitEnd(ctx context.Context, pidfd int) error {
	const step = 200 // milliseconds
	for {
		n, err := unix.Poll([]unix.PollFd{{Fd: int32(pidfd), Events: unix.POLLIN}}, step)
		if n > 0 || err != nil && !errors.Is(err, unix.EINTR) {
			return err
		}
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
	}
}

// Boot stops a running machine and boots it again from its launch, under the
// same supervisor.
func (y *Yard) Boot(ctx context.Context, name string, patience time.Duration, console func(string)) (Status, error) {
	var last Status
	began := false
	err := y.follow(ctx, name, request{Do: askBoot, Patience: patience}, func(e Event) bool {
		switch {
		case e.Status != nil && e.Status.State == Stopping:
			began = true
		case e.Status != nil:
			last = *e.Status
			return began && (last.State == Running || last.State.Ended())
		case began:
			console(e.Console)
		}
		return false
	})
	if err == nil && last.State != Running {
		err = &BootError{Name: name, Reason: last.Error}
	}
	return last, err
}

// Remove removes a machine that is down, with its state. The caller has the
// lock.
func (y *Yard) Remove(name string) error {
	if y.Supervised(name) {
		return fmt.Errorf("remove %s: it is running", name)
	}
	if err := os.RemoveAll(y.Directory(name)); err != nil {
		return fmt.Errorf("remove %s: %w", name, err)
	}
	return nil
}

// Tidy removes the directory of a machine that never got a launch.
func (y *Yard) Tidy(name string) error {
	if _, err := os.Stat(y.file(name, launchName)); err == nil {
		return nil
	}
	return os.RemoveAll(y.Directory(name))
}
