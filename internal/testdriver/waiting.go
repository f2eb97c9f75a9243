package testdriver

import (
	"context"
	"fmt"
	"net"
)

type portArguments struct {
	Port    int    `json:"port"`
	Address string `json:"addr"`
	Timeout limit  `json:"timeout"`
}

// waitForOpenPort waits until something inside the machine accepts
// connections.
func (c *call) waitForOpenPort(ctx context.Context, a portArguments) (any, error) {
	return c.waitForPort(ctx, a, true, fmt.Sprintf("waiting for TCP port %d on %s", a.Port, a.Address))
}

// waitForClosedPort waits until nothing accepts connections any more.
func (c *call) waitForClosedPort(ctx context.Context, a portArguments) (any, error) {
	return c.waitForPort(ctx, a, false, fmt.Sprintf("waiting for TCP port %d on %s to be closed", a.Port, a.Address))
}

// waitForPort connects with bash itself: a machine need not have netcat.
func (c *call) waitForPort(ctx context.Context, a portArguments, open bool, header string) (any, error) {
	if a.Port < 1 || a.Port > 65535 {
		return nil, &requestError{Kind: badArgument, Message: fmt.Sprintf("there is no TCP port %d", a.Port)}
	}
	command := fmt.Sprintf("exec 2>/dev/null; exec 3<>/dev/tcp/%s/%d", quote(a.Address), a.Port)
	return nil, c.waitFor(ctx, a.Timeout, header, func() (bool, error) {
		r, err := c.execute(ctx, command, a.Timeout)
		return (r.status == 0) == open, err
	})
}

// waitFor retries a cheap look until it says yes.
func (c *call) waitFor(ctx context.Context, l limit, header string, look func() (bool, error)) error {
	return c.nested(header, func() error {
		err := c.retry(ctx, l, unitPause, func(bool) (bool, error) { return look() })
		if timedOut, ok := err.(*requestError); ok && timedOut.Machine == "" {
			timedOut.Machine = c.name
			timedOut.Message = header + ": " + timedOut.Message
		}
		return err
	})
}

type socketArguments struct {
	Path     string `json:"addr"`
	Datagram bool   `json:"is_datagram"`
	Timeout  limit  `json:"timeout"`
}

// waitForOpenUnixSocket waits until a Unix socket accepts connections.
func (c *call) waitForOpenUnixSocket(ctx context.Context, a socketArguments) (any, error) {
	network := "unix"
	if a.Datagram {
		network = "unixgram"
	}
	probe := []string{c.session.config.ProbeProgram, probeStage, network, a.Path}
	return nil, c.waitFor(ctx, a.Timeout, fmt.Sprintf("waiting for UNIX socket %s", a.Path), func() (bool, error) {
		r, err := c.run(ctx, probe, nil)
		return r.status == 0, err
	})
}

type fileArguments struct {
	Name    string `json:"filename"`
	Timeout limit  `json:"timeout"`
}

// waitForFile waits until a file exists. The name is not quoted: scripts use
// patterns of the shell.
func (c *call) waitForFile(ctx context.Context, a fileArguments) (any, error) {
	return nil, c.waitFor(ctx, a.Timeout, fmt.Sprintf("waiting for file '%s'", a.Name), func() (bool, error) {
		r, err := c.execute(ctx, "test -e "+a.Name, a.Timeout)
		return r.status == 0, err
	})
}

// probeStage is the hidden subcommand of berth that looks at a socket.
const probeStage = "__probe"

// Stages are the parts of this package that run inside machines.
func Stages() map[string]func(args []string) int {
	return map[string]func(args []string) int{probeStage: probe}
}

// probe exits with zero if it can connect to args: a network and an address.
func probe(args []string) int {
	if len(args) != 2 {
		return 2
	}
	connection, err := net.Dial(args[0], args[1])
	if err != nil {
		return 1
	}
	connection.Close()
	return 0
}
