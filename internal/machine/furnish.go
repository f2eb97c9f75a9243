package machine

import (
	"maps"

	"berth.dev/internal/description"
)

// AgentUnit is the name of the unit that runs berth's agent.
const AgentUnit = "berth-agent.service"

// programInside is where berth's own program is shown in machines.
const programInside = "/run/berth/berth"

// Furnish returns the description with what berth needs inside a machine, the
// agent's unit. The root must be assembled from the result.
func Furnish(system *description.System) *description.System {
	furnished := *system
	furnished.Units = maps.Clone(system.Units)
	if furnished.Units == nil {
		furnished.Units = map[string]description.Unit{}
	}
	if _, ok := furnished.Units[AgentUnit]; !ok {
		furnished.Units[AgentUnit] = agentUnit()
	}
	return &furnished
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
