package testdriver

import (
	"context"
	"fmt"
	"strings"
)

type executeArguments struct {
	Command     string `json:"command"`
	CheckReturn bool   `json:"check_return"`
	CheckOutput bool   `json:"check_output"`
	Timeout     limit  `json:"timeout"`
}

// The statuses that execute returns when it was told not to wait.
const (
	statusUnchecked = -1
	statusDetached  = -2
)

// executeOnce is the script's execute: any exit status is a result.
func (c *call) executeOnce(ctx context.Context, a executeArguments) (any, error) {
	if !a.CheckOutput {
		return []any{statusDetached, ""}, c.detach(ctx, a)
	}
	r, err := c.execute(ctx, a.Command, a.Timeout)
	if err != nil {
		return nil, err
	}
	if !a.CheckReturn {
		r.status = statusUnchecked
	}
	return []any{r.status, text(r.output)}, nil
}

// detach starts a command that nobody waits for; it ends with the run at the
// latest.
func (c *call) detach(ctx context.Context, a executeArguments) error {
	if err := c.connect(ctx); err != nil {
		return err
	}
	c.session.background.Go(func() {
		if _, err := c.execute(c.session.life, a.Command, a.Timeout); err != nil && c.session.life.Err() == nil {
			c.events.Message(c.name, "warning", fmt.Sprintf("command in the background: %v", err))
		}
	})
	return nil
}

type commandsArguments struct {
	Commands []string `json:"commands"`
	Timeout  limit    `json:"timeout"`
}

// succeed runs commands that must exit with zero.
func (c *call) succeed(ctx context.Context, a commandsArguments) (any, error) {
	return c.each(ctx, a, "must succeed: ", func(command string, r ran) error {
		if r.status == 0 {
			return nil
		}
		c.events.Message(c.name, "info", "output: "+r.output)
		return c.commandFailed(command, r, fmt.Sprintf("command `%s` failed (exit code %d)", command, r.status))
	})
}

// fail runs commands that must not exit with zero.
func (c *call) fail(ctx context.Context, a commandsArguments) (any, error) {
	return c.each(ctx, a, "must fail: ", func(command string, r ran) error {
		if r.status != 0 {
			return nil
		}
		return c.commandFailed(command, r, fmt.Sprintf("command `%s` unexpectedly succeeded", command))
	})
}

// each runs commands in turn and concatenates their output.
func (c *call) each(ctx context.Context, a commandsArguments, header string, check func(string, ran) error) (any, error) {
	var all strings.Builder
	for i, command := range a.Commands {
		if i > 0 {
			if err := c.checkConditions(ctx); err != nil {
				return nil, err
			}
		}
		err := c.nested(header+command, func() error {
			r, err := c.execute(ctx, command, a.Timeout)
			all.WriteString(r.output)
			if err != nil {
				return err
			}
			return check(command, r)
		})
		if err != nil {
			return nil, err
		}
	}
	return text(all.String()), nil
}

func (c *call) commandFailed(command string, r ran, message string) *requestError {
	return &requestError{Kind: requestFailed, Message: message, Machine: c.name, Command: c.report(command, r)}
}

func (c *call) report(command string, r ran) *CommandFailure {
	return &CommandFailure{Machine: c.name, Command: command, Status: r.status, Output: r.output, Errors: r.errors}
}

type commandArguments struct {
	Command string `json:"command"`
	Timeout limit  `json:"timeout"`
}

// waitUntilSucceeds repeats a command until it exits with zero.
func (c *call) waitUntilSucceeds(ctx context.Context, a commandArguments) (any, error) {
	return c.repeat(ctx, a, "waiting for success: "+a.Command, func(status int) bool { return status == 0 })
}

// waitUntilFails repeats a command until it does not exit with zero.
func (c *call) waitUntilFails(ctx context.Context, a commandArguments) (any, error) {
	return c.repeat(ctx, a, "waiting for failure: "+a.Command, func(status int) bool { return status != 0 })
}

func (c *call) repeat(ctx context.Context, a commandArguments, header string, wanted func(status int) bool) (any, error) {
	var last ran
	err := c.nested(header, func() error {
		err := c.retry(ctx, a.Timeout, lastPause, func(bool) (bool, error) {
			var err error
			last, err = c.execute(ctx, a.Command, a.Timeout)
			return wanted(last.status), err
		})
		return c.explain(err, a.Command, last)
	})
	if err != nil {
		return nil, err
	}
	return text(last.output), nil
}

// explain adds the last attempt to the failure of a retry.
func (c *call) explain(err error, command string, last ran) error {
	timedOut, ok := err.(*requestError)
	if !ok || timedOut.Kind != requestFailed {
		return err
	}
	timedOut.Machine = c.name
	timedOut.Command = c.report(command, last)
	return timedOut
}

type sleepArguments struct {
	Seconds limit `json:"seconds"`
}

// sleep waits; a machine shares the clock with the driver.
func (c *call) sleep(ctx context.Context, a sleepArguments) (any, error) {
	return nil, c.nested(fmt.Sprintf("sleeping for %s seconds", a.Seconds), func() error {
		return sleep(ctx, a.Seconds.duration)
	})
}
