package engine

import (
	"context"
	"io"
)

// An origin is where an archive came from and what it held: images by name.
type origins map[string]map[string]string

// LoadOnce loads an archive unless the engine has already loaded what comes
// from the same origin, which must never change: a path of the store. It
// returns the names of the images; open is called only when it must be read.
func (e *Engine) LoadOnce(ctx context.Context, origin string, open func() (io.ReadCloser, error)) ([]string, error) {
	known := origins{}
	if _, err := readJSON(e.path(originsName), &known); err != nil {
		return nil, err
	}
	if names := e.stillNamed(known[origin]); names != nil {
		return names, nil
	}
	archive, err := open()
	if err != nil {
		return nil, err
	}
	names, err := e.Load(ctx, archive)
	// A stream that broke off must not count, even when its archive was whole.
	if closeErr := archive.Close(); err == nil {
		err = closeErr
	}
	if err != nil {
		return nil, err
	}
	return names, e.remember(origin, names)
}

// stillNamed returns the names if each of them still stands for its image, and
// nothing of the images is missing.
func (e *Engine) stillNamed(images map[string]string) []string {
	for name, id := range images {
		image, err := e.Image(name)
		if err != nil || image.ID != id {
			return nil
		}
		if _, err := e.layers(image); err != nil {
			return nil
		}
	}
	return sortedKeys(images)
}

func (e *Engine) remember(origin string, names []string) error {
	images := map[string]string{}
	for _, name := range names {
		image, err := e.Image(name)
		if err != nil {
			return err
		}
		images[name] = image.ID
	}
	unlock, err := e.lock()
	if err != nil {
		return err
	}
	defer unlock()
	known := origins{}
	if _, err := readJSON(e.path(originsName), &known); err != nil {
		return err
	}
	known[origin] = images
	return writeJSON(e.path(originsName), known)
}
