package testdriver

import (
	"context"
	"fmt"
	"regexp"
	"strings"
	"time"
)

// unitPause is the longest pause between two looks at a unit or a port: looks
// are cheap, and most waits are short.
const unitPause = 200 * time.Millisecond

type systemctlArguments struct {
	Query string `json:"query"`
	User  string `json:"user"`
}

// systemctl runs systemctl, for a user's own manager if one is named.
func (c *call) systemctl(ctx context.Context, a systemctlArguments) (any, error) {
	r, err := c.askSystemd(ctx, a.Query, a.User)
	if err != nil {
		return nil, err
	}
	return []any{r.status, text(r.output)}, nil
}

func (c *call) askSystemd(ctx context.Context, query, user string) (ran, error) {
	command := "systemctl " + query
	if user != "" {
		inner := "XDG_RUNTIME_DIR=/run/user/$(id -u) systemctl --user " + query
		command = fmt.Sprintf("su -l %s --shell /bin/sh -c %s", quote(user), quote(inner))
	}
	return c.execute(ctx, command, limit{none: true})
}

// quote makes a word of the shell from any text.
func quote(word string) string {
	return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
}

type unitArguments struct {
	Unit     string `json:"unit"`
	User     string `json:"user"`
	Property string `json:"property"`
	State    string `json:"state"`
	Timeout  limit  `json:"timeout"`
}

// getUnitInfo returns all properties of a unit.
func (c *call) getUnitInfo(ctx context.Context, a unitArguments) (any, error) {
	r, err := c.askSystemd(ctx, "--no-pager show "+quote(a.Unit), a.User)
	if err != nil {
		return nil, err
	}
	if r.status != 0 {
		message := fmt.Sprintf("asking for the properties of unit %q%s failed (exit code %d)", a.Unit, underUser(a.User), r.status)
		return nil, c.commandFailed("systemctl show "+a.Unit, r, message)
	}
	return properties(r.output), nil
}

// propertyLine is one line of systemctl show; lines of other forms continue
// the value before and are not kept.
var propertyLine = regexp.MustCompile(`^([A-Za-z0-9_]+)=(.*)$`)

func properties(shown string) map[string]string {
	all := make(map[string]string)
	for line := range strings.Lines(shown) {
		if m := propertyLine.FindStringSubmatch(strings.TrimSuffix(line, "\n")); m != nil {
			all[m[1]] = m[2]
		}
	}
	return all
}

func underUser(user string) string {
	if user == "" {
		return ""
	}
	return fmt.Sprintf(" of user %q", user)
}

// getUnitProperty returns one property of a unit.
func (c *call) getUnitProperty(ctx context.Context, a unitArguments) (any, error) {
	return c.property(ctx, a.Unit, a.Property, a.User)
}

func (c *call) property(ctx context.Context, unit, name, user string) (string, error) {
	query := fmt.Sprintf("--no-pager show %s --property=%s", quote(unit), quote(name))
	r, err := c.askSystemd(ctx, query, user)
	if err != nil {
		return "", err
	}
	if r.status != 0 {
		message := fmt.Sprintf("asking for property %q of unit %q%s failed (exit code %d)", name, unit, underUser(user), r.status)
		return "", c.commandFailed("systemctl "+query, r, message)
	}
	m := propertyLine.FindStringSubmatch(strings.TrimSuffix(r.output, "\n"))
	if m == nil || m[1] != name {
		return "", &requestError{Kind: assertionFailed, Machine: c.name,
			Message: fmt.Sprintf("systemctl printed %q instead of property %q of unit %q", r.output, name, unit)}
	}
	return m[2], nil
}

// requireUnitState looks at a unit's state once.
func (c *call) requireUnitState(ctx context.Context, a unitArguments) (any, error) {
	header := fmt.Sprintf("checking if unit '%s' has reached state '%s'", a.Unit, a.State)
	return nil, c.nested(header, func() error {
		state, err := c.property(ctx, a.Unit, "ActiveState", a.User)
		if err != nil {
			return err
		}
		if state != a.State {
			return c.unitFailed("expected unit %q to be in state %q but it is %q", a.Unit, a.State, state)
		}
		return nil
	})
}

func (c *call) unitFailed(format string, arguments ...any) *requestError {
	err := failed(format, arguments...)
	err.Machine = c.name
	return err
}

// waitForUnit waits until a unit is active. A unit that failed, or that is
// inactive while systemd has nothing left to do, cannot become active by
// waiting: that fails at once.
func (c *call) waitForUnit(ctx context.Context, a unitArguments) (any, error) {
	header := "waiting for unit " + a.Unit
	if a.User != "" {
		header += " with user " + a.User
	}
	state := "unknown"
	return nil, c.nested(header, func() error {
		err := c.retry(ctx, a.Timeout, unitPause, func(bool) (bool, error) {
			var err error
			if state, err = c.property(ctx, a.Unit, "ActiveState", a.User); err != nil {
				return false, err
			}
			return c.reached(ctx, a, state)
		})
		if timedOut, ok := err.(*requestError); ok && timedOut.Machine == "" {
			return c.unitFailed("unit %q%s did not become active, it is %s: %s", a.Unit, underUser(a.User), state, timedOut.Message)
		}
		return err
	})
}

func (c *call) reached(ctx context.Context, a unitArguments, state string) (bool, error) {
	switch state {
	case "active":
		return true, nil
	case "failed":
		return false, c.unitFailed("unit %q%s reached state %q", a.Unit, underUser(a.User), state)
	case "inactive":
		return false, c.checkPending(ctx, a)
	}
	return false, nil
}

// checkPending fails if an inactive unit stays so: no job is queued, and it is
// still inactive when read again (the last job may have just started it).
func (c *call) checkPending(ctx context.Context, a unitArguments) error {
	jobs, err := c.askSystemd(ctx, "list-jobs --full 2>&1", a.User)
	if err != nil || !strings.Contains(jobs.output, "No jobs") {
		return err
	}
	state, err := c.property(ctx, a.Unit, "ActiveState", a.User)
	if err != nil || state != "inactive" {
		return err
	}
	load, err := c.property(ctx, a.Unit, "LoadState", a.User)
	if err != nil {
		return err
	}
	if load == "not-found" {
		return c.unitFailed("unit %q%s does not exist", a.Unit, underUser(a.User))
	}
	return c.unitFailed("unit %q%s is inactive and there are no pending jobs", a.Unit, underUser(a.User))
}
