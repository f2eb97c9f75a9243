package machine

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"

	"berth.dev/internal/description"
	"berth.dev/internal/isolate"
	"berth.dev/internal/network"
)

// serviceManager is systemd in a root of Debian packages.
const serviceManager = "/usr/lib/systemd/systemd"

// boot starts the machine's first process.
func (m *Machine) boot(ctx context.Context) (*run, error) {
	if err := m.group.life.Err(); err != nil {
		return nil, fmt.Errorf("the group is closed: %w", err)
	}
	if err := m.layout.seed(m.config.Root); err != nil {
		return nil, err
	}
	r, err := newRun(m.config.Name, m.layout.shared())
	if err != nil {
		return nil, err
	}
	if err := m.launch(ctx, r); err != nil {
		r.notify.Close()
		return nil, err
	}
	go r.listen()
	go r.supervise()
	if m.config.Journal != nil {
		go r.followJournal(m.config.Journal)
	}
	return r, nil
}

func (m *Machine) launch(ctx context.Context, r *run) error {
	system := m.config.System
	cgroup, err := m.makeCgroup()
	if err != nil {
		return err
	}
	r.cgroup = cgroup
	r.console = openConsole(m.config.Console)
	spec, err := m.spec(r)
	if err == nil {
		spec.Prepare = func(pid int) (err error) {
			r.cables, err = m.connect(pid, &system.Network, &system.Firewall)
			return err
		}
		r.process, err = startUnlessCancelled(ctx, m.group.life, spec)
	}
	if err != nil {
		r.console.drain()
		cgroup.Remove()
		return err
	}
	return nil
}

// startUnlessCancelled starts a process that lives as long as life, but is
// given up when ctx ends before it runs.
func startUnlessCancelled(ctx, life context.Context, spec isolate.Spec) (*isolate.Process, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	return isolate.Start(life, spec)
}

func (m *Machine) makeCgroup() (*isolate.Cgroup, error) {
	cgroup, err := isolate.NewCgroup("berth-" + m.group.directory.name() + "/" + m.config.Name)
	if err != nil {
		return nil, err
	}
	limits := m.config.System.Resources
	if limits.MemoryBytes > 0 {
		err = cgroup.SetMemoryLimit(limits.MemoryBytes)
	}
	if err == nil && limits.Tasks > 0 {
		err = cgroup.SetTaskLimit(limits.Tasks)
	}
	if err != nil {
		cgroup.Remove()
		return nil, err
	}
	return cgroup, nil
}

// spec says what the machine's first process sees.
func (m *Machine) spec(r *run) (isolate.Spec, error) {
	system := m.config.System
	spec := systemSpec(system, m.config.Root.RunLinks)
	spec.Cgroup = r.cgroup
	spec.Executable = m.group.executable
	spec.Root = &isolate.Root{Path: m.layout.mount(), Overlay: &isolate.Overlay{
		Lowers: m.config.Root.Lowers(), Upper: m.layout.upper(), Work: m.layout.work()}}
	spec.Namespaces = append(spec.Namespaces, isolate.Namespace{Kind: isolate.NetworkNamespace})
	spec.Env = append(spec.Env, "NOTIFY_SOCKET="+sharedDirectory+"/"+notifySocket)
	view, err := cgroupMounts(system)
	if err != nil {
		return spec, err
	}
	spec.Mounts = append(spec.Mounts, view...)
	spec.Mounts = append(spec.Mounts, m.shares()...)
	if r.console != nil {
		spec.Mounts = append(spec.Mounts, isolate.Mount{Destination: "/dev/console", Type: "bind", Source: r.console.path()})
	}
	if m.config.Store != "" {
		spec.Mounts = append(spec.Mounts, isolate.Mount{Destination: "/nix/store", Type: "bind",
			Source: m.config.Store, Options: []string{"rbind", "ro", "nosuid", "nodev"}})
	}
	return spec, nil
}

// shares are the directories of the host that the machine sees.
func (m *Machine) shares() []isolate.Mount {
	var mounts []isolate.Mount
	for _, name := range stateDirectories() {
		mounts = append(mounts, isolate.Mount{Destination: "/" + name, Type: "bind", Source: m.layout.state(name)})
	}
	mounts = append(mounts,
		isolate.Mount{Destination: sharedDirectory, Type: "bind", Source: m.layout.shared()},
		isolate.Mount{Destination: programInside, Type: "bind", Source: m.group.executable, Options: []string{"ro"}})
	if m.config.Containers != "" {
		mounts = append(mounts, isolate.Mount{Destination: containersDirectory, Type: "bind",
			Source: m.config.Containers, Options: []string{"rbind", "ro"}})
	}
	for _, share := range m.config.Shares {
		options := []string{"rbind"}
		if share.ReadOnly {
			options = append(options, "ro")
		}
		mounts = append(mounts, isolate.Mount{Destination: share.Target, Type: "bind", Source: share.Source, Options: options})
	}
	return mounts
}

// systemSpec is what every system gets, whether it is a machine or a native
// container inside one.
func systemSpec(system *description.System, runLinks map[string]string) isolate.Spec {
	spec := isolate.Spec{
		Args: []string{serviceManager, "--show-status=1"},
		Env:  []string{"container=berth", "PATH=" + defaultPath, "LANG=C.UTF-8"},
		Namespaces: []isolate.Namespace{
			{Kind: isolate.MountNamespace}, {Kind: isolate.PIDNamespace}, {Kind: isolate.IPCNamespace},
			{Kind: isolate.UTSNamespace}, {Kind: isolate.CgroupNamespace},
		},
		Hostname:      system.Network.HostName,
		Mounts:        isolate.StandardMounts(append(isolate.BasicDevices(), "net/tun", "fuse"), false),
		ReadOnlyPaths: isolate.MachineReadOnlyPaths(),
		WritablePaths: isolate.MachineWritablePaths(),
		Capabilities:  isolate.MachineCapabilities(),
		Links:         map[string]string{},
		NewSession:    true,
	}
	for name, target := range runLinks {
		spec.Links["/run/"+name] = target
	}
	if extra := network.ExtraRules(&system.Firewall); extra != "" {
		spec.Hooks = append(spec.Hooks, isolate.Hook{Args: []string{"/usr/sbin/nft", "-f", "-"}, Stdin: extra})
	}
	if system.ActivationScript != "" {
		spec.Hooks = append(spec.Hooks, isolate.Hook{Args: []string{system.ActivationScript}, Env: spec.Env})
	}
	return spec
}

// cgroupMounts shows the controllers where the description needs them.
func cgroupMounts(system *description.System) ([]isolate.Mount, error) {
	view := isolate.UnifiedView
	if system.NeedsControllers {
		view = isolate.ControllerView
	}
	return isolate.CgroupMounts(view)
}

// connect gives the waiting process its network. The firewall comes before the
// cables.
func (m *Machine) connect(pid int, n *description.Network, f *description.Firewall) ([]cable, error) {
	namespace, err := network.OfProcess(pid)
	if err != nil {
		return nil, err
	}
	defer namespace.Close()
	if err := loadFirewall(namespace, n, f); err != nil {
		return nil, err
	}
	var cables []cable
	for _, name := range slices.Sorted(maps.Keys(n.Interfaces)) {
		i := n.Interfaces[name]
		if i.VLAN == 0 {
			continue
		}
		mac := cmp.Or(i.MAC, hardwareAddress(m.config.Name, name))
		c, err := m.group.networks.Plug(i.VLAN, namespace, network.Port{Name: name, MAC: mac, MTU: i.MTU})
		if err != nil {
			return nil, err
		}
		cables = append(cables, cable{c, i.VLAN})
	}
	return cables, network.Configure(namespace, n)
}

func loadFirewall(namespace *network.Namespace, n *description.Network, f *description.Firewall) error {
	rules, err := network.Rules(f, n.NAT)
	if err != nil || rules == nil {
		return err
	}
	return network.Load(namespace, rules)
}
