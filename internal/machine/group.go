package machine

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"

	"berth.dev/internal/isolate"
	"berth.dev/internal/network"
)

// A Group holds machines that belong together: they see each other over the
// test networks that they share, and end together.
type Group struct {
	config     GroupConfig
	life       context.Context
	end        context.CancelFunc
	directory  *runDirectory
	cgroup     *isolate.Cgroup
	reaper     *reaper
	loans      loans
	networks   *network.Switch
	executable string

	mu       sync.Mutex
	machines []*Machine
	// uplinked says that machines can reach what the host reaches.
	uplinked bool
	closed   bool
}

// GroupConfig says where a group keeps its things.
type GroupConfig struct {
	// RunDirectory is where the group makes a directory of its own, which
	// goes with it. It must be on a real file system: overlays do not stack.
	RunDirectory string
	// Name is for people who look at directories and cgroups; "machines"
	// when empty.
	Name string
	// Executable is a program that has the stages of [Stages]; this one when
	// empty.
	Executable string
}

// NewGroup makes an empty group, after sweeping away what dead ones left in
// the same place.
func NewGroup(config GroupConfig) (*Group, error) {
	if config.Name == "" {
		config.Name = "machines"
	}
	executable := config.Executable
	if executable == "" {
		// Not the link in /proc: it leads to a mount that a machine's own
		// copy of the mounts does not have.
		var err error
		if executable, err = os.Executable(); err != nil {
			return nil, fmt.Errorf("find berth's own program: %w", err)
		}
	}
	if _, err := Sweep(config.RunDirectory); err != nil {
		return nil, err
	}
	g := &Group{config: config, executable: executable}
	g.life, g.end = context.WithCancel(context.Background())
	if err := g.open(); err != nil {
		g.Close()
		return nil, err
	}
	return g, nil
}

func (g *Group) open() (err error) {
	if g.directory, err = makeRunDirectory(g.config.RunDirectory, g.config.Name); err != nil {
		return err
	}
	if g.loans, err = openLoans(); err != nil {
		return err
	}
	if g.reaper, err = startReaper(g.executable, g.directory, g.loans); err != nil {
		return err
	}
	if g.cgroup, err = isolate.NewCgroup("berth-" + g.directory.name()); err != nil {
		return err
	}
	if err := g.record(undo{Cgroup: g.cgroup.Paths()}); err != nil {
		return err
	}
	g.networks, err = network.NewSwitch()
	return err
}

// Directory is the group's own directory, for files that go with it.
func (g *Group) Directory() string { return g.directory.path }

// Machine adds a machine, which is off until it is started.
func (g *Group) Machine(config Config) (*Machine, error) {
	if err := config.check(); err != nil {
		return nil, err
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.closed {
		return nil, errors.New("add machine: the group is closed")
	}
	directory, ephemeral := config.Directory, config.Directory == ""
	if ephemeral {
		directory = filepath.Join(g.directory.path, config.Name)
	}
	m := &Machine{config: config, group: g, layout: machineLayout(directory, ephemeral)}
	if err := m.layout.make(); err != nil {
		return nil, err
	}
	// A program with a set-user-id bit that the machine makes is not for the
	// users of the host.
	if err := os.Chmod(directory, 0o700); err != nil {
		return nil, fmt.Errorf("make directory: %w", err)
	}
	if err := g.makeRoom(config.systems()); err != nil {
		return nil, err
	}
	g.machines = append(g.machines, m)
	return m, nil
}

// Start starts several machines at the same time.
func (g *Group) Start(ctx context.Context, machines ...*Machine) error {
	errs := make([]error, len(machines))
	var all sync.WaitGroup
	for i, m := range machines {
		all.Go(func() { errs[i] = m.Start(ctx) })
	}
	all.Wait()
	return errors.Join(errs...)
}

// Close ends all machines at once and removes everything that was the group's.
func (g *Group) Close() error {
	g.mu.Lock()
	closed := g.closed
	g.closed = true
	machines := g.machines
	g.mu.Unlock()
	if closed {
		return nil
	}
	g.end() // kills them all, also those that are about to start
	var all sync.WaitGroup
	for _, m := range machines {
		all.Go(m.Kill)
	}
	all.Wait()
	if g.networks != nil {
		g.networks.Close()
	}
	if g.reaper == nil {
		return nil
	}
	// The reaper gives back what was borrowed, and has the last share.
	g.loans.close()
	// The lock must be free before the directory goes, or a sweeper could
	// find one that is neither locked nor there.
	err := g.reaper.dismiss()
	g.directory.lock.Close()
	return err
}
