package machine

import (
	"fmt"
	"os"
	"path/filepath"
	"sync"

	"berth.dev/internal/description"
	"berth.dev/internal/network"
)

// uplinkName is the machine's link to the host, as a virtual machine of NixOS
// has it.
const uplinkName = "eth0"

// uplink is what connects one boot of a machine to the host.
type uplink struct {
	address string
	pair    *network.Pair

	mu     sync.Mutex
	closed bool
	// proxies are the ports of the host that lead to the machine.
	proxies map[description.PortForward]*proxy
}

// openUplinks changes the host so that machines reach what it reaches.
func (g *Group) openUplinks() error {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.uplinked {
		return nil
	}
	if err := g.loans.of(forwarding).raise(func(int) int { return 1 }); err != nil {
		return err
	}
	table := "berth-" + g.directory.name()
	if err := g.record(undo{Table: table}); err != nil {
		return err
	}
	if err := network.OpenUplinks(table); err != nil {
		return err
	}
	g.uplinked = true
	return nil
}

// plan chooses the address of the machine's uplink.
func (m *Machine) planUplink() (*uplink, error) {
	if _, taken := m.config.System.Network.Interfaces[uplinkName]; taken {
		return nil, fmt.Errorf("its interface %s is not free for the link to the host", uplinkName)
	}
	if err := m.group.openUplinks(); err != nil {
		return nil, err
	}
	name := m.group.directory.name() + "/" + m.config.Name
	ends := m.config.UplinkAddresses
	if ends == (UplinkAddresses{}) {
		address, err := network.UplinkAddress(name)
		if err != nil {
			return nil, err
		}
		ends = UplinkAddresses{network.UplinkGateway(), address}
	}
	return &uplink{address: ends.Guest, pair: &network.Pair{Outer: network.OuterName(name, false), Inner: uplinkName,
		Link: description.ContainerLink{HostAddress: ends.Host, LocalAddress: ends.Guest,
			LocalMAC: hardwareAddress(m.config.Name, uplinkName)}}}, nil
}

// connect makes the link and opens the forwarded ports on the host.
func (u *uplink) connect(inner *network.Namespace, forwards []description.PortForward) error {
	if err := u.pair.Connect(inner); err != nil {
		return err
	}
	if err := u.forward(forwards); err != nil {
		u.close()
		return err
	}
	return nil
}

// forward opens these ports and closes all others. When one cannot be opened,
// the ports are what they were.
func (u *uplink) forward(forwards []description.PortForward) error {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.closed {
		return errOff
	}
	opened, wanted := map[description.PortForward]*proxy{}, map[description.PortForward]bool{}
	for _, f := range forwards {
		wanted[f] = true
		if u.proxies[f] != nil || opened[f] != nil {
			continue
		}
		guest := f.GuestAddress
		if guest == "" {
			guest = u.address
		}
		p, err := openProxy(f, guest)
		if err != nil {
			for _, p := range opened {
				p.close()
			}
			return err
		}
		opened[f] = p
	}
	for f, p := range u.proxies {
		if wanted[f] {
			opened[f] = p
		} else {
			p.close()
		}
	}
	u.proxies = opened
	return nil
}

// close closes the ports. The link goes with the machine's namespace.
func (u *uplink) close() {
	if u == nil {
		return
	}
	u.mu.Lock()
	defer u.mu.Unlock()
	u.closed = true
	for _, p := range u.proxies {
		p.close()
	}
}

// copyResolver gives a machine with an uplink, whose description names no
// resolvers, those of the host: the ones behind the host's own resolver when
// it has one.
func (m *Machine) copyResolver() error {
	if !m.config.Uplink || len(m.config.System.Network.Nameservers) > 0 {
		return nil
	}
	for _, file := range []string{"/etc/resolv.conf", "/run/systemd/resolve/resolv.conf"} {
		text, err := os.ReadFile(file)
		if err != nil || namesLoopback(string(text)) {
			continue
		}
		return writeUpper(m.layout.upper, "etc/resolv.conf", text)
	}
	return nil
}

// writeUpper puts a file over what the lower directories have in its place.
func writeUpper(upper, name string, text []byte) error {
	target := filepath.Join(upper, name)
	if err := os.MkdirAll(filepath.Dir(target), 0o755); err != nil {
		return fmt.Errorf("write /%s: %w", name, err)
	}
	if err := os.Remove(target); err != nil && !os.IsNotExist(err) {
		return fmt.Errorf("write /%s: %w", name, err)
	}
	if err := os.WriteFile(target, text, 0o644); err != nil {
		return fmt.Errorf("write /%s: %w", name, err)
	}
	return nil
}
