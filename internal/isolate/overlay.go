package isolate

import (
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// MaxLowers is how many layers the kernel stacks in one overlay.
const MaxLowers = 500

// configLimit is how long a value may be that fsconfig(2) takes.
const configLimit = 255

// mount mounts the stack at target.
func (o *Overlay) mount(target string) error {
	if len(o.Lowers) == 0 || len(o.Lowers) > MaxLowers {
		return fmt.Errorf("stack %d directories: the kernel takes 1 to %d", len(o.Lowers), MaxLowers)
	}
	layers, err := openLayers(o.Lowers)
	if err != nil {
		return err
	}
	defer layers.close()
	if len(o.Lowers) == 1 && o.Upper == "" {
		// The kernel refuses a read-only overlay of one directory.
		return bindPath(o.Lowers[0], target)
	}
	err = o.mountLayered(target, layers)
	if errors.Is(err, errOldKernel) {
		err = o.mountJoined(target, layers)
	}
	return err
}

var errOldKernel = errors.New("kernel too old")

// mountLayered gives the kernel one directory at a time, which has no length
// limit on the whole. It needs Linux 6.5.
func (o *Overlay) mountLayered(target string, layers layers) error {
	fs, err := unix.Fsopen("overlay", unix.FSOPEN_CLOEXEC)
	if err != nil {
		return errOldKernel
	}
	defer unix.Close(fs)
	unix.FsconfigSetString(fs, "source", "berth")
	for i, lower := range o.Lowers {
		if len(lower) > configLimit {
			lower = layers.path(i)
		}
		if err := unix.FsconfigSetString(fs, "lowerdir+", lower); err != nil {
			if i == 0 && errors.Is(err, unix.EINVAL) {
				return errOldKernel
			}
			return fmt.Errorf("overlay layer %s: %w", o.Lowers[i], explain(fs, err))
		}
	}
	for _, option := range o.options() {
		if err := setOption(fs, option); err != nil {
			return fmt.Errorf("overlay option %s: %w", option, explain(fs, err))
		}
	}
	if err := unix.FsconfigCreate(fs); err != nil {
		return fmt.Errorf("overlay of %d directories: %w", len(o.Lowers), explain(fs, err))
	}
	mount, err := unix.Fsmount(fs, unix.FSMOUNT_CLOEXEC, 0)
	if err != nil {
		return fmt.Errorf("overlay: %w", explain(fs, err))
	}
	defer unix.Close(mount)
	if err := unix.MoveMount(mount, "", unix.AT_FDCWD, target, unix.MOVE_MOUNT_F_EMPTY_PATH|unix.MOVE_MOUNT_T_SYMLINKS); err != nil {
		return fmt.Errorf("overlay at %s: %w", target, err)
	}
	return nil
}

func setOption(fs int, option string) error {
	key, value, ok := strings.Cut(option, "=")
	if !ok {
		return unix.FsconfigSetFlag(fs, key)
	}
	return unix.FsconfigSetString(fs, key, value)
}

// mountJoined names all directories in one option, which is limited to a page:
// it stands in the directory of open descriptors, where names are numbers.
func (o *Overlay) mountJoined(target string, layers layers) error {
	place, err := unix.Open(target, unix.O_PATH|unix.O_CLOEXEC, 0)
	if err != nil {
		return fmt.Errorf("overlay at %s: %w", target, err)
	}
	defer unix.Close(place)
	if err := unix.Chdir("/proc/self/fd"); err != nil {
		return fmt.Errorf("overlay: %w", err)
	}
	defer unix.Chdir("/")
	names := make([]string, len(layers))
	for i, fd := range layers {
		names[i] = strconv.Itoa(fd)
	}
	options := append([]string{"lowerdir=" + strings.Join(names, ":")}, o.options()...)
	if err := unix.Mount("berth", descriptorPath(place), "overlay", 0, strings.Join(options, ",")); err != nil {
		return fmt.Errorf("overlay of %d directories: %w", len(layers), err)
	}
	return nil
}

func (o *Overlay) options() []string {
	var options []string
	if o.Upper != "" {
		options = append(options, "upperdir="+o.Upper, "workdir="+o.Work)
	}
	if o.Volatile {
		options = append(options, "volatile")
	}
	if !initialUserNamespace() {
		// Only the owner of the machine may write "trusted" attributes.
		options = append(options, "userxattr")
	}
	return options
}

// initialUserNamespace reports whether ids are those of the machine itself.
func initialUserNamespace() bool {
	text, err := os.ReadFile("/proc/self/uid_map")
	return err != nil || strings.Join(strings.Fields(string(text)), " ") == "0 0 4294967295"
}

// explain adds what the kernel wrote into the file system context's log.
func explain(fs int, err error) error {
	buffer := make([]byte, 1024)
	n, readErr := unix.Read(fs, buffer)
	if readErr != nil || n <= 2 {
		return err
	}
	return fmt.Errorf("%w: %s", err, strings.TrimSpace(string(buffer[2:n])))
}

// layers are open descriptors of an overlay's lower directories.
type layers []int

func openLayers(paths []string) (layers, error) {
	var opened layers
	for _, path := range paths {
		fd, err := unix.Open(path, unix.O_PATH|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
		if err != nil {
			opened.close()
			return nil, fmt.Errorf("open layer %s: %w", path, err)
		}
		opened = append(opened, fd)
	}
	return opened, nil
}

func (l layers) path(i int) string { return descriptorPath(l[i]) }

func (l layers) close() {
	for _, fd := range l {
		unix.Close(fd)
	}
}

func bindPath(source, target string) error {
	place, err := unix.Open(target, unix.O_PATH|unix.O_CLOEXEC, 0)
	if err != nil {
		return fmt.Errorf("bind at %s: %w", target, err)
	}
	defer unix.Close(place)
	if err := bindOnto(source, place, mountOptions{set: unix.MOUNT_ATTR_RDONLY}); err != nil {
		return fmt.Errorf("bind %s at %s: %w", source, target, err)
	}
	return nil
}
