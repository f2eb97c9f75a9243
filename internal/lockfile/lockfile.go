// Package lockfile reads and writes berth.lock, the file next to flake.lock
// that holds what berth pins besides flake inputs: the Debian packages in use
// and the index they came from, and the embedded package set.
//
// In comes a folder; out comes a [File]. What belongs into it is decided by
// those who resolve packages; when it is written is decided by the command line.
package lockfile

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"berth.dev/internal/debian"
)

// Name is the file's name.
const Name = "berth.lock"

// version is the format that this package reads and writes.
const version = 1

// File is the content of a berth.lock.
type File struct {
	Version int `json:"version"`
	// Embedded is the NAR hash of the embedded package set that wrote the file.
	Embedded string `json:"embedded,omitempty"`
	// Debian pins packages; nil when none were used.
	Debian *debian.Lock `json:"debian,omitempty"`
	// Images pins flake inputs that are container images: name to digest.
	Images map[string]string `json:"images,omitempty"`
}

// Read reads the berth.lock of a folder; a missing file is an empty one.
func Read(dir string) (*File, error) {
	name := filepath.Join(dir, Name)
	text, err := os.ReadFile(name)
	if errors.Is(err, fs.ErrNotExist) {
		return &File{Version: version}, nil
	}
	if err != nil {
		return nil, fmt.Errorf("reading the lock file: %w", err)
	}
	dec := json.NewDecoder(bytes.NewReader(text))
	dec.DisallowUnknownFields()
	file := &File{}
	if err := dec.Decode(file); err != nil {
		return nil, fmt.Errorf("%s is damaged: %w; restore it, or delete it to lock anew", name, err)
	}
	if file.Version != version {
		return nil, fmt.Errorf("%s has version %d, this berth reads version %d", name, file.Version, version)
	}
	return file, nil
}

// Write stores the file in a folder, unless it says the same already. The old
// content stays until the new one is complete.
func (f *File) Write(dir string) (changed bool, err error) {
	f.Version = version
	text, err := json.MarshalIndent(f, "", "  ")
	if err != nil {
		return false, fmt.Errorf("writing the lock file: %w", err)
	}
	text = append(text, '\n')
	name := filepath.Join(dir, Name)
	if old, err := os.ReadFile(name); err == nil && bytes.Equal(old, text) {
		return false, nil
	}
	return true, replace(name, text)
}

// replace writes a file beside name and renames it into place.
func replace(name string, text []byte) (err error) {
	temp, err := os.CreateTemp(filepath.Dir(name), "."+Name+"-*")
	if err != nil {
		return fmt.Errorf("writing the lock file: %w", err)
	}
	defer func() {
		if err != nil {
			err = errors.Join(fmt.Errorf("writing the lock file: %w", err), os.Remove(temp.Name()))
		}
	}()
	_, err = temp.Write(text)
	err = errors.Join(err, temp.Chmod(0o644), temp.Sync(), temp.Close())
	if err != nil {
		return err
	}
	return os.Rename(temp.Name(), name)
}
