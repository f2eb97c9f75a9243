package kept

import (
	"time"

	"berth.dev/internal/description"
)

// A State is where a machine is between two boots.
type State string

// The states.
const (
	Starting State = "starting"
	Running  State = "running"
	Stopping State = "stopping"
	Off      State = "off"
	// Failed machines ended without having been asked to.
	Failed State = "failed"
)

// Ended reports whether nothing runs.
func (s State) Ended() bool { return s == Off || s == Failed }

// Status is what a supervisor knows of its machine.
type Status struct {
	State State     `json:"state"`
	Since time.Time `json:"since"`
	// BootSeconds is how long the boot took, once it is over.
	BootSeconds float64 `json:"bootSeconds,omitempty"`
	// Error says why a machine failed.
	Error string `json:"error,omitempty"`
	// Supervisor and PID are the numbers of the supervisor's process and of
	// the machine's first one.
	Supervisor int                       `json:"supervisor,omitempty"`
	PID        int                       `json:"pid,omitempty"`
	Cgroups    []string                  `json:"cgroups,omitempty"`
	Ports      []description.PortForward `json:"ports,omitempty"`
}

// Status is the state of a machine: its supervisor's answer, or what the last
// one wrote down.
func (y *Yard) Status(name string) (Status, error) {
	if s, err := y.ask(name); err == nil {
		return s, nil
	}
	if _, err := y.Launch(name); err != nil {
		return Status{}, err
	}
	var s Status
	if readJSON(y.file(name, statusName), &s) != nil {
		return Status{State: Off}, nil
	}
	if !s.State.Ended() {
		s.State, s.Error = Failed, "its supervisor was killed, or the host went down"
	}
	s.PID, s.Supervisor, s.Cgroups = 0, 0, nil
	return s, nil
}
