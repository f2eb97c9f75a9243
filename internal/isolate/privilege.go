package isolate

import (
	"fmt"
	"os"
	"strconv"
	"unsafe"

	"golang.org/x/sys/unix"
)

// dropPrivileges gives the thread the identity and the limits of the command.
// System calls are used directly: Go's wrappers would change every thread.
func dropPrivileges(spec *Spec) error {
	capabilities := spec.Capabilities
	if capabilities != nil {
		if err := limitCapabilities(capabilities); err != nil {
			return err
		}
	}
	if spec.NoNewPrivileges {
		if err := unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); err != nil {
			return fmt.Errorf("forbid new privileges: %w", err)
		}
	} else if err := installFilter(spec.Seccomp); err != nil {
		return err // without that promise the filter needs CAP_SYS_ADMIN
	}
	if spec.User != nil {
		keep := capabilities != nil && capabilities.Permitted != nil
		if err := becomeUser(spec.User, keep); err != nil {
			return err
		}
	}
	if capabilities != nil {
		if err := applyCapabilities(capabilities); err != nil {
			return err
		}
	}
	if spec.NoNewPrivileges {
		return installFilter(spec.Seccomp)
	}
	return nil
}

func becomeUser(u *User, keepCapabilities bool) error {
	if keepCapabilities {
		if err := unix.Prctl(unix.PR_SET_KEEPCAPS, 1, 0, 0, 0); err != nil {
			return fmt.Errorf("keep capabilities: %w", err)
		}
	}
	if err := setGroups(u.Groups); err != nil {
		return err
	}
	return setIDs(u.UID, u.GID)
}

// setGroups may be forbidden in a user namespace of one id, where there is
// nothing to set either.
func setGroups(groups []uint32) error {
	var first unsafe.Pointer
	if len(groups) > 0 {
		first = unsafe.Pointer(&groups[0])
	}
	_, _, errno := unix.RawSyscall(unix.SYS_SETGROUPS, uintptr(len(groups)), uintptr(first), 0)
	if errno != 0 && !(errno == unix.EPERM && len(groups) == 0 && !initialUserNamespace()) {
		return fmt.Errorf("set groups: %w", errno)
	}
	return nil
}

func setIDs(uid, gid uint32) error {
	if _, _, errno := unix.RawSyscall(unix.SYS_SETRESGID, uintptr(gid), uintptr(gid), uintptr(gid)); errno != 0 {
		return fmt.Errorf("become group %d: %w", gid, errno)
	}
	if _, _, errno := unix.RawSyscall(unix.SYS_SETRESUID, uintptr(uid), uintptr(uid), uintptr(uid)); errno != 0 {
		return fmt.Errorf("become user %d: %w", uid, errno)
	}
	return nil
}

// setLimits sets what bounds the process but is not a right.
func setLimits(spec *Spec) error {
	for _, limit := range spec.Rlimits {
		resource, err := rlimitNumber(limit.Type)
		if err != nil {
			return err
		}
		value := unix.Rlimit{Cur: limit.Soft, Max: limit.Hard}
		if err := unix.Prlimit(0, resource, &value, nil); err != nil {
			return fmt.Errorf("set %s to %d:%d: %w", limit.Type, limit.Soft, limit.Hard, err)
		}
	}
	if spec.OOMScoreAdj != nil {
		score := strconv.Itoa(*spec.OOMScoreAdj)
		if err := os.WriteFile("/proc/self/oom_score_adj", []byte(score), 0); err != nil {
			return fmt.Errorf("set out-of-memory score: %w", err)
		}
	}
	if spec.Personality != nil {
		if _, _, errno := unix.RawSyscall(unix.SYS_PERSONALITY, uintptr(*spec.Personality), 0, 0); errno != 0 {
			return fmt.Errorf("set personality: %w", errno)
		}
	}
	return nil
}

func rlimitNumber(name string) (int, error) {
	names := []string{"CPU", "FSIZE", "DATA", "STACK", "CORE", "RSS", "NPROC", "NOFILE",
		"MEMLOCK", "AS", "LOCKS", "SIGPENDING", "MSGQUEUE", "NICE", "RTPRIO", "RTTIME"}
	for i, n := range names {
		if name == "RLIMIT_"+n {
			return i, nil
		}
	}
	return 0, fmt.Errorf("unknown resource limit %q", name)
}
