package engine

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"syscall"
	"time"

	"berth.dev/internal/isolate"
	"golang.org/x/sys/unix"
)

// RunConfig describes a container.
type RunConfig struct {
	Name  string
	Image string
	// Command replaces the image's arguments, Entrypoint its program; nil
	// leaves them.
	Command    []string
	Entrypoint []string
	Hostname   string
	// Environment is added to the image's, as NAME=value.
	Environment []string
	// User is "user[:group]", by name or number.
	User      string
	Directory string
	// Volumes are written "source:target[:options]".
	Volumes []string
	// Temporary are mount points of tmpfs, each optionally with ":options".
	Temporary []string
	Devices   []string
	Labels    map[string]string
	// Networks are names; empty means the network "bridge".
	Networks []string
	Ports    []PublishedPort
	// ExtraHosts are written "name:address".
	ExtraHosts []string
	// Resolver is the text of resolv.conf inside.
	Resolver string

	AddCapabilities  []string
	DropCapabilities []string
	Privileged       bool
	ReadOnly         bool
	// Init puts a small init before the command.
	Init   bool
	Limits Limits

	// Health replaces the image's check.
	Health *HealthCheck
	// Remove forgets the container when it ends.
	Remove     bool
	StopSignal string

	Stdin, Stdout, Stderr *os.File
	// Signals are passed on to the container's first process.
	Signals <-chan os.Signal
	// Changed is called when the container has started, and whenever its
	// health changes.
	Changed func(*State)
}

// run is a container while its process looks after it.
type run struct {
	engine *Engine
	config RunConfig
	image  *Image
	layers stack
	state  *State
	alive  *os.File
	cgroup *isolate.Cgroup
}

// Run runs a container to its end and returns its exit status.
func (e *Engine) Run(ctx context.Context, c RunConfig) (status int, err error) {
	r := &run{engine: e, config: c}
	defer func() { err = errors.Join(err, r.close()) }()
	if err := r.prepare(); err != nil {
		return 0, fmt.Errorf("run %s: %w", c.Name, err)
	}
	spec, err := r.spec()
	if err != nil {
		return 0, fmt.Errorf("run %s: %w", c.Name, err)
	}
	process, err := isolate.Start(ctx, spec)
	if err != nil {
		return 0, fmt.Errorf("run %s: %w", c.Name, err)
	}
	if err := r.started(process); err != nil {
		process.Kill()
		<-process.Done()
		return 0, fmt.Errorf("run %s: %w", c.Name, err)
	}
	r.follow(ctx, process)
	state, err := process.Wait()
	if err != nil {
		return 0, fmt.Errorf("run %s: %w", c.Name, err)
	}
	r.state.ExitCode = state.Status()
	return state.Status(), nil
}

// prepare makes everything that the container's process needs outside.
func (r *run) prepare() (err error) {
	c := &r.config
	if err := checkName("container", c.Name); err != nil {
		return err
	}
	if r.image, err = r.engine.Image(c.Image); err != nil {
		return err
	}
	if r.layers, err = r.engine.layers(r.image); err != nil {
		return err
	}
	if len(c.Networks) == 0 {
		c.Networks = []string{networkBridge}
	}
	if c.Hostname == "" {
		c.Hostname = c.Name
	}
	if err := r.claim(); err != nil {
		return err
	}
	return r.makeCgroup()
}

// claim takes the container's name and its addresses.
func (r *run) claim() error {
	unlock, err := r.engine.lock()
	if err != nil {
		return err
	}
	defer unlock()
	c := &r.config
	if err := r.engine.makeWay(c.Name); err != nil {
		return err
	}
	r.state = &State{Name: c.Name, Image: c.Image, Status: StatusCreated, Hostname: c.Hostname, Labels: c.Labels,
		ExtraHosts: c.ExtraHosts, Ports: c.Ports, Remove: c.Remove, StopSignal: c.StopSignal, Started: time.Now()}
	if r.state.StopSignal == "" {
		r.state.StopSignal = r.image.Config.Config.StopSignal
	}
	for _, name := range []string{"upper", "work", "root"} {
		if err := os.MkdirAll(r.engine.containerPath(c.Name, name), 0o755); err != nil {
			return err
		}
	}
	if r.alive, err = os.Create(r.engine.containerPath(c.Name, aliveName)); err != nil {
		return err
	}
	if err := unix.Flock(int(r.alive.Fd()), unix.LOCK_EX); err != nil {
		return fmt.Errorf("lock container: %w", err)
	}
	if err := r.engine.join(r.state, c.Networks); err != nil {
		return err
	}
	if err := r.engine.writeState(r.state); err != nil {
		return err
	}
	return r.writeFiles()
}

// makeWay refuses a name that is taken, and clears away what a container that
// was to be forgotten has left.
func (e *Engine) makeWay(name string) error {
	s, err := e.State(name)
	if missing := (*NotFoundError)(nil); errors.As(err, &missing) {
		return e.sweep(name)
	}
	if err != nil {
		return err
	}
	if s.Running() {
		return fmt.Errorf("the container %s is running", name)
	}
	if !s.Remove {
		return fmt.Errorf("the container %s is there already; remove it first", name)
	}
	return e.sweep(name)
}

// writeFiles writes the files that are shown below /etc.
func (r *run) writeFiles() error {
	c := &r.config
	states, err := r.engine.List()
	if err != nil {
		return err
	}
	files := map[string]string{"hostname": c.Hostname + "\n", "resolv.conf": c.Resolver, "hosts": hostsOf(r.state, states)}
	for name, text := range files {
		if err := os.WriteFile(r.engine.containerPath(c.Name, name), []byte(text), 0o644); err != nil {
			return err
		}
	}
	return nil
}

func (r *run) makeCgroup() (err error) {
	newGroup := isolate.NewUnifiedCgroup
	if r.config.Limits != (Limits{}) {
		newGroup = isolate.NewCgroup
	}
	if r.cgroup, err = newGroup("container-" + r.config.Name); err != nil {
		return err
	}
	return r.config.Limits.apply(r.cgroup)
}

// connect gives the waiting process its links.
func (r *run) connect(pid int) error {
	if len(r.state.Addresses) == 0 {
		return nil
	}
	plugs, err := r.engine.plugs(r.state, r.config.Networks)
	if err != nil {
		return err
	}
	networks := r.engine.config.Networks
	if err := networks.Plug(pid, plugs); err != nil {
		return err
	}
	if len(r.config.Ports) == 0 || len(plugs) == 0 {
		return nil
	}
	return networks.Publish(r.config.Name, plugs[0].Address, r.config.Ports)
}

// started makes the container known to others.
func (r *run) started(process *isolate.Process) error {
	unlock, err := r.engine.lock()
	if err != nil {
		return err
	}
	defer unlock()
	r.state.Status, r.state.PID, r.state.Started = StatusRunning, process.PID(), time.Now()
	r.state.Inside.Cgroup = r.cgroup.Paths()
	if r.check() != nil {
		r.state.Health = HealthStarting
	}
	if err := r.engine.writeState(r.state); err != nil {
		return err
	}
	if len(r.state.Addresses) > 0 {
		if err := r.engine.nameContainers(); err != nil {
			return err
		}
	}
	r.changed()
	return nil
}

func (r *run) changed() {
	if r.config.Changed != nil {
		r.config.Changed(r.state)
	}
}

// follow passes signals on and watches the container's health until it ends.
func (r *run) follow(ctx context.Context, process *isolate.Process) {
	ctx, stop := context.WithCancel(ctx)
	watched := make(chan struct{})
	go func() {
		defer close(watched)
		r.watch(ctx)
	}()
	for {
		select {
		case s := <-r.config.Signals:
			if number, ok := s.(syscall.Signal); ok {
				process.Signal(number)
			}
		case <-process.Done():
			stop()
			<-watched
			return
		}
	}
}

// close lets go of everything that the container had.
func (r *run) close() error {
	var errs []error
	if r.cgroup != nil {
		r.cgroup.Kill()
		errs = append(errs, r.cgroup.Remove())
	}
	if r.alive == nil {
		return errors.Join(errs...)
	}
	defer r.alive.Close()
	unlock, err := r.engine.lock()
	if err != nil {
		return errors.Join(append(errs, err)...)
	}
	defer unlock()
	r.state.Status, r.state.PID = StatusExited, 0
	if r.config.Remove {
		errs = append(errs, r.engine.sweep(r.config.Name))
	} else {
		errs = append(errs, r.engine.unpublish(r.state), r.engine.writeState(r.state))
	}
	if len(r.state.Addresses) > 0 {
		errs = append(errs, r.engine.nameContainers())
	}
	return errors.Join(errs...)
}

// sweep removes what is left of a container that does not live.
func (e *Engine) sweep(name string) error {
	if s, err := e.State(name); err == nil {
		if err := e.unpublish(s); err != nil {
			return err
		}
		if len(s.Inside.Cgroup) > 0 {
			group := isolate.OpenCgroup(slices.Clone(s.Inside.Cgroup))
			group.Kill()
			if err := group.Remove(); err != nil {
				return err
			}
		}
	}
	if err := os.RemoveAll(e.containerPath(name)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("remove container %s: %w", name, err)
	}
	return nil
}

func (e *Engine) unpublish(s *State) error {
	if len(s.Ports) == 0 || len(s.Addresses) == 0 || e.config.Networks == nil {
		return nil
	}
	return e.config.Networks.Unpublish(s.Name)
}
