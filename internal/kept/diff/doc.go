// Package diff says what changes between two descriptions of one system that
// runs: which units to stop, start, restart or reload, which files, accounts
// and packages differ, and whether the system has to boot anew.
//
// It is a pure function. The rules for units are those of NixOS's
// switch-to-configuration: units are compared by content, fields that do not
// matter to a running unit are passed over, and the X- keys of [Unit] say how
// a changed one wants to be treated.
package diff

import (
	"slices"

	"berth.dev/internal/description"
)

// A Version is one of the two sides.
type Version struct {
	System *description.System
	// Packages are the Debian packages of its root, as NAME_VERSION_ARCH.
	Packages []string
	// Ports are published on the host.
	Ports []description.PortForward
}

// Plan is what changes.
type Plan struct {
	// Reboot are the reasons why the system has to boot anew; the changes of
	// units are those that the new boot amounts to.
	Reboot []string `json:"reboot,omitempty"`
	// Units to be stopped before anything changes, and to be reloaded,
	// restarted and started after it, in this order.
	Stop    []string `json:"stop,omitempty"`
	Reload  []string `json:"reload,omitempty"`
	Restart []string `json:"restart,omitempty"`
	Start   []string `json:"start,omitempty"`
	// Targets are started again, which starts what is new in them.
	Targets []string `json:"targets,omitempty"`
	// Skipped units changed but do not want to be touched.
	Skipped []string `json:"skipped,omitempty"`
	// Units are those whose definitions differ, whether they run or not.
	Units []Change `json:"units,omitempty"`

	Etc      []Change `json:"etc,omitempty"`
	Users    []Change `json:"users,omitempty"`
	Groups   []Change `json:"groups,omitempty"`
	Packages []Change `json:"packages,omitempty"`
	Ports    []Change `json:"ports,omitempty"`
	// Containers are native containers whose inside or settings differ.
	Containers []Change `json:"containers,omitempty"`
	// Firewall says that the firewall differs.
	Firewall bool `json:"firewall,omitempty"`
}

// A Change is something that was added, removed or changed.
type Change struct {
	Name string `json:"name"`
	Kind Kind   `json:"change"`
	// From and To are versions of packages.
	From string `json:"from,omitempty"`
	To   string `json:"to,omitempty"`
}

// Kind is the kind of a change.
type Kind string

// The kinds.
const (
	Added   Kind = "added"
	Removed Kind = "removed"
	Changed Kind = "changed"
)

// Empty reports whether nothing changes. Targets alone change nothing.
func (p *Plan) Empty() bool {
	for _, list := range [][]string{p.Reboot, p.Stop, p.Reload, p.Restart, p.Start, p.Skipped} {
		if len(list) > 0 {
			return false
		}
	}
	for _, list := range [][]Change{p.Units, p.Etc, p.Users, p.Groups, p.Packages, p.Ports, p.Containers} {
		if len(list) > 0 {
			return false
		}
	}
	return !p.Firewall
}

// Compare returns the plan that leads from one version to another while the
// units of active run.
func Compare(before, after Version, active []string) *Plan {
	p := &Plan{}
	p.compareRest(before, after)
	u := newUnits(before.System, after.System, active)
	u.plan(p)
	for _, list := range []*[]string{&p.Stop, &p.Reload, &p.Restart, &p.Start, &p.Targets, &p.Skipped} {
		slices.Sort(*list)
		*list = slices.Compact(*list)
	}
	return p
}
