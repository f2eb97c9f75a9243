package machine

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"berth.dev/internal/description"
	"berth.dev/internal/isolate"
	"berth.dev/internal/root"
)

// Places of native containers inside the system around them.
const (
	containersDirectory = "/run/berth/containers"
	launchName          = "launch.json"
)

// Guest is a native container of a machine, or of another container.
type Guest struct {
	// System is what boots in it; its root needs the unit that [Furnish]
	// adds.
	System *description.System
	Root   *root.Root
	// Containers are those inside, by name.
	Containers map[string]Guest
}

// ContainerLaunch is what "berth __container-run" reads about one container,
// in the system around it. All paths are as that system sees them.
type ContainerLaunch struct {
	Container description.Container `json:"container"`
	System    *description.System   `json:"system"`
	// Lowers are the directories of its root, topmost first.
	Lowers   []string          `json:"lowers"`
	RunLinks map[string]string `json:"runLinks,omitempty"`
	Prepared []root.Prepared   `json:"prepared,omitempty"`
}

// containers writes what the machine's native containers boot from, and
// returns the mounts that show it inside. Layers that are not objects of the
// store are shown one by one.
func (m *Machine) containers() ([]isolate.Mount, error) {
	if len(m.config.Containers) == 0 {
		return nil, nil
	}
	w := launchWriter{store: m.config.Store}
	host := filepath.Join(m.layout.directory, "containers")
	w.mounts = []isolate.Mount{bind(host, containersDirectory, true)}
	if err := w.writeAll(host, containersDirectory, m.config.System, m.config.Containers); err != nil {
		return nil, fmt.Errorf("prepare containers: %w", err)
	}
	return w.mounts, nil
}

type launchWriter struct {
	store  string
	mounts []isolate.Mount
	// link says that no mounts can be made: layers are linked instead.
	link bool
}

// writeAll writes the containers of one system. The directory host is shown at
// place in the machine, and as [containersDirectory] in the system itself.
func (w *launchWriter) writeAll(host, place string, outer *description.System, guests map[string]Guest) error {
	for _, name := range slices.Sorted(maps.Keys(guests)) {
		container, ok := outer.Containers[name]
		if !ok {
			return fmt.Errorf("system %s has no container %s", outer.Name, name)
		}
		if err := w.write(filepath.Join(host, name), path.Join(place, name), name, container, guests[name]); err != nil {
			return fmt.Errorf("container %s: %w", name, err)
		}
	}
	return nil
}

func (w *launchWriter) write(host, place, name string, container description.Container, g Guest) error {
	launch := ContainerLaunch{Container: container, System: g.System, RunLinks: g.Root.RunLinks}
	show := func(kind string, i int, source string) (string, error) {
		if below, ok := strings.CutPrefix(source, w.store+"/"); ok && w.store != "" {
			return path.Join(storeInside, below), nil
		}
		if w.link {
			shown := path.Join("linked", fmt.Sprintf("%x", sha256.Sum256([]byte(source)))[:32])
			if err := os.MkdirAll(filepath.Dir(filepath.Join(host, shown)), 0o755); err != nil {
				return "", err
			}
			return path.Join(containersDirectory, name, shown), linkTree(source, filepath.Join(host, shown))
		}
		shown := path.Join(kind, strconv.Itoa(i))
		if err := os.MkdirAll(filepath.Join(host, shown), 0o755); err != nil {
			return "", err
		}
		w.mounts = append(w.mounts, bind(source, path.Join(place, shown), true))
		return path.Join(containersDirectory, name, shown), nil
	}
	for i, layer := range g.Root.Lowers() {
		shown, err := show("layers", i, layer)
		if err != nil {
			return err
		}
		launch.Lowers = append(launch.Lowers, shown)
	}
	for i, p := range g.Root.Prepared {
		shown, err := show("prepared", i, p.Source)
		if err != nil {
			return err
		}
		launch.Prepared = append(launch.Prepared, root.Prepared{Path: p.Path, Source: shown})
	}
	text, err := json.Marshal(launch)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(host, 0o755); err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(host, launchName), text, 0o644); err != nil {
		return err
	}
	return w.writeAll(filepath.Join(host, "containers"), path.Join(place, "containers"), g.System, g.Containers)
}

func readLaunch(name string) (*ContainerLaunch, error) {
	text, err := os.ReadFile(filepath.Join(containersDirectory, name, launchName))
	if err != nil {
		return nil, fmt.Errorf("nothing was prepared for container %s: %w", name, err)
	}
	launch := &ContainerLaunch{}
	if err := json.Unmarshal(text, launch); err != nil {
		return nil, fmt.Errorf("read how container %s starts: %w", name, err)
	}
	return launch, nil
}
