package cli

import (
	"context"
	"errors"
	"fmt"
	"os"

	"berth.dev/internal/image"
	"berth.dev/internal/ui"
	"github.com/google/go-containerregistry/pkg/name"
	"github.com/spf13/cobra"
)

func (a *app) imagePushCommand() *cobra.Command {
	o := &imageOptions{}
	var mountFrom []string
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "push IMAGE NAME[:TAG]",
		Short: "Put an image into a registry",
		Long: "push sends what the registry lacks: layers that are there already, or in another\n" +
			"repository of the registry (--mount-from), are not sent. It prints the name with the\n" +
			"digest. Credentials are those of 'docker login' and 'podman login'.",
		Example: "  berth image push .#image registry.example.org/team/app:1\n  berth image push --compress zstd .#image localhost:5000/app",
		Args:    cobra.ExactArgs(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			if o.compression == "" {
				o.compression = string(defaultCompression(args[1]))
			}
			return a.oneImage(cmd.Context(), o, args, func(d *ui.Display, s *imageSource) error {
				result, err := a.push(cmd.Context(), o, d, s, args[1], mountFrom)
				if err != nil {
					return err
				}
				d.Close()
				if asJSON {
					return printJSON(a.Stdout, result)
				}
				_, err = fmt.Fprintf(a.Stdout, "%s@%s\n  sent %s of %s\n", args[1], result.Digest, ui.Bytes(result.Sent), ui.Bytes(result.Total))
				return err
			})
		},
	}
	o.register(cmd)
	flags := cmd.Flags()
	flags.StringVar(&o.compression, "compress", "", "pack layers with none, gzip or zstd (default: gzip, and none on loopback)")
	flags.StringArrayVar(&mountFrom, "mount-from", nil, "a repository of the registry that may have some of the layers")
	flags.BoolVar(&asJSON, "json", false, "print JSON")
	return cmd
}

// defaultCompression is none where the bytes do not leave this machine.
func defaultCompression(reference string) image.Compression {
	ref, err := name.ParseReference(reference)
	if err == nil && image.IsLoopback(ref.Context().RegistryStr()) {
		return image.Uncompressed
	}
	return image.Gzip
}

func (a *app) push(ctx context.Context, o *imageOptions, d *ui.Display, s *imageSource, to string, mountFrom []string) (*image.PushResult, error) {
	config, err := a.registryConfig(o.registryOptions, d.Warn)
	if err != nil {
		return nil, err
	}
	activity := d.Begin(ui.Send, to)
	found, err := s.image(ctx)
	if err != nil {
		activity.Done(err)
		return nil, err
	}
	result, err := image.NewRegistry(config).Push(ctx, found, to, mountFrom, activity.Progress)
	activity.Done(err)
	return result, err
}

func (a *app) imagePullCommand() *cobra.Command {
	o := &imageOptions{}
	var load, asJSON bool
	cmd := &cobra.Command{
		Use:   "pull NAME[:TAG][@DIGEST]",
		Short: "Fetch an image from a registry",
		Long: "pull keeps the image among berth's own, under its full name. What is there already is\n" +
			"not fetched again, and a download that was interrupted is continued.",
		Example: "  berth image pull postgres:16\n  berth image pull --ca ./ca.pem registry.example.org/app@sha256:…",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.pull(cmd.Context(), o, args[0], load, asJSON)
		},
	}
	o.registryOptions.register(cmd)
	cmd.Flags().BoolVar(&load, "load", false, "give it to berth's own engine at once")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return cmd
}

func (a *app) pull(ctx context.Context, o *imageOptions, reference string, load, asJSON bool) error {
	display := ui.New(ui.Detect(a.Stderr, a.Getenv))
	defer display.Close()
	config, err := a.registryConfig(o.registryOptions, display.Warn)
	if err != nil {
		return err
	}
	stateDir, err := a.stateDir()
	if err != nil {
		return err
	}
	local, err := localImages(stateDir)
	if err != nil {
		return err
	}
	activity := display.Begin(ui.Fetch, reference)
	pulled, err := image.NewRegistry(config).Pull(ctx, reference, local, activity.Progress)
	activity.Done(err)
	if err != nil {
		return err
	}
	display.Close()
	digest, err := pulled.Digest()
	if err != nil {
		return err
	}
	ref, err := name.ParseReference(reference)
	if err != nil {
		return err
	}
	if load {
		s := &imageSource{name: ref.Name(), other: pulled}
		if _, err := a.loadOwn(ctx, s, nil); err != nil {
			return err
		}
	}
	if asJSON {
		return printJSON(a.Stdout, map[string]any{"name": ref.Name(), "digest": digest})
	}
	_, err = fmt.Fprintf(a.Stdout, "%s@%s\n", ref.Context().Name(), digest)
	return err
}

func (a *app) imageImportCommand() *cobra.Command {
	o := &imageOptions{}
	cmd := &cobra.Command{
		Use:   "import IMAGE NAME[:TAG]",
		Short: "Give an image to berth's own engine, under a name",
		Long: "import takes a docker archive or a layout, packed or not, or any other image. It can be\n" +
			"run with 'berth container run'.",
		Example: "  berth image import ./postgres.tar.gz postgres:16",
		Args:    cobra.ExactArgs(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			if _, err := name.ParseReference(args[1]); err != nil {
				return &usageError{err: fmt.Errorf("'%s' is not the name of an image: %w", args[1], err), command: cmd.CommandPath()}
			}
			plain, done, err := a.unpackedArchive(args[0])
			if err != nil {
				return err
			}
			defer done()
			o.tag = args[1]
			return a.oneImage(cmd.Context(), o, []string{plain}, func(d *ui.Display, s *imageSource) error {
				s.name = args[1]
				result, err := a.load(cmd.Context(), d, s, "berth")
				if err != nil {
					return err
				}
				d.Close()
				_, err = fmt.Fprintln(a.Stdout, result.Reference)
				return err
			})
		},
	}
	o.register(cmd)
	return cmd
}

// unpackedArchive returns an archive without compression: the given one or a
// temporary copy.
func (a *app) unpackedArchive(arg string) (string, func(), error) {
	plain, err := image.Decompress(a.path(arg))
	if err != nil || plain == "" {
		return arg, func() {}, nil // not a packed file, whatever else it is
	}
	return plain, func() { os.Remove(plain) }, nil
}

var errNotBerths = errors.New("this image was not made by berth, so nobody knows what its layers are made of")
