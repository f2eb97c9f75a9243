package kept

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// A Yard is where kept machines are.
type Yard struct {
	// Dir has a directory for every machine. It must be on a real file
	// system.
	Dir string
	// RunDirectory is for what machines need only while they run.
	RunDirectory string
	// Executable is berth's program; this one when empty.
	Executable string
	// HostUnits says that supervisors are units of the host's systemd.
	HostUnits bool
}

// Names of the files in a machine's directory; the others are the machine's
// own, see package machine.
const (
	launchName        = "launch.json"
	statusName        = "status.json"
	controlName       = "control.sock"
	lifeName          = "lock"
	logName           = "log"
	supervisorLogName = "supervisor.log"
	machineIDName     = "machine-id"
	idsName           = "ids"
)

// maxName leaves room for prefixes where the name becomes that of a unit, a
// cgroup or a directory.
const maxName = 63

var validName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_-]*$`)

// CheckName refuses what cannot be a machine's name.
func CheckName(name string) error {
	if !validName.MatchString(name) || len(name) > maxName {
		return fmt.Errorf("%q cannot be a machine's name: it takes letters, digits, - and _, at most %d", name, maxName)
	}
	return nil
}

// Directory is where a machine's files are.
func (y *Yard) Directory(name string) string { return filepath.Join(y.Dir, name) }

// IDDir is where the numbers of a machine's accounts are kept.
func (y *Yard) IDDir(name string) string { return filepath.Join(y.Dir, name, idsName) }

func (y *Yard) file(name, file string) string { return filepath.Join(y.Dir, name, file) }

// Names lists the machines, sorted.
func (y *Yard) Names() ([]string, error) {
	entries, err := os.ReadDir(y.Dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("list machines: %w", err)
	}
	var names []string
	for _, e := range entries {
		if _, err := os.Stat(y.file(e.Name(), launchName)); err == nil && !strings.HasPrefix(e.Name(), ".") {
			names = append(names, e.Name())
		}
	}
	slices.Sort(names)
	return names, nil
}

// ErrUnknown is the answer to a name that no machine has.
var ErrUnknown = errors.New("there is no such machine")

// unknown names the machines that there are.
func (y *Yard) unknown(name string) error {
	names, err := y.Names()
	if err != nil || len(names) == 0 {
		return fmt.Errorf("%s: %w; 'berth up' makes one", name, ErrUnknown)
	}
	return fmt.Errorf("%s: %w; there are %s", name, ErrUnknown, strings.Join(names, ", "))
}

// MachineID returns the id of a machine, made at its first start.
func (y *Yard) MachineID(name string) (string, error) {
	file := y.file(name, machineIDName)
	text, err := os.ReadFile(file)
	if err == nil {
		return strings.TrimSpace(string(text)), nil
	}
	random, err := os.ReadFile("/proc/sys/kernel/random/uuid")
	if err != nil {
		return "", fmt.Errorf("make a machine id for %s: %w", name, err)
	}
	id := strings.ReplaceAll(strings.TrimSpace(string(random)), "-", "")
	if err := writeFile(file, []byte(id+"\n")); err != nil {
		return "", fmt.Errorf("make a machine id for %s: %w", name, err)
	}
	return id, nil
}

// writeFile replaces a file in one step, and makes its directory.
func writeFile(path string, text []byte) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	temporary := path + ".new"
	if err := os.WriteFile(temporary, text, 0o600); err != nil {
		return err
	}
	return os.Rename(temporary, path)
}

func writeJSON(path string, value any) error {
	text, err := json.Marshal(value)
	if err != nil {
		return err
	}
	return writeFile(path, text)
}

func readJSON(path string, to any) error {
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	return json.Unmarshal(text, to)
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
