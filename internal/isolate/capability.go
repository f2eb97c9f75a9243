package isolate

import (
	"errors"
	"fmt"
	"slices"

	"golang.org/x/sys/unix"
)

// capabilityNames returns the names of capabilities(7) by their numbers.
func capabilityNames() []string {
	return []string{
		"CAP_CHOWN", "CAP_DAC_OVERRIDE", "CAP_DAC_READ_SEARCH", "CAP_FOWNER", "CAP_FSETID", "CAP_KILL",
		"CAP_SETGID", "CAP_SETUID", "CAP_SETPCAP", "CAP_LINUX_IMMUTABLE", "CAP_NET_BIND_SERVICE",
		"CAP_NET_BROADCAST", "CAP_NET_ADMIN", "CAP_NET_RAW", "CAP_IPC_LOCK", "CAP_IPC_OWNER",
		"CAP_SYS_MODULE", "CAP_SYS_RAWIO", "CAP_SYS_CHROOT", "CAP_SYS_PTRACE", "CAP_SYS_PACCT",
		"CAP_SYS_ADMIN", "CAP_SYS_BOOT", "CAP_SYS_NICE", "CAP_SYS_RESOURCE", "CAP_SYS_TIME",
		"CAP_SYS_TTY_CONFIG", "CAP_MKNOD", "CAP_LEASE", "CAP_AUDIT_WRITE", "CAP_AUDIT_CONTROL",
		"CAP_SETFCAP", "CAP_MAC_OVERRIDE", "CAP_MAC_ADMIN", "CAP_SYSLOG", "CAP_WAKE_ALARM",
		"CAP_BLOCK_SUSPEND", "CAP_AUDIT_READ", "CAP_PERFMON", "CAP_BPF", "CAP_CHECKPOINT_RESTORE",
	}
}

func capabilitiesWithout(names ...string) []string {
	return slices.DeleteFunc(capabilityNames(), func(n string) bool { return slices.Contains(names, n) })
}

// capabilitySet turns names into a bit mask.
func capabilitySet(names []string) (set uint64, err error) {
	known := capabilityNames()
	for _, name := range names {
		n := slices.Index(known, name)
		if n < 0 {
			return 0, fmt.Errorf("unknown capability %q", name)
		}
		set |= 1 << n
	}
	return set, nil
}

// limitCapabilities takes what is not in the bounding set away for good.
func limitCapabilities(c *Capabilities) error {
	bounding, err := capabilitySet(c.Bounding)
	if err != nil {
		return err
	}
	for n := uintptr(0); n < 64; n++ {
		if bounding&(1<<n) != 0 {
			continue
		}
		err := unix.Prctl(unix.PR_CAPBSET_DROP, n, 0, 0, 0)
		if errors.Is(err, unix.EINVAL) {
			return nil // beyond the kernel's last capability
		} else if err != nil {
			return fmt.Errorf("drop capability %d: %w", n, err)
		}
	}
	return nil
}

// applyCapabilities sets this thread's sets. With no permitted set given, the
// kernel's rules at the coming execution decide.
func applyCapabilities(c *Capabilities) error {
	if c.Permitted == nil {
		return nil
	}
	var sets [4]uint64
	for i, names := range [][]string{c.Effective, c.Permitted, c.Inheritable, c.Ambient} {
		set, err := capabilitySet(names)
		if err != nil {
			return err
		}
		sets[i] = set
	}
	data := [2]unix.CapUserData{}
	for i := range data {
		shift := 32 * i
		data[i].Effective = uint32(sets[0] >> shift)
		data[i].Permitted = uint32(sets[1] >> shift)
		data[i].Inheritable = uint32(sets[2] >> shift)
	}
	header := unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}
	if err := unix.Capset(&header, &data[0]); err != nil {
		return fmt.Errorf("set capabilities: %w", err)
	}
	return raiseAmbient(sets[3])
}

func raiseAmbient(set uint64) error {
	for n := uintptr(0); n < 64; n++ {
		if set&(1<<n) == 0 {
			continue
		}
		if err := unix.Prctl(unix.PR_CAP_AMBIENT, unix.PR_CAP_AMBIENT_RAISE, n, 0, 0); err != nil {
			return fmt.Errorf("raise ambient capability %d: %w", n, err)
		}
	}
	return nil
}
