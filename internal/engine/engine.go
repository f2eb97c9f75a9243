package engine

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"

	"golang.org/x/sys/unix"
)

// Config says where an engine keeps its things.
type Config struct {
	// Directory is on a real file system: overlays do not stack.
	Directory string
	// Networks connects containers; nil when only the system's own network
	// and none are wanted.
	Networks Networks
	// Executable is a program that has isolate's stages; /proc/self/exe when
	// empty.
	Executable string
}

// An Engine runs images. Several processes may use the same directory.
type Engine struct {
	config Config
}

// Open prepares an engine's directory.
func Open(config Config) (*Engine, error) {
	e := &Engine{config}
	for _, name := range []string{layersName, imagesName, containersName, volumesName, networksName} {
		if err := os.MkdirAll(e.path(name), 0o711); err != nil {
			return nil, fmt.Errorf("open engine: %w", err)
		}
	}
	return e, nil
}

// The parts of an engine's directory.
const (
	layersName     = "layers"
	imagesName     = "images"
	containersName = "containers"
	volumesName    = "volumes"
	networksName   = "networks"
	namesName      = "names.json"
	originsName    = "origins.json"
)

func (e *Engine) path(elements ...string) string {
	return filepath.Join(append([]string{e.config.Directory}, elements...)...)
}

// A NotFoundError says that something of the engine does not exist.
type NotFoundError struct{ Kind, Name string }

func (e *NotFoundError) Error() string { return fmt.Sprintf("there is no %s %s", e.Kind, e.Name) }

var namePattern = regexp.MustCompile(`^[a-zA-Z0-9][a-zA-Z0-9_.-]*$`)

// checkName keeps names that are directories' names from leading elsewhere.
func checkName(kind, name string) error {
	if !namePattern.MatchString(name) {
		return fmt.Errorf("%q cannot be the name of a %s: letters, digits, '_', '.' and '-' are possible, the first one a letter or digit", name, kind)
	}
	return nil
}

// lock keeps other processes from changing what several of them share. It
// returns what ends that.
func (e *Engine) lock() (unlock func(), err error) {
	f, err := os.OpenFile(e.path("lock"), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("lock engine: %w", err)
	}
	if err := unix.Flock(int(f.Fd()), unix.LOCK_EX); err != nil {
		f.Close()
		return nil, fmt.Errorf("lock engine: %w", err)
	}
	return func() { f.Close() }, nil
}

// writeJSON replaces a file whole: readers see the old or the new one.
func writeJSON(name string, value any) error {
	text, err := json.MarshalIndent(value, "", "  ")
	if err != nil {
		return fmt.Errorf("write %s: %w", name, err)
	}
	f, err := os.CreateTemp(filepath.Dir(name), ".new-*")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	_, err = f.Write(append(text, '\n'))
	if err = errors.Join(err, f.Close()); err != nil {
		return fmt.Errorf("write %s: %w", name, err)
	}
	return os.Rename(f.Name(), name)
}

// readJSON reports whether the file exists.
func readJSON(name string, into any) (bool, error) {
	text, err := os.ReadFile(name)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err == nil {
		err = json.Unmarshal(text, into)
	}
	if err != nil {
		return false, fmt.Errorf("read %s: %w", name, err)
	}
	return true, nil
}
