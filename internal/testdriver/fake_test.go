package testdriver

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"berth.dev/internal/description"
	"berth.dev/internal/isolate"
	"berth.dev/internal/machine"
)

// TestMain lets the test binary stand in for berth's program.
func TestMain(m *testing.M) {
	if status, ok := isolate.Dispatch(os.Args, isolate.Stages(), machine.Stages(), Stages()); ok {
		os.Exit(status)
	}
	os.Exit(m.Run())
}

// localMachine is a machine in name only: its commands run on this host. Its
// systemctl is a script over a directory with one file per unit.
type localMachine struct {
	dir       string
	bootTime  time.Duration
	bootError error
	sink      func(Line)

	mu      sync.Mutex
	off     chan struct{}
	blocked bool
	killed  []int
}

const fakeSystemctl = `#!/bin/bash
units=%s
user=
words=()
for word in "$@"; do
  case "$word" in
    --user) user=yes ;;
    --property=*) property=${word#--property=} ;;
    --*) ;;
    *) words+=("$word") ;;
  esac
done
case "${words[0]}" in
  list-jobs) if [ -e "$units/jobs" ]; then cat "$units/jobs"; else echo "No jobs running."; fi ;;
  start) echo active >"$units/${words[1]}" ;;
  stop) echo inactive >"$units/${words[1]}" ;;
  show)
    state=inactive load=not-found
    if [ -e "$units/${words[1]}" ]; then
      load=loaded
      state=$(head -n 1 "$units/${words[1]}")
      if [ "$(wc -l <"$units/${words[1]}")" -gt 1 ]; then sed -i 1d "$units/${words[1]}"; fi
    fi
    case "$property" in
      ActiveState) echo "ActiveState=$state" ;;
      LoadState) echo "LoadState=$load" ;;
      "") printf 'Id=%%s\nActiveState=%%s\n' "${words[1]}" "$state" ;;
      *) echo malformed ;;
    esac ;;
  *) exit 4 ;;
esac
`

func newLocalMachine(t *testing.T) *localMachine {
	t.Helper()
	m := &localMachine{dir: t.TempDir()}
	if err := os.MkdirAll(filepath.Join(m.dir, "units"), 0o755); err != nil {
		t.Fatal(err)
	}
	script := fmt.Sprintf(fakeSystemctl, filepath.Join(m.dir, "units"))
	if err := os.WriteFile(filepath.Join(m.dir, "systemctl"), []byte(script), 0o755); err != nil {
		t.Fatal(err)
	}
	return m
}

// unit sets the states that a unit goes through, one per look.
func (m *localMachine) unit(t *testing.T, name string, states ...string) {
	t.Helper()
	text := strings.Join(states, "\n") + "\n"
	if err := os.WriteFile(filepath.Join(m.dir, "units", name), []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

func (m *localMachine) Attach(sink func(Line)) { m.sink = sink }

func (m *localMachine) Boot(ctx context.Context) error {
	m.sink(Line{Console, "Starting up"})
	if err := sleep(ctx, m.bootTime); err != nil {
		return err
	}
	if m.bootError != nil {
		return m.bootError
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.off = make(chan struct{})
	m.sink(Line{Console, "Startup finished"})
	for i := range 30 {
		m.sink(Line{Journal, fmt.Sprintf("systemd[1]: journal line %d", i)})
	}
	return nil
}

func (m *localMachine) Run(ctx context.Context, command Command) (int, error) {
	cmd := exec.Command(command.Arguments[0], command.Arguments[1:]...)
	cmd.Env = slices.Clone(command.Environment)
	for i, variable := range cmd.Env {
		if path, ok := strings.CutPrefix(variable, "PATH="); ok {
			cmd.Env[i] = "PATH=" + m.dir + ":" + path
		}
	}
	cmd.Dir, cmd.Stdin, cmd.Stdout = command.Directory, command.Stdin, command.Stdout
	if command.Stderr != nil {
		cmd.Stderr = command.Stderr
	}
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	if err := cmd.Start(); err != nil {
		return -1, err
	}
	stop := context.AfterFunc(ctx, func() { m.kill(cmd.Process.Pid) })
	defer stop()
	err := cmd.Wait()
	if ctx.Err() != nil {
		return -1, ctx.Err()
	}
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		if status := exit.Sys().(syscall.WaitStatus); status.Signaled() {
			return 128 + int(status.Signal()), nil
		}
		return exit.ExitCode(), nil
	}
	return 0, err
}

// kill ends every process of a session.
func (m *localMachine) kill(session int) {
	m.mu.Lock()
	m.killed = append(m.killed, session)
	m.mu.Unlock()
	for _, pid := range sessionMembers(session) {
		_ = syscall.Kill(pid, syscall.SIGKILL)
	}
}

func sessionMembers(session int) []int {
	var members []int
	entries, _ := os.ReadDir("/proc")
	for _, entry := range entries {
		pid, err := strconv.Atoi(entry.Name())
		if err != nil {
			continue
		}
		stat, err := os.ReadFile(filepath.Join("/proc", entry.Name(), "stat"))
		if err != nil {
			continue
		}
		_, after, _ := strings.Cut(string(stat), ") ")
		fields := strings.Fields(after)
		if len(fields) > 3 && fields[0] != "Z" && fields[3] == strconv.Itoa(session) {
			members = append(members, pid)
		}
	}
	return members
}

func (m *localMachine) turnOff() {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.off != nil {
		close(m.off)
		m.off = nil
	}
}

func (m *localMachine) Shutdown(context.Context) error { m.turnOff(); return nil }
func (m *localMachine) Crash(context.Context) error    { m.turnOff(); return nil }

func (m *localMachine) Wait(ctx context.Context) error {
	m.mu.Lock()
	off := m.off
	m.mu.Unlock()
	if off == nil {
		return nil
	}
	select {
	case <-off:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (m *localMachine) Block(context.Context) error   { m.blocked = true; return nil }
func (m *localMachine) Unblock(context.Context) error { m.blocked = false; return nil }

// hostPython is this host's interpreter.
type hostPython struct {
	path string
	mu   sync.Mutex
	pids []int
}

func (p *hostPython) Start(ctx context.Context, spec Process) (Running, error) {
	cmd := exec.CommandContext(ctx, p.path, spec.Arguments...)
	cmd.Env = append(spec.Environment, "PATH=/usr/bin:/bin")
	cmd.Dir = spec.Directory
	cmd.Stdin, cmd.Stdout, cmd.Stderr = spec.Stdin, spec.Stdout, spec.Stderr
	cmd.ExtraFiles = []*os.File{spec.Socket}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.pids = append(p.pids, cmd.Process.Pid)
	return cmd, nil
}

// recorder keeps events as the lines of a log.
type recorder struct {
	mu    sync.Mutex
	lines []string
}

func (r *recorder) add(format string, arguments ...any) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.lines = append(r.lines, fmt.Sprintf(format, arguments...))
}

func (r *recorder) Message(machine, level, text string) { r.add("%s|%s|%s", machine, level, text) }
func (r *recorder) Output(machine, text string)         { r.add("%s # %s", machine, text) }
func (r *recorder) Printed(text string)                 { r.add("> %s", text) }
func (r *recorder) Opened(machine, header string)       { r.add("%s( %s", machine, header) }
func (r *recorder) Closed(machine, header string, _ time.Duration, ok bool) {
	if ok {
		r.add("%s) %s", machine, header)
	} else {
		r.add("%s! %s", machine, header)
	}
}
func (r *recorder) Booted(machine string, _ time.Duration) { r.add("%s booted", machine) }
func (r *recorder) has(line string) bool                   { return slices.Contains(r.all(), line) }
func (r *recorder) all() []string                          { r.mu.Lock(); defer r.mu.Unlock(); return slices.Clone(r.lines) }

// bench is a test with two local machines.
type bench struct {
	test           *testing.T
	server, client *localMachine
	python         *hostPython
	events         *recorder
	config         Config
}

func newBench(t *testing.T) *bench {
	t.Helper()
	path, err := exec.LookPath("python3")
	if err != nil {
		t.Skip("needs python3 on this host")
	}
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	b := &bench{test: t, server: newLocalMachine(t), client: newLocalMachine(t), python: &hostPython{path: path}, events: &recorder{}}
	b.config = Config{
		Test: &description.Test{
			Name: "bench", ScriptFile: "script.py",
			Machines: map[string]description.TestMachine{"server": {}, "client": {}},
		},
		Machines:    map[string]Machine{"server": b.server, "client": b.client},
		Interpreter: b.python, Events: b.events, Output: t.TempDir(), ProbeProgram: program,
	}
	return b
}

// run runs a script and returns the failure it ended with, if any.
func (b *bench) run(script string) (*Result, *Failure) {
	b.test.Helper()
	ctx, cancel := context.WithTimeout(b.test.Context(), time.Minute)
	defer cancel()
	b.config.Test.Script = script
	result, err := Run(ctx, b.config)
	var failure *Failure
	if err != nil && !errors.As(err, &failure) {
		b.test.Fatalf("run: %v\nlog:\n%s", err, strings.Join(b.events.all(), "\n"))
	}
	return result, failure
}

// passes runs a script that has to pass.
func (b *bench) passes(script string) *Result {
	b.test.Helper()
	result, failure := b.run(script)
	if failure != nil {
		b.test.Fatalf("failed:\n%s\nlog:\n%s", strings.Join(failure.Report(), "\n"), strings.Join(b.events.all(), "\n"))
	}
	return result
}
