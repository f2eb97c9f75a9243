package engine

import (
	"errors"
	"io/fs"
	"os"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// What a container is doing.
const (
	StatusCreated = "created"
	StatusRunning = "running"
	StatusExited  = "exited"
)

// What its health check says.
const (
	HealthStarting = "starting"
	Healthy        = "healthy"
	Unhealthy      = "unhealthy"
)

// State is what others can know about a container. Its process keeps it up to
// date.
type State struct {
	Name   string
	Image  string
	Status string
	// Health is empty when there is no check.
	Health   string `json:",omitempty"`
	PID      int    `json:",omitempty"`
	ExitCode int
	Started  time.Time
	Hostname string
	Labels   map[string]string `json:",omitempty"`
	// Addresses are those with prefix length, by network.
	Addresses  map[string]string `json:",omitempty"`
	ExtraHosts []string          `json:",omitempty"`
	// Ports are published.
	Ports []PublishedPort `json:",omitempty"`
	// Remove says that nothing of the container is kept.
	Remove     bool   `json:",omitempty"`
	StopSignal string `json:",omitempty"`
	// Inside is what commands that are run later get.
	Inside Inside
}

// Inside is the surroundings of a container's processes.
type Inside struct {
	Environment  []string
	Directory    string
	User         string
	Capabilities []string
	Unconfined   bool `json:",omitempty"`
	// Cgroup are its directories.
	Cgroup []string
}

// Running reports whether the container's processes live.
func (s *State) Running() bool { return s.Status == StatusRunning || s.Status == StatusCreated }

func (e *Engine) containerPath(name string, elements ...string) string {
	return e.path(append([]string{containersName, name}, elements...)...)
}

const (
	stateName = "container.json"
	aliveName = "alive"
)

// State returns what is known of a container.
func (e *Engine) State(name string) (*State, error) {
	if err := checkName("container", name); err != nil {
		return nil, err
	}
	s := &State{}
	found, err := readJSON(e.containerPath(name, stateName), s)
	if err != nil {
		return nil, err
	}
	if !found {
		return nil, &NotFoundError{"container", name}
	}
	if s.Running() && !e.alive(name) {
		// Its process was killed before it could say so.
		s.Status, s.PID, s.ExitCode = StatusExited, 0, 137
	}
	return s, nil
}

// alive reports whether a process looks after the container.
func (e *Engine) alive(name string) bool {
	f, err := os.Open(e.containerPath(name, aliveName))
	if err != nil {
		return false
	}
	defer f.Close()
	return errors.Is(unix.Flock(int(f.Fd()), unix.LOCK_SH|unix.LOCK_NB), unix.EWOULDBLOCK)
}

// List returns all containers, sorted by name.
func (e *Engine) List() ([]*State, error) {
	entries, err := os.ReadDir(e.path(containersName))
	if err != nil {
		return nil, err
	}
	var all []*State
	for _, entry := range entries {
		if strings.HasPrefix(entry.Name(), ".") {
			continue
		}
		s, err := e.State(entry.Name())
		if missing := (*NotFoundError)(nil); errors.As(err, &missing) || errors.Is(err, fs.ErrNotExist) {
			continue // being made or removed
		}
		if err != nil {
			return nil, err
		}
		all = append(all, s)
	}
	return all, nil
}

func (e *Engine) writeState(s *State) error {
	return writeJSON(e.containerPath(s.Name, stateName), s)
}
