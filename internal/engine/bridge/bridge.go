// Package bridge connects containers of images by bridges of the system that
// they run in.
//
// In come the engine's networks, addresses and ports; out go a bridge for each
// network, with address translation towards everything else, and a pair of
// links for each container. It is the engine's [engine.Networks].
package bridge

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"

	"berth.dev/internal/description"
	"berth.dev/internal/engine"
	"berth.dev/internal/network"
	"github.com/vishvananda/netlink"
)

// Bridges implements [engine.Networks] in the caller's network namespace.
type Bridges struct{}

var _ engine.Networks = Bridges{}

// MakeBridge makes a network's bridge, which has the gateway's address.
func (Bridges) MakeBridge(n engine.NetworkConfig) error {
	_, err := netlink.LinkByName(n.Interface)
	if err == nil {
		return nil
	}
	if !errors.As(err, new(netlink.LinkNotFoundError)) {
		return fmt.Errorf("find bridge %s: %w", n.Interface, err)
	}
	attributes := netlink.NewLinkAttrs()
	attributes.Name = n.Interface
	link := &netlink.Bridge{LinkAttrs: attributes}
	if err := netlink.LinkAdd(link); err != nil {
		return fmt.Errorf("make bridge %s: %w", n.Interface, err)
	}
	if err := configure(link, n); err != nil {
		netlink.LinkDel(link)
		return fmt.Errorf("make bridge %s: %w", n.Interface, err)
	}
	return nil
}

func configure(link netlink.Link, n engine.NetworkConfig) error {
	prefix, err := prefixed(n.Gateway, n.Subnet)
	if err != nil {
		return err
	}
	address, err := netlink.ParseAddr(prefix)
	if err != nil {
		return err
	}
	if err := netlink.AddrAdd(link, address); err != nil {
		return fmt.Errorf("add address %s: %w", prefix, err)
	}
	if err := netlink.LinkSetUp(link); err != nil {
		return err
	}
	// The system's own 127.0.0.1 may be translated to a container's address.
	if err := os.WriteFile("/proc/sys/net/ipv4/conf/"+n.Interface+"/route_localnet", []byte("1"), 0); err != nil {
		return fmt.Errorf("let published ports answer on localhost: %w", err)
	}
	if n.Internal {
		return network.Isolate(n.Interface, n.Subnet)
	}
	if err := network.Forwarding(); err != nil {
		return err
	}
	return network.Masquerade(n.Interface, n.Subnet)
}

// prefixed gives an address the prefix length of its network.
func prefixed(address, subnet string) (string, error) {
	network, err := netip.ParsePrefix(subnet)
	if err != nil {
		return "", fmt.Errorf("subnet %q: %w", subnet, err)
	}
	parsed, err := netip.ParseAddr(address)
	if err != nil || !network.Contains(parsed) {
		return "", fmt.Errorf("gateway %q is not an address of %s", address, subnet)
	}
	return netip.PrefixFrom(parsed, network.Bits()).String(), nil
}

// RemoveBridge removes a network's bridge and its translation.
func (Bridges) RemoveBridge(n engine.NetworkConfig) error {
	if err := network.Unmasquerade(n.Interface); err != nil {
		return err
	}
	link, err := netlink.LinkByName(n.Interface)
	if errors.As(err, new(netlink.LinkNotFoundError)) {
		return nil
	}
	if err == nil {
		err = netlink.LinkDel(link)
	}
	if err != nil {
		return fmt.Errorf("remove bridge %s: %w", n.Interface, err)
	}
	return nil
}

// Plug gives a process's namespace a link to each bridge.
func (Bridges) Plug(pid int, plugs []engine.Plug) error {
	inner, err := network.OfProcess(pid)
	if err != nil {
		return err
	}
	defer inner.Close()
	for _, plug := range plugs {
		mac, err := hardwareAddress(plug.Address)
		if err != nil {
			return err
		}
		pair := network.Pair{Outer: plug.Outer, Inner: plug.Inner, Link: description.ContainerLink{
			HostBridge: plug.Network.Interface, LocalAddress: plug.Address, LocalMAC: mac}}
		if err := pair.Connect(inner); err != nil {
			return err
		}
	}
	return inner.Do(func() error { return settle(plugs) })
}

// hardwareAddress follows from the address: whoever gets it next is found at
// once, not when the neighbours have forgotten the one before.
func hardwareAddress(address string) (string, error) {
	prefix, err := netip.ParsePrefix(address)
	if err != nil || !prefix.Addr().Is4() {
		return "", fmt.Errorf("address %q: an IPv4 address with a prefix length was expected", address)
	}
	bytes := prefix.Addr().As4()
	return net.HardwareAddr{0x02, 0x62, bytes[0], bytes[1], bytes[2], bytes[3]}.String(), nil
}

// settle runs inside: the way out, and ports that every user may listen on.
func settle(plugs []engine.Plug) error {
	if err := os.WriteFile("/proc/sys/net/ipv4/ip_unprivileged_port_start", []byte("0"), 0); err != nil {
		return fmt.Errorf("open low ports to all users: %w", err)
	}
	for _, plug := range plugs {
		if plug.Network.Internal {
			continue
		}
		gateway, err := netip.ParseAddr(plug.Network.Gateway)
		if err != nil {
			return fmt.Errorf("gateway of %s: %w", plug.Network.Name, err)
		}
		if err := netlink.RouteReplace(&netlink.Route{Gw: gateway.AsSlice()}); err != nil {
			return fmt.Errorf("add default route by %s: %w", gateway, err)
		}
		return nil
	}
	return nil
}

// Publish makes ports of the system lead to a container's address.
func (Bridges) Publish(container, address string, ports []engine.PublishedPort) error {
	var forwards []description.PortForward
	for _, p := range ports {
		forwards = append(forwards, description.PortForward{Protocol: p.Protocol, HostAddress: p.HostAddress,
			HostPort: p.HostPort, GuestPort: p.ContainerPort})
	}
	return network.Publish(publisher(container), network.Published{Forwards: forwards, Addresses: []string{address}})
}

// Unpublish undoes Publish.
func (Bridges) Unpublish(container string) error { return network.Unpublish(publisher(container)) }

// publisher keeps apart from native containers of the same name.
func publisher(container string) string { return "image-" + container }
