package root

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// IDs maps the names of accounts to their numbers. A kept machine stores its
// map, so that no name ever changes its number and no number ever gets a
// second name: files in /var keep their owners.
type IDs struct {
	Users  map[string]uint32 `json:"users"`
	Groups map[string]uint32 `json:"groups"`
	// Subordinate maps users to the start of their range in /etc/subuid.
	Subordinate map[string]uint32 `json:"subordinate,omitempty"`
}

func newIDs() *IDs {
	return &IDs{Users: map[string]uint32{}, Groups: map[string]uint32{}, Subordinate: map[string]uint32{}}
}

// readIDs reads a map; a missing file or name is an empty map.
func readIDs(path string) (*IDs, error) {
	ids := newIDs()
	if path == "" {
		return ids, nil
	}
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return ids, nil
	}
	if err == nil {
		err = json.Unmarshal(text, ids)
	}
	if err != nil {
		return nil, fmt.Errorf("read id map %s: %w", path, err)
	}
	return ids, nil
}

func (ids *IDs) write(path string) error {
	if path == "" {
		return nil
	}
	text, err := json.MarshalIndent(ids, "", "  ")
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	if err := os.WriteFile(path+".new", append(text, '\n'), 0o644); err != nil {
		return err
	}
	return os.Rename(path+".new", path)
}

// Ranges of ids that are given out, as NixOS does.
const (
	systemFirst, systemLast = 999, 400
	normalFirst, normalLast = 1000, 29999
	subordinateFirst        = 100000
	subordinateCount        = 65536
)

// An allocation gives out numbers of one kind.
type allocation struct {
	names  map[string]uint32 // the result, and what earlier runs gave out
	owners map[uint32]string
}

func newAllocation(before map[string]uint32) *allocation {
	return &allocation{names: before, owners: map[uint32]string{}}
}

// claim gives a name a certain number unless another name has it.
func (a *allocation) claim(name string, id uint32) bool {
	if holder, taken := a.owners[id]; taken && holder != name {
		return false
	}
	a.owners[id] = name
	a.names[name] = id
	return true
}

// revive gives a name the number it had before, if that is still free.
func (a *allocation) revive(name string) bool {
	id, known := a.names[name]
	return known && a.claim(name, id)
}

// next gives a name the first number of a range that no name has or had.
func (a *allocation) next(name string, first, last uint32) error {
	used := map[uint32]bool{}
	for _, id := range a.names {
		used[id] = true
	}
	step := uint32(1)
	if last < first {
		step = ^uint32(0) // downwards
	}
	for id := first; ; id += step {
		if _, taken := a.owners[id]; !taken && !used[id] {
			a.claim(name, id)
			return nil
		}
		if id == last {
			return fmt.Errorf("no id is left for %s between %d and %d", name, first, last)
		}
	}
}
