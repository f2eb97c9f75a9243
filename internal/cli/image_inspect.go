package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path"
	"strings"

	"berth.dev/internal/image"
	"berth.dev/internal/ui"
	"github.com/spf13/cobra"
)

func (a *app) imageInspectCommand() *cobra.Command {
	o := &imageOptions{}
	var layers, asJSON bool
	cmd := &cobra.Command{
		Use:   "inspect [IMAGE]",
		Short: "Show what an image is and what its layers hold",
		Long: "inspect shows an image's configuration and size; with --layers, each layer with its size,\n" +
			"what is in it and, for images made by berth, why it was cut there.",
		Example: "  berth image inspect --layers .#image\n  berth image inspect docker://postgres:16",
		Args:    cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.oneImage(cmd.Context(), o, args, func(d *ui.Display, s *imageSource) error {
				summary, err := summarize(cmd.Context(), s)
				if err != nil {
					return err
				}
				d.Close()
				if asJSON {
					return printJSON(a.Stdout, summary)
				}
				return a.printSummary(summary, layers)
			})
		},
	}
	o.register(cmd)
	cmd.Flags().BoolVar(&layers, "layers", false, "show the layers")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return cmd
}

func summarize(ctx context.Context, s *imageSource) (*image.Summary, error) {
	if s.built != nil {
		return s.built.Summary(), nil
	}
	return image.Summarize(s.other, s.name)
}

func (a *app) printSummary(s *image.Summary, layers bool) error {
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n  id           %s\n", s.Name, s.ID)
	fmt.Fprintf(&b, "  platform     %s/%s\n  created      %s\n", s.OS, s.Architecture, s.Created)
	fmt.Fprintf(&b, "  size         %s in %d layers\n", ui.Bytes(s.Size), len(s.Layers))
	var config map[string]json.RawMessage
	if json.Unmarshal(s.Config, &config) == nil {
		for _, key := range []string{"Entrypoint", "Cmd", "Env", "User", "WorkingDir", "ExposedPorts", "Volumes"} {
			if text, ok := config[key]; ok && string(text) != "null" {
				fmt.Fprintf(&b, "  %-12s %s\n", strings.ToLower(key), text)
			}
		}
	}
	if layers {
		printLayers(&b, s.Layers)
	}
	_, err := fmt.Fprint(a.Stdout, b.String())
	return err
}

func printLayers(b *strings.Builder, layers []image.LayerSummary) {
	for i, l := range layers {
		fmt.Fprintf(b, "\n%3d  %s  %s  %s\n     %s\n", i+1, shortDigest(l.Digest.Hex), ui.Bytes(l.Size), l.Kind, l.Why)
		for _, p := range l.Paths {
			name := p
			if base := path.Base(p); len(base) > 33 && l.Kind == image.PackagesLayer {
				name = base[33:]
			}
			fmt.Fprintf(b, "       %s\n", name)
		}
	}
}

func shortDigest(hex string) string { return hex[:min(12, len(hex))] }

func (a *app) imageDiffCommand() *cobra.Command {
	o := &imageOptions{}
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "diff IMAGE IMAGE",
		Short: "Show how two images differ",
		Long: "diff shows the layers that only one of the images has, the packages that came, went or\n" +
			"changed, and differences of the configuration.",
		Example: "  berth image diff ./result .#image\n  berth image diff docker://app:1 docker://app:2",
		Args:    cobra.ExactArgs(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.withImages(cmd.Context(), o, args, func(d *ui.Display, sources []*imageSource) error {
				before, err := summarize(cmd.Context(), sources[0])
				if err != nil {
					return err
				}
				after, err := summarize(cmd.Context(), sources[1])
				if err != nil {
					return err
				}
				d.Close()
				difference := image.Diff(before, after)
				if asJSON {
					return printJSON(a.Stdout, difference)
				}
				return a.printDifference(difference)
			})
		},
	}
	o.register(cmd)
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return cmd
}

func (a *app) printDifference(d *image.Difference) error {
	var b strings.Builder
	for _, c := range d.Config {
		fmt.Fprintf(&b, "config %s: %s -> %s\n", c.Key, orNone(c.Before), orNone(c.After))
	}
	for _, c := range d.Packages {
		fmt.Fprintf(&b, "package %s: %s -> %s\n", c.Key, orNone(c.Before), orNone(c.After))
	}
	for _, l := range d.Removed {
		fmt.Fprintf(&b, "- layer %s  %s  %s\n", shortDigest(l.Digest.Hex), ui.Bytes(l.Size), l.Why)
	}
	for _, l := range d.Added {
		fmt.Fprintf(&b, "+ layer %s  %s  %s\n", shortDigest(l.Digest.Hex), ui.Bytes(l.Size), l.Why)
	}
	fmt.Fprintf(&b, "%d layers are the same; %s have to be moved\n", d.Same, ui.Bytes(d.Moved))
	_, err := fmt.Fprint(a.Stdout, b.String())
	return err
}

func orNone(text string) string {
	if text == "" {
		return "(none)"
	}
	return text
}

func (a *app) imageSBOMCommand() *cobra.Command {
	o := &imageOptions{}
	cmd := &cobra.Command{
		Use:     "sbom [IMAGE]",
		Short:   "Write what software an image holds, as SPDX",
		Example: "  berth image sbom .#image > image.spdx.json",
		Args:    cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.oneImage(cmd.Context(), o, args, func(d *ui.Display, s *imageSource) error {
				if s.built == nil {
					return errNotBerths
				}
				d.Close()
				return s.built.WriteSBOM(a.Stdout, version())
			})
		},
	}
	o.register(cmd)
	return cmd
}

func (a *app) imageBundleCommand() *cobra.Command {
	o := &imageOptions{}
	var output string
	cmd := &cobra.Command{
		Use:   "bundle -o FILE IMAGE...",
		Short: "Write several images into one archive",
		Long: "bundle writes an archive in OCI's layout, for machines without a network. What the images\n" +
			"have in common is in it once. skopeo, podman and berth read it.",
		Example: "  berth image bundle -o images.tar .#image docker://postgres:16",
		Args:    cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if output == "" {
				return &usageError{err: errors.New("--output is missing"), command: cmd.CommandPath()}
			}
			return a.withImages(cmd.Context(), o, args, func(_ *ui.Display, sources []*imageSource) error {
				return a.bundle(cmd.Context(), sources, a.path(output))
			})
		},
	}
	o.register(cmd)
	flags := cmd.Flags()
	flags.StringVarP(&output, "output", "o", "", "the archive to write")
	flags.StringVar(&o.compression, "compress", "gzip", "pack layers made by berth with none, gzip or zstd")
	return cmd
}

// bundle writes the archive beside its place, so that there is never half of one.
func (a *app) bundle(ctx context.Context, sources []*imageSource, output string) error {
	var images []image.Named
	for _, s := range sources {
		found, err := s.image(ctx)
		if err != nil {
			return err
		}
		images = append(images, image.Named{Name: s.name, Image: found})
	}
	file, err := os.Create(output + ".part")
	if err != nil {
		return err
	}
	defer os.Remove(file.Name())
	defer file.Close()
	if err := image.WriteBundle(ctx, file, images); err != nil {
		return err
	}
	if err := file.Close(); err != nil {
		return err
	}
	return os.Rename(file.Name(), output)
}
