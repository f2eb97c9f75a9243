package kept

import (
	"context"
	"errors"
	"fmt"

	"berth.dev/internal/machine"
	"berth.dev/internal/network"
)

// Define writes down what a machine that is off boots from, without booting
// it. The caller has the lock.
func (y *Yard) Define(l *Launch) error {
	before, err := y.Launch(l.Name)
	if err == nil {
		err = y.supersede(before, l)
	}
	if err != nil && !errors.Is(err, ErrUnknown) {
		return err
	}
	return y.writeLaunch(l)
}

// StartAgain starts a machine that is off from its launch; one that runs is
// left alone. The caller has the lock.
func (y *Yard) StartAgain(ctx context.Context, name string, o UpOptions) error {
	l, err := y.Launch(name)
	if err != nil || y.Supervised(name) {
		return err
	}
	return y.again(ctx, l, l, o)
}

// freePairs is how many pairs of addresses there are.
const freePairs = 254

// FreeAddresses returns the first pair of addresses that neither a container
// has nor the host has a route to.
func (y *Yard) FreeAddresses() (machine.UplinkAddresses, error) {
	names, err := y.Names()
	if err != nil {
		return machine.UplinkAddresses{}, err
	}
	taken := map[string]bool{}
	for _, name := range names {
		if l, err := y.Launch(name); err == nil {
			taken[l.Addresses.Host], taken[l.Addresses.Guest] = true, true
		}
	}
	for n := 1; n <= freePairs; n++ {
		host, guest := network.ContainerAddresses(n)
		routed, err := network.IsRouted(guest)
		if err != nil {
			return machine.UplinkAddresses{}, fmt.Errorf("find free addresses: %w", err)
		}
		if !routed && !taken[host] && !taken[guest] {
			return machine.UplinkAddresses{Host: host, Guest: guest}, nil
		}
	}
	return machine.UplinkAddresses{}, fmt.Errorf("find free addresses: all %d pairs are in use", freePairs)
}
