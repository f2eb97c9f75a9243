package isolate

import (
	"errors"
	"fmt"
	"path"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// mountOptions are mount options sorted by who understands them.
type mountOptions struct {
	// set are the per-mount attributes, in both of the kernel's notations.
	set       uint64
	flags     uintptr
	recursive bool
	// data is left for the file system.
	data []string
}

func parseMountOptions(options []string) mountOptions {
	var o mountOptions
	for _, option := range options {
		switch option {
		case "ro":
			o.add(unix.MOUNT_ATTR_RDONLY, unix.MS_RDONLY)
		case "nosuid":
			o.add(unix.MOUNT_ATTR_NOSUID, unix.MS_NOSUID)
		case "nodev":
			o.add(unix.MOUNT_ATTR_NODEV, unix.MS_NODEV)
		case "noexec":
			o.add(unix.MOUNT_ATTR_NOEXEC, unix.MS_NOEXEC)
		case "noatime":
			o.add(unix.MOUNT_ATTR_NOATIME, unix.MS_NOATIME)
		case "strictatime":
			o.add(unix.MOUNT_ATTR_STRICTATIME, unix.MS_STRICTATIME)
		case "nosymfollow":
			o.add(unix.MOUNT_ATTR_NOSYMFOLLOW, unix.MS_NOSYMFOLLOW)
		case "rbind":
			o.recursive = true
		case "rw", "bind", "suid", "dev", "exec", "relatime", "defaults":
		default:
			o.data = append(o.data, option)
		}
	}
	return o
}

func (o *mountOptions) add(attribute uint64, flag uintptr) {
	o.set |= attribute
	o.flags |= flag
}

// makeMount makes one mount inside the root that the descriptor stands for.
func makeMount(root int, m Mount) error {
	var err error
	switch m.Type {
	case "bind":
		err = bindMount(root, m)
	case "dev":
		err = deviceMount(root, m)
	case "overlay":
		err = overlayMount(root, m)
	default:
		err = fileSystemMount(root, m)
	}
	if err != nil {
		return fmt.Errorf("mount %s: %w", m.Destination, err)
	}
	return nil
}

// fileSystemMount mounts a new file system. Read-only is made so afterwards,
// for this mount alone: the kernel may share one instance among several
// mounts, which must then agree.
func fileSystemMount(root int, m Mount) error {
	target, err := openDirectory(root, m.Destination)
	if err != nil {
		return err
	}
	defer unix.Close(target)
	o := parseMountOptions(m.Options)
	source := m.Source
	if source == "" {
		source = m.Type
	}
	flags := o.flags &^ unix.MS_RDONLY
	if err := unix.Mount(source, descriptorPath(target), m.Type, flags, strings.Join(o.data, ",")); err != nil {
		return fmt.Errorf("type %s: %w", m.Type, err)
	}
	if o.set&unix.MOUNT_ATTR_RDONLY == 0 {
		return nil
	}
	return setAttributes(root, m.Destination, unix.MOUNT_ATTR_RDONLY, 0)
}

func overlayMount(root int, m Mount) error {
	if m.Overlay == nil {
		return errors.New("nothing to stack is given")
	}
	target, err := openDirectory(root, m.Destination)
	if err != nil {
		return err
	}
	defer unix.Close(target)
	return m.Overlay.mount(descriptorPath(target))
}

func bindMount(root int, m Mount) error {
	o := parseMountOptions(m.Options)
	var stat unix.Stat_t
	if err := unix.Stat(m.Source, &stat); err != nil {
		if m.Optional && errors.Is(err, unix.ENOENT) {
			return nil
		}
		return fmt.Errorf("bind %s: %w", m.Source, err)
	}
	open := openFile
	if stat.Mode&unix.S_IFMT == unix.S_IFDIR {
		open = openDirectory
	}
	target, err := open(root, m.Destination)
	if err != nil {
		return err
	}
	defer unix.Close(target)
	if err := bindOnto(m.Source, target, o); err != nil {
		return fmt.Errorf("bind %s: %w", m.Source, err)
	}
	return nil
}

// bindOnto shows source at the place of target. The copy gets its attributes
// before anybody can see it.
func bindOnto(source string, target int, o mountOptions) error {
	flags := uint(unix.OPEN_TREE_CLONE | unix.OPEN_TREE_CLOEXEC)
	attributeFlags := uint(unix.AT_EMPTY_PATH)
	if o.recursive {
		flags |= unix.AT_RECURSIVE
		attributeFlags |= unix.AT_RECURSIVE
	}
	tree, err := unix.OpenTree(unix.AT_FDCWD, source, flags)
	if err != nil {
		return err
	}
	defer unix.Close(tree)
	if o.set != 0 {
		if err := unix.MountSetattr(tree, "", attributeFlags, &unix.MountAttr{Attr_set: o.set}); err != nil {
			return fmt.Errorf("set attributes: %w", err)
		}
	}
	return unix.MoveMount(tree, "", target, "", unix.MOVE_MOUNT_F_EMPTY_PATH|unix.MOVE_MOUNT_T_EMPTY_PATH)
}

// setAttributes changes the attributes of the mount at a place inside root.
func setAttributes(root int, place string, set, clear uint64) error {
	fd, err := openInRoot(root, place, unix.O_PATH)
	if err != nil {
		return err
	}
	defer unix.Close(fd)
	err = unix.MountSetattr(fd, "", unix.AT_EMPTY_PATH, &unix.MountAttr{Attr_set: set, Attr_clr: clear})
	if err != nil {
		return fmt.Errorf("set attributes of %s: %w", place, err)
	}
	return nil
}

// coverPath makes place inside root a mount of its own with attributes; a
// place that does not exist is passed over.
func coverPath(root int, place string, set, clear uint64) error {
	fd, err := openInRoot(root, place, unix.O_PATH)
	if errors.Is(err, unix.ENOENT) {
		return nil
	} else if err != nil {
		return err
	}
	defer unix.Close(fd)
	if err := bindOnto(descriptorPath(fd), fd, mountOptions{recursive: true}); err != nil {
		return fmt.Errorf("bind %s: %w", place, err)
	}
	return setAttributes(root, place, set, clear)
}

// maskPath hides a file behind /dev/null, a directory behind an empty one.
func maskPath(root int, place string) error {
	fd, err := openInRoot(root, place, unix.O_PATH)
	if errors.Is(err, unix.ENOENT) || errors.Is(err, unix.ENOTDIR) {
		return nil
	} else if err != nil {
		return err
	}
	defer unix.Close(fd)
	var stat unix.Stat_t
	if err := unix.Fstat(fd, &stat); err != nil {
		return fmt.Errorf("mask %s: %w", place, err)
	}
	if stat.Mode&unix.S_IFMT == unix.S_IFDIR {
		err = unix.Mount("tmpfs", descriptorPath(fd), "tmpfs", unix.MS_RDONLY, "size=0,nr_inodes=2")
	} else {
		err = bindOnto("/dev/null", fd, mountOptions{})
	}
	if err != nil {
		return fmt.Errorf("mask %s: %w", place, err)
	}
	return nil
}

func descriptorPath(fd int) string { return "/proc/self/fd/" + strconv.Itoa(fd) }

// openInRoot opens place as if root were the root directory, so that no link
// inside can lead out.
func openInRoot(root int, place string, flags uint64) (int, error) {
	place = strings.TrimLeft(path.Clean("/"+place), "/")
	if place == "" {
		place = "."
	}
	how := &unix.OpenHow{Flags: flags | unix.O_CLOEXEC, Resolve: unix.RESOLVE_IN_ROOT | unix.RESOLVE_NO_MAGICLINKS}
	fd, err := unix.Openat2(root, place, how)
	if err != nil {
		return -1, fmt.Errorf("open %s: %w", "/"+place, err)
	}
	return fd, nil
}

// openDirectory opens a directory inside root, making what is missing.
func openDirectory(root int, place string) (int, error) {
	fd, err := openInRoot(root, place, unix.O_PATH|unix.O_DIRECTORY)
	if !errors.Is(err, unix.ENOENT) || path.Clean("/"+place) == "/" {
		return fd, err
	}
	parent, err := openDirectory(root, path.Dir(path.Clean("/"+place)))
	if err != nil {
		return -1, err
	}
	defer unix.Close(parent)
	if err := unix.Mkdirat(parent, path.Base(place), 0o755); err != nil {
		return -1, fmt.Errorf("make directory %s: %w", place, err)
	}
	return openInRoot(root, place, unix.O_PATH|unix.O_DIRECTORY)
}

// openFile opens a file inside root, making an empty one when it is missing.
func openFile(root int, place string) (int, error) {
	fd, err := openInRoot(root, place, unix.O_PATH)
	if !errors.Is(err, unix.ENOENT) {
		return fd, err
	}
	parent, err := openDirectory(root, path.Dir(path.Clean("/"+place)))
	if err != nil {
		return -1, err
	}
	defer unix.Close(parent)
	made, err := unix.Openat(parent, path.Base(place), unix.O_CREAT|unix.O_EXCL|unix.O_WRONLY|unix.O_CLOEXEC, 0o644)
	if err != nil {
		return -1, fmt.Errorf("make file %s: %w", place, err)
	}
	unix.Close(made)
	return openInRoot(root, place, unix.O_PATH)
}
