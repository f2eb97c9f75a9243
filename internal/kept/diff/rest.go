package diff

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"berth.dev/internal/description"
)

// compareRest finds all changes besides those of units.
func (p *Plan) compareRest(before, after Version) {
	a, b := before.System, after.System
	p.Units = changes(a.Units, b.Units)
	p.Etc = changes(a.Etc, b.Etc)
	p.Users = changes(a.Users, b.Users)
	p.Groups = changes(a.Groups, b.Groups)
	p.Packages = packageChanges(before.Packages, after.Packages)
	p.Ports = changes(byName(before.Ports), byName(after.Ports))
	p.Containers = changes(a.Containers, b.Containers)
	p.Firewall = !same(a.Firewall, b.Firewall)
	p.Reboot = reasons(p, a, b)
}

// reasons are what cannot change while a system runs.
func reasons(p *Plan, a, b *description.System) []string {
	var all []string
	add := func(differs bool, reason string) {
		if differs {
			all = append(all, reason)
		}
	}
	add(len(p.Packages) > 0, "its packages changed: "+summary(p.Packages))
	add(a.Platform != b.Platform, "its platform changed")
	add(a.Network.HostName != b.Network.HostName, "its host name changed")
	n, m := a.Network, b.Network
	n.Forwards, m.Forwards, n.HostName, m.HostName = nil, nil, "", ""
	add(!same(n, m), "its network changed")
	add(p.Firewall && !isLive(a.Firewall, b.Firewall), "rules of its firewall changed that are made while it boots")
	add(!same(a.Resources, b.Resources), "its limits changed")
	add(a.NeedsLogin != b.NeedsLogin, "sessions of users came or went")
	add(a.NeedsControllers != b.NeedsControllers, "it needs another view of control groups")
	add(!same(a.UnitPackages, b.UnitPackages), "packages that bring units changed")
	add(!same(a.Images, b.Images), "its images changed")
	add(!same(a.Prepared, b.Prepared), "directories with prepared content changed")
	return all
}

// isLive reports whether one firewall can take the other's place while the
// system runs. Rules of the user's own are loaded from inside.
func isLive(a, b description.Firewall) bool {
	own := a.ExtraInputRules + a.ExtraCommands + a.ExtraStopCommands + b.ExtraInputRules + b.ExtraCommands + b.ExtraStopCommands
	return a.Enable && b.Enable && own == ""
}

func same(a, b any) bool { return bytes.Equal(encode(a), encode(b)) }

func encode(v any) []byte {
	text, err := json.Marshal(v)
	if err != nil {
		panic(err) // descriptions are plain data
	}
	return text
}

// changes compares two sets by name.
func changes[V any](before, after map[string]V) []Change {
	var all []Change
	for _, name := range slices.Sorted(maps.Keys(union(before, after))) {
		a, had := before[name]
		b, has := after[name]
		switch {
		case !had:
			all = append(all, Change{Name: name, Kind: Added})
		case !has:
			all = append(all, Change{Name: name, Kind: Removed})
		case !same(a, b):
			all = append(all, Change{Name: name, Kind: Changed})
		}
	}
	return all
}

// packageChanges compares NAME_VERSION_ARCH by name.
func packageChanges(before, after []string) []Change {
	old, new := versions(before), versions(after)
	all := changes(old, new)
	for i := range all {
		all[i].From, all[i].To = old[all[i].Name], new[all[i].Name]
	}
	return all
}

func versions(packages []string) map[string]string {
	made := map[string]string{}
	for _, p := range packages {
		name, version, _ := strings.Cut(p, "_")
		version, _, _ = strings.Cut(version, "_")
		made[name] = version
	}
	return made
}

func byName(ports []description.PortForward) map[string]description.PortForward {
	made := map[string]description.PortForward{}
	for _, f := range ports {
		made[fmt.Sprintf("%s:%d/%s", f.HostAddress, f.HostPort, f.Protocol)] = f
	}
	return made
}

// summaryNames is how many names a summary has.
const summaryNames = 4

func summary(all []Change) string {
	var names []string
	for _, c := range all {
		names = append(names, map[Kind]string{Added: "+", Removed: "-", Changed: ""}[c.Kind]+c.Name)
	}
	if len(names) > summaryNames {
		return fmt.Sprintf("%s and %d more", strings.Join(names[:summaryNames], ", "), len(names)-summaryNames)
	}
	return strings.Join(names, ", ")
}

func sorted(set map[string]bool) []string { return slices.Sorted(maps.Keys(set)) }
