package cli

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"berth.dev/internal/kept"
	"berth.dev/internal/machine"
	"berth.dev/internal/ui"
	"github.com/spf13/cobra"
)

// addNativeVerbs gives a command the verbs of nixos-container, for native
// containers that no configuration has. Verbs that images have too are about a
// native container when there is one of that name.
func (a *app) addNativeVerbs(cmd *cobra.Command) {
	cmd.AddCommand(a.containerCreateCommand(), a.containerUpdateCommand())
	for _, v := range a.containerVerbs() {
		cmd.AddCommand(v.command(a))
	}
	for _, sub := range cmd.Commands() {
		switch sub.Name() {
		case "stop":
			a.preferNative(sub, a.nativeStop)
		case "run":
			a.preferNative(sub, a.nativeRun)
		case "login":
			a.preferNative(sub, a.nativeLogin)
		}
	}
}

// preferNative makes a verb of images one of native containers where its first
// argument is one.
func (a *app) preferNative(cmd *cobra.Command, native func(context.Context, []string) error) {
	image := cmd.RunE
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if len(args) == 0 || !a.isNative(args[0]) {
			return image(cmd, args)
		}
		if err := needRoot("container"); err != nil {
			return err
		}
		if len(args) > 1 && args[1] == "--" {
			args = slices.Delete(slices.Clone(args), 1, 2)
		}
		return native(cmd.Context(), args)
	}
}

func (a *app) isNative(name string) bool {
	yard, err := a.yard()
	if err != nil || kept.CheckName(name) != nil {
		return false
	}
	l, err := yard.Launch(name)
	return err == nil && l.Kind == kept.KindContainer
}

// containerOptions are the flags of create and update.
type containerOptions struct {
	evalFlags
	flake        string
	config       string
	configFile   string
	hostAddress  string
	localAddress string
	ports        []string
	uniqueName   bool
}

func (o *containerOptions) register(cmd *cobra.Command) {
	o.evalFlags.register(cmd)
	flags := cmd.Flags()
	flags.StringVar(&o.flake, "flake", "", "the system nixosConfigurations.container of a flake, or the one behind #")
	flags.StringVar(&o.config, "config", "", "text of the configuration, without the braces around it")
	flags.StringVar(&o.configFile, "config-file", "", "file with the configuration")
	cmd.MarkFlagsMutuallyExclusive("flake", "config", "config-file")
}

func (a *app) containerCreateCommand() *cobra.Command {
	o := &containerOptions{}
	cmd := &cobra.Command{
		Use:     "create NAME",
		Short:   "Make a container, without starting it",
		Example: "  berth container create web --flake .#web\n  berth container create db --config-file ./db.nix --port 5432",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.nativeCreate(cmd.Context(), o, args[0])
		},
	}
	o.register(cmd)
	flags := cmd.Flags()
	flags.StringVar(&o.hostAddress, "host-address", "", "address of the host on the link to the container")
	flags.StringVar(&o.localAddress, "local-address", "", "address of the container on that link")
	flags.StringArrayVar(&o.ports, "port", nil, "pass a port of the host on: [tcp:|udp:]HOSTPORT[:PORT]")
	flags.BoolVar(&o.uniqueName, "ensure-unique-name", false, "add a number to NAME if it is taken, and print the name")
	cmd.MarkFlagsRequiredTogether("host-address", "local-address")
	return cmd
}

func (a *app) containerUpdateCommand() *cobra.Command {
	o := &containerOptions{}
	cmd := &cobra.Command{
		Use:     "update NAME",
		Short:   "Build a container's configuration again, and apply it if the container runs",
		Example: "  berth container update web\n  berth container update db --config 'services.redis.servers.\"\".enable = false;'",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.nativeUpdate(cmd.Context(), o, args[0])
		},
	}
	o.register(cmd)
	return cmd
}

func (a *app) nativeCreate(ctx context.Context, o *containerOptions, name string) error {
	if err := needRoot("container create"); err != nil {
		return err
	}
	yard, err := a.yard()
	if err != nil {
		return err
	}
	if name, err = freeName(yard, name, o.uniqueName); err != nil {
		return err
	}
	lock, err := yard.Lock(name)
	if err != nil {
		return err
	}
	defer lock.Release()
	display := ui.New(ui.Detect(a.Stderr, a.Getenv))
	defer display.Close()
	l, err := a.containerLaunch(ctx, o, yard, display, name, "")
	if err == nil {
		l.Addresses, err = o.addresses(yard)
	}
	if err == nil {
		err = yard.Define(l)
	}
	if err != nil {
		return errors.Join(err, os.RemoveAll(yard.Directory(name)), a.unprotect(name))
	}
	display.Note(fmt.Sprintf("host IP is %s, container IP is %s", l.Addresses.Host, l.Addresses.Guest))
	if o.uniqueName {
		display.Close()
		fmt.Fprintln(a.Stdout, name)
	}
	return nil
}

// freeName returns the name, or with a number where it is taken.
func freeName(yard *kept.Yard, name string, unique bool) (string, error) {
	for n := -1; ; n++ {
		candidate := name
		if n >= 0 {
			candidate += "-" + strconv.Itoa(n)
		}
		if err := kept.CheckName(candidate); err != nil {
			return "", err
		}
		_, err := yard.Launch(candidate)
		switch {
		case errors.Is(err, kept.ErrUnknown):
			return candidate, nil
		case err != nil:
			return "", err
		case !unique:
			return "", fmt.Errorf("%s exists already", name)
		}
	}
}

func (o *containerOptions) addresses(yard *kept.Yard) (machine.UplinkAddresses, error) {
	if o.hostAddress == "" {
		return yard.FreeAddresses()
	}
	for _, text := range []string{o.hostAddress, o.localAddress} {
		if a, err := netip.ParseAddr(text); err != nil || !a.Is4() {
			return machine.UplinkAddresses{}, &usageError{err: fmt.Errorf("%q is not an IPv4 address", text), command: "berth container create"}
		}
	}
	return machine.UplinkAddresses{Host: o.hostAddress, Guest: o.localAddress}, nil
}

// containerConfig is the file of a configuration given as text.
const containerConfig = "configuration.nix"

// containerLaunch evaluates, builds and assembles a container. Source is what
// it was made from before; flags win.
func (a *app) containerLaunch(ctx context.Context, o *containerOptions, yard *kept.Yard, display *ui.Display, name, source string) (*kept.Launch, error) {
	t, source, err := a.containerTarget(o, yard, name, source)
	if err != nil {
		return nil, err
	}
	m, err := a.openNamed(ctx, &o.evalFlags, display, t, source, name)
	if err != nil {
		return nil, err
	}
	defer m.Close()
	var publish []string
	for _, port := range o.ports {
		publish = append(publish, publishOf(port))
	}
	l, err := m.launch(ctx, false, publish)
	if err != nil {
		return nil, err
	}
	l.Kind = kept.KindContainer
	return l, m.protect()
}

// containerTarget says what to evaluate. Text and files are kept beside the
// container, so that update finds them again.
func (a *app) containerTarget(o *containerOptions, yard *kept.Yard, name, source string) (target, string, error) {
	if o.flake != "" {
		source = o.flake
		if body, fragment, _ := strings.Cut(source, "#"); fragment == "" {
			source = body + "#container"
		}
		if body, fragment, _ := strings.Cut(source, "#"); hasFlake(a.path(body)) {
			source = a.path(body) + "#" + fragment
		}
	}
	file := filepath.Join(yard.Directory(name), containerConfig)
	text := o.config
	if o.configFile != "" {
		read, err := os.ReadFile(a.path(o.configFile))
		if err != nil {
			return target{}, "", fmt.Errorf("reading a configuration: %w", err)
		}
		text = string(read)
	} else if text != "" || source == "" {
		text = "{ config, lib, pkgs, ... }:\n{\n  " + text + "\n}\n"
	}
	if text != "" && o.flake == "" {
		source = file
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			return target{}, "", err
		}
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			return target{}, "", fmt.Errorf("keeping a configuration: %w", err)
		}
	}
	if source == file {
		expression := fmt.Sprintf(containerExpression, strconv.Quote(file), strconv.Quote(name))
		t, err := a.parseTarget(expression, true)
		return t, source, err
	}
	t, err := a.parseTarget(source, false)
	return t, source, err
}

// containerExpression wraps the configuration of a container: its file and its
// name.
const containerExpression = `import <nixpkgs/nixos> {
  configuration = { lib, ... }: {
    imports = [ (/. + %s) ];
    boot.isContainer = true;
    networking.hostName = lib.mkDefault %s;
  };
}`

// publishOf turns [tcp:|udp:]HOSTPORT[:PORT] into HOSTPORT:PORT/PROTOCOL.
func publishOf(port string) string {
	protocol := "tcp"
	for _, p := range []string{"tcp", "udp"} {
		if rest, ok := strings.CutPrefix(port, p+":"); ok {
			protocol, port = p, rest
		}
	}
	host, guest, ok := strings.Cut(port, ":")
	if !ok {
		guest = host
	}
	return host + ":" + guest + "/" + protocol
}

func (a *app) nativeUpdate(ctx context.Context, o *containerOptions, name string) error {
	if err := needRoot("container update"); err != nil {
		return err
	}
	yard, lock, before, err := a.lockContainer(name)
	if err != nil {
		return err
	}
	defer lock.Release()
	display := ui.New(ui.Detect(a.Stderr, a.Getenv))
	defer display.Close()
	l, err := a.containerLaunch(ctx, o, yard, display, name, before.Source)
	if err != nil {
		return err
	}
	l.Addresses, l.Publish = before.Addresses, before.Publish
	if !yard.Supervised(name) {
		return yard.Define(l)
	}
	_, err = yard.Up(ctx, l, kept.UpOptions{
		Planned:  func(p *kept.Plan) { display.Report(p.Lines()) },
		Console:  func(line string) { display.Output(name, line) },
		Command:  func(line string) { display.Message(name, string(ui.Info), line) },
		Patience: time.Minute,
	})
	return err
}

// lockContainer takes a container for a command that changes it.
func (a *app) lockContainer(name string) (*kept.Yard, *kept.Lock, *kept.Launch, error) {
	yard, err := a.yard()
	if err != nil {
		return nil, nil, nil, err
	}
	lock, err := yard.Lock(name)
	if err != nil {
		return nil, nil, nil, err
	}
	l, err := yard.Launch(name)
	if err == nil && l.Kind != kept.KindContainer {
		err = fmt.Errorf("%s is a machine, which 'berth up' made; 'up', 'down' and 'restart' are for it", name)
	}
	if err != nil {
		lock.Release()
		return nil, nil, nil, err
	}
	return yard, lock, l, nil
}
