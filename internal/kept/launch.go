package kept

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"slices"

	"berth.dev/internal/description"
	"berth.dev/internal/machine"
	"berth.dev/internal/root"
)

// A Kind says what a kept machine is to its user.
type Kind string

// The kinds.
const (
	KindMachine   Kind = "machine"
	KindContainer Kind = "container"
)

// A Launch is everything that a machine boots from, so that it can be booted
// again without an evaluator.
type Launch struct {
	Name string `json:"name"`
	Kind Kind   `json:"kind"`
	// Source is what the user named, such as a flake and an attribute.
	Source string `json:"source,omitempty"`
	// Toplevel is the system's object in the store; empty for a description
	// written by hand.
	Toplevel string `json:"toplevel,omitempty"`
	// Ephemeral machines leave nothing behind when they end.
	Ephemeral bool `json:"ephemeral,omitempty"`
	// Discard are files that go with an ephemeral machine.
	Discard []string `json:"discard,omitempty"`
	// Publish are ports of the host besides those of the description.
	Publish []description.PortForward `json:"publish,omitempty"`
	// Addresses are those of the link to the host, where they are fixed.
	Addresses machine.UplinkAddresses `json:"addresses,omitzero"`

	// Parts are the store objects of the packages of its root.
	Parts      []string                 `json:"parts,omitempty"`
	System     *description.System      `json:"system"`
	Root       *root.Root               `json:"root"`
	Store      string                   `json:"store"`
	Containers map[string]machine.Guest `json:"containers,omitempty"`
}

// NewLaunch is the launch of a machine that deploy has assembled.
func NewLaunch(config machine.Config) *Launch {
	return &Launch{Name: config.Name, Kind: KindMachine, System: config.System, Root: config.Root,
		Store: config.Store, Containers: config.Containers}
}

// Ports are all ports of the host that lead to the machine.
func (l *Launch) Ports() []description.PortForward {
	return slices.Concat(l.System.Network.Forwards, l.Publish)
}

// config is the machine as package machine boots it.
func (l *Launch) config(directory string) machine.Config {
	system := *l.System
	system.Network.Forwards = l.Ports()
	return machine.Config{Name: l.Name, System: &system, Root: l.Root, Store: l.Store,
		Containers: l.Containers, Directory: directory, Uplink: true, UplinkAddresses: l.Addresses}
}

// Equal reports whether two launches boot the same machine.
func (l *Launch) Equal(other *Launch) bool {
	return bytes.Equal(l.identity(), other.identity())
}

// identity leaves out the keys of generated layers: the same layer has another
// key once the numbers of its accounts are fixed.
func (l *Launch) identity() []byte {
	type guest struct {
		System     *description.System
		Parts      []string
		Containers map[string]any
	}
	var guests func(map[string]machine.Guest) map[string]any
	guests = func(all map[string]machine.Guest) map[string]any {
		made := map[string]any{}
		for name, g := range all {
			made[name] = guest{g.System, g.Root.Parts, guests(g.Containers)}
		}
		return made
	}
	text, err := json.Marshal([]any{l.Publish, l.Addresses, l.Ephemeral, guest{l.System, l.Root.Parts, guests(l.Containers)}})
	if err != nil {
		panic(err) // the types are plain data
	}
	return text
}

// Launch reads what a machine boots from.
func (y *Yard) Launch(name string) (*Launch, error) {
	l := &Launch{}
	err := readJSON(y.file(name, launchName), l)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, y.unknown(name)
	}
	if err != nil {
		return nil, fmt.Errorf("read how %s starts: %w", name, err)
	}
	return l, nil
}

func (y *Yard) writeLaunch(l *Launch) error {
	if err := writeJSON(y.file(l.Name, launchName), l); err != nil {
		return fmt.Errorf("write how %s starts: %w", l.Name, err)
	}
	return nil
}

// Layers are the generated directories that kept machines boot from, which no
// sweep may take.
func (y *Yard) Layers() ([]string, error) {
	names, err := y.Names()
	if err != nil {
		return nil, err
	}
	var layers []string
	for _, name := range names {
		l, err := y.Launch(name)
		if err != nil {
			return nil, err
		}
		layers = append(layers, l.Root.Lowers()...)
		layers = append(layers, guestLayers(l.Containers)...)
	}
	return layers, nil
}

func guestLayers(guests map[string]machine.Guest) []string {
	var layers []string
	for _, g := range guests {
		layers = append(append(layers, g.Root.Lowers()...), guestLayers(g.Containers)...)
	}
	return layers
}
