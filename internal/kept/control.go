package kept

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"time"
)

// request is what a client asks of a supervisor, in one line of JSON.
type request struct {
	Do action `json:"do"`
	// Patience is how long the machine may take to stop.
	Patience time.Duration `json:"patience,omitempty"`
}

type action string

const (
	// askStatus is answered by one event.
	askStatus action = "status"
	// askWatch is answered by all events since the last boot began.
	askWatch action = "watch"
	// askStop is answered by events until the supervisor ends.
	askStop action = "stop"
	// askBoot stops the machine and boots it from what its launch says now.
	askBoot action = "boot"
	// askNetwork gives the machine the firewall and the ports that its launch
	// has now; one event answers.
	askNetwork action = "network"
)

// Event is something that a supervisor tells.
type Event struct {
	// Status is where the machine is now.
	Status *Status `json:"status,omitempty"`
	// Console is a line of the machine's console.
	Console string `json:"console,omitempty"`
	// Error is the answer to what could not be done.
	Error string `json:"error,omitempty"`
}

// errNotSupervised says that no supervisor answers.
var errNotSupervised = errors.New("it is off")

// inDirectory gives f a path for a socket that is short enough for the kernel.
func inDirectory(directory string, f func(directory string) error) error {
	d, err := os.Open(directory)
	if err != nil {
		return err
	}
	defer d.Close()
	return f(fmt.Sprintf("/proc/self/fd/%d", d.Fd()))
}

func (y *Yard) dial(name string) (net.Conn, error) {
	var c net.Conn
	err := inDirectory(y.Directory(name), func(directory string) (err error) {
		c, err = net.Dial("unix", filepath.Join(directory, controlName))
		return err
	})
	if err != nil {
		return nil, errNotSupervised
	}
	return c, nil
}

// follow sends a request and passes the answers on until the supervisor has no
// more, or until one makes enough.
func (y *Yard) follow(ctx context.Context, name string, r request, enough func(Event) bool) error {
	c, err := y.dial(name)
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	defer c.Close()
	defer context.AfterFunc(ctx, func() { c.Close() })()
	if err := json.NewEncoder(c).Encode(r); err != nil {
		return fmt.Errorf("ask the supervisor of %s: %w", name, err)
	}
	answers := json.NewDecoder(c)
	for {
		var e Event
		err := answers.Decode(&e)
		switch {
		case ctx.Err() != nil:
			return context.Cause(ctx)
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return fmt.Errorf("lost the supervisor of %s: %w", name, err)
		case e.Error != "":
			return fmt.Errorf("%s: %s", name, e.Error)
		case enough(e):
			return nil
		}
	}
}

// askTimeout is how long a supervisor may take to say its state.
const askTimeout = 5 * time.Second

func (y *Yard) ask(name string) (status Status, err error) {
	ctx, cancel := context.WithTimeout(context.Background(), askTimeout)
	defer cancel()
	answered := false
	err = y.follow(ctx, name, request{Do: askStatus}, func(e Event) bool {
		if e.Status != nil {
			status, answered = *e.Status, true
		}
		return answered
	})
	if err == nil && !answered {
		err = errNotSupervised
	}
	return status, err
}

// Watch passes on what happens to a machine, from the beginning of its boot,
// until enough says so or the machine is off for good.
func (y *Yard) Watch(ctx context.Context, name string, enough func(Event) bool) error {
	return y.follow(ctx, name, request{Do: askWatch}, enough)
}

// Supervised reports whether somebody takes care of a machine.
func (y *Yard) Supervised(name string) bool {
	c, err := y.dial(name)
	if err != nil {
		return false
	}
	c.Close()
	return true
}
