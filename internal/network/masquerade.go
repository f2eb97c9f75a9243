package network

import (
	"fmt"
	"net/netip"

	"github.com/google/nftables/expr"
)

// bridgeTable is the table of one bridge of the caller's namespace.
func bridgeTable(bridge string) string { return tableName + "-bridge-" + bridge }

// Masquerade lets what is on a bridge reach everything else under the system's
// own addresses, and the system's loopback addresses reach what is published
// on the bridge.
func Masquerade(bridge, subnet string) error {
	return loadBridge(bridge, subnet, func(prefix netip.Prefix) []chain {
		loopback := netip.MustParsePrefix("127.0.0.0/8")
		return []chain{{name: "leaving", kind: "nat", hook: "postrouting", priority: prioritySourceNAT, rules: []rule{
			{family(familyIPv4), fromNetwork(prefix), notToInterface(bridge), masquerade()},
			{family(familyIPv4), fromNetwork(loopback), toInterface(bridge), masquerade()},
		}}}
	})
}

// Isolate keeps what is on a bridge from reaching anything else but the system.
func Isolate(bridge, subnet string) error {
	return loadBridge(bridge, subnet, func(prefix netip.Prefix) []chain {
		return []chain{{name: "passing", kind: "filter", hook: "forward", rules: []rule{
			{family(familyIPv4), fromNetwork(prefix), notToInterface(bridge), drop()},
		}}}
	})
}

func loadBridge(bridge, subnet string, chains func(netip.Prefix) []chain) error {
	prefix, err := netip.ParsePrefix(subnet)
	if err != nil || !prefix.Addr().Is4() {
		return fmt.Errorf("bridge %s: %q is not an IPv4 network", bridge, subnet)
	}
	if err := load(&Ruleset{table: bridgeTable(bridge), chains: chains(prefix)}); err != nil {
		return fmt.Errorf("bridge %s: %w", bridge, err)
	}
	return nil
}

// Unmasquerade undoes [Masquerade] and [Isolate].
func Unmasquerade(bridge string) error {
	if err := RemoveTable(bridgeTable(bridge)); err != nil {
		return fmt.Errorf("bridge %s: %w", bridge, err)
	}
	return nil
}

// fromNetwork matches packets whose IPv4 sender is in a network.
func fromNetwork(prefix netip.Prefix) statement {
	const senderAt, length = 12, 4
	mask := make([]byte, length)
	for i := range prefix.Bits() {
		mask[i/8] |= 0x80 >> (i % 8)
	}
	return statement{fmt.Sprintf("ip saddr %s", prefix.Masked()), []expr.Any{
		&expr.Payload{DestRegister: register, Base: expr.PayloadBaseNetworkHeader, Offset: senderAt, Len: length},
		&expr.Bitwise{SourceRegister: register, DestRegister: register, Len: length, Mask: mask, Xor: make([]byte, length)},
		equal(prefix.Masked().Addr().AsSlice())}}
}

func notToInterface(name string) statement {
	s := toInterface(name)
	last := *s.exprs[len(s.exprs)-1].(*expr.Cmp)
	last.Op = expr.CmpOpNeq
	return statement{fmt.Sprintf("oifname != %q", name), []expr.Any{s.exprs[0], &last}}
}
