package machine

import (
	"bytes"
	"context"
	"fmt"
	"strings"
)

// UnitState is what the service manager says about a unit.
type UnitState struct {
	// Load is "loaded", "not-found", "masked" and so on.
	Load string
	// Active is "active", "inactive", "failed", "activating" and so on; Sub
	// the finer state of the unit's type.
	Active, Sub string
	// Result says why a failed unit failed.
	Result string
}

// UnitState asks for the state of a unit.
func (m *Machine) UnitState(ctx context.Context, unit string) (UnitState, error) {
	var out, complaints bytes.Buffer
	status, err := m.Exec(ctx, ExecRequest{
		Argv:   []string{"/usr/bin/systemctl", "show", "--property=LoadState,ActiveState,SubState,Result", "--", unit},
		Stdout: &out, Stderr: &complaints,
	})
	if err == nil && status.Status() != 0 {
		err = fmt.Errorf("systemctl: %s", strings.TrimSpace(complaints.String()))
	}
	if err != nil {
		return UnitState{}, fmt.Errorf("ask for unit %s: %w", unit, err)
	}
	var state UnitState
	for line := range strings.Lines(out.String()) {
		key, value, _ := strings.Cut(strings.TrimSpace(line), "=")
		switch key {
		case "LoadState":
			state.Load = value
		case "ActiveState":
			state.Active = value
		case "SubState":
			state.Sub = value
		case "Result":
			state.Result = value
		}
	}
	return state, nil
}
