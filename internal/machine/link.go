package machine

import (
	"fmt"
	"os"

	"berth.dev/internal/network"
)

// links are what connects a container to the system around it.
type links struct {
	pairs     []*network.Pair
	published bool
}

// connect gives the waiting first process its network. Everything works before
// that process executes, so a service that needs the network while the
// container boots does not wait for an outer end that comes later.
func (c *container) connect(pid int) error {
	if !c.private() {
		return nil
	}
	inner, err := network.OfProcess(pid)
	if err != nil {
		return err
	}
	defer inner.Close()
	system := c.launch.System
	if err := loadFirewall(inner, &system.Network, &system.Firewall); err != nil {
		return err
	}
	if err := c.plug(inner); err != nil {
		return err
	}
	if err := c.moveInterfaces(inner); err != nil {
		return err
	}
	if err := network.Configure(inner, &system.Network); err != nil {
		return err
	}
	return c.publish()
}

// plug makes the pairs. Interfaces are configured by the system's own
// description, too, so the links must be there first.
func (c *container) plug(inner *network.Namespace) error {
	settings := &c.launch.Container
	if settings.Link != nil {
		outer := network.OuterName(c.name, settings.Link.HostBridge != "")
		c.links.pairs = append(c.links.pairs, &network.Pair{Outer: outer, Inner: "eth0", Link: *settings.Link})
	}
	for _, name := range sortedKeys(settings.ExtraVeths) {
		c.links.pairs = append(c.links.pairs, &network.Pair{Outer: name, Inner: name, Link: settings.ExtraVeths[name]})
	}
	for _, p := range c.links.pairs {
		if p.Link.LocalMAC == "" {
			p.Link.LocalMAC = hardwareAddress(c.name, p.Inner)
		}
		if err := p.Connect(inner); err != nil {
			return err
		}
	}
	return nil
}

func (c *container) moveInterfaces(inner *network.Namespace) error {
	for _, name := range c.launch.Container.Interfaces {
		if err := network.MoveInterface(name, inner); err != nil {
			return err
		}
	}
	for _, name := range c.launch.Container.MACVLANs {
		if err := network.AddMACVLAN(name, inner); err != nil {
			return err
		}
	}
	return nil
}

// publish passes ports of the system around on to the container, and lets
// packets through to it: containers also reach each other this way.
func (c *container) publish() error {
	var published []network.Published
	routed := false
	for _, p := range c.links.pairs {
		routed = routed || p.Link.HostBridge == ""
		if len(p.Link.Forwards) > 0 {
			published = append(published, network.Published{Forwards: p.Link.Forwards,
				Addresses: []string{p.Link.LocalAddress, p.Link.LocalAddress6}})
		}
	}
	if routed {
		if err := network.Forwarding(); err != nil {
			return err
		}
	}
	if len(published) == 0 {
		return nil
	}
	c.links.published = true
	return network.Publish(c.name, published...)
}

// disconnect removes what connects the container on the outer side.
func (c *container) disconnect() {
	if c.links.published {
		c.warn(network.Unpublish(c.name))
	}
	for _, p := range c.links.pairs {
		c.warn(p.Disconnect())
	}
}

func (c *container) warn(err error) {
	if err != nil {
		fmt.Fprintf(os.Stderr, "berth: container %s: %v\n", c.name, err)
	}
}
