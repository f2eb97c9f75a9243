package engine

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"

	"berth.dev/internal/isolate"
)

// Volume is a directory that outlives containers.
type Volume struct {
	Name       string
	Driver     string
	Mountpoint string
	Labels     map[string]string `json:",omitempty"`
}

const volumeData = "_data"

// CreateVolume makes a volume; one that is there stays as it is.
func (e *Engine) CreateVolume(v Volume) error {
	if err := checkName("volume", v.Name); err != nil {
		return err
	}
	if v.Driver != "" && v.Driver != "local" {
		return fmt.Errorf("create volume %s: the driver %q is not supported; local is", v.Name, v.Driver)
	}
	v.Driver, v.Mountpoint = "local", e.path(volumesName, v.Name, volumeData)
	if _, err := os.Stat(v.Mountpoint); err == nil {
		return nil
	}
	if err := os.MkdirAll(v.Mountpoint, 0o755); err != nil {
		return fmt.Errorf("create volume: %w", err)
	}
	return writeJSON(e.path(volumesName, v.Name, "volume.json"), v)
}

// Volume returns a volume by name.
func (e *Engine) Volume(name string) (*Volume, error) {
	if err := checkName("volume", name); err != nil {
		return nil, err
	}
	v := &Volume{}
	found, err := readJSON(e.path(volumesName, name, "volume.json"), v)
	if err == nil && !found {
		err = &NotFoundError{"volume", name}
	}
	return v, err
}

// RemoveVolume removes a volume and all that is in it.
func (e *Engine) RemoveVolume(name string) error {
	if _, err := e.Volume(name); err != nil {
		return err
	}
	return os.RemoveAll(e.path(volumesName, name))
}

// volumeMount reads "source:target[:options]". A source without a slash is a
// volume, made when it is missing and filled from the image while it is empty.
func (e *Engine) volumeMount(text string, layers stack) (isolate.Mount, error) {
	parts := strings.Split(text, ":")
	if len(parts) < 2 || len(parts) > 3 || !filepath.IsAbs(parts[1]) {
		return isolate.Mount{}, fmt.Errorf("volume %q: source:target[:options] was expected, the target an absolute path", text)
	}
	m := isolate.Mount{Type: "bind", Source: parts[0], Destination: parts[1], Options: []string{"rbind"}}
	if len(parts) == 3 {
		options, err := volumeOptions(parts[2])
		if err != nil {
			return m, fmt.Errorf("volume %q: %w", text, err)
		}
		m.Options = append(m.Options, options...)
	}
	if filepath.IsAbs(parts[0]) {
		if _, err := os.Stat(parts[0]); err != nil {
			return m, fmt.Errorf("volume %q: %w", text, err)
		}
		return m, nil
	}
	if err := e.CreateVolume(Volume{Name: parts[0]}); err != nil {
		return m, err
	}
	m.Source = e.path(volumesName, parts[0], volumeData)
	if slices.Contains(strings.Split(strings.Join(parts[2:], ""), ","), "nocopy") {
		return m, nil
	}
	return m, fill(m.Source, layers, parts[1])
}

// volumeOptions are mount options; those about labels and propagation have no
// meaning here.
func volumeOptions(text string) ([]string, error) {
	var options []string
	for option := range strings.SplitSeq(text, ",") {
		switch option {
		case "ro", "rw", "noexec", "nosuid", "nodev":
			options = append(options, option)
		case "", "z", "Z", "nocopy", "copy", "rprivate", "private", "rslave", "slave", "rbind", "bind", "exec", "suid", "dev", "delegated", "cached", "consistent":
		default:
			return nil, fmt.Errorf("the option %q is not supported", option)
		}
	}
	return options, nil
}

// fill gives an empty volume what the image has at its place.
func fill(target string, layers stack, place string) error {
	entries, err := os.ReadDir(target)
	if err != nil || len(entries) > 0 {
		return err
	}
	for _, layer := range slices.Backward(layers) {
		source := filepath.Join(layer, place)
		if info, err := os.Lstat(source); err != nil || !info.IsDir() {
			continue
		}
		if err := copyLayer(source, target); err != nil {
			return fmt.Errorf("fill volume: %w", err)
		}
	}
	return nil
}

// copyLayer copies a directory of one layer over what lower ones had.
func copyLayer(source, target string) error {
	return filepath.WalkDir(source, func(from string, _ fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		relative, err := filepath.Rel(source, from)
		if err != nil {
			return err
		}
		info, err := os.Lstat(from)
		if err != nil {
			return err
		}
		return copyEntry(from, filepath.Join(target, relative), info)
	})
}

func copyEntry(from, to string, info fs.FileInfo) error {
	if !info.IsDir() || isOpaque(from) {
		if err := os.RemoveAll(to); err != nil {
			return err
		}
	}
	if isWhiteout(info) {
		return nil
	}
	stat := info.Sys().(*syscall.Stat_t)
	switch {
	case info.IsDir():
		if err := os.Mkdir(to, 0o700); err != nil && !errors.Is(err, fs.ErrExist) {
			return err
		}
	case info.Mode()&fs.ModeSymlink != 0:
		link, err := os.Readlink(from)
		if err != nil {
			return err
		}
		if err := os.Symlink(link, to); err != nil {
			return err
		}
		return os.Lchown(to, int(stat.Uid), int(stat.Gid))
	case info.Mode().IsRegular():
		if err := copyFile(from, to); err != nil {
			return err
		}
	default:
		return nil
	}
	if err := os.Lchown(to, int(stat.Uid), int(stat.Gid)); err != nil {
		return err
	}
	return os.Chmod(to, info.Mode())
}

func copyFile(from, to string) error {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = io.Copy(out, in)
	return errors.Join(err, out.Close())
}
