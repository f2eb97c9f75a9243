package image

import (
	"encoding/json"
	"fmt"
	"io"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/partial"
	"github.com/google/go-containerregistry/pkg/v1/types"
)

// layoutImage opens an image of a layout that is in an archive.
func (a *archive) layoutImage(wanted string) (v1.Image, string, error) {
	var index v1.IndexManifest
	if err := a.document("index.json", &index); err != nil {
		return nil, "", err
	}
	for _, d := range index.Manifests {
		known := d.Annotations[imageName]
		if known == "" {
			known = d.Annotations[refName]
		}
		if wanted == "" && len(index.Manifests) == 1 || wanted != "" && wanted == known {
			image, err := a.archivedImage(d.Digest)
			return image, known, err
		}
	}
	if wanted == "" {
		return nil, "", fmt.Errorf("'%s' holds %d images; name one", a.logical, len(index.Manifests))
	}
	return nil, "", fmt.Errorf("'%s' in '%s': %w", wanted, a.logical, ErrNoImage)
}

func (a *archive) archivedImage(manifest v1.Hash) (v1.Image, error) {
	text, err := a.blobText(manifest)
	if err != nil {
		return nil, err
	}
	core := &archivedImage{archive: a, text: text}
	if err := json.Unmarshal(text, &core.manifest); err != nil {
		return nil, fmt.Errorf("reading the manifest %s: %w", manifest, err)
	}
	return partial.CompressedToImage(core)
}

func (a *archive) blob(h v1.Hash) (Blob, error) {
	return a.member("blobs/" + h.Algorithm + "/" + h.Hex)
}

// blobText reads a document and checks its digest.
func (a *archive) blobText(h v1.Hash) ([]byte, error) {
	b, err := a.blob(h)
	if err != nil {
		return nil, err
	}
	if b.Size > maxDocument {
		return nil, fmt.Errorf("document %s has %d bytes, which is too much", h, b.Size)
	}
	text, err := io.ReadAll(a.section(b))
	if err == nil && hashOf(text) != h {
		err = fmt.Errorf("document %s has the digest %s", h, hashOf(text))
	}
	return text, err
}

// archivedImage implements partial.CompressedImageCore.
type archivedImage struct {
	archive  *archive
	text     []byte
	manifest v1.Manifest
}

func (i *archivedImage) MediaType() (types.MediaType, error) { return i.manifest.MediaType, nil }
func (i *archivedImage) RawManifest() ([]byte, error)        { return i.text, nil }
func (i *archivedImage) RawConfigFile() ([]byte, error) {
	return i.archive.blobText(i.manifest.Config.Digest)
}

func (i *archivedImage) LayerByDigest(h v1.Hash) (partial.CompressedLayer, error) {
	for _, d := range append(i.manifest.Layers, i.manifest.Config) {
		if d.Digest == h {
			b, err := i.archive.blob(h)
			return &archivedLayer{i.archive, b, d}, err
		}
	}
	return nil, fmt.Errorf("the image has no layer %s", h)
}

type archivedLayer struct {
	archive    *archive
	blob       Blob
	descriptor v1.Descriptor
}

func (l *archivedLayer) Digest() (v1.Hash, error)            { return l.descriptor.Digest, nil }
func (l *archivedLayer) Size() (int64, error)                { return l.descriptor.Size, nil }
func (l *archivedLayer) MediaType() (types.MediaType, error) { return l.descriptor.MediaType, nil }
func (l *archivedLayer) Compressed() (io.ReadCloser, error) {
	return io.NopCloser(l.archive.section(l.blob)), nil
}
