package machine

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// watchLimit is the host's bound on inotify instances of one user, which all
// systems on it share. Its default, 128, is enough for some thirty machines.
const watchLimit = "/proc/sys/fs/inotify/max_user_instances"

// watchesPerSystem is what one booted system may need, and reservedWatches is
// left to the rest of the host.
const (
	watchesPerSystem = 8
	reservedWatches  = 128
)

// originalName is the file beside run directories that remembers the limit
// which was found.
const originalName = ".watch-limit"

// raiseWatchLimit makes room for a number of systems. The limit found is put
// back when the last run directory goes. Where it cannot be changed, machines
// still start as long as there is room.
func raiseWatchLimit(parent string, systems int) error {
	guard, err := lockFile(filepath.Join(parent, sweepLock), true)
	if err != nil {
		return fmt.Errorf("raise limit of inotify instances: %w", err)
	}
	defer guard.Close()
	current, err := readNumber(watchLimit)
	needed := systems*watchesPerSystem + reservedWatches
	if err != nil || current >= needed {
		return nil
	}
	original := filepath.Join(parent, originalName)
	if _, err := os.Stat(original); os.IsNotExist(err) {
		if err := os.WriteFile(original, []byte(strconv.Itoa(current)), 0o600); err != nil {
			return fmt.Errorf("raise limit of inotify instances: %w", err)
		}
	}
	_ = os.WriteFile(watchLimit, []byte(strconv.Itoa(needed)), 0)
	return nil
}

// restoreWatchLimit puts the limit back when no run directory is left.
func restoreWatchLimit(parent string) error {
	guard, err := lockFile(filepath.Join(parent, sweepLock), true)
	if err != nil {
		return nil // the parent is gone, too
	}
	defer guard.Close()
	entries, err := os.ReadDir(parent)
	if err != nil {
		return nil
	}
	for _, e := range entries {
		if e.IsDir() {
			return nil
		}
	}
	original := filepath.Join(parent, originalName)
	limit, err := readNumber(original)
	if err != nil {
		return nil
	}
	if err := os.WriteFile(watchLimit, []byte(strconv.Itoa(limit)), 0); err != nil {
		return fmt.Errorf("restore limit of inotify instances: %w", err)
	}
	return os.Remove(original)
}

func readNumber(path string) (int, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return 0, err
	}
	return strconv.Atoi(strings.TrimSpace(string(text)))
}

// systems counts a machine and the containers in it.
func (c *Config) systems() int { return 1 + countGuests(c.Containers) }

func countGuests(guests map[string]Guest) int {
	n := len(guests)
	for _, g := range guests {
		n += countGuests(g.Containers)
	}
	return n
}
