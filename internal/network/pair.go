package network

import (
	"errors"
	"fmt"
	"net"
	"os"

	"berth.dev/internal/description"
	"github.com/vishvananda/netlink"
)

// A Pair is a veth pair between the caller's namespace and that of a native
// container.
type Pair struct {
	// Outer and Inner are the names of the two ends.
	Outer, Inner string
	Link         description.ContainerLink
}

// Connect makes the pair, with its addresses and the routes over it, from the
// caller's namespace to inner. A pair of the same name that an earlier run left
// is replaced. The outer end works before anything runs inside.
func (p *Pair) Connect(inner *Namespace) error {
	mac, err := parseMAC(p.Link.LocalMAC)
	if err != nil {
		return fmt.Errorf("connect %s: %w", p.Outer, err)
	}
	if err := removeLink(p.Outer); err != nil {
		return err
	}
	attributes := netlink.NewLinkAttrs()
	attributes.Name = p.Outer
	veth := netlink.NewVeth(attributes)
	veth.PeerName, veth.PeerHardwareAddr = p.Inner, mac
	veth.PeerNamespace = netlink.NsFd(inner.descriptor())
	if err := netlink.LinkAdd(veth); err != nil {
		return fmt.Errorf("connect %s: %w", p.Outer, err)
	}
	err = p.configureOuter(veth)
	if err == nil {
		err = inner.Do(p.configureInner)
	}
	if err != nil {
		removeLink(p.Outer)
		return fmt.Errorf("connect %s: %w", p.Outer, err)
	}
	return nil
}

// Disconnect removes the pair.
func (p *Pair) Disconnect() error { return removeLink(p.Outer) }

func removeLink(name string) error {
	link, err := netlink.LinkByName(name)
	if errors.As(err, new(netlink.LinkNotFoundError)) {
		return nil
	}
	if err == nil {
		err = netlink.LinkDel(link)
	}
	if err != nil {
		return fmt.Errorf("remove link %s: %w", name, err)
	}
	return nil
}

func (p *Pair) configureOuter(link netlink.Link) error {
	if p.Link.HostBridge != "" {
		bridge, err := netlink.LinkByName(p.Link.HostBridge)
		if err != nil {
			return fmt.Errorf("join bridge %s: %w", p.Link.HostBridge, err)
		}
		if err := netlink.LinkSetMaster(link, bridge); err != nil {
			return fmt.Errorf("join bridge %s: %w", p.Link.HostBridge, err)
		}
		return netlink.LinkSetUp(link)
	}
	if err := netlink.LinkSetUp(link); err != nil {
		return err
	}
	return addPointToPoint(link, []string{p.Link.HostAddress, p.Link.HostAddress6},
		[]string{p.Link.LocalAddress, p.Link.LocalAddress6}, false)
}

func (p *Pair) configureInner() error {
	link, err := netlink.LinkByName(p.Inner)
	if err != nil {
		return fmt.Errorf("find link %s: %w", p.Inner, err)
	}
	if err := writeSetting("net.ipv6.conf."+p.Inner+".accept_dad", "0"); err != nil {
		return err
	}
	if err := netlink.LinkSetUp(link); err != nil {
		return err
	}
	var gateways []string
	if p.Link.HostBridge == "" {
		gateways = []string{p.Link.HostAddress, p.Link.HostAddress6}
	}
	return addPointToPoint(link, []string{p.Link.LocalAddress, p.Link.LocalAddress6}, gateways, p.Inner == "eth0")
}

// addPointToPoint adds addresses to a link and routes to the addresses at its
// other end, which may also be the way to everything else.
func addPointToPoint(link netlink.Link, own, others []string, isDefault bool) error {
	for _, address := range own {
		if address == "" {
			continue
		}
		if err := addAddress(link, address); err != nil {
			return err
		}
	}
	for _, address := range others {
		if address == "" {
			continue
		}
		if err := addRoutes(link, address, isDefault); err != nil {
			return err
		}
	}
	return nil
}

func addRoutes(link netlink.Link, address string, isDefault bool) error {
	parsed, err := parseAddress(address)
	if err != nil {
		return err
	}
	bits := 8 * len(parsed.IP)
	if four := parsed.IP.To4(); four != nil {
		bits = 32
	}
	single := &net.IPNet{IP: parsed.IP, Mask: net.CIDRMask(bits, bits)}
	direct := &netlink.Route{LinkIndex: link.Attrs().Index, Dst: single, Scope: netlink.SCOPE_LINK}
	if err := netlink.RouteReplace(direct); err != nil {
		return fmt.Errorf("add route to %s: %w", address, err)
	}
	if !isDefault {
		return nil
	}
	if err := netlink.RouteReplace(&netlink.Route{LinkIndex: link.Attrs().Index, Gw: parsed.IP}); err != nil {
		return fmt.Errorf("add default route by %s: %w", address, err)
	}
	return nil
}

// MoveInterface moves an interface of the caller's namespace into another.
func MoveInterface(name string, inner *Namespace) error {
	link, err := netlink.LinkByName(name)
	if err == nil {
		err = netlink.LinkSetNsFd(link, inner.descriptor())
	}
	if err != nil {
		return fmt.Errorf("move interface %s: %w", name, err)
	}
	return nil
}

// AddMACVLAN gives a namespace an interface mv-<name> beside an interface of
// the caller's namespace.
func AddMACVLAN(name string, inner *Namespace) error {
	parent, err := netlink.LinkByName(name)
	if err != nil {
		return fmt.Errorf("add macvlan on %s: %w", name, err)
	}
	attributes := netlink.NewLinkAttrs()
	attributes.Name, attributes.ParentIndex = linkName("mv-", name), parent.Attrs().Index
	attributes.Namespace = netlink.NsFd(inner.descriptor())
	if err := netlink.LinkAdd(&netlink.Macvlan{LinkAttrs: attributes, Mode: netlink.MACVLAN_MODE_BRIDGE}); err != nil {
		return fmt.Errorf("add macvlan on %s: %w", name, err)
	}
	return nil
}

// Forwarding lets the caller's namespace pass packets on, which publishing
// ports needs.
func Forwarding() error {
	for _, file := range []string{"ipv4/ip_forward", "ipv6/conf/all/forwarding"} {
		if err := os.WriteFile("/proc/sys/net/"+file, []byte("1"), 0); err != nil && !os.IsNotExist(err) {
			return fmt.Errorf("allow forwarding: %w", err)
		}
	}
	return nil
}
