package image

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	ocilayout "github.com/google/go-containerregistry/pkg/v1/layout"
	"github.com/google/go-containerregistry/pkg/v1/match"
	"github.com/google/go-containerregistry/pkg/v1/partial"
	"golang.org/x/sys/unix"
)

// Annotations of an index that name its images.
const (
	// refName is OCI's, which is meant for tags but used for whole names.
	refName = "org.opencontainers.image.ref.name"
	// imageName is containerd's, for whole names.
	imageName = "io.containerd.image.name"
)

// A Layout is a directory of images in OCI's image layout. Berth's own images
// are kept in one, with whole names. Several processes may use it at once.
type Layout struct {
	dir  string
	path ocilayout.Path
}

// OpenLayout opens a layout, making an empty one where there is none.
func OpenLayout(dir string) (*Layout, error) {
	path, err := ocilayout.FromPath(dir)
	if errors.Is(err, fs.ErrNotExist) {
		path, err = ocilayout.Write(dir, empty.Index)
	}
	if err != nil {
		return nil, fmt.Errorf("opening the images in '%s': %w", dir, err)
	}
	return &Layout{dir, path}, os.MkdirAll(filepath.Join(dir, "blobs", "sha256"), 0o755)
}

// change runs a function that changes the index while nobody else does.
func (l *Layout) change(f func() error) error {
	lock, err := os.OpenFile(filepath.Join(l.dir, ".lock"), os.O_RDWR|os.O_CREATE, 0o644)
	if err != nil {
		return fmt.Errorf("locking the images: %w", err)
	}
	defer lock.Close()
	for {
		err := unix.Flock(int(lock.Fd()), unix.LOCK_EX)
		if err == nil {
			return f()
		}
		if !errors.Is(err, unix.EINTR) {
			return fmt.Errorf("locking the images: %w", err)
		}
	}
}

// Add stores an image under a name, in place of what had the name. The name
// appears when everything else is stored.
func (l *Layout) Add(image v1.Image, name string) error {
	err := l.change(func() error {
		annotations := map[string]string{refName: name, imageName: name}
		return l.path.ReplaceImage(image, match.Annotation(imageName, name), ocilayout.WithAnnotations(annotations))
	})
	if err != nil {
		return fmt.Errorf("storing image '%s': %w", name, err)
	}
	return nil
}

// Remove takes a name away. Blobs stay until they are swept.
func (l *Layout) Remove(name string) error {
	return l.change(func() error { return l.path.RemoveDescriptors(match.Annotation(imageName, name)) })
}

// A Stored is an image of a layout.
type Stored struct {
	Name       string
	Descriptor v1.Descriptor
}

// List returns the images of the layout by name.
func (l *Layout) List() ([]Stored, error) {
	index, err := l.path.ImageIndex()
	if err != nil {
		return nil, err
	}
	m, err := index.IndexManifest()
	if err != nil {
		return nil, err
	}
	var all []Stored
	for _, d := range m.Manifests {
		name := d.Annotations[imageName]
		if name == "" {
			name = d.Annotations[refName]
		}
		all = append(all, Stored{name, d})
	}
	slices.SortStableFunc(all, func(a, b Stored) int { return compareNames(a.Name, b.Name) })
	return all, nil
}

// ErrNoImage is returned when a place has no image of a name.
var ErrNoImage = errors.New("there is no such image")

// Find returns the image of a name. An empty name is the only image there is.
func (l *Layout) Find(name string) (v1.Image, error) {
	all, err := l.List()
	if err != nil {
		return nil, err
	}
	if name == "" && len(all) == 1 {
		return l.image(all[0].Descriptor)
	}
	for _, s := range all {
		if s.Name == name || s.Descriptor.Digest.String() == name {
			return l.image(s.Descriptor)
		}
	}
	if name == "" {
		return nil, fmt.Errorf("'%s' holds %d images; name one", l.dir, len(all))
	}
	return nil, fmt.Errorf("'%s' in '%s': %w", name, l.dir, ErrNoImage)
}

func (l *Layout) image(d v1.Descriptor) (v1.Image, error) {
	index, err := l.path.ImageIndex()
	if err != nil {
		return nil, err
	}
	return index.Image(d.Digest)
}

// Pull fetches an image into a layout and returns it. What the layout has is
// not fetched again. The image has its name in the layout when it is complete.
func (r *Registry) Pull(ctx context.Context, reference string, to *Layout, progress func(done, total int64)) (v1.Image, error) {
	ref, err := r.ParseReference(reference)
	if err != nil {
		return nil, err
	}
	remote, err := r.Image(ctx, reference)
	if err != nil {
		return nil, err
	}
	m, err := remote.Manifest()
	if err != nil {
		return nil, explain(ref, err)
	}
	if err := r.fetch(ctx, ref, append(slices.Clone(m.Layers), m.Config), filepath.Join(to.dir, "blobs", "sha256"), progress); err != nil {
		return nil, explain(ref, err)
	}
	if err := to.adopt(remote, ref.Name()); err != nil {
		return nil, err
	}
	return to.Find(ref.Name())
}

// adopt gives a name to an image whose blobs are in the layout already.
func (l *Layout) adopt(image v1.Image, name string) error {
	text, err := image.RawManifest()
	if err != nil {
		return err
	}
	d, err := partial.Descriptor(image)
	if err != nil {
		return err
	}
	d.Annotations = map[string]string{refName: name, imageName: name}
	err = l.change(func() error {
		if err := l.path.WriteBlob(d.Digest, io.NopCloser(bytes.NewReader(text))); err != nil {
			return err
		}
		if err := l.path.RemoveDescriptors(match.Annotation(imageName, name)); err != nil {
			return err
		}
		return l.path.AppendDescriptor(*d)
	})
	if err != nil {
		return fmt.Errorf("storing image '%s': %w", name, err)
	}
	return nil
}
