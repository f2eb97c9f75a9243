package machine

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"

	"berth.dev/internal/isolate"
	"berth.dev/internal/network"
)

// undoName is the file in a run directory that records what to undo.
const undoName = "undo.json"

// undo is the inverse of one change to the host. Doing it twice does no harm.
type undo struct {
	// Cgroup are the directories of a cgroup to end and remove.
	Cgroup []string `json:"cgroup,omitempty"`
	// Table is a packet filter table to remove.
	Table string `json:"table,omitempty"`
	// Remove is a file or directory to remove.
	Remove string `json:"remove,omitempty"`
}

func (u *undo) apply() error {
	switch {
	case len(u.Cgroup) > 0:
		group := isolate.OpenCgroup(u.Cgroup)
		group.Kill()
		return group.Remove()
	case u.Table != "":
		return network.RemoveTable(u.Table)
	case u.Remove != "":
		return removeTree(u.Remove)
	}
	return nil
}

// undoAll goes backwards, and goes on after an error.
func undoAll(records []undo) error {
	var failed error
	for _, u := range slices.Backward(records) {
		failed = errors.Join(failed, u.apply())
	}
	return failed
}

// record writes down what to undo, before it is done: in the directory for
// whoever sweeps it, and to the reaper, who may not find the directory.
func (g *Group) record(u undo) error {
	line, err := json.Marshal(u)
	if err != nil {
		return fmt.Errorf("record change: %w", err)
	}
	line = append(line, '\n')
	f, err := os.OpenFile(filepath.Join(g.directory.path, undoName), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return fmt.Errorf("record change: %w", err)
	}
	defer f.Close()
	if _, err := f.Write(line); err != nil {
		return fmt.Errorf("record change: %w", err)
	}
	if _, err := g.reaper.life.Write(line); err != nil {
		return fmt.Errorf("record change: %w", err)
	}
	return nil
}

// readUndo reads records up to the first that is not whole: its change was
// never made.
func readUndo(r io.Reader) []undo {
	var records []undo
	for lines := json.NewDecoder(r); ; {
		var u undo
		if lines.Decode(&u) != nil {
			return records
		}
		records = append(records, u)
	}
}

func readUndoFile(directory string) []undo {
	f, err := os.Open(filepath.Join(directory, undoName))
	if err != nil {
		return nil
	}
	defer f.Close()
	return readUndo(f)
}
