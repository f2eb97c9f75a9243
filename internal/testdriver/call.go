package testdriver

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"time"
)

// method serves one request.
type method func(*call, context.Context, json.RawMessage) (any, error)

// methods are the requests that Python can make. Those in methodsOfMachines
// name a machine.
var methodsOfMachines = map[string]method{
	"block":                     simple((*call).block),
	"connect":                   simple((*call).connectNow),
	"console":                   with((*call).console),
	"copy_from_machine":         with((*call).copyFromMachine),
	"copy_in":                   with((*call).copyIn),
	"crash":                     simple((*call).crash),
	"execute":                   with((*call).executeOnce),
	"fail":                      with((*call).fail),
	"get_unit_info":             with((*call).getUnitInfo),
	"get_unit_property":         with((*call).getUnitProperty),
	"is_up":                     simple((*call).isUp),
	"reboot":                    simple((*call).reboot),
	"release":                   simple((*call).release),
	"require_unit_state":        with((*call).requireUnitState),
	"shell_interact":            simple((*call).shellInteract),
	"shutdown":                  simple((*call).shutdown),
	"sleep":                     with((*call).sleep),
	"start":                     simple((*call).startNow),
	"succeed":                   with((*call).succeed),
	"systemctl":                 with((*call).systemctl),
	"unblock":                   simple((*call).unblock),
	"wait_for_closed_port":      with((*call).waitForClosedPort),
	"wait_for_file":             with((*call).waitForFile),
	"wait_for_open_port":        with((*call).waitForOpenPort),
	"wait_for_open_unix_socket": with((*call).waitForOpenUnixSocket),
	"wait_for_shutdown":         simple((*call).waitForShutdown),
	"wait_for_unit":             with((*call).waitForUnit),
	"wait_until_fails":          with((*call).waitUntilFails),
	"wait_until_succeeds":       with((*call).waitUntilSucceeds),
}

// dispatch finds and runs the method of a request.
func (c *call) dispatch(ctx context.Context, message incoming) (any, error) {
	serve, ok := methodsOfMachines[message.Call]
	if !ok {
		return nil, &requestError{Kind: unsupported, Message: fmt.Sprintf("the driver has no method %q", message.Call)}
	}
	if c.guest == nil {
		return nil, &requestError{Kind: badArgument, Message: fmt.Sprintf("the test has no machine %q", message.Machine)}
	}
	return serve(c, ctx, message.Arguments)
}

// with decodes the arguments of a method.
func with[A any](serve func(*call, context.Context, A) (any, error)) method {
	return func(c *call, ctx context.Context, raw json.RawMessage) (any, error) {
		var arguments A
		if err := json.Unmarshal(raw, &arguments); err != nil {
			return nil, &requestError{Kind: badArgument, Message: fmt.Sprintf("wrong argument: %v", err)}
		}
		return serve(c, ctx, arguments)
	}
}

// simple is a method without arguments.
func simple(serve func(*call, context.Context) (any, error)) method {
	return func(c *call, ctx context.Context, _ json.RawMessage) (any, error) { return serve(c, ctx) }
}

// nested encloses a method in a log step of its machine.
func (c *call) nested(header string, serve func() error) error {
	c.events.Opened(c.name, header)
	begun := time.Now()
	err := serve()
	c.events.Closed(c.name, header, time.Since(begun), err == nil)
	return err
}

// limit is a duration of the script in seconds; null is no limit.
type limit struct {
	duration time.Duration
	none     bool
}

// UnmarshalJSON reads a number of seconds or null.
func (l *limit) UnmarshalJSON(text []byte) error {
	if string(text) == "null" {
		*l = limit{none: true}
		return nil
	}
	var seconds float64
	if err := json.Unmarshal(text, &seconds); err != nil {
		return fmt.Errorf("timeout is not a number of seconds: %s", text)
	}
	if seconds > math.MaxInt64/float64(time.Second) {
		*l = limit{none: true}
		return nil
	}
	l.duration = time.Duration(seconds * float64(time.Second))
	return nil
}

func (l limit) String() string {
	if l.none {
		return "none"
	}
	return fmt.Sprintf("%g", l.duration.Seconds())
}

// The pauses between attempts of a retry are an eighth of the time waited so
// far: most things a test waits for take a fraction of a second, and the wait
// should not add much to it. They end at the second that test scripts are
// written for.
const (
	firstPause = 50 * time.Millisecond
	lastPause  = time.Second
)

// retry calls attempt until it says true or the limit has passed, then one
// last time. On failure it returns the sentence that time ran out.
func (c *call) retry(ctx context.Context, l limit, longest time.Duration, attempt func(last bool) (bool, error)) error {
	begun := time.Now()
	for l.none || time.Since(begun) < l.duration {
		done, err := attempt(false)
		if done || err != nil {
			return err
		}
		if err := sleep(ctx, min(max(time.Since(begun)/8, firstPause), longest)); err != nil {
			return err
		}
		if err := c.checkConditions(ctx); err != nil {
			return err
		}
	}
	done, err := attempt(true)
	if done || err != nil {
		return err
	}
	return failed("action timed out after %.2f seconds (timeout=%s)", time.Since(begun).Seconds(), l)
}

func sleep(ctx context.Context, pause time.Duration) error {
	timer := time.NewTimer(pause)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
