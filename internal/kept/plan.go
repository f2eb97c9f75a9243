package kept

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"berth.dev/internal/kept/diff"
)

// Plan is what changes when a machine goes from what it is to another launch.
type Plan struct {
	Name string `json:"name"`
	// State is where the machine is: one that does not run just boots.
	State State `json:"state"`
	*diff.Plan
}

// New is the state of a machine that there is not yet.
const New State = "new"

// Lines writes the plan for people.
func (p *Plan) Lines() []string {
	switch {
	case p.State == New:
		return []string{p.Name + " is new and will boot"}
	case p.State.Ended():
		return append([]string{p.Name + " is off and will boot; since it ran last:"}, indent(p.Plan.Lines())...)
	}
	return append([]string{p.Name + ":"}, indent(p.Plan.Lines())...)
}

func indent(lines []string) []string {
	var made []string
	for _, line := range lines {
		made = append(made, "  "+line)
	}
	return made
}

// Plan compares a machine with what it is to become.
func (y *Yard) Plan(ctx context.Context, l *Launch) (*Plan, error) {
	status, err := y.Status(l.Name)
	if err != nil {
		return &Plan{Name: l.Name, State: New, Plan: &diff.Plan{}}, nil
	}
	before, err := y.Launch(l.Name)
	if err != nil {
		return nil, err
	}
	p := &Plan{Name: l.Name, State: status.State}
	var active []string
	if !status.State.Ended() {
		if active, err = y.activeUnits(ctx, l.Name); err != nil {
			return nil, err
		}
	}
	p.Plan = diff.Compare(before.version(), l.version(), active)
	if status.State.Ended() {
		p.Reboot = nil
		return p, nil
	}
	if len(p.Reboot) == 0 {
		p.Reboot = append(p.Reboot, rootReasons(before, l)...)
	}
	if before.Addresses != l.Addresses {
		p.Reboot = append(p.Reboot, "its address changed")
	}
	if before.Ephemeral != l.Ephemeral {
		p.Reboot = append(p.Reboot, "whether its state stays changed")
	}
	return p, nil
}

// rootReasons are changes of the generated root that its description does not
// show, and that a mounted root cannot take.
func rootReasons(before, after *Launch) []string {
	a, b := before.Root, after.Root
	switch {
	case !slices.Equal(a.Parts, b.Parts), !slices.Equal(a.Generated[1:], b.Generated[1:]):
		return []string{"the packages of its root changed"}
	}
	changes, err := compareTrees(a.Generated[0], b.Generated[0])
	if err != nil {
		return []string{err.Error()}
	}
	if len(changes.hidden) > 0 {
		return []string{"files of packages come or go: /" + strings.Join(changes.hidden, ", /")}
	}
	return nil
}

// version is one side of a comparison.
func (l *Launch) version() diff.Version {
	v := diff.Version{System: l.System, Ports: l.Ports()}
	for _, part := range l.Parts {
		v.Packages = append(v.Packages, packageName(part))
	}
	return v
}

// packageName takes the digest off the name of a store object.
func packageName(object string) string {
	base := filepath.Base(object)
	if _, name, ok := strings.Cut(base, "-"); ok {
		return name
	}
	return base
}

// activeUnits lists the units that run in a machine, or are about to.
func (y *Yard) activeUnits(ctx context.Context, name string) ([]string, error) {
	text, err := y.output(ctx, name, "systemctl", "list-units", "--plain", "--no-legend", "--no-pager", "--full",
		"--state=active,activating,reloading,refreshing")
	if err != nil {
		return nil, fmt.Errorf("ask %s for its units: %w", name, err)
	}
	return firstWords(text), nil
}
