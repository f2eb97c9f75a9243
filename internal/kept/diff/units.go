package diff

import (
	"path"
	"slices"
	"strings"

	"berth.dev/internal/description"
)

// units are both sides' units, and which run.
type units struct {
	before, after side
	active        map[string]bool
}

type side struct {
	system *description.System
	masked map[string]bool
}

func newUnits(before, after *description.System, active []string) *units {
	u := &units{newSide(before), newSide(after), map[string]bool{}}
	for _, name := range active {
		u.active[name] = true
	}
	return u
}

func newSide(s *description.System) side {
	masked := map[string]bool{}
	for _, name := range s.MaskedUnits {
		masked[name] = true
	}
	return side{s, masked}
}

// unit returns what defines a unit, its template for an instance; nothing if
// it is not managed here or masked.
func (s side) unit(name string) (content, bool) {
	u, ok := s.system.Units[name]
	if !ok {
		if prefix, _, instance := strings.Cut(name, "@"); instance {
			name = prefix + "@" + path.Ext(name)
			u, ok = s.system.Units[name]
		}
	}
	if !ok || u.Disabled || s.masked[name] {
		return nil, false
	}
	return read(u, s.system.GlobalEnvironment, strings.HasSuffix(name, ".service")), true
}

// sleepTargets must not be started by a change.
var sleepTargets = []string{"suspend.target", "hibernate.target", "hybrid-sleep.target", "suspend-then-hibernate.target", "sleep.target"}

// plainTargets are what every system boots through. They belong to the vendor
// and are never stopped.
var plainTargets = []string{"sysinit.target", "basic.target", "multi-user.target", "graphical.target",
	"timers.target", "sockets.target", "paths.target", "machines.target"}

// berthAgent carries out the plan and stays.
const berthAgent = "berth-agent.service"

func (u *units) plan(p *Plan) {
	for _, name := range sorted(u.active) {
		if name == berthAgent {
			continue
		}
		before, had := u.before.unit(name)
		after, has := u.after.unit(name)
		switch {
		case path.Ext(name) == ".target" && (has || !had):
			u.planTarget(p, name, after)
		case !had:
			// Not ours: a vendor's, a generator's or a transient unit.
		case !has:
			if before.flag("X-StopOnRemoval", true) {
				p.Stop = append(p.Stop, name)
			}
		default:
			u.planChanged(p, name, compare(before, after), after)
		}
	}
	u.planContainers(p)
	u.planWanted(p)
}

// planContainers restarts native containers whose settings changed, although
// their units did not.
func (u *units) planContainers(p *Plan) {
	for _, c := range p.Containers {
		name := "container@" + c.Name + ".service"
		if c.Kind != Changed || !u.active[name] || slices.Contains(slices.Concat(p.Stop, p.Restart), name) {
			continue
		}
		if !u.after.system.Containers[c.Name].RestartIfChanged {
			p.Skipped = append(p.Skipped, name)
			continue
		}
		p.Stop, p.Start = append(p.Stop, name), append(p.Start, name)
	}
}

// planTarget starts a target again; what is new in it starts thereby.
func (u *units) planTarget(p *Plan, name string, after content) {
	if slices.Contains(sleepTargets, name) || after.flag("RefuseManualStart", false) || after.flag("X-OnlyManualStart", false) {
		return
	}
	if after == nil && !slices.Contains(plainTargets, name) {
		return
	}
	p.Targets = append(p.Targets, name)
	if after.flag("X-StopOnReconfiguration", false) {
		p.Stop = append(p.Stop, name)
	}
}

// planWanted starts targets again that are the vendor's, run, and want a unit
// of the new side.
func (u *units) planWanted(p *Plan) {
	for _, unit := range u.after.system.Units {
		for _, name := range slices.Concat(unit.WantedBy, unit.RequiredBy, unit.UpheldBy) {
			if path.Ext(name) == ".target" && u.active[name] && !slices.Contains(sleepTargets, name) {
				if after, ours := u.after.unit(name); !ours || !after.flag("RefuseManualStart", false) && !after.flag("X-OnlyManualStart", false) {
					p.Targets = append(p.Targets, name)
				}
			}
		}
	}
}

func (u *units) planChanged(p *Plan, name string, n need, after content) {
	switch n {
	case needNothing:
	case needReload:
		p.Reload = append(p.Reload, name)
	case needRestart:
		u.planRestart(p, name, after)
	}
}

// planRestart finds the way in which a changed unit wants to be restarted.
func (u *units) planRestart(p *Plan, name string, after content) {
	kind := path.Ext(name)
	switch {
	case kind == ".path" || kind == ".slice" || kind == ".socket":
		// A new definition is enough.
	case name == "-.mount" || name == "nix.mount":
		p.Reload = append(p.Reload, name)
	case kind == ".mount":
		p.Restart = append(p.Restart, name)
	case after.flag("X-ReloadIfChanged", false):
		p.Reload = append(p.Reload, name)
	case !after.flag("X-RestartIfChanged", true) || after.flag("RefuseManualStop", false) || after.flag("X-OnlyManualStart", false):
		p.Skipped = append(p.Skipped, name)
	case !after.flag("X-StopIfChanged", true) || kind != ".service":
		p.Restart = append(p.Restart, name)
	default:
		u.planStopStart(p, name, after)
	}
}

// planStopStart stops a service with its old definition and starts it with its
// new one; of a service with sockets only these are started.
func (u *units) planStopStart(p *Plan, name string, after content) {
	sockets := strings.Fields(strings.Join(after["Service"]["Sockets"], " "))
	if len(sockets) == 0 {
		sockets = []string{strings.TrimSuffix(name, ".service") + ".socket"}
	}
	p.Stop = append(p.Stop, name)
	activated := false
	if !after.flag("X-NotSocketActivated", false) {
		for _, socket := range sockets {
			_, has := u.after.unit(socket)
			_, had := u.before.unit(socket)
			if u.active[socket] {
				p.Stop = append(p.Stop, socket)
				activated = true
			}
			if has && (u.active[socket] || !had) {
				p.Start = append(p.Start, socket)
				activated = true
			}
		}
	}
	if !activated {
		p.Start = append(p.Start, name)
	}
}
