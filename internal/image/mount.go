package image

import (
	"fmt"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/remote"
)

// mountable lets the layers of an image be mounted from other repositories of
// the same registry. The registry copies nothing that is not there: where a
// repository lacks the layer, it is uploaded as usual.
func (r *Registry) mountable(image v1.Image, to name.Reference, from []string) (v1.Image, error) {
	var source name.Reference
	for _, text := range from {
		ref, err := r.ParseReference(text)
		if err != nil {
			return nil, fmt.Errorf("mounting layers: %w", err)
		}
		if ref.Context().RegistryStr() == to.Context().RegistryStr() && ref.Context().RepositoryStr() != to.Context().RepositoryStr() {
			source = ref
			break
		}
	}
	if source == nil {
		return image, nil
	}
	return &mountedImage{image, source}, nil
}

// mountedImage is an image whose layers another repository may have.
type mountedImage struct {
	v1.Image
	source name.Reference
}

// Layers implements v1.Image.
func (m *mountedImage) Layers() ([]v1.Layer, error) {
	layers, err := m.Image.Layers()
	for i, l := range layers {
		layers[i] = &remote.MountableLayer{Layer: l, Reference: m.source}
	}
	return layers, err
}
