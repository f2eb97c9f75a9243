package image

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"time"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"golang.org/x/sync/errgroup"
)

// A Digest names bytes and says how many they are.
type Digest struct {
	Hash v1.Hash `json:"digest"`
	Size int64   `json:"size"`
}

// A Memory remembers digests of layers in a directory, by what the layers are
// made from. The zero value remembers nothing.
type Memory struct{ Dir string }

// key derives the name of what is remembered from all that it depends on.
func (m Memory) key(from ...any) (string, error) {
	h := sha256.New()
	if err := json.NewEncoder(h).Encode(from); err != nil {
		return "", err
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}

// recall returns what is remembered under a key.
func (m Memory) recall(key string) (d Digest, ok bool) {
	if m.Dir == "" {
		return d, false
	}
	text, err := os.ReadFile(filepath.Join(m.Dir, key))
	return d, err == nil && json.Unmarshal(text, &d) == nil && d.Size > 0
}

// remember keeps a digest. What cannot be kept is computed again.
func (m Memory) remember(key string, d Digest) {
	if m.Dir == "" || os.MkdirAll(m.Dir, 0o755) != nil {
		return
	}
	text, err := json.Marshal(d)
	if err != nil {
		return
	}
	f, err := os.CreateTemp(m.Dir, ".new-")
	if err != nil {
		return
	}
	_, err = f.Write(text)
	if closeErr := f.Close(); err == nil && closeErr == nil {
		err = os.Rename(f.Name(), filepath.Join(m.Dir, key))
	}
	if err != nil {
		os.Remove(f.Name())
	}
}

// digestOf returns the digest of what a function writes.
func digestOf(write func(io.Writer) error) (Digest, error) {
	h := sha256.New()
	counted := &counter{to: h}
	if err := write(counted); err != nil {
		return Digest{}, err
	}
	return Digest{v1.Hash{Algorithm: "sha256", Hex: hex.EncodeToString(h.Sum(nil))}, counted.n}, nil
}

// counter counts what passes through.
type counter struct {
	to io.Writer
	n  int64
}

func (c *counter) Write(p []byte) (int, error) {
	n, err := c.to.Write(p)
	c.n += int64(n)
	return n, err
}

// layerKey is what the bytes of a layer depend on.
type layerKey struct {
	Format int
	Kind   Kind
	Owner  Owner
	// Objects are the paths with the digests of what is in them.
	Objects [][2]string
}

// fillDigests computes the digests of layers that have none, several at a time.
// hashes gives the digest of each object, which makes what is remembered valid
// only for this content.
func fillDigests(ctx context.Context, m Memory, p *Plan, objects Objects, hashes map[string]string) error {
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(runtime.NumCPU())
	for i := range p.Layers {
		l := &p.Layers[i]
		if l.Size > 0 || l.dependsOnTime(p) {
			continue
		}
		group.Go(func() error {
			d, err := layerDigest(ctx, m, p, objects, l, hashes)
			l.DiffID, l.Size = d.Hash, d.Size
			return err
		})
	}
	return group.Wait()
}

func (l *Layer) dependsOnTime(p *Plan) bool { return l.Blob == nil && p.Owner.Mtime == now }

func layerDigest(ctx context.Context, m Memory, p *Plan, objects Objects, l *Layer, hashes map[string]string) (Digest, error) {
	k := layerKey{Format: planFormat, Kind: l.Kind, Owner: p.Owner}
	for _, path := range l.Paths {
		k.Objects = append(k.Objects, [2]string{path, hashes[path]})
	}
	key, err := m.key("layer", k)
	if err != nil {
		return Digest{}, err
	}
	if d, ok := m.recall(key); ok && l.Blob == nil {
		return d, nil
	}
	d, err := digestOf(func(w io.Writer) error {
		return writeLayer(ctx, w, p, objects, l, time.Time{})
	})
	if err != nil {
		return d, fmt.Errorf("computing the digest of a layer: %w", err)
	}
	if l.Blob == nil {
		m.remember(key, d)
	}
	return d, nil
}
