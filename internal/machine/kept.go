package machine

import (
	"fmt"
	"path/filepath"
)

// Cgroups are the directories of the machine's cgroup, one for each hierarchy;
// none while it is off.
func (m *Machine) Cgroups() []string {
	r, err := m.running()
	if err != nil || r.cgroup == nil {
		return nil
	}
	return r.cgroup.Paths()
}

// Discard makes files and directories outside of the group's own directory go
// with the group, however it ends.
func (g *Group) Discard(paths ...string) error {
	for _, p := range paths {
		if !filepath.IsAbs(p) {
			return fmt.Errorf("discard %s: not an absolute path", p)
		}
		if err := g.record(undo{Remove: p}); err != nil {
			return err
		}
	}
	return nil
}
