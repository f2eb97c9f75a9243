// Command probe tries one way out of a machine. It exits with status 0 and says
// how it got out, or with status 1 when it was refused.
//
// It changes nothing: what it could write to it opens only, and device nodes
// are read at most. So it can also be run where it must succeed, which shows
// that it would notice.
package main

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"
)

// A way is one attempt; it returns what it reached, or why it did not.
type way func() (reached string, err error)

func ways() map[string]way {
	return map[string]way{
		"disks":    disks,
		"memory":   memory,
		"nodes":    nodes,
		"settings": settings,
		"sysrq":    func() (string, error) { return opened("proc", "", "sysrq-trigger") },
		"kernel":   func() (string, error) { return readable("proc", "kcore", "kmsg") },
		"hardware": hardware,
		"cgroup":   func() (string, error) { return opened("cgroup2", "", unifiedLimits()...) },
		"cgroup1":  versionOne,
		"store":    store,
		"program":  program,
		"handle":   handle,
		"switch":   switchLinks,
		"module":   module,
		"clock":    clock,
		"swap":     swap,
	}
}

func main() {
	if len(os.Args) != 2 || ways()[os.Args[1]] == nil {
		fmt.Fprintln(os.Stderr, "usage: probe WAY")
		os.Exit(2)
	}
	reached, err := ways()[os.Args[1]]()
	if err != nil {
		fmt.Println("refused:", err)
		os.Exit(1)
	}
	fmt.Println("escaped:", reached)
}

// disks makes nodes for the disks of the host and reads from them.
func disks() (string, error) {
	text, err := os.ReadFile("/proc/partitions")
	if err != nil {
		return "", err
	}
	for line := range strings.Lines(string(text)) {
		var major, minor uint32
		var blocks uint64
		var name string
		if n, _ := fmt.Sscan(line, &major, &minor, &blocks, &name); n != 4 || blocks == 0 {
			continue
		}
		if err = readNode(unix.S_IFBLK, major, minor); err == nil {
			return "disk " + name, nil
		}
	}
	return "", err
}

func memory() (string, error) {
	err := readNode(unix.S_IFCHR, 1, 11) // the kernel's log
	return "/dev/kmsg by a node of its own", err
}

// readNode makes a device node and opens it to read.
func readNode(kind, major, minor uint32) error {
	dir, err := os.MkdirTemp("", "probe-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	if err := unix.Mount("none", dir, "tmpfs", 0, ""); err != nil {
		return fmt.Errorf("mount tmpfs: %w", err)
	}
	defer unix.Unmount(dir, unix.MNT_DETACH)
	path := filepath.Join(dir, "node")
	if err := unix.Mknod(path, kind|0o600, int(unix.Mkdev(major, minor))); err != nil {
		return fmt.Errorf("mknod: %w", err)
	}
	return tryOpen(path, unix.O_RDONLY)
}

// nodes looks for disks among the devices that are there.
func nodes() (string, error) {
	found := ""
	err := filepath.WalkDir("/dev", func(path string, e fs.DirEntry, err error) error {
		if err == nil && e.Type()&fs.ModeDevice != 0 && e.Type()&fs.ModeCharDevice == 0 && tryOpen(path, unix.O_RDONLY) == nil {
			found = path
			return fs.SkipAll
		}
		return nil
	})
	if err == nil && found == "" {
		err = fmt.Errorf("no disk in /dev can be opened")
	}
	return found, err
}

// module asks to load an empty module, which is no module.
func module() (string, error) {
	if err := unix.InitModule(nil, ""); err == unix.EPERM || err == unix.ENOSYS {
		return "", err
	}
	return "the kernel looks at modules", nil
}

// clock sets nothing.
func clock() (string, error) {
	if _, _, errno := unix.RawSyscall(unix.SYS_SETTIMEOFDAY, 0, 0, 0); errno != 0 {
		return "", errno
	}
	return "the clock of the host", nil
}

// swap asks for a file that is not there.
func swap() (string, error) {
	path, err := unix.BytePtrFromString("/nowhere")
	if err != nil {
		return "", err
	}
	if _, _, errno := unix.RawSyscall(unix.SYS_SWAPON, uintptr(pointer(path)), 0, 0); errno == unix.EPERM {
		return "", errno
	}
	return "the kernel looks for swap files", nil
}
