package network

import (
	"fmt"
	"net/netip"

	"berth.dev/internal/description"
	"github.com/google/nftables/expr"
	"golang.org/x/sys/unix"
)

// publishedTable is the table of one container's published ports.
func publishedTable(container string) string { return tableName + "-" + container }

// Published are ports of the caller's namespace that lead to the addresses of
// a container, for each family that it has one of.
type Published struct {
	Forwards  []description.PortForward
	Addresses []string
}

// Publish passes the ports of a container on to it, instead of those that were
// published for it before.
func Publish(container string, all ...Published) error {
	r := &Ruleset{table: publishedTable(container)}
	var rules []rule
	for _, p := range all {
		more, err := p.rules()
		if err != nil {
			return fmt.Errorf("publish ports of %s: %w", container, err)
		}
		rules = append(rules, more...)
	}
	r.chains = []chain{
		{name: "arriving", kind: "nat", hook: "prerouting", priority: priorityDestNAT, rules: rules},
		{name: "own", kind: "nat", hook: "output", priority: priorityDestNAT, rules: rules},
	}
	if err := load(r); err != nil {
		return fmt.Errorf("publish ports of %s: %w", container, err)
	}
	return nil
}

func (p *Published) rules() ([]rule, error) {
	var guests []netip.Addr
	for _, text := range p.Addresses {
		if text == "" {
			continue
		}
		parsed, err := parseAddress(text)
		if err != nil {
			return nil, err
		}
		address, _ := netip.AddrFromSlice(parsed.IP)
		guests = append(guests, address.Unmap())
	}
	var rules []rule
	for _, f := range p.Forwards {
		more, err := forwardRules(f, guests)
		if err != nil {
			return nil, err
		}
		rules = append(rules, more...)
	}
	return rules, nil
}

// Unpublish undoes [Publish].
func Unpublish(container string) error {
	if err := RemoveTable(publishedTable(container)); err != nil {
		return fmt.Errorf("unpublish ports of %s: %w", container, err)
	}
	return nil
}

func forwardRules(f description.PortForward, guests []netip.Addr) ([]rule, error) {
	number := byte(protocolTCP)
	switch f.Protocol {
	case "", "tcp":
	case "udp":
		number = protocolUDP
	default:
		return nil, fmt.Errorf("protocol %q: expected tcp or udp", f.Protocol)
	}
	target := f.GuestPort
	if target == 0 {
		target = f.HostPort
	}
	var rules []rule
	for _, guest := range guests {
		r := rule{family(familyOf(guest)), toOurselves()}
		if f.HostAddress != "" {
			host, err := netip.ParseAddr(f.HostAddress)
			if err != nil {
				return nil, fmt.Errorf("host address %q: not an IP address", f.HostAddress)
			}
			if host.Is4() != guest.Is4() {
				continue
			}
			r = append(r, toAddress(host))
		}
		rules = append(rules, append(r, protocol(number), destinationPort(f.HostPort, f.HostPort), translate(guest, target)))
	}
	return rules, nil
}

func familyOf(address netip.Addr) byte {
	if address.Is4() {
		return familyIPv4
	}
	return familyIPv6
}

// toOurselves matches packets to an address of this system.
func toOurselves() statement {
	local := []byte{unix.RTN_LOCAL, 0, 0, 0}
	return statement{"fib daddr type 2", []expr.Any{
		&expr.Fib{Register: register, ResultADDRTYPE: true, FlagDADDR: true}, equal(local)}}
}

func toAddress(address netip.Addr) statement {
	word, offset := "ip", uint32(16)
	if address.Is6() {
		word, offset = "ip6", 24
	}
	return statement{fmt.Sprintf("%s daddr %s", word, address), []expr.Any{
		&expr.Payload{DestRegister: register, Base: expr.PayloadBaseNetworkHeader, Offset: offset, Len: uint32(address.BitLen() / 8)},
		equal(address.AsSlice())}}
}

func translate(address netip.Addr, target int) statement {
	const portRegister = 2
	word := "ip"
	if address.Is6() {
		word = "ip6"
	}
	return statement{fmt.Sprintf("dnat %s to %s", word, netip.AddrPortFrom(address, uint16(target))), []expr.Any{
		&expr.Immediate{Register: register, Data: address.AsSlice()},
		&expr.Immediate{Register: portRegister, Data: port(target)},
		&expr.NAT{Type: expr.NATTypeDestNAT, Family: uint32(familyOf(address)), RegAddrMin: register, RegAddrMax: register,
			RegProtoMin: portRegister, RegProtoMax: portRegister, Specified: true}}}
}
