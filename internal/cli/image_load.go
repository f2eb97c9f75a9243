package cli

import (
	"context"
	"fmt"
	"os"
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
			return image.LoadOther(ctx, s.other, s.name, image.Engine{Name: engine})
		}
		return image.Load(ctx, s.built, image.Engine{Name: engine}, progress)
	case "berth":
		return a.loadOwn(ctx, s, progress)
	}
	return nil, fmt.Errorf("there is no engine '%s'; there are docker, podman and berth", engine)
}

// loadOwn gives an image to berth's own engine.
func (a *app) loadOwn(ctx context.Context, s *imageSource, progress func(done, total int64)) (*image.LoadResult, error) {
	e, err := a.engine()
	if err != nil {
		return nil, err
	}
	reader, writer, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	defer reader.Close()
	result := &image.LoadResult{Engine: "berth", Reference: s.name}
	written := make(chan error, 1)
	go func() {
		defer writer.Close()
		if s.built == nil {
			written <- image.WriteArchive(writer, s.other, s.name)
			return
		}
		result.Total = s.built.Size()
		written <- s.built.WriteArchive(ctx, image.Sink(writer), 0, progress)
	}()
	_, err = e.Load(ctx, reader)
	reader.Close()
	if writeErr := <-written; err == nil {
		err = writeErr
	}
	result.Sent = result.Total
	return result, err
}

func installedEngine() string {
	for _, name := range []string{"docker", "podman"} {
		if _, err := exec.LookPath(name); err == nil {
			return name
		}
	}
	return "berth"
}
