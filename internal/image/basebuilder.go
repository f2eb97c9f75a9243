package image

import (
	"archive/tar"
	"bufio"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"strings"

	"github.com/klauspost/compress/zstd"

	v1 "github.com/google/go-containerregistry/pkg/v1"
)

// addBase adds the layers of the image below.
func (p *planner) addBase(context.Context) error {
	from := p.job.Get("fromImage")
	if from == "" {
		return nil
	}
	a, err := p.openBase(from)
	if err != nil {
		return fmt.Errorf("fromImage: %w", err)
	}
	defer a.file.Close()
	manifest, config, err := a.first()
	if err != nil {
		return fmt.Errorf("fromImage: %w", err)
	}
	name := "the base image"
	if len(manifest.RepoTags) > 0 {
		name = manifest.RepoTags[0]
	}
	for i, member := range manifest.Layers {
		if err := p.addBaseLayer(a, member, config.RootFS.DiffIDs[i], fmt.Sprintf("layer %d of %s", i+1, name)); err != nil {
			return fmt.Errorf("fromImage: %w", err)
		}
	}
	p.plan.Config, err = inheritEnvironment(p.plan.Config, config.Config.Env)
	return err
}

// openBase opens the archive; one that is compressed is first kept without
// compression, because layers are written again and again.
func (p *planner) openBase(from string) (*archive, error) {
	physical, err := p.job.Physical(from)
	if err != nil {
		return nil, err
	}
	file, err := os.Open(physical)
	if err != nil {
		return nil, err
	}
	plain, compressed, err := decompress(file)
	if err != nil {
		file.Close()
		return nil, err
	}
	if !compressed {
		_, err := file.Seek(0, io.SeekStart)
		if err != nil {
			return nil, err
		}
		return openArchive(file, from)
	}
	defer file.Close()
	kept, logical, err := p.keep("base.tar", plain)
	if err != nil {
		return nil, err
	}
	return openArchive(kept, logical)
}

// keep writes a file of the output and opens it.
func (p *planner) keep(name string, content io.Reader) (*os.File, string, error) {
	file, err := p.job.Root.Create(path.Join(p.out, name))
	if err != nil {
		return nil, "", err
	}
	if _, err := io.Copy(file, content); err != nil {
		file.Close()
		return nil, "", fmt.Errorf("decompressing: %w", err)
	}
	_, err = file.Seek(0, io.SeekStart)
	return file, path.Join(p.job.Derivation.Outputs[0].Path.String(), name), err
}

func (p *planner) addBaseLayer(a *archive, member string, want v1.Hash, why string) error {
	blob, err := a.member(member)
	if err != nil {
		return err
	}
	layer := Layer{Kind: BaseLayer, Why: why, Blob: &blob, DiffID: want, Size: blob.Size}
	content, compressed, err := decompress(a.section(blob))
	if err != nil {
		return err
	}
	if compressed {
		file, logical, err := p.keep(fmt.Sprintf("base-%d.tar", len(p.plan.Layers)), content)
		if err != nil {
			return err
		}
		defer file.Close()
		info, err := file.Stat()
		if err != nil {
			return err
		}
		layer.Size, layer.Blob = info.Size(), &Blob{File: logical, Size: info.Size()}
		content = file
	}
	if err := p.checkBaseLayer(content, want); err != nil {
		return fmt.Errorf("'%s': %w", member, err)
	}
	p.plan.Layers = append(p.plan.Layers, layer)
	return nil
}

// checkBaseLayer compares a layer with its digest and notes its directories.
func (p *planner) checkBaseLayer(content io.Reader, want v1.Hash) error {
	d, err := digestOf(func(w io.Writer) error {
		tee := io.TeeReader(content, w)
		for reader := tar.NewReader(tee); ; {
			h, err := reader.Next()
			if errors.Is(err, io.EOF) {
				_, err := io.Copy(io.Discard, tee)
				return err
			}
			if err != nil {
				return err
			}
			if name := strings.Trim(path.Clean("/"+h.Name), "/"); h.Typeflag == tar.TypeDir && !strings.Contains(name, "/") {
				p.baseDirs[name] = true
			}
		}
	})
	if err == nil && d.Hash != want {
		err = fmt.Errorf("the layer has the digest %s and should have %s", d.Hash, want)
	}
	return err
}

// decompress looks at the first bytes of a stream and undoes gzip and zstd.
func decompress(r io.Reader) (plain io.Reader, compressed bool, err error) {
	buffered := bufio.NewReaderSize(r, 1<<16)
	start, err := buffered.Peek(4)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, false, err
	}
	switch {
	case strings.HasPrefix(string(start), "\x1f\x8b"):
		z, err := gzip.NewReader(buffered)
		return z, true, err
	case string(start) == "\x28\xb5\x2f\xfd":
		z, err := zstd.NewReader(buffered, zstd.WithDecoderConcurrency(1))
		return z, true, err
	}
	return buffered, false, nil
}
