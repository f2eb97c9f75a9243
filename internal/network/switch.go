package network

import (
	"fmt"
	"net"
	"os"
	"sync"
	"time"

	"github.com/vishvananda/netlink"
)

// bridgeFilters are settings that pass bridged frames through the packet
// filter. They exist once dockerd has loaded the bridge filter, and would let
// its rules cut machines off from each other.
func bridgeFilters() []string {
	return []string{"bridge-nf-call-iptables", "bridge-nf-call-ip6tables", "bridge-nf-call-arptables"}
}

// A Switch holds the bridges that connect machines. It is safe for concurrent
// use.
type Switch struct {
	namespace *Namespace

	mu      sync.Mutex
	bridges map[int]*netlink.Bridge
	cables  int
}

// NewSwitch makes a switch without bridges.
func NewSwitch() (*Switch, error) {
	namespace, err := NewNamespace()
	if err != nil {
		return nil, err
	}
	s := &Switch{namespace: namespace, bridges: map[int]*netlink.Bridge{}}
	if err := namespace.Do(openFrames); err != nil {
		namespace.Close()
		return nil, fmt.Errorf("make switch: %w", err)
	}
	return s, nil
}

func openFrames() error {
	for _, name := range bridgeFilters() {
		if err := os.WriteFile("/proc/sys/net/bridge/"+name, []byte("0"), 0); err != nil && !os.IsNotExist(err) {
			return err
		}
	}
	// The switch itself takes part in nothing.
	return writeSetting("net.ipv6.conf.default.disable_ipv6", "1")
}

// Close unplugs everything.
func (s *Switch) Close() error { return s.namespace.Close() }

// Port is the machine's end of a cable.
type Port struct {
	// Name is the interface's name inside.
	Name string
	MAC  string
	MTU  int
}

// A Cable connects a machine to a bridge.
type Cable struct {
	owner *Switch
	outer string
}

// Plug connects the namespace of a machine to the bridge of a VLAN. The
// machine's end is left down for [Configure].
func (s *Switch) Plug(vlan int, machine *Namespace, port Port) (*Cable, error) {
	peerMAC, err := parseMAC(port.MAC)
	if err != nil {
		return nil, fmt.Errorf("plug in %s: %w", port.Name, err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.cables++
	cable := &Cable{owner: s, outer: fmt.Sprintf("v%d-%d", vlan, s.cables)}
	err = s.namespace.Do(func() error {
		bridge, err := s.bridge(vlan)
		if err != nil {
			return err
		}
		veth := netlink.NewVeth(netlink.LinkAttrs{
			Name: cable.outer, MasterIndex: bridge.Index, MTU: port.MTU, TxQLen: -1,
		})
		veth.PeerName, veth.PeerHardwareAddr = port.Name, peerMAC
		veth.PeerMTU = uint32(port.MTU)
		veth.PeerNamespace = netlink.NsFd(machine.descriptor())
		if err := netlink.LinkAdd(veth); err != nil {
			return fmt.Errorf("plug %s into network %d: %w", port.Name, vlan, err)
		}
		return setUp(cable.outer)
	})
	if err != nil {
		return nil, err
	}
	return cable, nil
}

// bridge returns the bridge of a VLAN, made when it is first asked for.
func (s *Switch) bridge(vlan int) (*netlink.Bridge, error) {
	if b := s.bridges[vlan]; b != nil {
		return b, nil
	}
	snooping := false
	attributes := netlink.NewLinkAttrs()
	attributes.Name = fmt.Sprintf("br%d", vlan)
	bridge := &netlink.Bridge{LinkAttrs: attributes, MulticastSnooping: &snooping}
	if err := netlink.LinkAdd(bridge); err != nil {
		return nil, fmt.Errorf("make bridge of network %d: %w", vlan, err)
	}
	if err := netlink.LinkSetUp(bridge); err != nil {
		return nil, fmt.Errorf("bring up bridge of network %d: %w", vlan, err)
	}
	s.bridges[vlan] = bridge
	return bridge, nil
}

// Disconnect pulls the cable out, Connect puts it back in.
func (c *Cable) Disconnect() error {
	return c.owner.namespace.Do(func() error { return setDown(c.outer) })
}

// Connect undoes [Cable.Disconnect].
func (c *Cable) Connect() error {
	if err := c.owner.namespace.Do(func() error { return setUp(c.outer) }); err != nil {
		return err
	}
	return c.settle()
}

// settle waits until the bridge passes frames. The kernel opens a port some
// moments after both ends of its cable are up, and a question for an address
// that is lost in between is asked again only after a second.
func (c *Cable) settle() error {
	const patience = 2 * time.Second
	return c.owner.namespace.Do(func() error {
		for deadline := time.Now().Add(patience); time.Now().Before(deadline); time.Sleep(time.Millisecond) {
			link, err := netlink.LinkByName(c.outer)
			if err != nil {
				return fmt.Errorf("find link %s: %w", c.outer, err)
			}
			if link.Attrs().OperState == netlink.OperUp {
				return nil
			}
		}
		return nil // the other end is down: that is up to the machine
	})
}

func setUp(name string) error {
	link, err := netlink.LinkByName(name)
	if err != nil {
		return fmt.Errorf("find link %s: %w", name, err)
	}
	if err := netlink.LinkSetUp(link); err != nil {
		return fmt.Errorf("bring link %s up: %w", name, err)
	}
	return nil
}

func setDown(name string) error {
	link, err := netlink.LinkByName(name)
	if err != nil {
		return fmt.Errorf("find link %s: %w", name, err)
	}
	if err := netlink.LinkSetDown(link); err != nil {
		return fmt.Errorf("take link %s down: %w", name, err)
	}
	return nil
}

func parseMAC(text string) (net.HardwareAddr, error) {
	if text == "" {
		return nil, nil
	}
	return net.ParseMAC(text)
}
