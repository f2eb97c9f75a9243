package network

import (
	"fmt"
	"hash/fnv"
	"net"
	"net/netip"
	"os"
	"strings"

	"github.com/google/nftables"
	"github.com/vishvananda/netlink"
)

// uplinkPrefix is where machines that are kept have their addresses towards
// the host, which is uplinkGateway to all of them.
const (
	uplinkPrefix  = "10.231.0.0/16"
	uplinkGateway = "10.231.0.1"
)

// containerPrefix is where native containers outside of configurations have
// their addresses, both ends, as NixOS gives them out.
const containerPrefix = "10.233.0.0/16"

// ContainerAddresses returns the n-th pair of addresses for a native container
// and the host, counted from 1; there are 254.
func ContainerAddresses(n int) (host, guest string) {
	return fmt.Sprintf("10.233.%d.1", n), fmt.Sprintf("10.233.%d.2", n)
}

// IsRouted reports whether the caller's namespace has a route to an address or
// its neighbours.
func IsRouted(address string) (bool, error) {
	a, err := netip.ParseAddr(address)
	if err != nil {
		return false, err
	}
	return hasRoute(a)
}

// UplinkGateway is the host's address as machines with an uplink see it.
func UplinkGateway() string { return uplinkGateway }

// UplinkAddress returns an address for a machine's link to the host: the same
// for a name every time, unless that address is in use.
func UplinkAddress(name string) (string, error) {
	prefix := netip.MustParsePrefix(uplinkPrefix)
	h := fnv.New32a()
	h.Write([]byte(name))
	base := prefix.Addr().As4()
	const hosts = 1<<16 - 3 // without the network's own, the gateway's and the last
	for i := range uint32(hosts) {
		n := 2 + (h.Sum32()+i)%hosts
		address := netip.AddrFrom4([4]byte{base[0], base[1], byte(n >> 8), byte(n)})
		used, err := hasRoute(address)
		if err != nil {
			return "", fmt.Errorf("find an address for %s: %w", name, err)
		}
		if !used {
			return address.String(), nil
		}
	}
	return "", fmt.Errorf("find an address for %s: all of %s are in use", name, uplinkPrefix)
}

// hasRoute reports whether the caller's namespace has a route to an address
// that is about it or its neighbours. Wide routes, such as that of a private
// network to all of 10.0.0.0/8, lose only the one address.
func hasRoute(address netip.Addr) (bool, error) {
	routes, err := netlink.RouteList(nil, netlink.FAMILY_V4)
	if err != nil {
		return false, err
	}
	for _, r := range routes {
		if r.Dst == nil {
			continue
		}
		if ones, _ := r.Dst.Mask.Size(); ones >= 16 && r.Dst.Contains(net.IP(address.AsSlice())) {
			return true, nil
		}
	}
	return false, nil
}

// OpenUplinks lets machines with an uplink reach what the caller's namespace
// reaches, under its address. The table is the caller's to remove with
// [RemoveTable].
func OpenUplinks(table string) error {
	var rules []rule
	for _, prefix := range []string{uplinkPrefix, containerPrefix} {
		inside, _ := fromPrefix(prefix)
		rules = append(rules, rule{inside, toOutside(netip.MustParsePrefix(prefix)), masquerade()})
	}
	r := &Ruleset{table: table, chains: []chain{{
		name: "source-nat", kind: "nat", hook: "postrouting", priority: prioritySourceNAT, rules: rules,
	}}}
	if err := load(r); err != nil {
		return fmt.Errorf("open uplinks: %w", err)
	}
	return nil
}

// RemoveTable removes a packet filter table of the caller's namespace, if it
// is there.
func RemoveTable(name string) error {
	connection, err := nftables.New()
	if err != nil {
		return fmt.Errorf("remove table %s: %w", name, err)
	}
	table := &nftables.Table{Family: nftables.TableFamilyINet, Name: name}
	connection.AddTable(table)
	connection.DelTable(table)
	if err := connection.Flush(); err != nil {
		return fmt.Errorf("remove table %s: %w", name, err)
	}
	return nil
}

// Setting returns the value of a kernel setting such as net.ipv4.ip_forward in
// the caller's namespace; SetSetting changes it.
func Setting(name string) (string, error) {
	text, err := os.ReadFile("/proc/sys/" + settingPath(name))
	if err != nil {
		return "", fmt.Errorf("read setting %s: %w", name, err)
	}
	return strings.TrimSpace(string(text)), nil
}

// SetSetting changes a kernel setting in the caller's namespace.
func SetSetting(name, value string) error { return writeSetting(name, value) }
