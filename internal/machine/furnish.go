package machine

import (
	"maps"

	"berth.dev/internal/description"
	"berth.dev/internal/network"
)

// AgentUnit is the name of the unit that runs berth's agent.
const AgentUnit = "berth-agent.service"

// programInside is where berth's own program is shown in machines.
const programInside = "/run/berth/berth"

// Furnish returns the description with what berth needs inside a machine: the
// agent's unit, and one for the firewall's own commands. The root must be
// assembled from the result.
func Furnish(system *description.System) *description.System {
	furnished := *system
	furnished.Units = maps.Clone(system.Units)
	if furnished.Units == nil {
		furnished.Units = map[string]description.Unit{}
	}
	if _, ok := furnished.Units[AgentUnit]; !ok {
		furnished.Units[AgentUnit] = agentUnit()
	}
	furnishFirewall(&furnished)
	return &furnished
}

// firewallUnit is the name that NixOS has for it.
const firewallUnit = "firewall.service"

// furnishFirewall adds a unit for the commands that a configuration has besides
// its rules. The rules themselves are loaded before the first process.
func furnishFirewall(system *description.System) {
	start, stop := network.ExtraCommands(&system.Firewall)
	if start == "" {
		return
	}
	if _, own := system.Units[firewallUnit]; own {
		return
	}
	system.Etc = maps.Clone(system.Etc)
	if system.Etc == nil {
		system.Etc = map[string]description.EtcFile{}
	}
	system.Etc["berth/firewall-start"] = description.EtcFile{Text: &start}
	system.Etc["berth/firewall-stop"] = description.EtcFile{Text: &stop}
	system.Units[firewallUnit] = description.Unit{
		Sections: map[string]map[string][]string{
			"Unit": {
				"Description":         {"firewall commands of the configuration"},
				"DefaultDependencies": {"no"},
				"Before":              {"network-pre.target shutdown.target"},
				"Wants":               {"network-pre.target"},
				"Conflicts":           {"shutdown.target"},
				"ConditionCapability": {"CAP_NET_ADMIN"},
			},
			"Service": {
				"Type":            {"oneshot"},
				"RemainAfterExit": {"yes"},
				"ExecStart":       {"/bin/bash /etc/berth/firewall-start"},
				"ExecStop":        {"/bin/bash /etc/berth/firewall-stop"},
			},
		},
		Environment: map[string]string{"PATH": defaultPath},
		WantedBy:    []string{"sysinit.target"},
	}
}

// agentUnit starts as early as anything: it needs only /run. At the end it
// takes the commands that it started with it.
func agentUnit() description.Unit {
	return description.Unit{
		Sections: map[string]map[string][]string{
			"Unit": {
				"Description":         {"berth agent"},
				"DefaultDependencies": {"no"},
				"Conflicts":           {"shutdown.target"},
				"Before":              {"sysinit.target shutdown.target"},
				"IgnoreOnIsolate":     {"yes"},
			},
			"Service": {
				"Type":      {"exec"},
				"ExecStart": {programInside + " __agent " + sharedDirectory},
				"Delegate":  {"yes"},
				"KillMode":  {"mixed"},
				// Commands may do what root may.
				"LimitCORE":      {"infinity"},
				"TimeoutStopSec": {"2s"},
				"Restart":        {"on-failure"},
				"StandardOutput": {"null"},
				"StandardError":  {"journal"},
			},
		},
		WantedBy: []string{"sysinit.target"},
	}
}
