package image

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"time"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/partial"
	"github.com/google/go-containerregistry/pkg/v1/types"
)

// Compression says how layers are packed where an image is kept in a registry
// or a layout.
type Compression string

// The compressions.
const (
	Uncompressed Compression = "none"
	Gzip         Compression = "gzip"
	Zstd         Compression = "zstd"
)

// Options say how a plan is opened.
type Options struct {
	Objects Objects
	Memory  Memory
	// Time is what "now" means in the plan.
	Time time.Time
	// Tag replaces the plan's name and tag.
	Tag string
	// Compression is used for everything but archives.
	Compression Compression
}

// A Built is an image that a plan describes, ready to be written.
type Built struct {
	Plan    *Plan
	Layers  []Layer // with digests
	Config  []byte
	ID      v1.Hash // the digest of Config
	Tag     string
	options Options
}

// Open makes an image of a plan. Digests that depend on the time are computed.
func Open(ctx context.Context, p *Plan, o Options) (*Built, error) {
	b := &Built{Plan: p, Layers: slices.Clone(p.Layers), Tag: o.Tag, options: o}
	if b.Tag == "" {
		b.Tag = p.Reference()
	}
	for i := range b.Layers {
		l := &b.Layers[i]
		if l.Size > 0 {
			continue
		}
		d, err := digestOf(func(w io.Writer) error { return b.writeLayer(ctx, w, l) })
		if err != nil {
			return nil, err
		}
		l.DiffID, l.Size = d.Hash, d.Size
	}
	var err error
	if b.Config, err = p.configText(b.Layers, o.Time); err != nil {
		return nil, err
	}
	b.ID = hashOf(b.Config)
	return b, nil
}

func hashOf(text []byte) v1.Hash {
	sum := sha256.Sum256(text)
	return v1.Hash{Algorithm: "sha256", Hex: hex.EncodeToString(sum[:])}
}

func (b *Built) writeLayer(ctx context.Context, w io.Writer, l *Layer) error {
	return writeLayer(ctx, w, b.Plan, b.options.Objects, l, b.options.Time)
}

// Size is how many bytes the layers have together, uncompressed.
func (b *Built) Size() (total int64) {
	for _, l := range b.Layers {
		total += l.Size
	}
	return total
}

// Image returns the image as the library knows images. Layers are packed with
// the compression of the options, which is remembered by digest.
func (b *Built) Image(ctx context.Context) (v1.Image, error) {
	core := &builtImage{built: b, layers: map[v1.Hash]*builtLayer{}}
	m := v1.Manifest{
		SchemaVersion: 2, MediaType: types.OCIManifestSchema1,
		Config: v1.Descriptor{MediaType: types.OCIConfigJSON, Size: int64(len(b.Config)), Digest: b.ID},
	}
	for i := range b.Layers {
		l := &builtLayer{ctx: ctx, built: b, layer: &b.Layers[i]}
		packed, err := l.packed()
		if err != nil {
			return nil, err
		}
		l.digest = packed
		core.layers[packed.Hash] = l
		m.Layers = append(m.Layers, v1.Descriptor{MediaType: l.mediaType(), Size: packed.Size, Digest: packed.Hash})
	}
	var err error
	if core.manifest, err = json.Marshal(m); err != nil {
		return nil, err
	}
	return partial.CompressedToImage(core)
}

// builtImage implements partial.CompressedImageCore.
type builtImage struct {
	built    *Built
	manifest []byte
	layers   map[v1.Hash]*builtLayer
}

func (i *builtImage) RawConfigFile() ([]byte, error)      { return i.built.Config, nil }
func (i *builtImage) MediaType() (types.MediaType, error) { return types.OCIManifestSchema1, nil }
func (i *builtImage) RawManifest() ([]byte, error)        { return i.manifest, nil }
func (i *builtImage) LayerByDigest(h v1.Hash) (partial.CompressedLayer, error) {
	if h == i.built.ID {
		return partial.ConfigLayer(i)
	}
	if l, ok := i.layers[h]; ok {
		return l, nil
	}
	return nil, fmt.Errorf("the image has no layer %s", h)
}

// builtLayer is a layer of a plan as the library knows layers.
type builtLayer struct {
	ctx    context.Context
	built  *Built
	layer  *Layer
	digest Digest
}

func (l *builtLayer) Digest() (v1.Hash, error)             { return l.digest.Hash, nil }
func (l *builtLayer) DiffID() (v1.Hash, error)             { return l.layer.DiffID, nil }
func (l *builtLayer) Size() (int64, error)                 { return l.digest.Size, nil }
func (l *builtLayer) MediaType() (types.MediaType, error)  { return l.mediaType(), nil }
func (l *builtLayer) Uncompressed() (io.ReadCloser, error) { return l.pipe(l.writePlain), nil }
func (l *builtLayer) Compressed() (io.ReadCloser, error)   { return l.pipe(l.writePacked), nil }

func (l *builtLayer) mediaType() types.MediaType {
	switch l.built.options.Compression {
	case Gzip:
		return types.OCILayer
	case Zstd:
		return types.OCILayerZStd
	}
	return types.OCIUncompressedLayer
}

// pipe runs a writer whose output is read.
func (l *builtLayer) pipe(write func(io.Writer) error) io.ReadCloser {
	r, w := io.Pipe()
	go func() { w.CloseWithError(write(w)) }()
	return r
}

func (l *builtLayer) writePlain(w io.Writer) error { return l.built.writeLayer(l.ctx, w, l.layer) }

// packed returns the digest of the layer as it is stored.
func (l *builtLayer) packed() (Digest, error) {
	c := l.built.options.Compression
	if c == Uncompressed || c == "" {
		return Digest{l.layer.DiffID, l.layer.Size}, nil
	}
	key, err := l.built.options.Memory.key("packed", packRules, c, l.layer.DiffID)
	if err != nil {
		return Digest{}, err
	}
	if d, ok := l.built.options.Memory.recall(key); ok {
		return d, nil
	}
	d, err := digestOf(l.writePacked)
	if err == nil {
		l.built.options.Memory.remember(key, d)
	}
	return d, err
}

// ReadConfig returns the image's configuration for reading.
func (b *Built) ReadConfig() (*v1.ConfigFile, error) {
	return v1.ParseConfigFile(bytes.NewReader(b.Config))
}
