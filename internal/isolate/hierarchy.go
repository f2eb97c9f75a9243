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
)

// supervisorGroup is where berth moves itself on a pure version 2 host, whose
// groups have either processes or groups with controllers.
const supervisorGroup = "supervisor"

// hierarchy is one tree of cgroups on the host.
type hierarchy struct {
	unified     bool
	controllers []string
	// name is that of a version 1 tree without controllers, like "systemd".
	name string
	// own is the directory of the caller's cgroup, top that of the root one.
	own, top string
	// only says that there is no other hierarchy.
	only bool
}

// findHierarchies finds the trees and the caller's place in each of them.
func findHierarchies() ([]hierarchy, error) {
	memberships, err := os.ReadFile("/proc/self/cgroup")
	if err != nil {
		return nil, fmt.Errorf("find cgroups: %w", err)
	}
	mounts, err := os.ReadFile("/proc/self/mountinfo")
	if err != nil {
		return nil, fmt.Errorf("find cgroups: %w", err)
	}
	var found []hierarchy
	for line := range strings.Lines(string(memberships)) {
		fields := strings.SplitN(strings.TrimSpace(line), ":", 3)
		if len(fields) != 3 {
			continue
		}
		h := parseHierarchy(fields[1])
		if h.locate(string(mounts), fields[2]) {
			found = append(found, h)
		}
	}
	if len(found) == 0 {
		return nil, errors.New("find cgroups: no cgroup file system is mounted")
	}
	if len(found) == 1 {
		found[0].only = true
	}
	return found, nil
}

func parseHierarchy(text string) hierarchy {
	if text == "" {
		return hierarchy{unified: true}
	}
	if name, ok := strings.CutPrefix(text, "name="); ok {
		return hierarchy{name: name}
	}
	return hierarchy{controllers: strings.Split(text, ",")}
}

// locate finds where the hierarchy is mounted and sets the caller's directory.
func (h *hierarchy) locate(mounts, member string) bool {
	for line := range strings.Lines(mounts) {
		before, after, ok := strings.Cut(line, " - ")
		fields, kind := strings.Fields(before), strings.Fields(after)
		if !ok || len(fields) < 5 || len(kind) < 3 || !h.mountedAs(kind[0], kind[2]) {
			continue
		}
		root, place := fields[3], fields[4]
		if root != "/" {
			var inside bool
			if member, inside = strings.CutPrefix(member, root); !inside {
				continue
			}
		}
		if strings.HasPrefix(member, "/..") {
			continue // outside of our cgroup namespace
		}
		h.own, h.top = filepath.Join(place, member), filepath.Clean(place)
		return true
	}
	return false
}

func (h *hierarchy) mountedAs(fileSystem, options string) bool {
	if h.unified {
		return fileSystem == "cgroup2"
	}
	if fileSystem != "cgroup" {
		return false
	}
	given := strings.Split(options, ",")
	if h.name != "" {
		return slices.Contains(given, "name="+h.name)
	}
	return slices.Contains(given, h.controllers[0])
}

// makeGroup makes the group name below the caller's and prepares it for
// processes.
func (h *hierarchy) makeGroup(name string) (string, error) {
	path := h.base()
	if h.unified && h.only && path == h.own {
		h.makeRoom()
	}
	for component := range strings.SplitSeq(name, "/") {
		if h.unified && h.only {
			enableControllers(path)
		}
		parent := path
		path = filepath.Join(parent, component)
		if err := os.Mkdir(path, 0o755); err != nil && !errors.Is(err, fs.ErrExist) {
			return "", fmt.Errorf("make cgroup: %w", err)
		}
		if slices.Contains(h.controllers, "cpuset") {
			if err := inheritProcessors(parent, path); err != nil {
				return "", err
			}
		}
	}
	return path, nil
}

// base is the group that others are made in: the caller's, or the one around
// it when the caller has already moved out of the way.
func (h *hierarchy) base() string {
	if h.unified && h.only {
		return filepath.Clean(strings.TrimSuffix(h.own, "/"+supervisorGroup))
	}
	return h.own
}

// prepare makes the only hierarchy ready to hand out controllers, and reports
// whether it cannot because the caller shares its group with others.
func (h *hierarchy) prepare() (shared bool) {
	if !h.unified {
		return false
	}
	base := h.base()
	if base == h.own {
		h.makeRoom()
	}
	enableControllers(base)
	return lacksDelegation(base)
}

// makeRoom moves the caller out of the way of controllers. At the top of a
// container all processes are moved, since they all belong to it; elsewhere
// others are not ours to move.
func (h *hierarchy) makeRoom() {
	if _, err := os.Stat(filepath.Join(h.own, "cgroup.type")); err != nil {
		return // the host's root group may have both
	}
	supervisor := filepath.Join(h.own, supervisorGroup)
	if err := os.Mkdir(supervisor, 0o755); err != nil && !errors.Is(err, fs.ErrExist) {
		return
	}
	movers := []string{strconv.Itoa(os.Getpid())}
	if h.own == h.top {
		text, _ := os.ReadFile(filepath.Join(h.own, "cgroup.procs"))
		movers = append(movers, strings.Fields(string(text))...)
	}
	for _, pid := range movers {
		writeControl(supervisor, "cgroup.procs", pid)
	}
}

// enableControllers asks for one controller at a time: a missing one would
// make the kernel refuse all.
func enableControllers(group string) {
	for _, controller := range []string{"cpu", "memory", "pids", "io", "cpuset"} {
		writeControl(group, "cgroup.subtree_control", "+"+controller)
	}
}

// inheritProcessors copies the processors and memory nodes, without which a
// version 1 group takes no process.
func inheritProcessors(parent, group string) error {
	for _, file := range []string{"cpuset.cpus", "cpuset.mems"} {
		text, err := os.ReadFile(filepath.Join(parent, file))
		if errors.Is(err, fs.ErrNotExist) {
			return inheritUnprefixed(parent, group)
		} else if err != nil {
			return fmt.Errorf("prepare cgroup: %w", err)
		}
		if err := writeControl(group, file, string(bytes.TrimSpace(text))); err != nil {
			return fmt.Errorf("prepare cgroup: %w", err)
		}
	}
	return writeControl(group, "cgroup.clone_children", "1")
}

// inheritUnprefixed does the same where the tree was mounted with "noprefix".
func inheritUnprefixed(parent, group string) error {
	for _, file := range []string{"cpus", "mems"} {
		text, err := os.ReadFile(filepath.Join(parent, file))
		if err != nil {
			return fmt.Errorf("prepare cgroup: %w", err)
		}
		if err := writeControl(group, file, string(bytes.TrimSpace(text))); err != nil {
			return fmt.Errorf("prepare cgroup: %w", err)
		}
	}
	return nil
}
