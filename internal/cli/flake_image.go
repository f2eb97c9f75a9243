package cli

import (
	"context"
	"fmt"
	"maps"
	"strings"

	"berth.dev/internal/image"
)

// Pin implements [flake.Images]: berth.lock keeps the digests of images that
// are inputs of a flake.
func (w *workspace) Pin(ctx context.Context, name string, update bool) (string, error) {
	if strings.Contains(name, "@") {
		return name, nil // it is pinned in flake.nix
	}
	old, known := w.lock.Images[name]
	if known && !update {
		return withDigest(name, old), nil
	}
	if w.flags.offline {
		return "", fmt.Errorf("the digest of the image '%s' is not in berth.lock, and --offline forbids asking its registry", name)
	}
	w.recorder.Spoil()
	config, err := w.registryConfig(registryOptions{}, w.notice)
	if err != nil {
		return "", err
	}
	found, err := image.NewRegistry(config).Resolve(ctx, name)
	if err != nil {
		return "", fmt.Errorf("pinning the image '%s': %w", name, err)
	}
	digest := found.Digest.String()
	if digest != old && !w.flags.noWrite {
		w.notice(fmt.Sprintf("pinning the image '%s' to %s", name, digest))
		// What an evaluation is remembered by holds the old pins.
		pins := maps.Clone(w.lock.Images)
		if pins == nil {
			pins = map[string]string{}
		}
		pins[name] = digest
		w.lock.Images, w.pinnedImages = pins, true
	}
	return withDigest(name, digest), nil
}

// withDigest names an image by its digest; engines do not take a tag beside it.
func withDigest(name, digest string) string {
	if i := strings.LastIndexByte(name, ':'); i > strings.LastIndexByte(name, '/') {
		name = name[:i]
	}
	return name + "@" + digest
}
