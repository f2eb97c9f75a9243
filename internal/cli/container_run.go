package cli

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"os/signal"
	"strconv"
	"strings"
	"syscall"
	"time"

	"berth.dev/internal/engine"
	"github.com/spf13/cobra"
	"golang.org/x/sys/unix"
)

// containerRun are the flags of `container run`: a subset of docker's.
type containerRun struct {
	engine.RunConfig
	entrypoint   string
	interactive  bool
	terminal     bool
	environment  []string
	envFiles     []string
	ports        []string
	labels       []string
	memory       string
	pids         int64
	pull         string
	logDriver    string
	sdnotify     string
	healthShell  string
	healthRetry  int
	health       engine.HealthCheck
	noHealth     bool
	nameservers  []string
	networkAlias []string
}

func (a *app) containerRunCommand() *cobra.Command {
	o := &containerRun{}
	cmd := &cobra.Command{
		Use:   "run [FLAGS] IMAGE [COMMAND [ARGUMENT...]]",
		Short: "Run an image in the foreground",
		Long: "run starts a container and stays with it: it passes output and signals on, and its exit\n" +
			"status is that of the command; 125 says that the engine failed, 127 that there is no such\n" +
			"program. The flags are those of docker and podman and mean the same.",
		Example: "  berth container run --rm busybox:latest echo hello\n" +
			"  berth container run --rm --network=host --name=web image:tag\n" +
			"  berth container run --rm -p 8080:80 -v /srv/www:/www:ro image:tag",
		Args: cobra.MinimumNArgs(1),
		RunE: a.withEngine(func(cmd *cobra.Command, e *engine.Engine, args []string) error {
			return a.containerRun(cmd.Context(), e, o, cmd, args)
		}),
	}
	o.register(cmd)
	return cmd
}

func (o *containerRun) register(cmd *cobra.Command) {
	f := cmd.Flags()
	f.SetInterspersed(false) // what comes after the image is the command's
	f.StringVar(&o.Name, "name", "", "name of the container (default: chosen)")
	f.StringVar(&o.entrypoint, "entrypoint", "", "program instead of the image's")
	f.StringVar(&o.Hostname, "hostname", "", "host name inside (default: the container's name)")
	f.StringArrayVarP(&o.environment, "env", "e", nil, "set NAME=VALUE, or take NAME over")
	f.StringArrayVar(&o.envFiles, "env-file", nil, "set variables from a file of lines NAME=VALUE")
	f.StringArrayVarP(&o.ports, "publish", "p", nil, "let [[ADDRESS:]PORT:]PORT[/PROTOCOL] lead inside")
	f.StringVarP(&o.User, "user", "u", "", "run as USER[:GROUP]")
	f.StringArrayVarP(&o.Volumes, "volume", "v", nil, "show SOURCE:TARGET[:OPTIONS]")
	f.StringArrayVar(&o.Temporary, "tmpfs", nil, "memory at TARGET[:OPTIONS]")
	f.StringArrayVarP(&o.labels, "label", "l", nil, "label NAME=VALUE")
	f.StringVarP(&o.Directory, "workdir", "w", "", "working directory inside")
	f.BoolVar(&o.Privileged, "privileged", false, "let the container do what the system may")
	f.BoolVar(&o.Remove, "rm", false, "forget the container when it ends")
	f.BoolVar(&o.ReadOnly, "read-only", false, "let nothing be written to the image's root")
	f.BoolVar(&o.Init, "init", false, "put a small init before the command")
	f.StringArrayVar(&o.AddCapabilities, "cap-add", nil, "add a capability")
	f.StringArrayVar(&o.DropCapabilities, "cap-drop", nil, "drop a capability")
	f.StringArrayVar(&o.Devices, "device", nil, "show a device: NODE[:NODE INSIDE[:rwm]]")
	f.StringArrayVar(&o.Networks, "network", nil, "network: host, none, bridge, or the name of a declared one")
	f.StringArrayVar(&o.ExtraHosts, "add-host", nil, "further line of /etc/hosts, NAME:ADDRESS")
	f.StringArrayVar(&o.nameservers, "dns", nil, "name server inside")
	f.StringVarP(&o.memory, "memory", "m", "", "bound on memory, such as 512m")
	f.Float64Var(&o.Limits.CPUs, "cpus", 0, "bound on processors")
	f.Int64Var(&o.pids, "pids-limit", 0, "bound on processes and threads")
	f.StringVar(&o.healthShell, "health-cmd", "", "shell text that succeeds while the container is well")
	f.DurationVar(&o.health.Interval, "health-interval", 0, "time between two checks (default 30s)")
	f.DurationVar(&o.health.Timeout, "health-timeout", 0, "time a check may take (default 30s)")
	f.DurationVar(&o.health.StartPeriod, "health-start-period", 0, "time in which failures do not count")
	f.IntVar(&o.healthRetry, "health-retries", 0, "failures until the container is unwell (default 3)")
	f.BoolVar(&o.noHealth, "no-healthcheck", false, "do without the image's check")
	f.StringVar(&o.StopSignal, "stop-signal", "", "signal that asks the container to end (default: the image's, or TERM)")
	f.StringVar(&o.pull, "pull", "missing", "when to ask a registry: missing, always or never")
	f.StringVar(&o.logDriver, "log-driver", "", "where output goes: journald, passthrough (both: the standard streams) or none")
	f.StringVar(&o.sdnotify, "sdnotify", "conmon", "when the service manager is told: conmon, the container runs; healthy, its check passes; ignore, never")
	f.BoolVarP(&o.interactive, "interactive", "i", false, "pass standard input on")
	f.BoolVarP(&o.terminal, "tty", "t", false, "pass the terminal on")
}

func (a *app) containerRun(ctx context.Context, e *engine.Engine, o *containerRun, cmd *cobra.Command, args []string) error {
	c, err := a.runConfig(o, cmd, args)
	if err != nil {
		return &usageError{err: err, command: cmd.CommandPath()}
	}
	stdout, flushOutput, err := descriptor(a.Stdout)
	if err != nil {
		return err
	}
	defer flushOutput()
	stderr, flushErrors, err := descriptor(a.Stderr)
	if err != nil {
		return err
	}
	defer flushErrors()
	c.Stdout, c.Stderr = stdout, stderr
	if o.logDriver == "none" {
		c.Stdout, c.Stderr = nil, nil
	}
	if o.interactive || o.terminal {
		c.Stdin = a.Stdin
	}
	c.Changed = a.readiness(o.sdnotify)
	signals, stop := passedSignals()
	defer stop()
	c.Signals = signals
	// The container decides what signals mean.
	status, err := e.Run(context.WithoutCancel(ctx), *c)
	if err != nil {
		return engineError(err)
	}
	if status != 0 {
		return &silentError{status}
	}
	return nil
}

// passedSignals are those that a command gets through berth.
func passedSignals() (<-chan os.Signal, func()) {
	signals := make(chan os.Signal, 16)
	signal.Notify(signals, syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP, syscall.SIGQUIT, syscall.SIGUSR1, syscall.SIGUSR2, syscall.SIGWINCH)
	return signals, func() { signal.Stop(signals) }
}

// readiness returns what tells the service manager, once, that the container
// is ready.
func (a *app) readiness(when string) func(*engine.State) {
	told := false
	return func(s *engine.State) {
		ready := when != "ignore" && (when != "healthy" || s.Health == engine.Healthy)
		if told || !ready {
			return
		}
		told = true
		if err := a.notify("READY=1\nSTATUS=Container " + s.Name + " is " + s.Status + "."); err != nil {
			fmt.Fprintln(a.Stderr, "berth:", err)
		}
	}
}

// runConfig reads what the flags leave as text.
func (a *app) runConfig(o *containerRun, cmd *cobra.Command, args []string) (*engine.RunConfig, error) {
	c := &o.RunConfig
	c.Image, c.Command = args[0], args[1:]
	if cmd.Flags().Changed("entrypoint") {
		c.Entrypoint = []string{}
		if o.entrypoint != "" {
			c.Entrypoint = []string{o.entrypoint}
		}
	}
	if c.Name == "" {
		c.Name = fmt.Sprintf("container-%d", os.Getpid())
	}
	if err := o.checkWords(); err != nil {
		return nil, err
	}
	var err error
	if c.Environment, err = a.readEnvironment(o); err != nil {
		return nil, err
	}
	for _, text := range o.ports {
		ports, err := parsePort(text)
		if err != nil {
			return nil, err
		}
		c.Ports = append(c.Ports, ports...)
	}
	c.Labels = map[string]string{}
	for _, label := range o.labels {
		name, value, _ := strings.Cut(label, "=")
		c.Labels[name] = value
	}
	if o.memory != "" {
		if c.Limits.Memory, err = engine.ParseMemory(o.memory); err != nil {
			return nil, err
		}
	}
	if o.pids > 0 {
		c.Limits.Tasks = uint64(o.pids)
	}
	o.readHealth()
	c.Resolver, err = resolver(o.nameservers)
	return c, err
}

func (o *containerRun) checkWords() error {
	words := map[string][]string{
		"--pull": {o.pull, "missing", "never"}, "--sdnotify": {o.sdnotify, "conmon", "healthy", "ignore"},
		"--log-driver": {o.logDriver, "", "journald", "passthrough", "none"},
	}
	for flag, word := range words {
		known := false
		for _, w := range word[1:] {
			known = known || w == word[0]
		}
		if !known {
			return fmt.Errorf("%s=%s: %s can be %s", flag, word[0], flag, strings.Join(word[1:], ", "))
		}
	}
	return nil
}

func (o *containerRun) readHealth() {
	switch {
	case o.noHealth:
		o.Health = &engine.HealthCheck{Disabled: true}
	case o.healthShell != "":
		o.health.Command, o.health.Retries = []string{"/bin/sh", "-c", o.healthShell}, o.healthRetry
		o.Health = &o.health
	}
}

// readEnvironment joins files and flags; flags win.
func (a *app) readEnvironment(o *containerRun) ([]string, error) {
	var all []string
	for _, name := range o.envFiles {
		f, err := os.Open(a.path(name))
		if err != nil {
			return nil, err
		}
		for lines := bufio.NewScanner(f); lines.Scan(); {
			line := strings.TrimLeft(lines.Text(), " \t")
			if line != "" && !strings.HasPrefix(line, "#") {
				all = append(all, a.variable(line)...)
			}
		}
		f.Close()
	}
	for _, entry := range o.environment {
		all = append(all, a.variable(entry)...)
	}
	return all, nil
}

// variable completes a name without value by what berth's own is, if it is
// set.
func (a *app) variable(entry string) []string {
	if strings.Contains(entry, "=") {
		return []string{entry}
	}
	if value := a.Getenv(entry); value != "" {
		return []string{entry + "=" + value}
	}
	return nil
}

// resolver is the text of resolv.conf inside: the system's unless name servers
// were given.
func resolver(nameservers []string) (string, error) {
	var b strings.Builder
	for _, server := range nameservers {
		if _, err := netip.ParseAddr(server); err != nil {
			return "", fmt.Errorf("name server %q: an address was expected", server)
		}
		b.WriteString("nameserver " + server + "\n")
	}
	if len(nameservers) > 0 {
		return b.String(), nil
	}
	text, err := os.ReadFile("/etc/resolv.conf")
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return "", err
	}
	return string(text), nil
}

// parsePort reads [[address:]port:]port[/protocol], where ports may be ranges.
func parsePort(text string) ([]engine.PublishedPort, error) {
	bad := fmt.Errorf("port %q: [[address:]port:]port[/protocol] was expected", text)
	body, protocol, hasProtocol := strings.Cut(text, "/")
	if !hasProtocol {
		protocol = "tcp"
	}
	if protocol != "tcp" && protocol != "udp" {
		return nil, fmt.Errorf("port %q: the protocol is tcp or udp", text)
	}
	last := strings.LastIndexByte(body, ':')
	inside, outside := body[last+1:], ""
	address := ""
	if last >= 0 {
		outside = body[:last]
		if i := strings.LastIndexByte(outside, ':'); i >= 0 {
			address, outside = strings.Trim(outside[:i], "[]"), outside[i+1:]
		}
	}
	if outside == "" {
		outside = inside
	}
	if address != "" {
		parsed, err := netip.ParseAddr(address)
		if err != nil {
			return nil, bad
		}
		if parsed.IsUnspecified() {
			address = ""
		}
	}
	insideFrom, insideTo, err := portRange(inside)
	outsideFrom, outsideTo, err2 := portRange(outside)
	if err != nil || err2 != nil || insideTo-insideFrom != outsideTo-outsideFrom {
		return nil, bad
	}
	var ports []engine.PublishedPort
	for i := range insideTo - insideFrom + 1 {
		ports = append(ports, engine.PublishedPort{HostAddress: address, HostPort: outsideFrom + i, ContainerPort: insideFrom + i, Protocol: protocol})
	}
	return ports, nil
}

func portRange(text string) (from, to int, err error) {
	first, last, isRange := strings.Cut(text, "-")
	if !isRange {
		last = first
	}
	if from, err = strconv.Atoi(first); err == nil {
		to, err = strconv.Atoi(last)
	}
	if err == nil && (from < 1 || to > 65535 || from > to) {
		err = fmt.Errorf("%q is not a port", text)
	}
	return from, to, err
}

func (a *app) containerExecCommand() *cobra.Command {
	c := engine.ExecConfig{}
	var interactive, terminal bool
	cmd := &cobra.Command{
		Use:     "exec [FLAGS] NAME COMMAND [ARGUMENT...]",
		Short:   "Run a command in a running container",
		Example: "  berth container exec database psql -U postgres\n  echo 'select 1' | berth container exec -i database psql -U postgres",
		Args:    cobra.MinimumNArgs(2),
		RunE: a.withEngine(func(cmd *cobra.Command, e *engine.Engine, args []string) error {
			if interactive || terminal {
				c.Stdin = a.Stdin
			}
			return a.containerExec(cmd.Context(), e, args[0], c, args[1:])
		}),
	}
	f := cmd.Flags()
	f.SetInterspersed(false)
	f.StringVarP(&c.User, "user", "u", "", "run as USER[:GROUP] (default: the container's)")
	f.StringVarP(&c.Directory, "workdir", "w", "", "working directory (default: the container's)")
	f.StringArrayVarP(&c.Environment, "env", "e", nil, "set NAME=VALUE")
	f.BoolVarP(&interactive, "interactive", "i", false, "pass standard input on")
	f.BoolVarP(&terminal, "tty", "t", false, "pass the terminal on")
	return cmd
}

func (a *app) containerExec(ctx context.Context, e *engine.Engine, name string, c engine.ExecConfig, argv []string) error {
	var err error
	var flush func()
	if c.Stdout, flush, err = descriptor(a.Stdout); err != nil {
		return err
	}
	defer flush()
	if c.Stderr, flush, err = descriptor(a.Stderr); err != nil {
		return err
	}
	defer flush()
	signals, stop := passedSignals()
	defer stop()
	c.Command, c.Signals = argv, signals
	status, err := e.Exec(context.WithoutCancel(ctx), name, c)
	if err != nil {
		return engineError(err)
	}
	if status != 0 {
		return &silentError{status}
	}
	return nil
}

func (a *app) containerStopCommand() *cobra.Command {
	var patience int
	cmd := &cobra.Command{
		Use: "stop NAME...", Short: "Ask containers to end, and end those that do not",
		Example: "  berth container stop database", Args: cobra.MinimumNArgs(1),
		RunE: a.withEngine(func(_ *cobra.Command, e *engine.Engine, args []string) error {
			for _, name := range args {
				if err := e.Stop(name, time.Duration(patience)*time.Second); err != nil {
					return err
				}
			}
			return nil
		}),
	}
	cmd.Flags().IntVarP(&patience, "time", "t", 10, "seconds until it is ended")
	return cmd
}

func (a *app) containerKillCommand() *cobra.Command {
	var text string
	cmd := &cobra.Command{
		Use: "kill NAME...", Short: "Send a signal to containers",
		Example: "  berth container kill --signal HUP web", Args: cobra.MinimumNArgs(1),
		RunE: a.withEngine(func(_ *cobra.Command, e *engine.Engine, args []string) error {
			number, err := engine.ParseSignal(text)
			if err != nil {
				return err
			}
			for _, name := range args {
				if err := e.Signal(name, number); err != nil {
					return err
				}
			}
			return nil
		}),
	}
	cmd.Flags().StringVarP(&text, "signal", "s", unix.SignalName(unix.SIGKILL), "the signal")
	return cmd
}
