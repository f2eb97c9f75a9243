package build

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"syscall"

	"golang.org/x/sys/unix"
)

const stageName = "__build-sandbox"

// Stages returns the functions that the program runs for its hidden "__"
// subcommands. Those of package isolate are needed too.
func Stages() map[string]func(args []string) int {
	return map[string]func([]string) int{stageName: stage}
}

// Descriptors that the stage is started with, behind the standard three.
const (
	programDescriptor = 3 // the stage's own program, which is not in the sandbox
	commandDescriptor = 4
	resultDescriptor  = 5
)

// command is the builder as the stage starts it.
type command struct {
	Args      []string
	Env       []string
	Directory string
	UID, GID  int // who the builder is outside of its own user namespace
	IDs       int // how many users it has, of which it is root; 0 for one that is not
}

// result says how the builder ended.
type result struct {
	Code   int
	Signal syscall.Signal
}

func (r result) Success() bool { return r.Code == 0 && r.Signal == 0 }

func (r result) String() string {
	if r.Signal != 0 {
		return fmt.Sprintf("builder failed due to signal %d (%s)", r.Signal, r.Signal)
	}
	return fmt.Sprintf("builder failed with exit code %d", r.Code)
}

// stage is the first process of a sandbox. It starts the builder in a user
// namespace in which there is only the builder's user, collects orphans, and
// reports the builder's end; its own end kills all that is left.
func stage([]string) int {
	for _, fd := range []int{programDescriptor, commandDescriptor, resultDescriptor} {
		unix.CloseOnExec(fd)
	}
	var c command
	if err := json.NewDecoder(os.NewFile(commandDescriptor, "command")).Decode(&c); err != nil {
		fmt.Fprintln(os.Stderr, "error: reading the builder's command:", err)
		return 1
	}
	pid, err := startBuilder(&c)
	if err != nil {
		fmt.Fprintf(os.Stderr, "error: executing '%s': %v\n", c.Args[0], err)
		return report(result{Code: 1})
	}
	return report(waitFor(pid))
}

// startBuilder runs the builder as user 1000 of a new user namespace or, where
// the system does not allow another one, as its user directly.
func startBuilder(c *command) (int, error) {
	attributes := &os.ProcAttr{
		Dir: c.Directory, Env: c.Env,
		Files: []*os.File{os.Stdin, os.Stdout, os.Stderr},
		Sys: &syscall.SysProcAttr{
			Cloneflags:  unix.CLONE_NEWUSER,
			UidMappings: []syscall.SysProcIDMap{{ContainerID: buildUID, HostID: c.UID, Size: 1}},
			GidMappings: []syscall.SysProcIDMap{{ContainerID: buildGID, HostID: c.GID, Size: 1}},
			Credential:  &syscall.Credential{Uid: buildUID, Gid: buildGID, NoSetGroups: true},
		},
	}
	if c.UID != 0 {
		if err := unix.Setgroups(nil); err != nil {
			return 0, err
		}
	}
	if c.IDs > 0 {
		attributes.Sys = rootOfMany(c)
	}
	process, err := os.StartProcess(c.Args[0], c.Args, attributes)
	if c.IDs == 0 && c.UID != 0 && (errors.Is(err, unix.EPERM) || errors.Is(err, unix.ENOSPC) || errors.Is(err, unix.EINVAL)) {
		attributes.Sys = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: uint32(c.UID), Gid: uint32(c.GID)}}
		process, err = os.StartProcess(c.Args[0], c.Args, attributes)
	}
	if err != nil {
		return 0, systemError(err)
	}
	return process.Pid, nil
}

// rootOfMany makes the builder root of a user namespace with many users.
func rootOfMany(c *command) *syscall.SysProcAttr {
	return &syscall.SysProcAttr{
		Cloneflags:                 unix.CLONE_NEWUSER,
		UidMappings:                []syscall.SysProcIDMap{{ContainerID: 0, HostID: c.UID, Size: c.IDs}},
		GidMappings:                []syscall.SysProcIDMap{{ContainerID: 0, HostID: c.GID, Size: c.IDs}},
		GidMappingsEnableSetgroups: c.UID != 0,
		Credential:                 &syscall.Credential{NoSetGroups: c.UID == 0},
	}
}

// systemError leaves out the names that the caller adds itself.
func systemError(err error) error {
	var number syscall.Errno
	if errors.As(err, &number) {
		return number
	}
	var notFound *exec.Error
	if errors.As(err, &notFound) {
		return notFound.Err
	}
	return err
}

// waitFor collects every process that ends, until the builder does.
func waitFor(pid int) result {
	for {
		var status syscall.WaitStatus
		ended, err := syscall.Wait4(-1, &status, 0, nil)
		if errors.Is(err, syscall.EINTR) {
			continue
		}
		if err != nil {
			return result{Code: 1}
		}
		if ended != pid {
			continue
		}
		if status.Signaled() {
			return result{Signal: status.Signal()}
		}
		return result{Code: status.ExitStatus()}
	}
}

func report(r result) int {
	if err := json.NewEncoder(os.NewFile(resultDescriptor, "result")).Encode(r); err != nil {
		return 1
	}
	return 0
}
