package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"unsafe"

	"golang.org/x/sys/unix"
)

// tryOpen opens a file and closes it again.
func tryOpen(path string, flags int) error {
	fd, err := unix.Open(path, flags|unix.O_CLOEXEC|unix.O_NONBLOCK, 0)
	if err != nil {
		return &fs.PathError{Op: "open", Path: path, Err: err}
	}
	return unix.Close(fd)
}

// fresh mounts a new file system, which has none of the masks and read-only
// places of the one that is there, and calls f with its directory.
func fresh(kind, options string, f func(dir string) error) error {
	dir, err := os.MkdirTemp("", "probe-")
	if err != nil {
		return err
	}
	defer os.Remove(dir)
	if err := unix.Mount("none", dir, kind, 0, options); err != nil {
		return fmt.Errorf("mount %s: %w", kind, err)
	}
	defer unix.Unmount(dir, unix.MNT_DETACH)
	return f(dir)
}

// opened opens files of a fresh file system for writing until one works.
func opened(kind, options string, names ...string) (found string, err error) {
	return anyOpens(kind, options, unix.O_WRONLY, names)
}

func readable(kind string, names ...string) (string, error) {
	return anyOpens(kind, "", unix.O_RDONLY, names)
}

func anyOpens(kind, options string, flags int, names []string) (found string, err error) {
	err = fresh(kind, options, func(dir string) error {
		var failed error
		for _, name := range names {
			err := tryOpen(filepath.Join(dir, name), flags)
			if err == nil {
				found = kind + " " + options + " " + name
				return nil
			}
			failed = errors.Join(failed, err)
		}
		return failed
	})
	return found, err
}

// settings looks for a kernel setting that can be written, besides those of
// which every machine has its own.
func settings() (string, error) {
	return writable("proc", "sys", func(name string) bool {
		for _, own := range []string{"sys/net/", "sys/user/", "sys/fs/mqueue/", "sys/kernel/hostname", "sys/kernel/domainname",
			"sys/kernel/shm", "sys/kernel/msg", "sys/kernel/sem", "sys/kernel/auto_msgmni", "sys/kernel/ns_last_pid",
			"sys/kernel/cad_pid", "sys/kernel/pid_max"} {
			if strings.HasPrefix(name, own) {
				return false
			}
		}
		return true
	})
}

// hardware looks for an attribute of the host's devices and drivers that can be
// written. Those of network interfaces are the machine's own.
func hardware() (string, error) {
	return writable("sysfs", "", func(name string) bool { return !strings.Contains(name, "/net/") })
}

// writable walks a fresh file system and asks, without opening anything, what
// could be written.
func writable(kind, below string, counts func(name string) bool) (found string, err error) {
	err = fresh(kind, "", func(dir string) error {
		return filepath.WalkDir(filepath.Join(dir, below), func(path string, e fs.DirEntry, err error) error {
			if err != nil || !e.Type().IsRegular() {
				return nil
			}
			name := strings.TrimPrefix(path, dir+"/")
			info, err := e.Info()
			if err != nil || info.Mode()&0o222 == 0 || !counts(name) {
				return nil
			}
			if unix.Faccessat(unix.AT_FDCWD, path, unix.W_OK, unix.AT_EACCESS) == nil {
				found = kind + " " + name
				return fs.SkipAll
			}
			return nil
		})
	})
	if err == nil && found == "" {
		err = fmt.Errorf("nothing in %s can be written", kind)
	}
	return found, err
}

// unifiedLimits are the files of a machine's own group that bound it.
func unifiedLimits() []string {
	return []string{"cgroup.max.descendants", "cgroup.max.depth", "memory.max", "cpu.max", "pids.max", "io.max", "cpuset.cpus"}
}

// versionOne looks for limits in the hierarchies of version 1.
func versionOne() (found string, err error) {
	limits := map[string][]string{
		"memory": {"memory.limit_in_bytes"}, "pids": {"pids.max"}, "cpu": {"cpu.shares"}, "cpuset": {"cpuset.cpus"},
		"devices": {"devices.allow", "devices.deny"}, "freezer": {"freezer.state"}, "blkio": {"blkio.throttle.read_bps_device"},
	}
	failed := errors.New("no hierarchy has limits")
	for controller, files := range limits {
		names := append(files, "release_agent", "notify_on_release")
		if found, err = opened("cgroup", controller, names...); err == nil {
			return found, nil
		}
		failed = errors.Join(failed, err)
	}
	return "", failed
}

// store makes the store writable and a file in it.
func store() (string, error) {
	dir := os.Getenv("PROBE_STORE")
	if dir == "" {
		dir = "/nix/store"
	}
	remount := unix.Mount("", dir, "", unix.MS_REMOUNT|unix.MS_BIND, "")
	path := filepath.Join(dir, "probe-was-here")
	fd, err := unix.Open(path, unix.O_CREAT|unix.O_EXCL|unix.O_WRONLY|unix.O_CLOEXEC, 0o600)
	if err != nil {
		return "", errors.Join(remount, err)
	}
	unix.Close(fd)
	os.Remove(path)
	return "a file in " + dir, nil
}

// program asks whether berth's own program could be written. To open it would
// be refused while it is being executed.
func program() (string, error) {
	path := os.Getenv("PROBE_PROGRAM")
	if path == "" {
		path = "/run/berth/berth"
	}
	remount := unix.Mount("", path, "", unix.MS_REMOUNT|unix.MS_BIND, "")
	if err := unix.Faccessat(unix.AT_FDCWD, path, unix.W_OK, unix.AT_EACCESS); err != nil {
		return "", errors.Join(remount, err)
	}
	return path, nil
}

// handle opens the top directory of the file system that /var is on, which a
// machine sees only a part of, by its number.
func handle() (string, error) {
	own, _, err := unix.NameToHandleAt(unix.AT_FDCWD, "/var", 0)
	if err != nil {
		return "", fmt.Errorf("take handle: %w", err)
	}
	const topInode = 2 // of ext4
	bytes := own.Bytes()
	if len(bytes) < 8 {
		return "", errors.New("this file system numbers its files differently")
	}
	copy(bytes, []byte{topInode, 0, 0, 0, 0, 0, 0, 0})
	mount, err := unix.Open("/var", unix.O_RDONLY|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	if err != nil {
		return "", err
	}
	defer unix.Close(mount)
	fd, err := unix.OpenByHandleAt(mount, unix.NewFileHandle(own.Type(), bytes), unix.O_RDONLY|unix.O_DIRECTORY|unix.O_CLOEXEC)
	if err != nil {
		return "", fmt.Errorf("open by handle: %w", err)
	}
	defer unix.Close(fd)
	if err := unix.Faccessat(fd, "etc", unix.X_OK, 0); err != nil {
		return "", fmt.Errorf("what was opened is not the host's root: %w", err)
	}
	return "the root directory of the host", nil
}

func pointer(p *byte) unsafe.Pointer { return unsafe.Pointer(p) }
