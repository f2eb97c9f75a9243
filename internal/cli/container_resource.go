package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"text/tabwriter"

	"berth.dev/internal/engine"
	"github.com/spf13/cobra"
)

func (a *app) containerListCommand() *cobra.Command {
	var all, asJSON bool
	cmd := &cobra.Command{
		Use: "ps", Short: "List containers",
		Example: "  berth container ps -a", Args: cobra.NoArgs,
		RunE: a.withEngine(func(_ *cobra.Command, e *engine.Engine, _ []string) error {
			states, err := e.List()
			if err != nil {
				return err
			}
			shown := []any{}
			for _, s := range states {
				if all || s.Running() {
					shown = append(shown, s)
				}
			}
			if asJSON {
				return a.printRecords(shown...)
			}
			table := tabwriter.NewWriter(a.Stdout, 0, 8, 2, ' ', 0)
			fmt.Fprintln(table, "NAME\tIMAGE\tSTATUS\tHEALTH")
			for _, s := range shown {
				s := s.(*engine.State)
				fmt.Fprintf(table, "%s\t%s\t%s\t%s\n", s.Name, s.Image, s.Status, s.Health)
			}
			return table.Flush()
		}),
	}
	cmd.Flags().BoolVarP(&all, "all", "a", false, "also those that have ended")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print the list as JSON")
	return cmd
}

func (a *app) containerRemoveCommand() *cobra.Command {
	var force bool
	cmd := &cobra.Command{
		Use: "rm NAME...", Short: "Forget containers",
		Example: "  berth container rm -f web", Args: cobra.MinimumNArgs(1),
		RunE: a.withEngine(func(_ *cobra.Command, e *engine.Engine, args []string) error {
			for _, name := range args {
				err := e.Remove(name, force)
				if missing := (*engine.NotFoundError)(nil); force && errors.As(err, &missing) {
					continue
				}
				if err != nil {
					return err
				}
			}
			return nil
		}),
	}
	cmd.Flags().BoolVarP(&force, "force", "f", false, "end it before; it need not be there")
	return cmd
}

// inspectCommand prints what a function finds, as JSON.
func inspectCommand[T any](a *app, what string, find func(e *engine.Engine, name string) (T, error)) *cobra.Command {
	return &cobra.Command{
		Use: "inspect NAME...", Short: "Print " + what + " as JSON", Args: cobra.MinimumNArgs(1),
		RunE: a.withEngine(func(_ *cobra.Command, e *engine.Engine, args []string) error {
			var found []any
			for _, name := range args {
				value, err := find(e, name)
				if err != nil {
					return err
				}
				found = append(found, value)
			}
			return a.printRecords(found...)
		}),
	}
}

func (a *app) containerInspectCommand() *cobra.Command {
	return inspectCommand(a, "what is known of containers", (*engine.Engine).State)
}

func (a *app) containerLoadCommand() *cobra.Command {
	var input, stream string
	var once, quiet bool
	cmd := &cobra.Command{
		Use: "load", Short: "Take over the images of an archive",
		Long: "load reads an archive as `docker save` writes it: from standard input, a file, or a program\n" +
			"that prints one. With --once a path that was loaded before is not read again.",
		Example: "  berth container load -i image.tar\n  ./stream-image | berth container load",
		Args:    cobra.NoArgs,
		RunE: a.withEngine(func(cmd *cobra.Command, e *engine.Engine, _ []string) error {
			open := func() (io.ReadCloser, error) { return a.openArchive(cmd.Context(), input, stream) }
			names, err := load(cmd.Context(), e, once, input+stream, open)
			if err != nil {
				return err
			}
			for _, name := range names {
				if !quiet {
					fmt.Fprintln(a.Stdout, "Loaded image:", name)
				}
			}
			return nil
		}),
	}
	flags := cmd.Flags()
	flags.StringVarP(&input, "input", "i", "", "file to read")
	flags.StringVar(&stream, "stream", "", "program to run")
	flags.BoolVar(&once, "once", false, "do not read what was loaded before; for paths that never change")
	flags.BoolVarP(&quiet, "quiet", "q", false, "do not print the names")
	cmd.MarkFlagsMutuallyExclusive("input", "stream")
	return cmd
}

func load(ctx context.Context, e *engine.Engine, once bool, origin string, open func() (io.ReadCloser, error)) ([]string, error) {
	if once && origin != "" {
		return e.LoadOnce(ctx, origin, open)
	}
	archive, err := open()
	if err != nil {
		return nil, err
	}
	names, err := e.Load(ctx, archive)
	if closeErr := archive.Close(); err == nil {
		err = closeErr
	}
	return names, err
}

// openArchive opens where an archive comes from.
func (a *app) openArchive(ctx context.Context, input, stream string) (io.ReadCloser, error) {
	switch {
	case input != "":
		return os.Open(a.path(input))
	case stream != "":
		return startStream(ctx, a.path(stream), a.Stderr)
	}
	return io.NopCloser(a.Stdin), nil
}

// programOutput is what a program prints; closing it waits for the program's
// end, and fails when the program has.
type programOutput struct {
	io.ReadCloser
	cmd *exec.Cmd
}

func startStream(ctx context.Context, program string, stderr io.Writer) (*programOutput, error) {
	cmd := exec.CommandContext(ctx, program)
	cmd.Stderr = stderr
	output, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		return nil, fmt.Errorf("stream image: %w", err)
	}
	return &programOutput{output, cmd}, nil
}

func (p *programOutput) Close() error {
	// What comes after the archive's end is of no interest.
	if _, err := io.Copy(io.Discard, p.ReadCloser); err != nil {
		return err
	}
	if err := p.cmd.Wait(); err != nil {
		return fmt.Errorf("stream image: %s: %w", p.cmd.Path, err)
	}
	return nil
}

func (a *app) containerImageCommand() *cobra.Command {
	cmd := &cobra.Command{Use: "image", Short: "Images that the engine has", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() }}
	cmd.AddCommand(inspectCommand(a, "images", (*engine.Engine).Image))
	return cmd
}

func (a *app) containerNetworkCommand() *cobra.Command {
	cmd := &cobra.Command{Use: "network", Short: "Networks that containers share", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() }}
	n := engine.NetworkConfig{}
	var labels []string
	create := &cobra.Command{
		Use: "create [FLAGS] NAME", Short: "Make a network", Example: "  berth container network create --internal backend",
		Args: cobra.ExactArgs(1),
		RunE: a.withEngine(func(_ *cobra.Command, e *engine.Engine, args []string) error {
			n.Name, n.Labels = args[0], pairsOf(labels)
			return e.CreateNetwork(n)
		}),
	}
	f := create.Flags()
	f.StringVar(&n.Driver, "driver", "bridge", "kind of network: bridge")
	f.StringVar(&n.Subnet, "subnet", "", "addresses, such as 10.1.2.0/24 (default: chosen)")
	f.StringVar(&n.Gateway, "gateway", "", "address of the system in it (default: the first)")
	f.StringVar(&n.IPRange, "ip-range", "", "part of the subnet for containers")
	f.StringVar(&n.Interface, "interface-name", "", "name of the bridge")
	f.BoolVar(&n.Internal, "internal", false, "let it lead nowhere else")
	f.StringArrayVar(&labels, "label", nil, "label NAME=VALUE")
	cmd.AddCommand(create, inspectCommand(a, "networks", (*engine.Engine).Network),
		a.removeCommand("networks", (*engine.Engine).RemoveNetwork))
	return cmd
}

func (a *app) containerVolumeCommand() *cobra.Command {
	cmd := &cobra.Command{Use: "volume", Short: "Directories that outlive containers", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() }}
	v := engine.Volume{}
	var labels, settings []string
	create := &cobra.Command{
		Use: "create [FLAGS] NAME", Short: "Make a volume", Example: "  berth container volume create database",
		Args: cobra.ExactArgs(1),
		RunE: a.withEngine(func(_ *cobra.Command, e *engine.Engine, args []string) error {
			if len(settings) > 0 {
				return fmt.Errorf("create volume %s: the driver local has no setting %q", args[0], settings[0])
			}
			v.Name, v.Labels = args[0], pairsOf(labels)
			return e.CreateVolume(v)
		}),
	}
	f := create.Flags()
	f.StringVar(&v.Driver, "driver", "local", "kind of volume: local")
	f.StringArrayVar(&settings, "opt", nil, "setting of the driver")
	f.StringArrayVar(&labels, "label", nil, "label NAME=VALUE")
	cmd.AddCommand(create, inspectCommand(a, "volumes", (*engine.Engine).Volume),
		a.removeCommand("volumes", (*engine.Engine).RemoveVolume))
	return cmd
}

func (a *app) removeCommand(what string, remove func(*engine.Engine, string) error) *cobra.Command {
	return &cobra.Command{
		Use: "rm NAME...", Short: "Remove " + what, Args: cobra.MinimumNArgs(1),
		RunE: a.withEngine(func(_ *cobra.Command, e *engine.Engine, args []string) error {
			for _, name := range args {
				if err := remove(e, name); err != nil {
					return err
				}
			}
			return nil
		}),
	}
}

func pairsOf(entries []string) map[string]string {
	pairs := map[string]string{}
	for _, entry := range entries {
		name, value, _ := strings.Cut(entry, "=")
		pairs[name] = value
	}
	return pairs
}

// containerLoginCommand is what a configuration with a login calls; images
// come from archives, so there is nothing to log in to.
func (a *app) containerLoginCommand() *cobra.Command {
	var user string
	var stdin bool
	cmd := &cobra.Command{
		Use: "login REGISTRY", Short: "Not supported: images come from archives", Args: cobra.ExactArgs(1), Hidden: true,
		RunE: func(_ *cobra.Command, args []string) error {
			return fmt.Errorf("log in to %s: berth's engine does not pull; load the image, or use `berth image pull`", args[0])
		},
	}
	cmd.Flags().StringVarP(&user, "username", "u", "", "name at the registry")
	cmd.Flags().BoolVar(&stdin, "password-stdin", false, "read the password from standard input")
	return cmd
}
