package kept

import "context"

// Plan is what changes when a machine goes from what it is to another launch.
type Plan struct {
	Name string `json:"name"`
	// Reboot are the reasons why the machine has to boot anew; without one
	// the rest is done while it runs.
	Reboot []string `json:"reboot,omitempty"`
}

// Plan compares a machine with what it is to become.
func (y *Yard) Plan(ctx context.Context, l *Launch) (*Plan, error) {
	return &Plan{Name: l.Name, Reboot: []string{"its configuration changed"}}, nil
}

func (y *Yard) Apply(ctx context.Context, before, l *Launch, p *Plan, o UpOptions) error { return nil }

func (y *Yard) supersede(before, l *Launch) error { return nil }

func (p *Plan) Lines() []string { return p.Reboot }
