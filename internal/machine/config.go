package machine

import (
	"errors"
	"fmt"
	"io"
	"strings"

	"berth.dev/internal/description"
	"berth.dev/internal/root"
)

// Config describes one machine.
type Config struct {
	// Name is unique in the group and can be a directory's name.
	Name string
	// System is what boots. Its root needs the unit that
	// [Furnish] adds.
	System *description.System
	// Root is what its root directory consists of.
	Root *root.Root
	// Store is the directory shown as /nix/store; none when empty.
	Store string
	// Containers are the native containers of the system by name.
	Containers map[string]Guest
	// Directory keeps the machine's files beyond the group's end. When it is
	// empty they are the group's.
	Directory string
	// Uplink gives the machine a link eth0 to the host: it reaches what the
	// host reaches, and the ports that its description forwards are open on
	// the host.
	Uplink bool
	// UplinkAddresses are the two ends of that link; berth chooses when they
	// are empty.
	UplinkAddresses UplinkAddresses
	// Shares are more directories of the host shown inside.
	Shares []Share
	// Console receives what the machine writes to its console.
	Console io.Writer
	// Journal receives the entries of the machine's journal.
	Journal func(JournalEntry)
}

// UplinkAddresses are IPv4 addresses of a link between host and machine.
type UplinkAddresses struct {
	Host  string `json:"host"`
	Guest string `json:"guest"`
}

// Share shows a directory or file of the host in a machine.
type Share struct {
	Source   string
	Target   string
	ReadOnly bool
}

func (c *Config) check() error {
	if c.Name == "" || strings.ContainsAny(c.Name, "/\x00") || strings.HasPrefix(c.Name, ".") {
		return fmt.Errorf("add machine: %q cannot be a machine's name", c.Name)
	}
	if c.System == nil || c.Root == nil {
		return errors.New("add machine " + c.Name + ": it has no system or no root")
	}
	return nil
}
