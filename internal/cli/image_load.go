package cli

import (
	"context"
	"errors"
	"fmt"
	"os/exec"

	"berth.dev/internal/image"
	"berth.dev/internal/ui"
	"github.com/spf13/cobra"
)

func (a *app) imageLoadCommand() *cobra.Command {
	o := &imageOptions{}
	var engine string
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "load [IMAGE]",
		Short: "Give an image to Docker, Podman or berth's own engine",
		Long: "load sends what the engine lacks: nothing, if it has the image, else the layers that it\n" +
			"does not have yet. The engines are reached by their own commands, docker and podman.",
		Example: "  berth image load .#image\n  berth image load --engine podman .#image",
		Args:    cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.oneImage(cmd.Context(), o, args, func(d *ui.Display, s *imageSource) error {
				result, err := a.load(cmd.Context(), d, s, engine)
				if err != nil {
					return err
				}
				d.Close()
				if asJSON {
					return printJSON(a.Stdout, result)
				}
				_, err = fmt.Fprintf(a.Stdout, "%s\n  %s, sent %s of %s\n", result.Reference, result.Engine, ui.Bytes(result.Sent), ui.Bytes(result.Total))
				return err
			})
		},
	}
	o.register(cmd)
	flags := cmd.Flags()
	flags.StringVar(&engine, "engine", "", "docker, podman or berth (default: the first that is installed)")
	flags.StringVarP(&o.tag, "tag", "t", "", "give the image this NAME:TAG")
	flags.BoolVar(&asJSON, "json", false, "print JSON")
	return cmd
}

func (a *app) load(ctx context.Context, d *ui.Display, s *imageSource, engine string) (*image.LoadResult, error) {
	if engine == "" {
		engine = installedEngine()
	}
	activity := d.Begin(ui.Send, s.name+" to "+engine)
	result, err := a.loadInto(ctx, s, engine, activity.Progress)
	activity.Done(err)
	return result, err
}

func (a *app) loadInto(ctx context.Context, s *imageSource, engine string, progress func(done, total int64)) (*image.LoadResult, error) {
	switch engine {
	case "docker", "podman":
		if s.built == nil {
			return nil, errors.New("only images made by berth are loaded layer by layer; give others to the engine's own command")
		}
		return image.Load(ctx, s.built, image.Engine{Name: engine}, progress)
	case "berth":
		if err := a.keepImage(ctx, s, s.name); err != nil {
			return nil, err
		}
		return &image.LoadResult{Engine: engine, Reference: s.name}, nil
	}
	return nil, fmt.Errorf("there is no engine '%s'; there are docker, podman and berth", engine)
}

func installedEngine() string {
	for _, name := range []string{"docker", "podman"} {
		if _, err := exec.LookPath(name); err == nil {
			return name
		}
	}
	return "berth"
}
