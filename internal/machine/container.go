package machine

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path"
	"path/filepath"
	"strings"
	"syscall"

	"berth.dev/internal/isolate"
)

const (
	containerStage     = "__container-run"
	containerExecStage = "__container-exec"
	// statusReboot is how a container that wants to start again ends; units
	// have it in RestartForceExitStatus=.
	statusReboot = 133
)

// container is a native container being run by its unit's main process.
type container struct {
	name   string
	launch *ContainerLaunch
	flags  *nspawnFlags
	layout layout
	run    *run
	links  links
}

// containerMain is the stage "__container-run": it boots a container, tells
// the service manager when it is ready, and powers it off on a TERM signal.
func containerMain(args []string) int {
	if len(args) != 1 {
		fmt.Fprintln(os.Stderr, "berth: usage: __container-run NAME")
		return 2
	}
	c, err := newContainer(args[0])
	if err == nil {
		var status int
		if status, err = c.live(os.Getenv("NOTIFY_SOCKET")); err == nil {
			return status
		}
	}
	fmt.Fprintf(os.Stderr, "berth: container %s: %v\n", args[0], err)
	return 1
}

func newContainer(name string) (*container, error) {
	launch, err := readLaunch(name)
	if err != nil {
		return nil, err
	}
	flags, err := parseFlags(launch.Container.ExtraFlags)
	if err != nil {
		return nil, err
	}
	c := &container{name: name, launch: launch, flags: flags, layout: containerLayout(name, launch.Container.Ephemeral)}
	if !c.private() && (launch.Container.Link != nil || len(launch.Container.ExtraVeths) > 0) {
		fmt.Fprintf(os.Stderr, "berth: container %s: its addresses and ports have no effect without privateNetwork\n", name)
	}
	return c, nil
}

// containerLayout is that of a container: its root directory is what NixOS
// users know as such, with the overlay's own directories hidden in it.
func containerLayout(name string, ephemeral bool) layout {
	directory := filepath.Join("/var/lib/nixos-containers", name)
	if ephemeral {
		directory = filepath.Join("/run/nixos-containers", name)
	}
	in := func(name string) string { return filepath.Join(directory, ".berth", name) }
	return layout{directory: directory, mount: in("root"), upper: in("upper"), work: in("work"),
		shared: guestDirectory(name), state: directory, ephemeral: ephemeral}
}

// guestDirectory is where the sockets of a container are, in the system around
// it.
func guestDirectory(name string) string { return filepath.Join("/run/berth/guests", name) }

// private reports whether the container has a network of its own.
func (c *container) private() bool { return c.launch.Container.PrivateNetwork }

// live runs the container to its end and returns the exit status that says
// what comes next.
func (c *container) live(notify string) (int, error) {
	if c.launch.Container.Ephemeral {
		if err := os.RemoveAll(c.layout.directory); err != nil {
			return 0, err
		}
		defer os.RemoveAll(c.layout.directory)
	}
	if err := c.boot(); err != nil {
		return 0, err
	}
	defer c.disconnect()
	go c.obey()
	go func() {
		select {
		case <-c.run.ready:
			if notify != "" {
				tell(notify, "READY=1\nSTATUS=Container running.")
			}
		case <-c.run.ended:
		}
	}()
	<-c.run.ended
	switch c.run.end() {
	case PoweredOff:
		return 0, nil
	case Rebooted:
		return statusReboot, nil
	}
	state, _ := c.run.process.Wait()
	return 0, fmt.Errorf("its first process ended: %s", state)
}

// obey turns the service manager's wish to stop into an orderly end; a second
// signal ends the container at once.
func (c *container) obey() {
	signals := make(chan os.Signal, 4)
	signal.Notify(signals, syscall.SIGTERM, syscall.SIGINT)
	for asked := false; ; asked = true {
		<-signals
		if asked {
			c.run.process.Kill()
			return
		}
		c.run.process.Signal(signalPowerOff)
	}
}

func (c *container) boot() error {
	if err := c.layout.make(); err != nil {
		return err
	}
	if err := c.layout.seed(c.launch.Lowers, c.launch.Prepared); err != nil {
		return err
	}
	if err := c.copyResolver(); err != nil {
		return err
	}
	r, err := newRun(c.name, c.layout.shared)
	if err != nil {
		return err
	}
	c.run = r
	// Restarting within the same unit finds the old cgroup; it is empty.
	if r.cgroup, err = isolate.NewCgroup("payload"); err != nil {
		return err
	}
	r.console = openConsole(io.Writer(os.Stdout))
	spec, err := c.spec()
	if err != nil {
		return err
	}
	spec.Prepare = c.connect
	if r.process, err = isolate.Start(context.Background(), spec); err != nil {
		c.disconnect()
		r.cgroup.Remove()
		return err
	}
	go r.listen()
	go r.supervise()
	return nil
}

// spec says what the container's first process sees.
func (c *container) spec() (isolate.Spec, error) {
	settings := &c.launch.Container
	capabilities, err := c.capabilities()
	if err != nil {
		return isolate.Spec{}, err
	}
	g := guest{
		system: c.launch.System, layout: &c.layout, lowers: c.launch.Lowers, runLinks: c.launch.RunLinks,
		prepared: c.launch.Prepared,
		store:    storeInside, program: programInside, console: c.run.console, cgroup: c.run.cgroup, devices: c.devices(),
		capabilities: capabilities, sharesNetwork: !c.private(),
	}
	spec, err := g.spec()
	if err != nil {
		return spec, err
	}
	spec.Args = []string{serviceManager, "--show-status=auto"}
	spec.Env = append(spec.Env, "SYSTEMD_COLORS=0")
	spec.Env = append(spec.Env, c.flags.environment...)
	spec.Executable = programInside
	spec.Cgroup = c.run.cgroup
	switch {
	case settings.NetworkNamespace != "":
		spec.Namespaces = append(spec.Namespaces, isolate.Namespace{Kind: isolate.NetworkNamespace, Path: settings.NetworkNamespace})
	case c.private():
		spec.Namespaces = append(spec.Namespaces, isolate.Namespace{Kind: isolate.NetworkNamespace})
	default:
		// The settings of a shared network belong to the system around.
		spec.WritablePaths = nil
	}
	if err := c.mapUsers(&spec); err != nil {
		return spec, err
	}
	spec.Mounts = append(spec.Mounts, c.mounts()...)
	return spec, nil
}

// mapUsers gives the container a user namespace when it asks for one.
func (c *container) mapUsers(spec *isolate.Spec) error {
	switch c.launch.Container.PrivateUsers {
	case "", "no":
		return nil
	case "identity":
		spec.Namespaces = append(spec.Namespaces, isolate.Namespace{Kind: isolate.UserNamespace})
		spec.UIDMap = []isolate.IDMap{{Inside: 0, Outside: 0, Count: 65536}}
		spec.GIDMap = spec.UIDMap
		return nil
	}
	return fmt.Errorf("privateUsers is %q: berth's native containers have \"no\" and \"identity\", because their packages are shared with the system around, which owns them", c.launch.Container.PrivateUsers)
}

// mounts are what the container sees besides its own root.
func (c *container) mounts() []isolate.Mount {
	settings := &c.launch.Container
	var mounts []isolate.Mount
	inner := filepath.Join(containersDirectory, c.name, "containers")
	if _, err := os.Stat(inner); err == nil {
		mounts = append(mounts, bind(inner, containersDirectory, true))
	}
	if !settings.Ephemeral {
		mounts = append(mounts, c.journal()...)
	}
	for _, target := range sortedKeys(settings.BindMounts) {
		b := settings.BindMounts[target]
		source := b.HostPath
		if source == "" {
			source = target
		}
		mounts = append(mounts, bind(source, target, b.ReadOnly))
	}
	mounts = append(mounts, c.flags.binds...)
	for _, text := range append(settings.TemporaryFileSystems, c.flags.tmpfs...) {
		target, options, _ := strings.Cut(text, ":")
		m := isolate.Mount{Destination: target, Type: "tmpfs", Options: []string{"mode=0755"}}
		if options != "" {
			m.Options = strings.Split(options, ",")
		}
		mounts = append(mounts, m)
	}
	return mounts
}

// journal shows the container's journal to the system around, where
// "journalctl --merge" reads it.
func (c *container) journal() []isolate.Mount {
	id := c.machineID()
	outer := path.Join("/run/log/journal", id)
	if id == "" || os.MkdirAll(outer, 0o755) != nil {
		return nil
	}
	return []isolate.Mount{bind(outer, outer, false)}
}

func (c *container) machineID() string {
	for _, lower := range append([]string{c.layout.upper}, c.launch.Lowers...) {
		if text, err := os.ReadFile(filepath.Join(lower, "etc/machine-id")); err == nil {
			return strings.TrimSpace(string(text))
		}
	}
	return ""
}

// devices are the nodes of the container's /dev.
func (c *container) devices() []string {
	names := isolate.BasicDevices()
	if c.launch.Container.EnableTun {
		names = append(names, "net/tun")
	}
	for _, d := range c.launch.Container.AllowedDevices {
		if name, ok := strings.CutPrefix(d.Node, "/dev/"); ok && !strings.ContainsAny(name, "*") {
			names = append(names, name)
		}
	}
	return names
}

// capabilities is the bounding set. Without a network of its own the container
// does not administer the network.
func (c *container) capabilities() (*isolate.Capabilities, error) {
	settings := &c.launch.Container
	wanted := isolate.ContainerCapabilities()
	if c.private() || settings.EnableTun {
		wanted.Bounding = append(wanted.Bounding, "CAP_NET_ADMIN")
	}
	wanted.Bounding = append(wanted.Bounding, settings.AdditionalCapabilities...)
	wanted.Bounding = append(wanted.Bounding, c.flags.capabilities...)
	wanted.Bounding = without(wanted.Bounding, c.flags.dropped)
	return wanted, nil
}

// copyResolver gives the container the outer resolv.conf, unless that names a
// resolver that it could not reach.
func (c *container) copyResolver() error {
	if !c.launch.Container.CopyResolvConf {
		return nil
	}
	text, err := os.ReadFile("/etc/resolv.conf")
	if err != nil || c.private() && namesLoopback(string(text)) {
		return nil
	}
	return writeUpper(c.layout.upper, "etc/resolv.conf", text)
}

func namesLoopback(resolvConf string) bool {
	for line := range strings.Lines(resolvConf) {
		fields := strings.Fields(line)
		if len(fields) > 1 && fields[0] == "nameserver" && (strings.HasPrefix(fields[1], "127.") || fields[1] == "::1") {
			return true
		}
	}
	return false
}
