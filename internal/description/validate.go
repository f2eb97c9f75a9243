package description

import (
	"errors"
	"fmt"
	"maps"
	"net/netip"
	"path"
	"regexp"
	"slices"
	"strings"
)

var (
	hostNamePattern  = regexp.MustCompile(`^[a-zA-Z0-9]([a-zA-Z0-9_-]{0,61}[a-zA-Z0-9])?$`)
	unitNamePattern  = regexp.MustCompile(`^[a-zA-Z0-9@%:_.\\-]+\.(service|socket|timer|target|path|slice|mount|automount|swap|device|scope)$`)
	accountPattern   = regexp.MustCompile(`^[a-zA-Z0-9_.][a-zA-Z0-9_.-]{0,30}\$?$`)
	machinePattern   = regexp.MustCompile(`^[a-zA-Z0-9][a-zA-Z0-9_.-]*$`)
	containerPattern = regexp.MustCompile(`^[a-zA-Z0-9][a-zA-Z0-9.-]*$`)
	octalPattern     = regexp.MustCompile(`^[0-7]{3,4}$`)
	interfacePattern = regexp.MustCompile(`^[^\s/:]{1,15}$`)
)

// problems collects what is wrong with a description.
type problems struct{ errs []error }

func (p *problems) add(format string, args ...any) {
	p.errs = append(p.errs, fmt.Errorf(format, args...))
}

func (p *problems) check(ok bool, format string, args ...any) {
	if !ok {
		p.add(format, args...)
	}
}

func (p *problems) err() error { return errors.Join(p.errs...) }

// Validate checks what the types alone cannot say. All problems are reported.
func (s *System) Validate() error {
	p := &problems{}
	p.check(s.Version == Version, "schema version %d: this berth reads version %d", s.Version, Version)
	p.check(machinePattern.MatchString(s.Name), "name %q: letters, digits, '-', '_' and '.' were expected", s.Name)
	s.checkUnits(p, "units", s.Units)
	s.checkUnits(p, "userUnits", s.UserUnits)
	s.checkEtc(p)
	s.checkAccounts(p)
	s.Network.check(p)
	s.Firewall.check(p)
	for _, name := range slices.Sorted(maps.Keys(s.Containers)) {
		p.check(containerPattern.MatchString(name), "containers: the name %q may hold letters, digits, '.' and '-' only", name)
		s.Containers[name].check(p, name)
	}
	for _, d := range s.Prepared {
		p.check(path.IsAbs(d.Path) && len(d.Command) > 0, "prepared: %q needs an absolute path and a command", d.Path)
		p.check(octalPattern.MatchString(d.Mode), "prepared: %s has the mode %q", d.Path, d.Mode)
	}
	return p.err()
}

func (s *System) checkUnits(p *problems, field string, units map[string]Unit) {
	for _, name := range slices.Sorted(maps.Keys(units)) {
		u := units[name]
		p.check(unitNamePattern.MatchString(name), "%s: %q is not the name of a unit", field, name)
		p.check(u.Text == "" || len(u.Sections) == 0, "%s: %s has both text and sections", field, name)
		switch u.OverrideStrategy {
		case "", "asDropinIfExists", "asDropin":
		default:
			p.add("%s: %s has the override strategy %q", field, name, u.OverrideStrategy)
		}
	}
}

func (s *System) checkEtc(p *problems) {
	for _, target := range slices.Sorted(maps.Keys(s.Etc)) {
		f := s.Etc[target]
		clean := path.Clean(target)
		p.check(clean == target && !path.IsAbs(target) && !strings.HasPrefix(clean, ".."), "etc: %q is not a path below /etc", target)
		p.check((f.Source != "") != (f.Text != nil), "etc: %q needs either a source or a text", target)
		switch {
		case f.Mode == "", f.Mode == "symlink", f.Mode == "direct-symlink", octalPattern.MatchString(f.Mode):
		default:
			p.add("etc: %q has the mode %q; 'symlink', 'direct-symlink' or an octal number was expected", target, f.Mode)
		}
	}
}

func (s *System) checkAccounts(p *problems) {
	for _, name := range slices.Sorted(maps.Keys(s.Users)) {
		u := s.Users[name]
		p.check(accountPattern.MatchString(name), "users: %q is not a name for an account", name)
		p.check(u.HomeMode == "" || octalPattern.MatchString(u.HomeMode), "users: %s has the home mode %q", name, u.HomeMode)
	}
	for _, name := range slices.Sorted(maps.Keys(s.Groups)) {
		p.check(accountPattern.MatchString(name), "groups: %q is not a name for a group", name)
	}
}

func (n *Network) check(p *problems) {
	p.check(hostNamePattern.MatchString(n.HostName), "network: %q is not a host name", n.HostName)
	for _, name := range slices.Sorted(maps.Keys(n.Interfaces)) {
		i := n.Interfaces[name]
		p.check(interfacePattern.MatchString(name), "network: %q is not a name for an interface (1 to 15 characters)", name)
		p.check(i.VLAN >= 0 && i.VLAN <= 4094, "network: interface %s has VLAN %d", name, i.VLAN)
		for _, a := range i.Addresses {
			_, err := netip.ParsePrefix(a)
			p.check(err == nil, "network: interface %s: %q is not an address with a prefix length", name, a)
		}
	}
	for _, h := range n.Hosts {
		_, err := netip.ParseAddr(h.Address)
		p.check(err == nil && len(h.Names) > 0, "network: hosts: %q %q is not an address with names", h.Address, h.Names)
	}
	for _, f := range n.Forwards {
		f.check(p, "network: forwards")
	}
}

func (f *PortForward) check(p *problems, where string) {
	p.check(f.Protocol == "tcp" || f.Protocol == "udp", "%s: protocol %q; tcp or udp was expected", where, f.Protocol)
	p.check(isPort(f.HostPort) && isPort(f.GuestPort), "%s: ports %d and %d; 1 to 65535 was expected", where, f.HostPort, f.GuestPort)
}

func isPort(n int) bool { return n > 0 && n < 1<<16 }

func (f *Firewall) check(p *problems) {
	f.PortSet.check(p, "firewall")
	for _, name := range slices.Sorted(maps.Keys(f.Interfaces)) {
		set := f.Interfaces[name]
		set.check(p, "firewall: interface "+name)
	}
	switch f.CheckReversePath {
	case "", "strict", "loose":
	default:
		p.add("firewall: checkReversePath is %q; strict, loose or nothing was expected", f.CheckReversePath)
	}
}

func (s *PortSet) check(p *problems, where string) {
	for _, ports := range [][]int{s.AllowedTCPPorts, s.AllowedUDPPorts} {
		for _, port := range ports {
			p.check(isPort(port) || port == 0, "%s: %d is not a port", where, port)
		}
	}
	for _, ranges := range [][]PortRange{s.AllowedTCPPortRanges, s.AllowedUDPPortRanges} {
		for _, r := range ranges {
			p.check(r.From >= 0 && r.To < 1<<16 && r.From <= r.To, "%s: %d to %d is not a range of ports", where, r.From, r.To)
		}
	}
}

func (c Container) check(p *problems, name string) {
	where := "container " + name
	p.check(c.System != "", "%s has no system", where)
	p.check(c.NetworkNamespace == "" || !c.PrivateNetwork, "%s has both a private network and a network namespace to join", where)
	links := maps.Clone(c.ExtraVeths)
	if c.Link != nil {
		if links == nil {
			links = map[string]ContainerLink{}
		}
		links["eth0"] = *c.Link
	}
	for _, link := range slices.Sorted(maps.Keys(links)) {
		l := links[link]
		for _, a := range []string{l.HostAddress, l.HostAddress6, l.LocalAddress, l.LocalAddress6} {
			p.check(a == "" || isAddress(a), "%s: link %s: %q is not an address", where, link, a)
		}
		for _, f := range l.Forwards {
			f.check(p, where+": forwards")
		}
	}
	for at := range c.BindMounts {
		p.check(path.IsAbs(at), "%s: bind mount %q is not an absolute path", where, at)
	}
}

// isAddress accepts an address with or without a prefix length.
func isAddress(text string) bool {
	if _, err := netip.ParsePrefix(text); err == nil {
		return true
	}
	_, err := netip.ParseAddr(text)
	return err == nil
}

// Validate checks a test and the descriptions written out in it.
func (t *Test) Validate() error {
	p := &problems{}
	p.check(t.Version == Version, "schema version %d: this berth reads version %d", t.Version, Version)
	p.check(t.Name != "", "the test has no name")
	p.check(t.Script != "", "the test has no script")
	for _, name := range slices.Sorted(maps.Keys(t.Machines)) {
		m := t.Machines[name]
		p.check((m.System != "") != (m.Description != nil), "machine %s needs either a system or a description", name)
		if m.Description != nil {
			if err := m.Description.Validate(); err != nil {
				p.add("machine %s: %w", name, err)
			}
		}
	}
	return p.err()
}
