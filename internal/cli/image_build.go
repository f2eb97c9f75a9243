package cli

import (
	"context"
	"errors"
	"fmt"
	"os"

	"berth.dev/internal/image"
	"berth.dev/internal/store"
	"berth.dev/internal/ui"
	"github.com/spf13/cobra"
	"golang.org/x/term"
)

// withImages runs a command over images, with a display.
func (a *app) withImages(ctx context.Context, o *imageOptions, args []string, use func(*ui.Display, []*imageSource) error) error {
	display := ui.New(ui.Detect(a.Stderr, a.Getenv))
	defer display.Close()
	sources := make([]*imageSource, len(args))
	for i, arg := range args {
		var err error
		each := *o
		if sources[i], err = a.openImage(ctx, &each, display, arg); err != nil {
			return err
		}
	}
	return use(display, sources)
}

// oneImage is withImages for a command that takes one, by default that of the
// flake here.
func (a *app) oneImage(ctx context.Context, o *imageOptions, args []string, use func(*ui.Display, *imageSource) error) error {
	if len(args) == 0 {
		args = []string{".#"}
	}
	return a.withImages(ctx, o, args[:1], func(d *ui.Display, sources []*imageSource) error { return use(d, sources[0]) })
}

func (a *app) imageBuildCommand() *cobra.Command {
	o := &imageOptions{}
	var link string
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "build [IMAGE]",
		Short: "Build an image and say what it is",
		Long: "build makes everything that an image holds and the plan of its layers, and links the plan\n" +
			"from ./result. No layer is stored: every other command writes them when they are wanted.",
		Example: "  berth image build .#image\n  berth image build --json ./image.nix",
		Args:    cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.oneImage(cmd.Context(), o, args, func(d *ui.Display, s *imageSource) error {
				d.Close()
				if s.built == nil {
					return errors.New("this image was not made by berth; there is nothing to build")
				}
				if link != "" {
					if err := a.linkObject(link, s); err != nil {
						return err
					}
				}
				return a.printBuilt(s, asJSON)
			})
		},
	}
	o.register(cmd)
	cmd.Flags().StringVarP(&link, "out-link", "o", "result", "name of the link to the plan, empty for none")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return cmd
}

func (a *app) printBuilt(s *imageSource, asJSON bool) error {
	if asJSON {
		return printJSON(a.Stdout, map[string]any{
			"reference": s.built.Tag, "id": s.built.ID, "plan": s.object.String(), "layers": len(s.built.Layers), "size": s.built.Size(),
		})
	}
	_, err := fmt.Fprintf(a.Stdout, "%s\n  id     %s\n  plan   %s\n  layers %d, %s\n", s.built.Tag, s.built.ID, s.object, len(s.built.Layers), ui.Bytes(s.built.Size()))
	return err
}

func (a *app) imageStreamCommand() *cobra.Command {
	o := &imageOptions{}
	var output string
	cmd := &cobra.Command{
		Use:     "stream [IMAGE]",
		Short:   "Write an image as a docker archive to standard output",
		Example: "  berth image stream .#image | docker load\n  berth image stream -o image.tar .#image",
		Args:    cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.oneImage(cmd.Context(), o, args, func(d *ui.Display, s *imageSource) error {
				return a.stream(cmd.Context(), d, s, output)
			})
		},
	}
	o.register(cmd)
	flags := cmd.Flags()
	flags.StringVarP(&o.tag, "tag", "t", "", "give the image this NAME:TAG")
	flags.StringVar(&o.tag, "repo_tag", "", "the same, as scripts made by nixpkgs call it")
	flags.StringVarP(&output, "output", "o", "", "write to FILE instead")
	return cmd
}

func (a *app) stream(ctx context.Context, d *ui.Display, s *imageSource, output string) (err error) {
	file, isFile := a.Stdout.(*os.File)
	if output != "" {
		if file, err = os.Create(a.path(output)); err != nil {
			return err
		}
		defer func() { err = errors.Join(err, file.Close()) }()
	} else if isFile && term.IsTerminal(int(file.Fd())) {
		return errors.New("a terminal is no place for an archive: pipe it into an engine, or use --output")
	}
	activity := d.Begin(ui.Build, "archive of "+s.name)
	w := a.Stdout
	if file != nil {
		w = image.Sink(file)
	}
	if s.built != nil {
		err = s.built.WriteArchive(ctx, w, 0, activity.Progress)
	} else {
		err = image.WriteArchive(w, s.other, s.name)
	}
	activity.Done(err)
	return err
}

// linkObject links a store object and keeps it from being collected.
func (a *app) linkObject(link string, s *imageSource) error {
	stateDir, err := a.stateDir()
	if err != nil {
		return err
	}
	opened, err := store.Open(store.Config{Dir: stateDir})
	if err != nil {
		return &statusError{exitUnavailable, err}
	}
	defer opened.Close()
	return opened.AddResultLink(a.path(link), s.object)
}
