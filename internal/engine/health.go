package engine

import (
	"context"
	"fmt"
	"time"
)

// HealthCheck is a command that succeeds inside while the container is well.
type HealthCheck struct {
	// Command is a program and its arguments.
	Command []string
	// Interval, Timeout and Retries have docker's defaults when they are 0.
	Interval, Timeout time.Duration
	// StartPeriod is the time in which failures do not count.
	StartPeriod time.Duration
	Retries     int
	// Disabled does without the image's check.
	Disabled bool
}

const (
	defaultInterval = 30 * time.Second
	defaultRetries  = 3
	// startInterval is used until the container is well for the first time,
	// because others wait for that.
	startInterval = 200 * time.Millisecond
)

// check is the container's health check: the given one, or the image's.
func (r *run) check() *HealthCheck {
	check := r.config.Health
	if check == nil {
		check = imageCheck(r.image.Config.Config.Healthcheck)
	}
	if check == nil || check.Disabled || len(check.Command) == 0 {
		return nil
	}
	complete := *check
	if complete.Interval <= 0 {
		complete.Interval = defaultInterval
	}
	if complete.Timeout <= 0 {
		complete.Timeout = defaultInterval
	}
	if complete.Retries <= 0 {
		complete.Retries = defaultRetries
	}
	return &complete
}

func imageCheck(h *ImageHealth) *HealthCheck {
	if h == nil || len(h.Test) < 2 {
		return nil
	}
	check := &HealthCheck{Interval: time.Duration(h.Interval), Timeout: time.Duration(h.Timeout),
		StartPeriod: time.Duration(h.StartPeriod), Retries: h.Retries}
	switch h.Test[0] {
	case "CMD":
		check.Command = h.Test[1:]
	case "CMD-SHELL":
		check.Command = []string{"/bin/sh", "-c", h.Test[1]}
	default:
		return nil
	}
	return check
}

// watch runs the check again and again until the container ends.
func (r *run) watch(ctx context.Context) {
	check := r.check()
	if check == nil {
		return
	}
	began, failures := time.Now(), 0
	for {
		pause := check.Interval
		if r.state.Health == HealthStarting {
			pause = min(pause, startInterval)
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(pause):
		}
		err := r.examine(ctx, check)
		switch {
		case ctx.Err() != nil:
			return
		case err == nil:
			failures = 0
			r.setHealth(Healthy)
		case r.state.Health == HealthStarting && time.Since(began) < max(check.StartPeriod, time.Duration(check.Retries)*check.Interval):
			// Nobody expects it to be well yet.
		default:
			if failures++; failures >= check.Retries || r.state.Health == HealthStarting {
				r.tell("health check fails: %v", err)
				r.setHealth(Unhealthy)
			}
		}
	}
}

// examine runs the check once.
func (r *run) examine(ctx context.Context, check *HealthCheck) error {
	ctx, cancel := context.WithTimeout(ctx, check.Timeout)
	defer cancel()
	status, err := r.engine.Exec(ctx, r.config.Name, ExecConfig{Command: check.Command})
	if err == nil && status != 0 {
		err = fmt.Errorf("exit status %d", status)
	}
	return err
}

func (r *run) setHealth(health string) {
	if r.state.Health == health {
		return
	}
	r.state.Health = health
	if err := r.engine.writeState(r.state); err != nil {
		r.tell("%v", err)
	}
	r.changed()
}

// tell writes a line beside the container's own output.
func (r *run) tell(format string, arguments ...any) {
	if r.config.Stderr != nil {
		fmt.Fprintf(r.config.Stderr, "berth: container %s: %s\n", r.config.Name, fmt.Sprintf(format, arguments...))
	}
}
