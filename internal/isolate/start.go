package isolate

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"
	"syscall"

	"golang.org/x/sys/unix"
)

const (
	stageName = "__isolate"
	// mapArgument tells the stage that its id maps are not written yet.
	mapArgument = "unmapped"

	// Descriptors of the stage beyond the standard three.
	specDescriptor   = 3
	statusDescriptor = 4
	firstFile        = 5
)

// Start runs the command that spec describes. It returns once the command
// itself has been executed, or with the reason why it could not be. When ctx
// ends the process and all its descendants are killed.
func Start(ctx context.Context, spec Spec) (*Process, error) {
	if err := spec.check(); err != nil {
		return nil, err
	}
	specReader, specWriter, err := os.Pipe()
	if err != nil {
		return nil, fmt.Errorf("make pipe: %w", err)
	}
	defer specWriter.Close()
	statusReader, statusWriter, err := os.Pipe()
	if err != nil {
		specReader.Close()
		return nil, fmt.Errorf("make pipe: %w", err)
	}
	defer statusReader.Close()

	p, err := spawn(&spec, specReader, statusWriter)
	specReader.Close()
	statusWriter.Close()
	if err != nil {
		return nil, err
	}
	stop := context.AfterFunc(ctx, p.Kill)
	err = p.release(&spec, specWriter, statusReader)
	if err != nil {
		stop()
		p.Kill()
		<-p.done
		if ctx.Err() != nil {
			err = ctx.Err()
		}
		return nil, fmt.Errorf("start %s: %w", spec.Args[0], err)
	}
	go func() { <-p.done; stop() }()
	return p, nil
}

func (s *Spec) check() error {
	if len(s.Args) == 0 {
		return errors.New("start process: no command given")
	}
	if s.Root != nil && !s.hasNamespace(MountNamespace) {
		return fmt.Errorf("start %s: a root needs a mount namespace", s.Args[0])
	}
	if s.newUserNamespace() && (len(s.UIDMap) == 0 || len(s.GIDMap) == 0) {
		return fmt.Errorf("start %s: a user namespace needs maps for users and groups", s.Args[0])
	}
	if s.HostOwners && (!s.newUserNamespace() || s.Root == nil || s.Init) {
		return fmt.Errorf("start %s: owners are translated for a user namespace with a root and without an init of ours", s.Args[0])
	}
	if s.Terminal && s.Stdin == nil {
		return fmt.Errorf("start %s: a terminal needs a standard input", s.Args[0])
	}
	return nil
}

// spawn clones the stage. The kernel ties the parent-death signal to the
// thread that cloned, so a goroutine keeps that thread until the child ends.
func spawn(spec *Spec, specReader, statusWriter *os.File) (*Process, error) {
	argv, attr, closeNull, err := stageAttributes(spec, specReader, statusWriter)
	if err != nil {
		return nil, err
	}
	defer closeNull()
	p := &Process{cgroup: spec.Cgroup, done: make(chan struct{})}
	started := make(chan error)
	go func() {
		runtime.LockOSThread()
		if !spec.HostOwners { // else the thread ends with the goroutine
			defer runtime.UnlockOSThread()
		}
		clone := func() error { return p.clone(argv, attr) }
		if spec.HostOwners {
			clone = func() error { return p.cloneBehindMounts(spec, argv, attr) }
		}
		err := clone()
		started <- err
		if err == nil {
			p.collect()
		}
	}()
	if err := <-started; err != nil {
		return nil, fmt.Errorf("clone into new namespaces: %w", err)
	}
	return p, nil
}

// clone has the child born in its cgroup of version 2. Where that is refused,
// as by an old kernel, it is moved there later like into the others.
func (p *Process) clone(argv []string, attr *os.ProcAttr) (err error) {
	if p.cgroup != nil {
		if group := p.cgroup.open(); group != nil {
			defer group.Close()
			attr.Sys.UseCgroupFD, attr.Sys.CgroupFD = true, int(group.Fd())
			if p.process, err = os.StartProcess(argv[0], argv, attr); err == nil {
				p.bornInside = true
				return nil
			}
			attr.Sys.UseCgroupFD = false
		}
	}
	p.process, err = os.StartProcess(argv[0], argv, attr)
	return err
}

func stageAttributes(spec *Spec, specReader, statusWriter *os.File) (argv []string, attr *os.ProcAttr, closeNull func(), err error) {
	null, err := os.OpenFile(os.DevNull, os.O_RDWR, 0)
	if err != nil {
		return nil, nil, nil, err
	}
	files := []*os.File{spec.Stdin, spec.Stdout, spec.Stderr, specReader, statusWriter}
	for i, f := range files {
		if f == nil {
			files[i] = null
		}
	}
	executable := spec.Executable
	if executable == "" {
		executable = "/proc/self/exe"
	}
	argv = []string{executable, stageName}
	sys := &syscall.SysProcAttr{Cloneflags: spec.cloneFlags()}
	if !spec.OutliveParent {
		sys.Pdeathsig = syscall.SIGKILL
	}
	switch {
	case !spec.newUserNamespace():
	case spec.mapsNeedHelp():
		argv = append(argv, mapArgument)
	default:
		mapOnClone(sys, spec)
	}
	attr = &os.ProcAttr{Dir: "/", Env: []string{}, Files: append(files, spec.Files...), Sys: sys}
	return argv, attr, func() { null.Close() }, nil
}

// cloneFlags leaves out the cgroup namespace: its root is the cgroup of the
// process that makes it, so the stage makes it after it was put there; and the
// mount namespace of a process that inherits mounts prepared for it.
func (s *Spec) cloneFlags() (flags uintptr) {
	for _, n := range s.Namespaces {
		later := n.Kind == CgroupNamespace || n.Kind == MountNamespace && s.HostOwners
		if n.Path == "" && !later {
			flags |= uintptr(namespaceFlags(n.Kind))
		}
	}
	return flags
}

func (s *Spec) newUserNamespace() bool {
	return s.cloneFlags()&unix.CLONE_NEWUSER != 0
}

func namespaceFlags(kind string) int {
	switch kind {
	case MountNamespace:
		return unix.CLONE_NEWNS
	case PIDNamespace:
		return unix.CLONE_NEWPID
	case NetworkNamespace:
		return unix.CLONE_NEWNET
	case IPCNamespace:
		return unix.CLONE_NEWIPC
	case UTSNamespace:
		return unix.CLONE_NEWUTS
	case CgroupNamespace:
		return unix.CLONE_NEWCGROUP
	case UserNamespace:
		return unix.CLONE_NEWUSER
	}
	return 0
}

// release lets the waiting stage go on and waits until it became the command.
func (p *Process) release(spec *Spec, specWriter, statusReader *os.File) error {
	if spec.Cgroup != nil {
		if err := spec.Cgroup.attach(p.PID(), p.bornInside); err != nil {
			return err
		}
	}
	if spec.newUserNamespace() && spec.mapsNeedHelp() {
		if err := writeIDMaps(p.PID(), spec.UIDMap, spec.GIDMap); err != nil {
			return err
		}
		if _, err := specWriter.Write([]byte{'\n'}); err != nil {
			return fmt.Errorf("release process: %w", err)
		}
	}
	if spec.Prepare != nil {
		if err := spec.Prepare(p.PID()); err != nil {
			return err
		}
	}
	encodeErr := json.NewEncoder(specWriter).Encode(message{*spec, len(spec.Files)})
	specWriter.Close()
	message, err := io.ReadAll(statusReader)
	switch {
	case len(message) > 0:
		return errors.New(string(message))
	case encodeErr != nil:
		return fmt.Errorf("send specification: %w", encodeErr)
	case err != nil:
		return fmt.Errorf("read status: %w", err)
	}
	return nil
}
