package isolate

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"path"
	"strings"

	"golang.org/x/sys/unix"
)

// device is one node of a small /dev.
type device struct {
	name         string
	major, minor uint32
}

// BasicDevices are the device nodes that every program may expect.
func BasicDevices() []string {
	return []string{"null", "zero", "full", "random", "urandom", "tty"}
}

func deviceNumber(name string) (device, error) {
	switch name {
	case "null":
		return device{name, 1, 3}, nil
	case "zero":
		return device{name, 1, 5}, nil
	case "full":
		return device{name, 1, 7}, nil
	case "random":
		return device{name, 1, 8}, nil
	case "urandom":
		return device{name, 1, 9}, nil
	case "kmsg":
		return device{name, 1, 11}, nil
	case "tty":
		return device{name, 5, 0}, nil
	case "fuse":
		return device{name, 10, 229}, nil
	case "net/tun":
		return device{name, 10, 200}, nil
	}
	var stat unix.Stat_t
	if err := unix.Stat("/dev/"+name, &stat); err != nil {
		return device{}, fmt.Errorf("device %s: %w", name, err)
	}
	if stat.Mode&unix.S_IFMT != unix.S_IFCHR && stat.Mode&unix.S_IFMT != unix.S_IFBLK {
		return device{}, fmt.Errorf("device %s: not a device node", name)
	}
	return device{name, unix.Major(stat.Rdev), unix.Minor(stat.Rdev)}, nil
}

// deviceMount mounts a tmpfs with the device nodes that the options name and
// the links that programs expect beside them.
func deviceMount(root int, m Mount) error {
	err := fileSystemMount(root, Mount{Destination: m.Destination, Type: "tmpfs", Source: "dev",
		Options: []string{"nosuid", "strictatime", "mode=755", "size=65536k"}})
	if err != nil {
		return err
	}
	dev, err := openInRoot(root, m.Destination, unix.O_PATH|unix.O_DIRECTORY)
	if err != nil {
		return err
	}
	defer unix.Close(dev)
	for _, name := range m.Options {
		if err := makeDevice(dev, cmp.Or(m.Source, "/dev"), name); err != nil {
			return err
		}
	}
	links := [][2]string{{"/proc/self/fd", "fd"}, {"/proc/self/fd/0", "stdin"},
		{"/proc/self/fd/1", "stdout"}, {"/proc/self/fd/2", "stderr"}, {"pts/ptmx", "ptmx"}}
	for _, link := range links {
		if err := unix.Symlinkat(link[0], dev, link[1]); err != nil {
			return fmt.Errorf("link %s: %w", link[1], err)
		}
	}
	return nil
}

// stageDevices makes nodes for a process that may not make them. Where the
// caller may not either, the host's are shown.
func stageDevices(directory string, names []string) error {
	if err := os.Mkdir(directory, 0o755); err != nil {
		return err
	}
	dev, err := unix.Open(directory, unix.O_PATH|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	if err != nil {
		return fmt.Errorf("open %s: %w", directory, err)
	}
	defer unix.Close(dev)
	for _, name := range names {
		if err := makeDevice(dev, "/dev", name); err != nil {
			return err
		}
	}
	return nil
}

// makeDevice makes a node or, in a user namespace where that is forbidden,
// shows that of another directory.
func makeDevice(dev int, others, name string) error {
	d, err := deviceNumber(name)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	} else if err != nil {
		return err
	}
	parent, err := openDirectory(dev, path.Dir(name))
	if err != nil {
		return err
	}
	defer unix.Close(parent)
	mode := uint32(unix.S_IFCHR | 0o666)
	if strings.HasPrefix(name, "kmsg") {
		mode = unix.S_IFCHR | 0o644
	}
	err = unix.Mknodat(parent, path.Base(name), mode, int(unix.Mkdev(d.major, d.minor)))
	if errors.Is(err, unix.EPERM) {
		return bindMount(dev, Mount{Destination: name, Source: path.Join(others, name), Optional: true})
	}
	if err == nil {
		err = unix.Fchmodat(parent, path.Base(name), mode&0o777, 0) // whatever the umask is
	}
	if err != nil {
		return fmt.Errorf("make device %s: %w", name, err)
	}
	return nil
}
