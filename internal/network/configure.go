package network

import (
	"errors"
	"fmt"
	"maps"
	"net"
	"os"
	"slices"
	"strings"

	"berth.dev/internal/description"
	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"
)

// Configure gives the links of a namespace the addresses, routes and settings
// of a description. Interfaces that are not in the namespace are made when
// they need no other end, as dummies: a system keeps its addresses when
// nothing is plugged in.
func Configure(namespace *Namespace, n *description.Network) error {
	return namespace.Do(func() error {
		if err := writeSettings(n); err != nil {
			return err
		}
		if err := setUp("lo"); err != nil {
			return err
		}
		for _, name := range slices.Sorted(maps.Keys(n.Interfaces)) {
			if err := configureInterface(name, n.Interfaces[name]); err != nil {
				return fmt.Errorf("configure %s: %w", name, err)
			}
		}
		for _, gateway := range []string{n.DefaultGateway, n.DefaultGateway6} {
			if err := addDefaultRoute(gateway); err != nil {
				return err
			}
		}
		return nil
	})
}

// writeSettings starts from values that do not depend on the host: a new
// namespace copies some of them from there.
func writeSettings(n *description.Network) error {
	forwarding := "0"
	if n.NAT != nil {
		forwarding = "1"
	}
	settings := map[string]string{
		"net.ipv4.ip_forward":          forwarding,
		"net.ipv6.conf.all.forwarding": forwarding,
		// Addresses come from a plan: nobody else can have them.
		"net.ipv6.conf.default.accept_dad": "0",
		"net.ipv6.conf.all.accept_dad":     "0",
	}
	if err := letPing(); err != nil {
		return err
	}
	maps.Copy(settings, n.Sysctl)
	for _, name := range slices.Sorted(maps.Keys(settings)) {
		if err := writeSetting(name, settings[name]); err != nil {
			return err
		}
	}
	return nil
}

// letPing lets everybody ping, as systemd's own settings have it. In a user
// namespace only groups that it has can be named.
func letPing() error {
	const name = "net.ipv4.ping_group_range"
	err := writeSetting(name, "0 2147483647")
	if errors.Is(err, unix.EINVAL) {
		err = writeSetting(name, "0 65535")
	}
	if errors.Is(err, unix.EINVAL) {
		err = writeSetting(name, "0 0")
	}
	return err
}

// writeSetting passes over settings of IPv6 where the kernel has none.
func writeSetting(name, value string) error {
	if !strings.HasPrefix(name, "net.") {
		return fmt.Errorf("set %s: only settings below net. belong to a system", name)
	}
	path := "/proc/sys/" + settingPath(name)
	err := os.WriteFile(path, []byte(value), 0)
	if os.IsNotExist(err) && strings.HasPrefix(name, "net.ipv6.") {
		return nil
	}
	if err != nil {
		return fmt.Errorf("set %s to %q: %w", name, value, err)
	}
	return nil
}

// settingPath follows sysctl(8): when a slash comes first the separators are
// slashes already, and dots belong to names such as eth0.1.
func settingPath(name string) string {
	if dot, slash := strings.IndexByte(name, '.'), strings.IndexByte(name, '/'); slash >= 0 && slash < dot {
		return name
	}
	return strings.NewReplacer(".", "/", "/", ".").Replace(name)
}

func configureInterface(name string, i description.Interface) error {
	link, err := netlink.LinkByName(name)
	if _, missing := err.(netlink.LinkNotFoundError); missing {
		link, err = addDummy(name, i)
	}
	if err != nil {
		return fmt.Errorf("find link: %w", err)
	}
	for _, address := range i.Addresses {
		if err := addAddress(link, address); err != nil {
			return err
		}
	}
	return netlink.LinkSetUp(link)
}

func addDummy(name string, i description.Interface) (netlink.Link, error) {
	mac, err := parseMAC(i.MAC)
	if err != nil {
		return nil, err
	}
	attributes := netlink.NewLinkAttrs()
	attributes.Name, attributes.HardwareAddr, attributes.MTU = name, mac, i.MTU
	if err := netlink.LinkAdd(&netlink.Dummy{LinkAttrs: attributes}); err != nil {
		return nil, err
	}
	return netlink.LinkByName(name)
}

func addAddress(link netlink.Link, text string) error {
	address, err := parseAddress(text)
	if err != nil {
		return err
	}
	if err := netlink.AddrAdd(link, address); err != nil {
		return fmt.Errorf("add address %s: %w", text, err)
	}
	return nil
}

// parseAddress reads an address; without a prefix length it stands for itself
// alone.
func parseAddress(text string) (*netlink.Addr, error) {
	if !strings.Contains(text, "/") {
		ip := net.ParseIP(text)
		switch {
		case ip == nil:
			return nil, fmt.Errorf("address %q: not an IP address", text)
		case ip.To4() != nil:
			text += "/32"
		default:
			text += "/128"
		}
	}
	address, err := netlink.ParseAddr(text)
	if err != nil {
		return nil, fmt.Errorf("address %q: %w", text, err)
	}
	if address.IP.To4() == nil {
		// Usable at once, and not announced to find others that have it.
		address.Flags = unix.IFA_F_NODAD
	} else {
		address.Broadcast = nil
	}
	return address, nil
}

func addDefaultRoute(gateway string) error {
	if gateway == "" {
		return nil
	}
	ip := net.ParseIP(gateway)
	if ip == nil {
		return fmt.Errorf("default gateway %q: not an IP address", gateway)
	}
	if err := netlink.RouteReplace(&netlink.Route{Gw: ip}); err != nil {
		return fmt.Errorf("add default route by %s: %w", gateway, err)
	}
	return nil
}
