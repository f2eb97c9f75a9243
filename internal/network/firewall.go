package network

import (
	"cmp"
	"fmt"
	"maps"
	"slices"

	"berth.dev/internal/description"
)

// extraChain is where rules go that the configuration gives as text.
const extraChain = "extra"

// ICMPv6 types that are refused: redirects and node information queries.
const (
	typeEchoRequest  = 8
	typeRedirect6    = 137
	typeInformation6 = 139
	clientPortDHCPv6 = 546
	serverPortDHCP   = 67
	clientPortDHCP   = 68
	priorityReverse  = -140
	// After the iptables of the system itself, whose rules are at 0.
	priorityInput     = 10
	prioritySourceNAT = 100
	priorityDestNAT   = -100
)

// Rules translates a firewall, and the address translation that goes with it,
// into a ruleset. Nil means that there is nothing to load.
func Rules(f *description.Firewall, nat *description.NAT) (*Ruleset, error) {
	r := &Ruleset{table: tableName}
	if f.Enable {
		if f.CheckReversePath != "" {
			c, err := reversePathChain(f)
			if err != nil {
				return nil, err
			}
			r.chains = append(r.chains, c)
		}
		input, err := inputChain(f)
		if err != nil {
			return nil, err
		}
		r.chains = append(r.chains, input, chain{name: extraChain})
	}
	if nat != nil {
		r.chains = append(r.chains, sourceNATChain(nat))
	}
	if len(r.chains) == 0 {
		return nil, nil
	}
	return r, nil
}

// reversePathChain drops packets that claim to come from where no answer to
// them would go. DHCP works before there are routes.
func reversePathChain(f *description.Firewall) (chain, error) {
	if f.CheckReversePath != "strict" && f.CheckReversePath != "loose" {
		return chain{}, fmt.Errorf("firewall: checkReversePath is %q, expected strict or loose", f.CheckReversePath)
	}
	c := chain{name: "reverse-path", kind: "filter", hook: "prerouting", priority: priorityReverse, drop: true}
	for _, ports := range [][2]int{{serverPortDHCP, clientPortDHCP}, {clientPortDHCP, serverPortDHCP}} {
		c.rules = append(c.rules, rule{family(familyIPv4), protocol(protocolUDP),
			sourcePort(ports[0], ports[0]), destinationPort(ports[1], ports[1]), accept()})
	}
	c.rules = append(c.rules, rule{returns(f.CheckReversePath == "strict"), accept()})
	if f.LogReversePathDrops {
		c.rules = append(c.rules, rule{logs("rpfilter drop: ")})
	}
	return c, nil
}

func inputChain(f *description.Firewall) (chain, error) {
	c := chain{name: "input", kind: "filter", hook: "input", priority: priorityInput, drop: true}
	trusted := slices.Concat([]string{"lo"}, f.TrustedInterfaces)
	slices.Sort(trusted)
	for _, name := range slices.Compact(trusted) {
		c.rules = append(c.rules, rule{fromInterface(name), accept()})
	}
	c.rules = append(c.rules, rule{known(), accept()})
	c.rules = append(c.rules, openPorts(f)...)
	ping, err := pingRules(f)
	if err != nil {
		return chain{}, err
	}
	c.rules = append(c.rules, ping...)
	c.rules = append(c.rules,
		rule{protocol(protocolICMPv6), messageTypeNot("icmpv6", typeRedirect6), messageTypeNot("icmpv6", typeInformation6), accept()},
		rule{family(familyIPv6), linkLocalDestination(), protocol(protocolUDP), destinationPort(clientPortDHCPv6, clientPortDHCPv6), accept()},
		rule{jump(extraChain)})
	c.rules = append(c.rules, refusal(f)...)
	return c, nil
}

// pingRules are for IPv4: with IPv6 all messages of the protocol are let in
// but a few, because it does not work without them.
func pingRules(f *description.Firewall) ([]rule, error) {
	if !f.AllowPing {
		return nil, nil
	}
	ping := rule{family(familyIPv4), protocol(protocolICMP), messageType("icmp", typeEchoRequest)}
	if f.PingLimit == "" {
		return []rule{append(ping, accept())}, nil
	}
	bound, err := limit(f.PingLimit)
	if err != nil {
		return nil, fmt.Errorf("firewall: %w", err)
	}
	return []rule{append(ping, bound, accept())}, nil
}

// refusal ends the chain, whose policy is to drop.
func refusal(f *description.Firewall) []rule {
	var rules []rule
	if f.LogRefusedConnections {
		rules = append(rules, rule{protocol(protocolTCP), opening(), logs("refused connection: ")})
	}
	if f.LogRefusedPackets {
		rules = append(rules, rule{forUs(), logs("refused packet: ")})
	}
	if f.RejectPackets {
		rules = append(rules, rule{protocol(protocolTCP), resetConnection()}, rule{rejectPort()})
	}
	return rules
}

// openPorts goes through the protocols, and in each through single ports and
// ranges, for all interfaces and then for each one by name.
func openPorts(f *description.Firewall) []rule {
	type scope struct {
		match rule
		ports description.PortSet
	}
	scopes := []scope{{nil, f.PortSet}}
	for _, name := range slices.Sorted(maps.Keys(f.Interfaces)) {
		scopes = append(scopes, scope{rule{fromInterface(name)}, f.Interfaces[name]})
	}
	var rules []rule
	for _, p := range []byte{protocolTCP, protocolUDP} {
		for _, s := range scopes {
			single, ranges := s.ports.AllowedTCPPorts, s.ports.AllowedTCPPortRanges
			if p == protocolUDP {
				single, ranges = s.ports.AllowedUDPPorts, s.ports.AllowedUDPPortRanges
			}
			for _, r := range portRanges(single, ranges) {
				rules = append(rules, append(slices.Clone(s.match), protocol(p), destinationPort(r.From, r.To), accept()))
			}
		}
	}
	return rules
}

// portRanges sorts ports and ranges and leaves repetitions out.
func portRanges(single []int, ranges []description.PortRange) []description.PortRange {
	var all []description.PortRange
	for _, p := range single {
		all = append(all, description.PortRange{From: p, To: p})
	}
	compare := func(a, b description.PortRange) int {
		return cmp.Or(cmp.Compare(a.From, b.From), cmp.Compare(a.To, b.To))
	}
	slices.SortFunc(all, compare)
	more := slices.Clone(ranges)
	slices.SortFunc(more, compare)
	return slices.Compact(append(all, more...))
}

// sourceNATChain lets internal interfaces and addresses out under the address
// of the system.
func sourceNATChain(nat *description.NAT) chain {
	c := chain{name: "source-nat", kind: "nat", hook: "postrouting", priority: prioritySourceNAT}
	var out rule
	if nat.ExternalInterface != "" {
		out = rule{toInterface(nat.ExternalInterface)}
	}
	for _, name := range nat.InternalInterfaces {
		c.rules = append(c.rules, append(rule{fromInterface(name)}, append(slices.Clone(out), masquerade())...))
	}
	for _, prefix := range nat.InternalIPs {
		if s, ok := fromPrefix(prefix); ok {
			c.rules = append(c.rules, append(rule{s}, append(slices.Clone(out), masquerade())...))
		}
	}
	return c
}

// ExtraRules is text for nft(8) inside the system, which adds the rules that
// the configuration gives as text to those loaded before. It is empty when
// there are none.
func ExtraRules(f *description.Firewall) string {
	if !f.Enable || f.ExtraInputRules == "" {
		return ""
	}
	return fmt.Sprintf("table inet %s {\n\tchain %s {\n%s\n\t}\n}\n", tableName, extraChain, f.ExtraInputRules)
}
