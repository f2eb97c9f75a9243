package engine

import (
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"berth.dev/internal/isolate"
)

// defaultPath is for images that set none.
const defaultPath = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

// defaultCapabilities are those that podman gives. Without MKNOD a process
// cannot make the system's disks appear in its root.
func defaultCapabilities() []string {
	return []string{"CAP_CHOWN", "CAP_DAC_OVERRIDE", "CAP_FOWNER", "CAP_FSETID", "CAP_KILL", "CAP_NET_BIND_SERVICE",
		"CAP_SETFCAP", "CAP_SETGID", "CAP_SETPCAP", "CAP_SETUID", "CAP_SYS_CHROOT"}
}

// maskedPaths and readOnlyPaths are what is the kernel's, and so everybody's.
func maskedPaths() []string {
	return []string{"/proc/acpi", "/proc/asound", "/proc/interrupts", "/proc/kcore", "/proc/keys", "/proc/latency_stats",
		"/proc/sched_debug", "/proc/scsi", "/proc/timer_list", "/proc/timer_stats", "/sys/devices/virtual/powercap", "/sys/firmware"}
}

func readOnlyPaths() []string {
	return []string{"/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger"}
}

// spec says what the container's first process sees.
func (r *run) spec() (isolate.Spec, error) {
	c := &r.config
	user, err := r.identity()
	if err != nil {
		return isolate.Spec{}, err
	}
	args, err := r.command()
	if err != nil {
		return isolate.Spec{}, err
	}
	mounts, err := r.mounts()
	if err != nil {
		return isolate.Spec{}, err
	}
	spec := isolate.Spec{
		Args: args, Env: r.state.Inside.Environment, Directory: r.state.Inside.Directory,
		Namespaces: []isolate.Namespace{{Kind: isolate.MountNamespace}, {Kind: isolate.PIDNamespace},
			{Kind: isolate.IPCNamespace}, {Kind: isolate.UTSNamespace}, {Kind: isolate.CgroupNamespace}},
		Root: &isolate.Root{Path: r.inContainer("root"), ReadOnly: c.ReadOnly, Overlay: &isolate.Overlay{
			Lowers: r.layers, Upper: r.inContainer("upper"), Work: r.inContainer("work"), Volatile: c.Remove}},
		Mounts:   mounts,
		Hostname: c.Hostname,
		User:     user,
		Init:     c.Init, NewSession: true,
		Stdin: c.Stdin, Stdout: c.Stdout, Stderr: c.Stderr,
		Cgroup: r.cgroup, Prepare: r.connect, Executable: r.engine.config.Executable,
	}
	if ownNetwork(c.Networks) {
		spec.Namespaces = append(spec.Namespaces, isolate.Namespace{Kind: isolate.NetworkNamespace})
		spec.Loopback = true
	}
	confine(&spec, &r.state.Inside)
	if !c.Privileged {
		spec.MaskedPaths, spec.ReadOnlyPaths = maskedPaths(), readOnlyPaths()
	}
	return spec, nil
}

// confine takes from a process what the container does not have.
func confine(spec *isolate.Spec, inside *Inside) {
	if inside.Unconfined {
		return
	}
	spec.Capabilities = &isolate.Capabilities{Bounding: inside.Capabilities}
	// Who may mount needs the calls that the filter forbids.
	if !slices.Contains(inside.Capabilities, "CAP_SYS_ADMIN") {
		spec.Seccomp = isolate.DefaultSeccomp()
	}
}

func (r *run) inContainer(name string) string { return r.engine.containerPath(r.config.Name, name) }

// identity finds out who the processes are and what they get.
func (r *run) identity() (*isolate.User, error) {
	c, config := &r.config, &r.image.Config.Config
	name := c.User
	if name == "" {
		name = config.User
	}
	user, home, err := readAccounts(r.layers).user(name)
	if err != nil {
		return nil, err
	}
	environment := []string{defaultPath, "HOSTNAME=" + c.Hostname, "HOME=" + home}
	for _, more := range [][]string{config.Env, c.Environment} {
		for _, entry := range more {
			environment = setVariable(environment, entry)
		}
	}
	directory := c.Directory
	if directory == "" {
		directory = config.WorkingDir
	}
	capabilities, err := chooseCapabilities(c)
	r.state.Inside = Inside{Environment: environment, Directory: directory, User: name,
		Capabilities: capabilities, Unconfined: c.Privileged}
	return user, err
}

// setVariable replaces a variable that is there.
func setVariable(environment []string, entry string) []string {
	name, _, _ := strings.Cut(entry, "=")
	i := slices.IndexFunc(environment, func(e string) bool { return strings.HasPrefix(e, name+"=") })
	if i < 0 {
		return append(environment, entry)
	}
	environment[i] = entry
	return environment
}

func chooseCapabilities(c *RunConfig) ([]string, error) {
	chosen := defaultCapabilities()
	for _, name := range c.DropCapabilities {
		name = capability(name)
		if name == "CAP_ALL" {
			chosen = nil
			continue
		}
		chosen = slices.DeleteFunc(chosen, func(other string) bool { return other == name })
	}
	for _, name := range c.AddCapabilities {
		name = capability(name)
		if name == "CAP_ALL" {
			return isolate.MachineCapabilities().Bounding, nil
		}
		if !slices.Contains(chosen, name) {
			chosen = append(chosen, name)
		}
	}
	return chosen, nil
}

func capability(name string) string {
	name = strings.ToUpper(name)
	if strings.HasPrefix(name, "CAP_") {
		return name
	}
	return "CAP_" + name
}

// command is the program and its arguments: a new program also does without
// the image's arguments.
func (r *run) command() ([]string, error) {
	c, config := &r.config, &r.image.Config.Config
	program, arguments := config.Entrypoint, config.Cmd
	if c.Entrypoint != nil {
		program, arguments = c.Entrypoint, nil
	}
	if len(c.Command) > 0 {
		arguments = c.Command
	}
	args := slices.Concat(program, arguments)
	if len(args) == 0 {
		return nil, errors.New("the image has no command, and none was given")
	}
	var err error
	args[0], err = r.layers.program(args[0], r.state.Inside.Environment)
	return args, err
}

// mounts are what the process sees besides the image.
func (r *run) mounts() ([]isolate.Mount, error) {
	c := &r.config
	mounts := kernelMounts()
	view, err := isolate.CgroupMounts(isolate.ControllerView)
	if err != nil {
		return nil, err
	}
	for _, m := range view {
		if m.Type != "tmpfs" && !c.Privileged {
			m.Options = append(m.Options, "ro")
		}
		mounts = append(mounts, m)
	}
	for _, name := range []string{"hosts", "hostname", "resolv.conf"} {
		mounts = append(mounts, isolate.Mount{Destination: "/etc/" + name, Type: "bind", Source: r.inContainer(name)})
	}
	for _, text := range c.Temporary {
		target, options, _ := strings.Cut(text, ":")
		m := isolate.Mount{Destination: target, Type: "tmpfs", Options: []string{"nosuid", "nodev", "mode=1777"}}
		if options != "" {
			m.Options = strings.Split(options, ",")
		}
		mounts = append(mounts, m)
	}
	for _, text := range c.Volumes {
		m, err := r.engine.volumeMount(text, r.layers)
		if err != nil {
			return nil, err
		}
		mounts = append(mounts, m)
	}
	for _, text := range c.Devices {
		m, err := deviceMount(text)
		if err != nil {
			return nil, err
		}
		mounts = append(mounts, m)
	}
	return mounts, nil
}

// kernelMounts are those of the OCI runtime specification's example.
func kernelMounts() []isolate.Mount {
	return []isolate.Mount{
		{Destination: "/proc", Type: "proc", Options: []string{"nosuid", "nodev", "noexec"}},
		{Destination: "/dev", Type: "dev", Options: isolate.BasicDevices()},
		{Destination: "/dev/pts", Type: "devpts", Options: []string{"nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=620", "gid=5"}},
		{Destination: "/dev/shm", Type: "tmpfs", Options: []string{"nosuid", "nodev", "noexec", "mode=1777", "size=65536k"}},
		{Destination: "/dev/mqueue", Type: "mqueue", Options: []string{"nosuid", "nodev", "noexec"}},
		{Destination: "/sys", Type: "sysfs", Options: []string{"nosuid", "nodev", "noexec", "ro"}},
	}
}

// deviceMount reads "node[:node inside[:rwm]]".
func deviceMount(text string) (isolate.Mount, error) {
	parts := strings.Split(text, ":")
	if len(parts) > 3 || !filepath.IsAbs(parts[0]) {
		return isolate.Mount{}, fmt.Errorf("device %q: node[:node inside[:rwm]] was expected", text)
	}
	target := parts[0]
	if len(parts) > 1 && filepath.IsAbs(parts[1]) {
		target = parts[1]
	}
	m := isolate.Mount{Destination: target, Type: "bind", Source: parts[0]}
	if access := parts[len(parts)-1]; len(parts) > 1 && !filepath.IsAbs(access) && !strings.Contains(access, "w") {
		m.Options = []string{"ro"}
	}
	return m, nil
}
