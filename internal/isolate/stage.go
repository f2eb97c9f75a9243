package isolate

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"os"
	"runtime"
	"syscall"

	"golang.org/x/sys/unix"
)

// exitNotStarted is the status of a stage whose command never ran. The reason
// went to the parent, so nobody looks at it.
const exitNotStarted = 125

// Stages returns the functions that the program runs for its hidden "__"
// subcommands.
func Stages() map[string]func(args []string) int {
	return map[string]func([]string) int{stageName: stage}
}

// Dispatch runs the stage that the command line args asks for, if it asks for
// one. A program calls it first thing; a test binary in TestMain.
func Dispatch(args []string, stages ...map[string]func([]string) int) (status int, ok bool) {
	if len(args) < 2 || len(args[1]) < 2 || args[1][:2] != "__" {
		return 0, false
	}
	for _, set := range stages {
		if f := set[args[1]]; f != nil {
			return f(args[2:]), true
		}
	}
	return 0, false
}

// message is what the parent sends: the specification and what JSON cannot
// carry of it.
type message struct {
	Spec
	FileCount int `json:"fileCount,omitempty"`
}

// stage is the child's half of Start. It returns only when it failed, or as
// the small init when the command ended.
func stage(args []string) int {
	runtime.LockOSThread()
	input := os.NewFile(specDescriptor, "specification")
	if len(args) == 1 && args[0] == mapArgument {
		err := becomeRoot(input)
		report(err)
		return exitNotStarted
	}
	unix.CloseOnExec(statusDescriptor)
	unix.CloseOnExec(specDescriptor)
	var m message
	if err := json.NewDecoder(input).Decode(&m); err != nil {
		return exitNotStarted // the parent died or gave up
	}
	status, err := run(&m)
	if err != nil {
		report(err)
		return exitNotStarted
	}
	return status
}

func report(err error) { reportTo(statusDescriptor, err) }

func reportTo(descriptor int, err error) { unix.Write(descriptor, []byte(err.Error())) }

// becomeRoot waits for the id maps and executes the stage once more: the first
// execution happened as an unmapped user and lost the capabilities that the
// new user namespace had given.
func becomeRoot(input *os.File) error {
	if _, err := input.Read(make([]byte, 1)); err != nil {
		return fmt.Errorf("wait for id maps: %w", err)
	}
	if err := setIDs(0, 0); err != nil {
		return err
	}
	err := unix.Exec("/proc/self/exe", []string{"berth", stageName}, nil)
	return fmt.Errorf("execute stage again: %w", err)
}

// run builds what the specification asks for, in an order in which every step
// still has the rights it needs, and becomes the command.
func run(m *message) (int, error) {
	spec := &m.Spec
	unix.Umask(0)
	// What the caller's caller left open is not the command's.
	if err := unix.CloseRange(uint(firstFile+m.FileCount), math.MaxInt32, unix.CLOSE_RANGE_CLOEXEC); err != nil {
		return 0, fmt.Errorf("close inherited descriptors: %w", err)
	}
	steps := []func(*Spec) error{
		enterNamespaces, setParentDeath, nameHost, buildRoot, runHooks,
		setLimits, startSession, dropPrivileges, setParentDeath, changeDirectory,
	}
	for _, step := range steps {
		if err := step(spec); err != nil {
			return 0, err
		}
	}
	umask := 0o022
	if spec.Umask != nil {
		umask = int(*spec.Umask)
	}
	unix.Umask(umask)
	if spec.Init {
		return runInit(m)
	}
	status, err := placeFiles(m.FileCount)
	if err != nil {
		return 0, err
	}
	err = unix.Exec(spec.Args[0], spec.Args, spec.environment())
	reportTo(status, fmt.Errorf("execute %s: %w", spec.Args[0], err))
	return exitNotStarted, nil
}

func (s *Spec) environment() []string {
	if s.Env == nil {
		return []string{}
	}
	return s.Env
}

func enterNamespaces(spec *Spec) error {
	if spec.HostOwners {
		if err := unix.Unshare(unix.CLONE_NEWNS); err != nil {
			return fmt.Errorf("make mount namespace: %w", err)
		}
	}
	for _, n := range spec.Namespaces {
		if n.Path != "" {
			if err := joinNamespace(n); err != nil {
				return err
			}
		} else if n.Kind == CgroupNamespace {
			if err := unix.Unshare(unix.CLONE_NEWCGROUP); err != nil {
				return fmt.Errorf("make cgroup namespace: %w", err)
			}
		}
	}
	return nil
}

func joinNamespace(n Namespace) error {
	fd, err := unix.Open(n.Path, unix.O_RDONLY|unix.O_CLOEXEC, 0)
	if err != nil {
		return fmt.Errorf("join %s namespace %s: %w", n.Kind, n.Path, err)
	}
	defer unix.Close(fd)
	if n.Kind == MountNamespace {
		if err := unix.Unshare(unix.CLONE_FS); err != nil {
			return fmt.Errorf("join mount namespace: %w", err)
		}
	}
	if err := unix.Setns(fd, namespaceFlags(n.Kind)); err != nil {
		return fmt.Errorf("join %s namespace %s: %w", n.Kind, n.Path, err)
	}
	return nil
}

// setParentDeath is repeated after the identity changed, which forgets it.
func setParentDeath(spec *Spec) error {
	if spec.OutliveParent {
		return nil
	}
	if err := unix.Prctl(unix.PR_SET_PDEATHSIG, uintptr(syscall.SIGKILL), 0, 0, 0); err != nil {
		return fmt.Errorf("tie process to its parent: %w", err)
	}
	return nil
}

func nameHost(spec *Spec) error {
	if spec.Hostname != "" {
		if err := unix.Sethostname([]byte(spec.Hostname)); err != nil {
			return fmt.Errorf("set host name %q: %w", spec.Hostname, err)
		}
	}
	if spec.Loopback {
		return raiseLoopback()
	}
	return nil
}

// raiseLoopback uses the old ioctl because it needs no netlink library.
func raiseLoopback() error {
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return fmt.Errorf("bring lo up: %w", err)
	}
	defer unix.Close(fd)
	request, err := unix.NewIfreq("lo")
	if err != nil {
		return fmt.Errorf("bring lo up: %w", err)
	}
	request.SetUint16(unix.IFF_UP | unix.IFF_RUNNING)
	if err := unix.IoctlIfreq(fd, unix.SIOCSIFFLAGS, request); err != nil {
		return fmt.Errorf("bring lo up: %w", err)
	}
	return nil
}

func startSession(spec *Spec) error {
	if !spec.NewSession && !spec.Terminal {
		return nil
	}
	if _, err := unix.Setsid(); err != nil && !errors.Is(err, unix.EPERM) {
		return fmt.Errorf("start session: %w", err)
	}
	if spec.Terminal {
		if err := unix.IoctlSetInt(0, unix.TIOCSCTTY, 0); err != nil {
			return fmt.Errorf("take terminal: %w", err)
		}
	}
	return nil
}

func changeDirectory(spec *Spec) error {
	directory := spec.Directory
	if directory == "" {
		directory = "/"
	}
	if err := unix.Chdir(directory); err != nil {
		return fmt.Errorf("change to directory %s: %w", directory, err)
	}
	return nil
}

// placeFiles moves the descriptors of Spec.Files down over the stage's own. It
// returns where the status descriptor is then.
func placeFiles(count int) (status int, err error) {
	if count == 0 {
		return statusDescriptor, nil
	}
	status, err = unix.FcntlInt(statusDescriptor, unix.F_DUPFD_CLOEXEC, firstFile+count)
	if err != nil {
		return statusDescriptor, fmt.Errorf("move status descriptor: %w", err)
	}
	for i := range count {
		if err := unix.Dup3(firstFile+i, 3+i, 0); err != nil {
			return status, fmt.Errorf("place descriptor %d: %w", 3+i, err)
		}
	}
	for fd := max(3+count, firstFile); fd < firstFile+count; fd++ {
		unix.CloseOnExec(fd)
	}
	return status, nil
}
