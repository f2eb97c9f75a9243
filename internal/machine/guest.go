package machine

import (
	"berth.dev/internal/description"
	"berth.dev/internal/isolate"
	"berth.dev/internal/network"
	"berth.dev/internal/root"
)

// serviceManager is systemd in a root of Debian packages.
const serviceManager = "/usr/lib/systemd/systemd"

// guest is what the first process of a machine and that of a native container
// inside one have in common.
type guest struct {
	system   *description.System
	layout   *layout
	lowers   []string
	runLinks map[string]string
	prepared []root.Prepared
	// store and program are berth's own, in the system around.
	store, program string
	console        *console
	cgroup         *isolate.Cgroup
	devices        []string
	capabilities   *isolate.Capabilities
	// sharesNetwork says that the network is that of the system around.
	sharesNetwork bool
}

// spec says what the first process sees.
func (g *guest) spec() (isolate.Spec, error) {
	view, err := cgroupMounts(g.system, g.cgroup)
	if err != nil {
		return isolate.Spec{}, err
	}
	spec := isolate.Spec{
		Args: []string{serviceManager, "--show-status=1"},
		Env: []string{"container=berth", "PATH=" + defaultPath, "LANG=C.UTF-8",
			"NOTIFY_SOCKET=" + sharedDirectory + "/" + notifySocket},
		Namespaces: []isolate.Namespace{
			{Kind: isolate.MountNamespace}, {Kind: isolate.PIDNamespace}, {Kind: isolate.IPCNamespace},
			{Kind: isolate.UTSNamespace}, {Kind: isolate.CgroupNamespace},
		},
		Root:          &isolate.Root{Path: g.layout.mount, Overlay: g.layout.overlay(g.lowers)},
		Hostname:      g.system.Network.HostName,
		Mounts:        append(isolate.StandardMounts(g.devices, false), view...),
		ReadOnlyPaths: isolate.MachineReadOnlyPaths(),
		WritablePaths: isolate.MachineWritablePaths(),
		Capabilities:  g.capabilities,
		Links:         map[string]string{},
		NewSession:    true,
	}
	prepared, err := g.layout.preparedMounts(g.prepared)
	if err != nil {
		return spec, err
	}
	spec.Mounts = append(spec.Mounts, g.layout.binds()...)
	spec.Mounts = append(spec.Mounts, prepared...)
	spec.Mounts = append(spec.Mounts, bind(g.program, programInside, true))
	if g.store != "" {
		spec.Mounts = append(spec.Mounts, bind(g.store, storeInside, true))
	}
	if g.console != nil {
		spec.Mounts = append(spec.Mounts, isolate.Mount{Destination: "/dev/console", Type: "bind", Source: g.console.path()})
	}
	for name, target := range g.runLinks {
		spec.Links["/run/"+name] = target
	}
	spec.Hooks = g.hooks(spec.Env)
	return spec, nil
}

// storeInside is where the store is shown.
const storeInside = "/nix/store"

// hooks run before the first process of the system. The configuration's own
// firewall rules belong there: they must not come later than a process.
func (g *guest) hooks(environment []string) []isolate.Hook {
	var hooks []isolate.Hook
	if extra := network.ExtraRules(&g.system.Firewall); extra != "" && !g.sharesNetwork {
		hooks = append(hooks, isolate.Hook{Args: []string{"/usr/sbin/nft", "-f", "-"}, Stdin: extra})
	}
	if g.system.ActivationScript != "" {
		hooks = append(hooks, isolate.Hook{Args: []string{g.system.ActivationScript}, Env: environment})
	}
	return hooks
}

func bind(source, target string, readOnly bool) isolate.Mount {
	m := isolate.Mount{Destination: target, Type: "bind", Source: source, Options: []string{"rbind"}}
	if readOnly {
		m.Options = append(m.Options, "ro")
	}
	return m
}

// cgroupMounts shows the controllers where the description needs them and the
// system's cgroup has them.
func cgroupMounts(system *description.System, cgroup *isolate.Cgroup) ([]isolate.Mount, error) {
	view := isolate.UnifiedView
	if system.NeedsControllers && len(cgroup.Paths()) > 1 {
		view = isolate.ControllerView
	}
	return isolate.CgroupMounts(view)
}
