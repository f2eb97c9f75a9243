package engine

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"berth.dev/internal/isolate"
	"golang.org/x/sys/unix"
)

// ExecConfig is a command to be run in a container.
type ExecConfig struct {
	Command []string
	// User, Directory and Environment are the container's unless given.
	User, Directory string
	Environment     []string

	Stdin, Stdout, Stderr *os.File
	Signals               <-chan os.Signal
}

// Exec runs a command beside a container's own process and returns its exit
// status.
func (e *Engine) Exec(ctx context.Context, name string, c ExecConfig) (int, error) {
	s, err := e.State(name)
	if err != nil {
		return 0, err
	}
	if s.Status != StatusRunning {
		return 0, fmt.Errorf("the container %s is not running", name)
	}
	spec, err := e.execSpec(s, c)
	if err == nil {
		spec.Cgroup, err = leaf(s.Inside.Cgroup)
	}
	if err != nil {
		return 0, fmt.Errorf("run in %s: %w", name, err)
	}
	defer spec.Cgroup.Remove()
	process, err := isolate.Start(ctx, spec)
	if err != nil {
		return 0, fmt.Errorf("run in %s: %w", name, err)
	}
	for {
		select {
		case signal := <-c.Signals:
			if number, ok := signal.(syscall.Signal); ok {
				process.Signal(number)
			}
		case <-process.Done():
			state, err := process.Wait()
			return state.Status(), err
		}
	}
}

func (e *Engine) execSpec(s *State, c ExecConfig) (isolate.Spec, error) {
	inside := s.Inside
	environment := append([]string{}, inside.Environment...)
	for _, entry := range c.Environment {
		environment = setVariable(environment, entry)
	}
	directory, name := inside.Directory, inside.User
	if c.Directory != "" {
		directory = c.Directory
	}
	if c.User != "" {
		name = c.User
	}
	root := stack{fmt.Sprintf("/proc/%d/root", s.PID)}
	user, _, err := readAccounts(root).user(name)
	if err != nil {
		return isolate.Spec{}, err
	}
	if len(c.Command) == 0 {
		return isolate.Spec{}, errors.New("no command was given")
	}
	args := append([]string{}, c.Command...)
	if args[0], err = programIn(s.PID, args[0], environment); err != nil {
		return isolate.Spec{}, err
	}
	spec := isolate.Spec{
		Args: args, Env: environment, Directory: directory, User: user,
		Namespaces: namespacesOf(s.PID),
		// The kernel puts only children into another process space.
		Init: true, NewSession: true,
		Stdin: c.Stdin, Stdout: c.Stdout, Stderr: c.Stderr,
		Executable: e.config.Executable,
	}
	confine(&spec, &inside)
	return spec, nil
}

// leaf makes a cgroup below a container's, so that ending a command does not end
// the container.
func leaf(groups []string) (*isolate.Cgroup, error) {
	name := fmt.Sprintf("exec-%d-%d", os.Getpid(), time.Now().UnixNano())
	leaves := make([]string, len(groups))
	for i, group := range groups {
		leaves[i] = filepath.Join(group, name)
		if err := os.Mkdir(leaves[i], 0o755); err != nil {
			return nil, fmt.Errorf("make cgroup: %w", err)
		}
	}
	return isolate.OpenCgroup(leaves), nil
}

// namespacesOf joins those of a process; files come last, because from then on
// its number means nothing.
func namespacesOf(pid int) []isolate.Namespace {
	files := [][2]string{{isolate.CgroupNamespace, "cgroup"}, {isolate.IPCNamespace, "ipc"}, {isolate.UTSNamespace, "uts"},
		{isolate.NetworkNamespace, "net"}, {isolate.PIDNamespace, "pid"}, {isolate.MountNamespace, "mnt"}}
	var all []isolate.Namespace
	for _, f := range files {
		all = append(all, isolate.Namespace{Kind: f[0], Path: fmt.Sprintf("/proc/%d/ns/%s", pid, f[1])})
	}
	return all
}

// programIn finds a command in what a running process sees as its root.
func programIn(pid int, command string, environment []string) (string, error) {
	if strings.Contains(command, "/") {
		return command, nil
	}
	root, err := unix.Open(fmt.Sprintf("/proc/%d/root", pid), unix.O_PATH|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	if err != nil {
		return "", fmt.Errorf("open root: %w", err)
	}
	defer unix.Close(root)
	for directory := range strings.SplitSeq(variable(environment, "PATH"), ":") {
		candidate := path.Join("/", directory, command)
		fd, err := unix.Openat2(root, strings.TrimPrefix(candidate, "/"), &unix.OpenHow{
			Flags: unix.O_PATH | unix.O_CLOEXEC, Resolve: unix.RESOLVE_IN_ROOT | unix.RESOLVE_NO_MAGICLINKS})
		if err != nil {
			continue
		}
		var stat unix.Stat_t
		err = unix.Fstat(fd, &stat)
		unix.Close(fd)
		if err == nil && stat.Mode&unix.S_IFMT == unix.S_IFREG && stat.Mode&0o111 != 0 {
			return candidate, nil
		}
	}
	return "", &NotFoundError{"program", command + " along the container's PATH"}
}

// Signal sends a signal to a container's first process.
func (e *Engine) Signal(name string, number syscall.Signal) error {
	s, err := e.State(name)
	if err != nil {
		return err
	}
	if s.PID == 0 {
		return fmt.Errorf("the container %s is not running", name)
	}
	if err := syscall.Kill(s.PID, number); err != nil && !errors.Is(err, syscall.ESRCH) {
		return fmt.Errorf("send signal %d to %s: %w", number, name, err)
	}
	return nil
}

// Stop asks a container to end, and ends it when it has not within the time.
func (e *Engine) Stop(name string, patience time.Duration) error {
	s, err := e.State(name)
	if err != nil {
		return err
	}
	if !s.Running() {
		return nil
	}
	number, err := ParseSignal(s.StopSignal)
	if err != nil {
		return err
	}
	if err := e.Signal(name, number); err != nil {
		return err
	}
	if e.ended(name, patience) {
		return nil
	}
	if err := e.Signal(name, syscall.SIGKILL); err != nil {
		return err
	}
	if !e.ended(name, killPatience) {
		return fmt.Errorf("the container %s does not end", name)
	}
	return nil
}

// killPatience is how long the kernel may take for a process in a system call.
const killPatience = 30 * time.Second

// ended waits until nobody looks after a container any more.
func (e *Engine) ended(name string, patience time.Duration) bool {
	for deadline := time.Now().Add(patience); ; time.Sleep(5 * time.Millisecond) {
		if !e.alive(name) {
			return true
		}
		if time.Now().After(deadline) {
			return false
		}
	}
}

// Remove forgets a container; with force it is ended before.
func (e *Engine) Remove(name string, force bool) error {
	s, err := e.State(name)
	if err != nil {
		return err
	}
	if s.Running() {
		if !force {
			return fmt.Errorf("the container %s is running; stop it first", name)
		}
		if err := e.Signal(name, syscall.SIGKILL); err != nil {
			return err
		}
		if !e.ended(name, killPatience) {
			return fmt.Errorf("the container %s does not end", name)
		}
	}
	unlock, err := e.lock()
	if err != nil {
		return err
	}
	defer unlock()
	if e.alive(name) {
		return fmt.Errorf("the container %s was started meanwhile", name)
	}
	return e.sweep(name)
}

// ParseSignal reads a name such as SIGTERM or TERM, or a number.
func ParseSignal(text string) (syscall.Signal, error) {
	if text == "" {
		return syscall.SIGTERM, nil
	}
	var n int
	if _, err := fmt.Sscanf(text, "%d", &n); err == nil && n > 0 && n < 65 {
		return syscall.Signal(n), nil
	}
	name := strings.ToUpper(text)
	if !strings.HasPrefix(name, "SIG") {
		name = "SIG" + name
	}
	var offset int
	if _, err := fmt.Sscanf(name, "SIGRTMIN+%d", &offset); err == nil {
		const firstRealtime = 34
		return syscall.Signal(firstRealtime + offset), nil
	}
	if number := unix.SignalNum(name); number != 0 {
		return number, nil
	}
	return 0, fmt.Errorf("%q is not a signal", text)
}
