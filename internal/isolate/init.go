package isolate

import (
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"golang.org/x/sys/unix"
)

// runInit starts the command as a child and stays: it passes signals on and
// collects orphans until the command ends. The child inherits the identity and
// filters of this thread.
func runInit(m *message) (int, error) {
	signals := make(chan os.Signal, 32)
	signal.Notify(signals)
	files := []uintptr{0, 1, 2}
	for i := range m.FileCount {
		files = append(files, uintptr(firstFile+i))
	}
	child, err := syscall.ForkExec(m.Args[0], m.Args, &syscall.ProcAttr{
		Env: m.environment(), Files: files,
		Sys: &syscall.SysProcAttr{Setsid: m.NewSession && !m.Terminal},
	})
	if err != nil {
		return 0, fmt.Errorf("execute %s: %w", m.Args[0], err)
	}
	unix.Close(statusDescriptor)
	for received := range signals {
		number := received.(syscall.Signal)
		switch number {
		case syscall.SIGCHLD:
			if status, ended := reap(child); ended {
				return status, nil
			}
		case syscall.SIGURG: // the Go runtime's own
		default:
			syscall.Kill(child, number)
		}
	}
	return 0, nil
}

// reap collects every ended child and reports whether main was among them.
func reap(main int) (status int, ended bool) {
	for {
		var ws syscall.WaitStatus
		pid, err := syscall.Wait4(-1, &ws, syscall.WNOHANG, nil)
		if err == syscall.EINTR {
			continue
		}
		if err != nil || pid <= 0 {
			return status, ended
		}
		if pid != main {
			continue
		}
		ended = true
		status = ws.ExitStatus()
		if ws.Signaled() {
			status = 128 + int(ws.Signal())
		}
	}
}

// runHooks runs the commands that must succeed before the main one.
func runHooks(spec *Spec) error {
	for _, hook := range spec.Hooks {
		if err := runHook(hook); err != nil {
			return err
		}
	}
	return nil
}
