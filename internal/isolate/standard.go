package isolate

// StandardMounts are the mounts that a system with its own process numbers
// expects: /proc, /sys, /dev with the named devices, /dev/pts, /dev/shm, /run
// and /tmp. The group of terminals is left out when only one id is mapped.
func StandardMounts(devices []string, singleID bool) []Mount {
	terminals := []string{"nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=620", "gid=5"}
	if singleID {
		terminals = terminals[:len(terminals)-1]
	}
	return []Mount{
		{Destination: "/proc", Type: "proc", Options: []string{"nosuid", "nodev", "noexec"}},
		{Destination: "/sys", Type: "sysfs", Options: []string{"nosuid", "nodev", "noexec", "ro"}},
		{Destination: "/dev", Type: "dev", Options: devices},
		{Destination: "/dev/pts", Type: "devpts", Options: terminals},
		{Destination: "/dev/shm", Type: "tmpfs", Options: []string{"nosuid", "nodev", "mode=1777"}},
		{Destination: "/run", Type: "tmpfs", Options: []string{"nosuid", "nodev", "mode=755"}},
		{Destination: "/tmp", Type: "tmpfs", Options: []string{"nosuid", "nodev", "mode=1777"}},
	}
}

// MachineReadOnlyPaths are the kernel settings that a machine shares with its
// host. Those of the network are its own, see [MachineWritablePaths]: podman's
// network set-up fails when it cannot write them.
func MachineReadOnlyPaths() []string { return []string{"/proc/sys", "/proc/sysrq-trigger"} }

// MachineWritablePaths are exceptions from [MachineReadOnlyPaths].
func MachineWritablePaths() []string { return []string{"/proc/sys/net"} }

// MachineCapabilities is the bounding set of a system with an init of its own:
// everything but what reaches the kernel, the clock or the host's logs.
func MachineCapabilities() *Capabilities {
	return &Capabilities{Bounding: capabilitiesWithout("CAP_SYS_MODULE", "CAP_SYS_RAWIO", "CAP_SYS_TIME",
		"CAP_SYS_PACCT", "CAP_MAC_OVERRIDE", "CAP_MAC_ADMIN", "CAP_SYSLOG", "CAP_WAKE_ALARM",
		"CAP_BLOCK_SUSPEND", "CAP_AUDIT_CONTROL", "CAP_AUDIT_READ")}
}

// ContainerCapabilities is the bounding set of a native container, as
// systemd-nspawn has it for one that shares the network.
func ContainerCapabilities() *Capabilities {
	return &Capabilities{Bounding: []string{"CAP_AUDIT_WRITE", "CAP_CHOWN", "CAP_DAC_OVERRIDE",
		"CAP_DAC_READ_SEARCH", "CAP_FOWNER", "CAP_FSETID", "CAP_IPC_OWNER", "CAP_KILL", "CAP_LEASE",
		"CAP_LINUX_IMMUTABLE", "CAP_MKNOD", "CAP_NET_BIND_SERVICE", "CAP_NET_BROADCAST", "CAP_NET_RAW",
		"CAP_SETFCAP", "CAP_SETGID", "CAP_SETPCAP", "CAP_SETUID", "CAP_SYS_ADMIN", "CAP_SYS_BOOT",
		"CAP_SYS_CHROOT", "CAP_SYS_NICE", "CAP_SYS_PTRACE", "CAP_SYS_RESOURCE", "CAP_SYS_TTY_CONFIG"}}
}
