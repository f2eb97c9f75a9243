package engine

import (
	"errors"
	"fmt"
	"os"
	"strings"
)

// Image is an image that the engine has.
type Image struct {
	// ID is the digest of the configuration, in hexadecimal.
	ID     string
	Config ImageConfig
}

// ImageConfig is what the engine reads of an image's configuration, in the
// terms of the OCI image specification.
type ImageConfig struct {
	Architecture string `json:"architecture"`
	OS           string `json:"os"`
	Config       struct {
		User        string            `json:"User,omitempty"`
		Env         []string          `json:"Env,omitempty"`
		Entrypoint  []string          `json:"Entrypoint,omitempty"`
		Cmd         []string          `json:"Cmd,omitempty"`
		WorkingDir  string            `json:"WorkingDir,omitempty"`
		Labels      map[string]string `json:"Labels,omitempty"`
		StopSignal  string            `json:"StopSignal,omitempty"`
		Healthcheck *ImageHealth      `json:"Healthcheck,omitempty"`
	} `json:"config"`
	RootFS struct {
		DiffIDs []string `json:"diff_ids"`
	} `json:"rootfs"`
}

// ImageHealth is an image's own health check; times are nanoseconds.
type ImageHealth struct {
	Test        []string `json:"Test,omitempty"`
	Interval    int64    `json:"Interval,omitempty"`
	Timeout     int64    `json:"Timeout,omitempty"`
	StartPeriod int64    `json:"StartPeriod,omitempty"`
	Retries     int      `json:"Retries,omitempty"`
}

// Image returns the image that a name, or the beginning of its id, stands for.
func (e *Engine) Image(reference string) (*Image, error) {
	names, err := e.names()
	if err != nil {
		return nil, err
	}
	id, ok := names[normalize(reference)]
	if !ok {
		if id, err = e.imageByID(strings.TrimPrefix(reference, "sha256:")); err != nil {
			return nil, err
		}
	}
	if id == "" {
		return nil, &NotFoundError{"image", reference}
	}
	image := &Image{ID: id}
	found, err := readJSON(e.imagePath(id), &image.Config)
	if err == nil && !found {
		err = &NotFoundError{"image", reference}
	}
	return image, err
}

// imageByID accepts what cannot be mistaken: 8 characters at least.
func (e *Engine) imageByID(prefix string) (string, error) {
	if len(prefix) < 8 || strings.ContainsAny(prefix, "/:") {
		return "", nil
	}
	entries, err := os.ReadDir(e.path(imagesName))
	if err != nil {
		return "", err
	}
	found := ""
	for _, entry := range entries {
		id := strings.TrimSuffix(entry.Name(), ".json")
		if !strings.HasPrefix(id, prefix) {
			continue
		}
		if found != "" {
			return "", fmt.Errorf("several images have ids that begin with %s", prefix)
		}
		found = id
	}
	return found, nil
}

func (e *Engine) imagePath(id string) string { return e.path(imagesName, id+".json") }

func (e *Engine) names() (map[string]string, error) {
	names := map[string]string{}
	_, err := readJSON(e.path(namesName), &names)
	return names, err
}

// tag gives names to an image; each name stands for one image.
func (e *Engine) tag(id string, references []string) error {
	unlock, err := e.lock()
	if err != nil {
		return err
	}
	defer unlock()
	names, err := e.names()
	if err != nil {
		return err
	}
	for _, reference := range references {
		names[normalize(reference)] = id
	}
	return writeJSON(e.path(namesName), names)
}

// layers are the directories of an image, topmost first.
func (e *Engine) layers(image *Image) (stack, error) {
	var layers stack
	for _, id := range image.Config.RootFS.DiffIDs {
		hex, ok := strings.CutPrefix(id, "sha256:")
		if !ok {
			return nil, fmt.Errorf("image %s: its layer %q is not named by SHA-256", image.ID, id)
		}
		layer := e.path(layersName, hex)
		if _, err := os.Stat(layer); err != nil {
			return nil, fmt.Errorf("image %s: layer missing, load it again: %w", image.ID, err)
		}
		layers = append(stack{layer}, layers...)
	}
	if len(layers) == 0 {
		return nil, errors.New("the image has no layers")
	}
	return layers, nil
}

// normalize makes one text of the ways to write an image's name.
func normalize(reference string) string {
	for _, prefix := range []string{"docker.io/", "index.docker.io/", "library/", "localhost/"} {
		reference = strings.TrimPrefix(reference, prefix)
	}
	last := reference[strings.LastIndexByte(reference, '/')+1:]
	if !strings.ContainsAny(last, ":@") {
		reference += ":latest"
	}
	return reference
}
