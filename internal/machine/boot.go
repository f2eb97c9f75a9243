package machine

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"

	"berth.dev/internal/description"
	"berth.dev/internal/isolate"
	"berth.dev/internal/network"
)

// boot starts the machine's first process.
func (m *Machine) boot(ctx context.Context) (*run, error) {
	if err := m.group.life.Err(); err != nil {
		return nil, fmt.Errorf("the group is closed: %w", err)
	}
	if err := m.layout.make(); err != nil {
		return nil, err
	}
	if err := m.layout.seed(m.config.Root.Lowers(), m.config.Root.Prepared); err != nil {
		return nil, err
	}
	if err := m.copyResolver(); err != nil {
		return nil, err
	}
	r, err := newRun(m.config.Name, m.layout.shared)
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
	if r.ids, err = takeIDs(m.group.directory.name()+"/"+m.config.Name, usedIDs(m.roots()...)); err == nil {
		err = errors.Join(cgroup.Delegate(r.ids.root(), r.ids.root()), r.console.giveTo(r.ids.root()))
	}
	if err == nil && m.config.Uplink {
		r.uplink, err = m.planUplink()
	}
	var spec isolate.Spec
	if err == nil {
		spec, err = m.spec(r)
	}
	if err == nil {
		spec.Prepare = func(pid int) error { return m.connect(pid, r, system) }
		r.process, err = startUnlessCancelled(ctx, m.group.life, spec)
	}
	if errors.Is(err, isolate.ErrOwners) {
		m.warn("%v: its ids are those of the host", err)
		shareIDs(&spec)
		r.process, err = startUnlessCancelled(ctx, m.group.life, spec)
	}
	if err != nil {
		r.uplink.close()
		r.console.drain()
		r.ids.release()
		cgroup.Remove()
		return err
	}
	return nil
}

// shareIDs has a machine do without a user namespace, where the kernel cannot
// show a root directory to one. It is walled off less well then.
func shareIDs(spec *isolate.Spec) {
	spec.HostOwners, spec.UIDMap, spec.GIDMap = false, nil, nil
	spec.Namespaces = slices.DeleteFunc(spec.Namespaces, func(n isolate.Namespace) bool { return n.Kind == isolate.UserNamespace })
}

// warn tells those who watch the console.
func (m *Machine) warn(format string, arguments ...any) {
	if m.config.Console != nil {
		fmt.Fprintf(m.config.Console, "berth: machine "+m.config.Name+": "+format+"\r\n", arguments...)
	}
}

// startUnlessCancelled starts a process that lives as long as life, but is
// given up when ctx ends before it runs.
func startUnlessCancelled(ctx, life context.Context, spec isolate.Spec) (*isolate.Process, error) {
	life, cancel := context.WithCancel(life)
	keep := context.AfterFunc(ctx, cancel)
	p, err := isolate.Start(life, spec)
	if !keep() && err == nil {
		err = ctx.Err()
		p.Kill()
		<-p.Done()
	}
	if err != nil {
		cancel()
		return nil, err
	}
	go func() { <-p.Done(); cancel() }()
	return p, nil
}

func (m *Machine) makeCgroup() (*isolate.Cgroup, error) {
	limits := m.config.System.Resources
	make := isolate.NewUnifiedCgroup
	if m.config.System.NeedsControllers || limits != (description.Resources{}) {
		make = isolate.NewCgroup
	}
	cgroup, err := make("berth-" + m.group.directory.name() + "/" + m.config.Name)
	if err != nil {
		return nil, err
	}
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

// roots are the directories of the roots of the machine and of its containers.
func (m *Machine) roots() [][]string {
	roots := [][]string{append([]string{m.layout.upper}, m.config.Root.Lowers()...)}
	var add func(map[string]Guest)
	add = func(guests map[string]Guest) {
		for _, g := range guests {
			roots = append(roots, g.Root.Lowers())
			add(g.Containers)
		}
	}
	add(m.config.Containers)
	return roots
}

// spec says what the machine's first process sees.
func (m *Machine) spec(r *run) (isolate.Spec, error) {
	g := guest{
		system: m.config.System, layout: &m.layout, lowers: m.config.Root.Lowers(), runLinks: m.config.Root.RunLinks,
		prepared: m.config.Root.Prepared,
		store:    m.config.Store, program: m.group.executable, console: r.console, cgroup: r.cgroup,
		devices: append(isolate.BasicDevices(), "net/tun", "fuse"), capabilities: isolate.MachineCapabilities(),
	}
	spec, err := g.spec()
	if err != nil {
		return spec, err
	}
	spec.Cgroup = r.cgroup
	spec.Executable = m.group.executable
	spec.Namespaces = append(spec.Namespaces, isolate.Namespace{Kind: isolate.NetworkNamespace},
		isolate.Namespace{Kind: isolate.UserNamespace})
	spec.UIDMap, spec.GIDMap, spec.HostOwners = r.ids.maps, r.ids.maps, true
	for _, share := range m.config.Shares {
		spec.Mounts = append(spec.Mounts, bind(share.Source, share.Target, share.ReadOnly))
	}
	containers, err := m.containers()
	spec.Mounts = append(spec.Mounts, containers...)
	return spec, err
}

// connect gives the waiting process its network. The firewall comes before the
// cables.
func (m *Machine) connect(pid int, r *run, system *description.System) error {
	namespace, err := network.OfProcess(pid)
	if err != nil {
		return err
	}
	defer namespace.Close()
	n := &system.Network
	if err := loadFirewall(namespace, n, &system.Firewall); err != nil {
		return err
	}
	for _, name := range sortedKeys(n.Interfaces) {
		i := n.Interfaces[name]
		if i.VLAN == 0 {
			continue
		}
		mac := cmp.Or(i.MAC, hardwareAddress(m.config.Name, name))
		c, err := m.group.networks.Plug(i.VLAN, namespace, network.Port{Name: name, MAC: mac, MTU: i.MTU})
		if err != nil {
			return err
		}
		r.cables = append(r.cables, cable{c, i.VLAN})
	}
	if r.uplink != nil {
		if err := r.uplink.connect(namespace, n.Forwards); err != nil {
			return err
		}
	}
	return network.Configure(namespace, n)
}

func loadFirewall(namespace *network.Namespace, n *description.Network, f *description.Firewall) error {
	rules, err := network.Rules(f, n.NAT)
	if err != nil || rules == nil {
		return err
	}
	return network.Load(namespace, rules)
}
