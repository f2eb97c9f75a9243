package isolate

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// ErrOwners says that a file system cannot show its files to a user namespace
// with the owners that they have on the host, see [Spec.HostOwners].
var ErrOwners = errors.New("the file system cannot translate owners")

// cloneBehindMounts starts the stage from a mount namespace of its own that
// belongs to the caller's user namespace. What is mounted there and then
// inherited by the stage's own cannot be undone with the rights that the stage
// has: that is what keeps a read-only directory read-only.
//
// It must run on a thread that is used for nothing else afterwards.
func (p *Process) cloneBehindMounts(spec *Spec, argv []string, attr *os.ProcAttr) error {
	if err := unix.Unshare(unix.CLONE_NEWNS); err != nil {
		return fmt.Errorf("make mount namespace: %w", err)
	}
	if err := unix.Mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, ""); err != nil {
		return fmt.Errorf("separate mounts from the host's: %w", err)
	}
	program, err := openProgram(argv, attr.Files)
	if err != nil {
		return err
	}
	defer program.Close()
	owner := int(spec.UIDMap[0].Outside)
	if err := asUser(owner, func() error { return p.clone(argv, attr) }); err != nil {
		return err
	}
	if err := stageMounts(p.PID(), spec); err != nil {
		p.process.Kill()
		p.process.Wait()
		return err
	}
	return nil
}

// openProgram has the stage executed through a descriptor: it may be where
// nobody else can reach it. The number is out of the way of those that passing
// files on takes.
func openProgram(argv []string, files []*os.File) (*os.File, error) {
	outOfTheWay := 3 * len(files)
	for _, f := range files {
		outOfTheWay = max(outOfTheWay, int(f.Fd())+3*len(files))
	}
	low, err := unix.Open(argv[0], unix.O_PATH|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", argv[0], err)
	}
	defer unix.Close(low)
	fd, err := unix.FcntlInt(uintptr(low), unix.F_DUPFD_CLOEXEC, outOfTheWay)
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", argv[0], err)
	}
	f := os.NewFile(uintptr(fd), argv[0])
	argv[0] = descriptorPath(fd)
	return f, nil
}

// asUser runs f on this thread as another user with all rights of the present
// one. The kernel counts what f makes against that user: the new user namespace
// gets bounds of its own, such as that on inotify instances.
func asUser(uid int, f func() error) error {
	if uid == os.Geteuid() {
		return f()
	}
	header := unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}
	var data [2]unix.CapUserData
	if err := unix.Capget(&header, &data[0]); err != nil {
		return fmt.Errorf("read capabilities: %w", err)
	}
	const same = ^uintptr(0)
	if _, _, errno := unix.RawSyscall(unix.SYS_SETRESUID, same, uintptr(uid), same); errno != 0 {
		return fmt.Errorf("become user %d: %w", uid, errno)
	}
	defer unix.RawSyscall(unix.SYS_SETRESUID, same, 0, same)
	for i := range data {
		data[i].Effective = data[i].Permitted
	}
	if err := unix.Capset(&header, &data[0]); err != nil {
		return fmt.Errorf("keep capabilities: %w", err)
	}
	return f()
}

// staging is a file system in the mount namespace of cloneBehindMounts that
// holds what the stage's mounts are made from, each in an entry of its own. The
// stage may not be able to reach the originals: it is nobody outside.
type staging struct {
	place string
	// users is the user namespace whose owners mounts get, nil when ids mean
	// the same there.
	users *os.File
	trees []tree
}

// tree is a copy of a mount that is not attached yet.
type tree struct {
	fd        int
	directory bool
}

// stageMounts opens everything that the specification mounts from, attaches it
// to a staging and has the specification name the places there.
func stageMounts(pid int, spec *Spec) error {
	s := &staging{}
	defer s.close()
	var err error
	if s.place, err = stagingPlace(); err != nil {
		return err
	}
	if !identity(spec.UIDMap) || !identity(spec.GIDMap) {
		if s.users, err = os.Open(fmt.Sprintf("/proc/%d/ns/user", pid)); err != nil {
			return fmt.Errorf("open user namespace: %w", err)
		}
	}
	mounts := append([]Mount(nil), spec.Mounts...)
	root := *spec.Root
	stacks := &stacks{staging: s}
	if root.Overlay != nil {
		if root.Overlay, err = stacks.move(root.Overlay); err != nil {
			return err
		}
		root.Path = s.entry("root")
	} else if root.Path, err = s.bind(root.Path, mountOptions{recursive: true}); err != nil {
		return err
	}
	for i := range mounts {
		if err := s.move(&mounts[i], stacks); err != nil {
			return fmt.Errorf("mount %s: %w", mounts[i].Destination, err)
		}
	}
	if err := stacks.open(); err != nil {
		return err
	}
	spec.Mounts, spec.Root = mounts, &root
	return s.attach(spec)
}

// stagingPlace is a directory that every user can reach, on every system. What
// it has is not seen in the mount namespace of the staging, nor needed.
func stagingPlace() (string, error) {
	places := []string{"/tmp", "/mnt", "/media", "/run"}
	for _, place := range places {
		if info, err := os.Stat(place); err == nil && info.IsDir() {
			return place, nil
		}
	}
	return "", fmt.Errorf("prepare mounts: none of the directories %s exists", strings.Join(places, ", "))
}

func identity(ids []IDMap) bool {
	for _, m := range ids {
		if m.Inside != m.Outside {
			return false
		}
	}
	return true
}

func (s *staging) entry(name string) string { return filepath.Join(s.place, name) }

// move has a mount made from the staging.
func (s *staging) move(m *Mount, stacks *stacks) (err error) {
	switch m.Type {
	case "bind":
		source := m.Source
		m.Source, err = s.bind(source, parseMountOptions(m.Options))
		if m.Optional && errors.Is(err, unix.ENOENT) {
			m.Source, err = s.entry("missing"), nil
		}
	case "overlay":
		if m.Overlay != nil {
			m.Overlay, err = stacks.move(m.Overlay)
		}
	case "dev":
		m.Source = s.entry("dev")
	}
	return err
}

// bind copies the mount that shows source, with the attributes that the stage
// must not change and, where the file system can do it, translated owners.
func (s *staging) bind(source string, o mountOptions) (string, error) {
	flags, attributeFlags := uint(unix.OPEN_TREE_CLONE|unix.OPEN_TREE_CLOEXEC), uint(unix.AT_EMPTY_PATH)
	if o.recursive {
		flags |= unix.AT_RECURSIVE
		attributeFlags |= unix.AT_RECURSIVE
	}
	fd, err := unix.OpenTree(unix.AT_FDCWD, source, flags)
	if err != nil {
		return "", fmt.Errorf("open %s: %w", source, err)
	}
	name, err := s.add(fd)
	if err != nil {
		return "", err
	}
	if err := s.translate(fd, attributeFlags, o.set); err == nil || o.set == 0 {
		return name, nil
	}
	if err := unix.MountSetattr(fd, "", attributeFlags, &unix.MountAttr{Attr_set: o.set}); err != nil {
		return "", fmt.Errorf("set attributes of %s: %w", source, err)
	}
	return name, nil
}

// translate gives a mount the owners of the user namespace, and attributes.
func (s *staging) translate(fd int, flags uint, attributes uint64) error {
	attr := unix.MountAttr{Attr_set: attributes}
	if s.users != nil {
		attr.Attr_set |= unix.MOUNT_ATTR_IDMAP
		attr.Userns_fd = uint64(s.users.Fd())
	}
	if attr.Attr_set == 0 {
		return nil
	}
	return unix.MountSetattr(fd, "", flags, &attr)
}

// add remembers a tree and returns where it will be.
func (s *staging) add(fd int) (string, error) {
	var stat unix.Stat_t
	if err := unix.Fstat(fd, &stat); err != nil {
		unix.Close(fd)
		return "", fmt.Errorf("prepare mounts: %w", err)
	}
	s.trees = append(s.trees, tree{fd, stat.Mode&unix.S_IFMT == unix.S_IFDIR})
	return s.entry(strconv.Itoa(len(s.trees) - 1)), nil
}

// attach mounts the staging and the trees in it.
func (s *staging) attach(spec *Spec) error {
	if err := unix.Mount("berth", s.place, "tmpfs", unix.MS_NOSUID|unix.MS_NOEXEC, "mode=755"); err != nil {
		return fmt.Errorf("prepare mounts: %w", err)
	}
	if err := os.Mkdir(s.entry("root"), 0o755); err != nil {
		return fmt.Errorf("prepare mounts: %w", err)
	}
	for i, t := range s.trees {
		place := s.entry(strconv.Itoa(i))
		make := func() error { return os.WriteFile(place, nil, 0o644) }
		if t.directory {
			make = func() error { return os.Mkdir(place, 0o755) }
		}
		if err := make(); err != nil {
			return fmt.Errorf("prepare mounts: %w", err)
		}
		if err := unix.MoveMount(t.fd, "", unix.AT_FDCWD, place, unix.MOVE_MOUNT_F_EMPTY_PATH); err != nil {
			return fmt.Errorf("prepare mounts: %w", err)
		}
	}
	for _, m := range spec.Mounts {
		if m.Type == "dev" {
			if err := stageDevices(m.Source, m.Options); err != nil {
				return fmt.Errorf("mount %s: %w", m.Destination, err)
			}
		}
	}
	return nil
}

func (s *staging) close() {
	for _, t := range s.trees {
		unix.Close(t.fd)
	}
	if s.users != nil {
		s.users.Close()
	}
}
