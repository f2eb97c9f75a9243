package isolate

import (
	"fmt"
	"unsafe"

	"golang.org/x/sys/unix"
)

// Seccomp filters system calls, in the terms of the OCI runtime specification.
type Seccomp struct {
	// DefaultAction is for calls that no rule names.
	DefaultAction string `json:"defaultAction"`
	// DefaultErrno is the error of an SCMP_ACT_ERRNO default; EPERM when nil.
	DefaultErrno *uint32 `json:"defaultErrnoRet,omitempty"`
	// Syscalls are tried in order; the first whose arguments match decides.
	Syscalls []SyscallRule `json:"syscalls,omitempty"`
}

// SyscallRule says what happens to calls by name. Names that the processor's
// table does not have are passed over.
type SyscallRule struct {
	Names  []string          `json:"names"`
	Action string            `json:"action"`
	Errno  *uint32           `json:"errnoRet,omitempty"`
	Args   []SyscallArgument `json:"args,omitempty"`
}

// SyscallArgument is a condition on one argument; all of a rule must hold.
type SyscallArgument struct {
	Index    uint32 `json:"index"`
	Value    uint64 `json:"value"`
	ValueTwo uint64 `json:"valueTwo,omitempty"`
	Op       string `json:"op"`
}

// DefaultSeccomp forbids an ordinary container what reaches the kernel itself
// or other containers, and allows the rest. It is a second line behind missing
// capabilities and therefore short: a list of everything allowed breaks
// programs whenever the kernel learns a new call.
func DefaultSeccomp() *Seccomp {
	noSuchCall := uint32(unix.ENOSYS)
	const newNamespaces = unix.CLONE_NEWNS | unix.CLONE_NEWUTS | unix.CLONE_NEWIPC | unix.CLONE_NEWUSER |
		unix.CLONE_NEWPID | unix.CLONE_NEWNET | unix.CLONE_NEWCGROUP
	rules := []SyscallRule{
		{Action: actionErrno, Names: []string{
			"acct", "add_key", "bpf", "clock_adjtime", "clock_settime", "create_module", "delete_module",
			"finit_module", "fsconfig", "fsmount", "fsopen", "fspick", "get_kernel_syms", "init_module",
			"ioperm", "iopl", "kcmp", "kexec_file_load", "kexec_load", "keyctl", "lookup_dcookie", "mount",
			"mount_setattr", "move_mount", "move_pages", "nfsservctl", "open_by_handle_at", "open_tree",
			"perf_event_open", "pivot_root", "query_module", "quotactl", "quotactl_fd", "reboot",
			"request_key", "setns", "settimeofday", "swapoff", "swapon", "sysfs", "umount2", "unshare",
			"uselib", "userfaultfd", "vhangup"}},
		{Action: actionErrno, Names: []string{"io_uring_setup", "io_uring_enter", "io_uring_register"}},
		// clone3 hides its flags behind a pointer. Programs fall back to
		// clone when they think that the kernel is too old.
		{Action: actionErrno, Errno: &noSuchCall, Names: []string{"clone3"}},
	}
	// Each flag needs a rule: a rule's conditions must all hold.
	for flag := uint64(1); flag <= newNamespaces; flag <<= 1 {
		if newNamespaces&flag != 0 {
			rules = append(rules, SyscallRule{Action: actionErrno, Names: []string{"clone"},
				Args: []SyscallArgument{{Index: 0, Value: flag, ValueTwo: flag, Op: "SCMP_CMP_MASKED_EQ"}}})
		}
	}
	return &Seccomp{DefaultAction: actionAllow, Syscalls: rules}
}

const (
	actionAllow = "SCMP_ACT_ALLOW"
	actionErrno = "SCMP_ACT_ERRNO"
)

// actionValue is what the filter returns for an action.
func actionValue(action string, errno *uint32) (uint32, error) {
	number := uint32(unix.EPERM)
	if errno != nil {
		number = *errno
	}
	switch action {
	case actionAllow:
		return unix.SECCOMP_RET_ALLOW, nil
	case actionErrno:
		return unix.SECCOMP_RET_ERRNO | number&unix.SECCOMP_RET_DATA, nil
	case "SCMP_ACT_KILL", "SCMP_ACT_KILL_THREAD":
		return unix.SECCOMP_RET_KILL_THREAD, nil
	case "SCMP_ACT_KILL_PROCESS":
		return unix.SECCOMP_RET_KILL_PROCESS, nil
	case "SCMP_ACT_TRAP":
		return unix.SECCOMP_RET_TRAP, nil
	case "SCMP_ACT_TRACE":
		return unix.SECCOMP_RET_TRACE | number&unix.SECCOMP_RET_DATA, nil
	case "SCMP_ACT_LOG":
		return unix.SECCOMP_RET_LOG, nil
	}
	return 0, fmt.Errorf("seccomp: action %q is not supported", action)
}

// installFilter puts the filter on this thread and what it will execute.
func installFilter(s *Seccomp) error {
	if s == nil {
		return nil
	}
	program, err := s.compile()
	if err != nil {
		return err
	}
	header := unix.SockFprog{Len: uint16(len(program)), Filter: &program[0]}
	_, _, errno := unix.RawSyscall(unix.SYS_SECCOMP, unix.SECCOMP_SET_MODE_FILTER, 0, uintptr(unsafe.Pointer(&header)))
	if errno != 0 {
		return fmt.Errorf("install seccomp filter of %d instructions: %w", len(program), errno)
	}
	return nil
}
