package image

import (
	"archive/tar"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/partial"
	"github.com/google/go-containerregistry/pkg/v1/types"
)

// A Named is an image with the name it gets in a bundle.
type Named struct {
	Name  string
	Image v1.Image
}

// WriteBundle writes images into one archive in OCI's layout. What several
// images have in common is written once.
func WriteBundle(ctx context.Context, w io.Writer, images []Named) error {
	t := newTarWriter(w, Owner{User: "root", Group: "root"}, epochTime)
	b := &bundle{ctx: ctx, tar: t, written: map[v1.Hash]bool{}}
	if err := t.add(document("oci-layout", []byte(`{"imageLayoutVersion":"1.0.0"}`))); err != nil {
		return err
	}
	index := v1.IndexManifest{SchemaVersion: 2, MediaType: types.OCIImageIndex}
	for _, n := range images {
		d, err := b.image(n)
		if err != nil {
			return fmt.Errorf("bundling '%s': %w", n.Name, err)
		}
		index.Manifests = append(index.Manifests, *d)
	}
	text, err := json.Marshal(index)
	if err != nil {
		return err
	}
	if err := t.add(document("index.json", text)); err != nil {
		return err
	}
	return t.close()
}

// bundle is a bundle being written.
type bundle struct {
	ctx     context.Context
	tar     *tarWriter
	written map[v1.Hash]bool
}

func (b *bundle) image(n Named) (*v1.Descriptor, error) {
	layers, err := n.Image.Layers()
	if err != nil {
		return nil, err
	}
	for _, l := range layers {
		if err := b.ctx.Err(); err != nil {
			return nil, err
		}
		if err := b.layer(l); err != nil {
			return nil, err
		}
	}
	config, err := n.Image.RawConfigFile()
	if err != nil {
		return nil, err
	}
	manifest, err := n.Image.RawManifest()
	if err != nil {
		return nil, err
	}
	d, err := partial.Descriptor(n.Image)
	if err != nil {
		return nil, err
	}
	d.Annotations = map[string]string{imageName: n.Name, refName: n.Name}
	return d, errors.Join(b.text(config), b.text(manifest))
}

func (b *bundle) text(text []byte) error {
	h := hashOf(text)
	if b.written[h] {
		return nil
	}
	b.written[h] = true
	return b.tar.add(document("blobs/sha256/"+h.Hex, text))
}

func (b *bundle) layer(l v1.Layer) error {
	h, err := l.Digest()
	if err != nil || b.written[h] {
		return err
	}
	b.written[h] = true
	size, err := l.Size()
	if err != nil {
		return err
	}
	content, err := l.Compressed()
	if err != nil {
		return err
	}
	defer content.Close()
	if err := b.tar.header(entry{name: "blobs/" + h.Algorithm + "/" + h.Hex, kind: tar.TypeReg, mode: 0o644, size: size}); err != nil {
		return err
	}
	if err := b.tar.copy(content, size); err != nil {
		return err
	}
	return b.tar.gather(zeros[:blockPadding(size)])
}
