package image

import (
	"context"
	"errors"
	"fmt"
	"io"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"berth.dev/internal/build"
	"berth.dev/nix/storepath"
)

// buildArchive stores an image as a docker archive, compressed or not.
func buildArchive(ctx context.Context, c BuilderConfig, job *build.Job) error {
	out, err := job.Output("out")
	if err != nil {
		return err
	}
	objects := Objects(job.ObjectDir())
	object, _, err := storepath.Split(job.Get("plan"))
	if err != nil {
		return err
	}
	plan, err := ReadPlan(objects, object.String())
	if err != nil {
		return err
	}
	if !plan.IsFixed() {
		return errors.New("an image that is stored needs fixed dates: 'now' is only for streamLayeredImage")
	}
	built, err := Open(ctx, plan, Options{Objects: objects, Memory: c.Memory})
	if err != nil {
		return err
	}
	return createPacked(job, out, job.Get("compressor"), func(w io.Writer) error {
		return built.WriteArchive(ctx, w, 0, job.Progress)
	})
}

// createPacked writes a file of the output with one of nixpkgs' compressors.
func createPacked(job *build.Job, name, compressor string, write func(io.Writer) error) error {
	compressions := map[string]Compression{"": Gzip, "gz": Gzip, "none": Uncompressed, "zstd": Zstd}
	compression, ok := compressions[compressor]
	if !ok {
		return fmt.Errorf("there is no compressor '%s'; there are gz, none and zstd", compressor)
	}
	file, err := job.Root.Create(name)
	if err != nil {
		return err
	}
	defer file.Close()
	packer, err := newPacker(compression, file)
	if err != nil {
		return err
	}
	if err := write(packer); err != nil {
		return err
	}
	if err := packer.Close(); err != nil {
		return err
	}
	return file.Close()
}

// buildPull fetches an image by its digest and stores it as the docker archive
// that skopeo makes of it, so that hashes made for nixpkgs are right here too.
func buildPull(ctx context.Context, c BuilderConfig, job *build.Job) error {
	out, err := job.Output("out")
	if err != nil {
		return err
	}
	config := c.Registry
	config.Insecure = config.Insecure || job.Get("tlsVerify") == ""
	config.Platform = v1.Platform{OS: job.Get("os"), Architecture: job.Get("arch"), Variant: job.Get("variant")}
	config.Note = job.Log
	layout, err := OpenLayout(job.Scratch)
	if err != nil {
		return err
	}
	image, err := NewRegistry(config).Pull(ctx, job.Get("imageName")+"@"+job.Get("imageDigest"), layout, job.Progress)
	if err != nil {
		return err
	}
	file, err := job.Root.Create(out)
	if err != nil {
		return err
	}
	defer file.Close()
	if err := writeLegacyArchive(file, image, job.Get("finalImageName")+":"+job.Get("finalImageTag")); err != nil {
		return err
	}
	return file.Close()
}
