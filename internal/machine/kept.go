package machine

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	"berth.dev/internal/description"
	"berth.dev/internal/network"
	"golang.org/x/sys/unix"
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

// ChangeNetwork gives a running machine another firewall, in one step, and
// other ports of the host. When that fails they are what they were.
func (m *Machine) ChangeNetwork(n *description.Network, f *description.Firewall) error {
	r, err := m.running()
	if err != nil {
		return err
	}
	if r.uplink != nil {
		if err := r.uplink.forward(n.Forwards); err != nil {
			return err
		}
	}
	namespace, err := network.OfProcess(r.process.PID())
	if err != nil {
		return err
	}
	defer namespace.Close()
	return loadFirewall(namespace, n, f)
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

// RefreshContainers writes what the native containers of a running machine
// boot from next time. Directory is the machine's, see [Config.Directory].
// Layers that are not objects of the store are linked into it: a running
// machine gets no further mounts.
func RefreshContainers(directory, store string, system *description.System, guests map[string]Guest) error {
	w := launchWriter{store: store, link: true}
	if err := w.writeAll(filepath.Join(directory, "containers"), containersDirectory, system, guests); err != nil {
		return fmt.Errorf("prepare containers: %w", err)
	}
	return nil
}

// linkTree makes a directory whose files are those of another one. A tree that
// is there already is the same.
func linkTree(source, target string) error {
	if _, err := os.Lstat(target); err == nil {
		return nil
	}
	temporary := target + ".new"
	if err := os.RemoveAll(temporary); err != nil {
		return err
	}
	err := filepath.WalkDir(source, func(from string, e fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		to := filepath.Join(temporary, strings.TrimPrefix(from, source))
		if !e.IsDir() {
			return os.Link(from, to)
		}
		info, err := e.Info()
		if err != nil {
			return err
		}
		if err := os.MkdirAll(to, 0o755); err != nil {
			return err
		}
		owner := info.Sys().(*syscall.Stat_t)
		if err := os.Lchown(to, int(owner.Uid), int(owner.Gid)); err != nil {
			return err
		}
		return unix.Chmod(to, owner.Mode&0o7777)
	})
	if err != nil {
		return err
	}
	return os.Rename(temporary, target)
}
