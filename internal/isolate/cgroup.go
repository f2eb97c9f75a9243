package isolate

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// A Cgroup is one group of processes, present in every hierarchy of the host.
type Cgroup struct {
	groups []group
}

// group is a Cgroup's directory in one hierarchy.
type group struct {
	hierarchy hierarchy
	path      string
}

// NewCgroup makes a cgroup below the caller's own, in every hierarchy. Name may
// have several components; what exists of it is used. Close it with
// [Cgroup.Remove].
//
// On a host that has only version 2, and where the caller's group is not its
// own to divide, the caller first moves into a scope of its own. Where that is
// refused the new group has no controllers: setting a limit says so.
func NewCgroup(name string) (*Cgroup, error) {
	hierarchies, err := findHierarchies()
	if err != nil {
		return nil, err
	}
	if len(hierarchies) == 1 && hierarchies[0].prepare() {
		if RequestScope() == nil {
			if hierarchies, err = findHierarchies(); err != nil {
				return nil, err
			}
		}
	}
	return newCgroup(name, hierarchies)
}

// NewUnifiedCgroup makes a cgroup in the version 2 hierarchy alone, where there
// is one: enough to find and end processes, and much cheaper on a host that has
// the controllers in hierarchies of version 1.
func NewUnifiedCgroup(name string) (*Cgroup, error) {
	hierarchies, err := findHierarchies()
	if err != nil {
		return nil, err
	}
	if i := slices.IndexFunc(hierarchies, func(h hierarchy) bool { return h.unified }); i >= 0 {
		hierarchies = hierarchies[i : i+1]
	}
	return newCgroup(name, hierarchies)
}

func newCgroup(name string, hierarchies []hierarchy) (*Cgroup, error) {
	c := &Cgroup{}
	for _, h := range hierarchies {
		path, err := h.makeGroup(name)
		if err != nil {
			// A hierarchy that is not ours to write does not limit us
			// either; the process stays where it is there.
			if errors.Is(err, fs.ErrPermission) || errors.Is(err, syscall.EROFS) {
				continue
			}
			c.Remove()
			return nil, err
		}
		c.groups = append(c.groups, group{h, path})
	}
	if len(c.groups) == 0 {
		return nil, fmt.Errorf("make cgroup %s: no hierarchy can be written: run berth in a delegated unit (systemd-run --user --scope -p Delegate=yes)", name)
	}
	return c, nil
}

// OpenCgroup returns the cgroup whose directories are paths, as [Cgroup.Paths]
// gave them, to end what another process left behind.
func OpenCgroup(paths []string) *Cgroup {
	c := &Cgroup{}
	for _, path := range paths {
		c.groups = append(c.groups, group{path: path})
	}
	return c
}

// Paths are the cgroup's directories.
func (c *Cgroup) Paths() []string {
	paths := make([]string, len(c.groups))
	for i, g := range c.groups {
		paths[i] = g.path
	}
	return paths
}

// Attach moves a process into the cgroup.
func (c *Cgroup) Attach(pid int) error { return c.attach(pid, false) }

func (c *Cgroup) attach(pid int, bornInside bool) error {
	for _, g := range c.groups {
		if bornInside && g.hierarchy.unified {
			continue
		}
		if err := writeControl(g.path, "cgroup.procs", strconv.Itoa(pid)); err != nil {
			return fmt.Errorf("attach process to cgroup: %w", err)
		}
	}
	return nil
}

// open opens the directory of version 2, into which processes can be born; nil
// when there is none.
func (c *Cgroup) open() *os.File {
	for _, g := range c.groups {
		if g.hierarchy.unified {
			if f, err := os.Open(g.path); err == nil {
				return f
			}
		}
	}
	return nil
}

// SetMemoryLimit bounds the memory of all processes together.
func (c *Cgroup) SetMemoryLimit(bytes uint64) error {
	return c.set("memory", "memory.max", "memory.limit_in_bytes", bytes)
}

// SetTaskLimit bounds the number of processes and threads.
func (c *Cgroup) SetTaskLimit(tasks uint64) error {
	return c.set("pids", "pids.max", "pids.max", tasks)
}

func (c *Cgroup) set(controller, file2, file1 string, value uint64) error {
	text := strconv.FormatUint(value, 10)
	for _, g := range c.groups {
		if slices.Contains(g.hierarchy.controllers, controller) {
			return writeControl(g.path, file1, text)
		}
		if g.hierarchy.unified {
			if _, err := os.Stat(filepath.Join(g.path, file2)); err == nil {
				return writeControl(g.path, file2, text)
			}
		}
	}
	return fmt.Errorf("limit %s: this host gives berth no %s controller", controller, controller)
}

// Kill ends every process of the cgroup and of those below it.
func (c *Cgroup) Kill() {
	for _, g := range c.groups {
		if os.WriteFile(filepath.Join(g.path, "cgroup.kill"), []byte("1"), 0) != nil {
			killBelow(g.path)
		}
	}
}

// killBelow looks again until it finds nobody new: processes may have forked
// in between.
func killBelow(path string) {
	killed := map[int]bool{}
	for again := true; again; {
		again = false
		for _, pid := range processesBelow(path) {
			if !killed[pid] && syscall.Kill(pid, syscall.SIGKILL) == nil {
				killed[pid], again = true, true
			}
		}
	}
}

// Empty reports whether no process is left.
func (c *Cgroup) Empty() bool {
	return !slices.ContainsFunc(c.groups, func(g group) bool { return len(processesBelow(g.path)) > 0 })
}

// Remove removes the cgroup and those below it. Processes that are dying
// already are waited for, others make it fail.
func (c *Cgroup) Remove() error {
	const patience = 5 * time.Second
	var failed error
	for _, g := range c.groups {
		deadline := time.Now().Add(patience)
		for pause := time.Millisecond; ; pause = min(2*pause, 50*time.Millisecond) {
			err := removeBelow(g.path)
			if err == nil {
				break
			}
			if time.Now().After(deadline) {
				failed = errors.Join(failed, fmt.Errorf("remove cgroup: %w", err))
				break
			}
			time.Sleep(pause)
		}
	}
	return failed
}

func removeBelow(path string) error {
	entries, err := os.ReadDir(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	for _, e := range entries {
		if e.IsDir() {
			if err := removeBelow(filepath.Join(path, e.Name())); err != nil {
				return err
			}
		}
	}
	err = syscall.Rmdir(path)
	if err == nil || errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return &fs.PathError{Op: "rmdir", Path: path, Err: err}
}

func processesBelow(path string) (pids []int) {
	filepath.WalkDir(path, func(p string, e fs.DirEntry, err error) error {
		if err != nil || !e.IsDir() {
			return nil
		}
		text, _ := os.ReadFile(filepath.Join(p, "cgroup.procs"))
		for field := range bytes.FieldsSeq(text) {
			if pid, err := strconv.Atoi(string(field)); err == nil {
				pids = append(pids, pid)
			}
		}
		return nil
	})
	return pids
}

func writeControl(group, file, text string) error {
	return os.WriteFile(filepath.Join(group, file), []byte(text), 0)
}

// CgroupView is how a system sees the cgroups of a host that has both versions.
type CgroupView int

const (
	// UnifiedView shows the version 2 hierarchy alone. On a host whose
	// controllers are all on version 1 it has none.
	UnifiedView CgroupView = iota
	// ControllerView shows every hierarchy of the host, for systems that
	// limit resources themselves.
	ControllerView
)

// CgroupMounts are the mounts below /sys/fs/cgroup for a view. The process
// needs a cgroup namespace, which makes its own cgroup their root.
func CgroupMounts(view CgroupView) ([]Mount, error) {
	const place = "/sys/fs/cgroup"
	options := []string{"nosuid", "nodev", "noexec"}
	hierarchies, err := findHierarchies()
	if err != nil {
		return nil, err
	}
	unified := slices.IndexFunc(hierarchies, func(h hierarchy) bool { return h.unified })
	if unified >= 0 && (view == UnifiedView || len(hierarchies) == 1) {
		return []Mount{{Destination: place, Type: "cgroup2", Source: "cgroup2", Options: options}}, nil
	}
	mounts := []Mount{{Destination: place, Type: "tmpfs", Source: "tmpfs", Options: append([]string{"mode=755"}, options...)}}
	for _, h := range hierarchies {
		m := Mount{Type: "cgroup", Source: "cgroup", Options: slices.Clone(options)}
		switch {
		case h.unified:
			m.Type, m.Source, m.Destination = "cgroup2", "cgroup2", place+"/unified"
		case h.name != "":
			m.Destination = place + "/" + h.name
			m.Options = append(m.Options, "none", "name="+h.name)
		default:
			m.Destination = place + "/" + strings.Join(h.controllers, ",")
			m.Options = append(m.Options, h.controllers...)
		}
		mounts = append(mounts, m)
	}
	return mounts, nil
}

// Delegate lets a user divide the cgroup: make groups below and move what is in
// it among them. Its limits stay the caller's.
func (c *Cgroup) Delegate(uid, gid int) error {
	for _, g := range c.groups {
		for _, name := range []string{"", "cgroup.procs", "cgroup.threads", "cgroup.subtree_control", "tasks"} {
			err := os.Chown(filepath.Join(g.path, name), uid, gid)
			if err != nil && !(name != "" && errors.Is(err, fs.ErrNotExist)) {
				return fmt.Errorf("delegate cgroup: %w", err)
			}
		}
	}
	return nil
}
