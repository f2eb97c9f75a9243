package isolate

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/sys/unix"
)

// stacks are the overlays of a specification whose directories are moved to a
// staging. Directories of the same mount are reached through one copy of it,
// which spares a copy for each of some hundred layers, and which the kernel
// asks for: the two directories of an overlay that it writes to must be on one.
type stacks struct {
	staging *staging
	groups  []*mountGroup
}

// mountGroup are directories of one mount.
type mountGroup struct {
	mount uint64
	// top is the directory that has them all.
	top string
	// moved are to be set to a place below the copy of top.
	moved []movedPath
}

type movedPath struct {
	path   string
	target *string
}

// move returns an overlay like o whose paths will be in the staging once open
// has run.
func (s *stacks) move(o *Overlay) (*Overlay, error) {
	moved := *o
	moved.Lowers = slices.Clone(o.Lowers)
	paths := []*string{}
	for i := range moved.Lowers {
		paths = append(paths, &moved.Lowers[i])
	}
	if moved.Upper != "" {
		paths = append(paths, &moved.Upper, &moved.Work)
	}
	for _, p := range paths {
		if err := s.add(p); err != nil {
			return nil, fmt.Errorf("overlay: %w", err)
		}
	}
	return &moved, nil
}

// add finds the mount of a directory and puts the directory with the others of
// it.
func (s *stacks) add(target *string) error {
	fd, err := unix.Open(*target, unix.O_PATH|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	if err != nil {
		return fmt.Errorf("open %s: %w", *target, err)
	}
	defer unix.Close(fd)
	var stat unix.Statx_t
	if err := unix.Statx(fd, "", unix.AT_EMPTY_PATH, unix.STATX_MNT_ID, &stat); err != nil {
		return fmt.Errorf("find mount of %s: %w", *target, err)
	}
	path, err := os.Readlink(descriptorPath(fd))
	if err != nil {
		return fmt.Errorf("find mount of %s: %w", *target, err)
	}
	i := slices.IndexFunc(s.groups, func(g *mountGroup) bool { return g.mount == stat.Mnt_id })
	if i < 0 {
		i = len(s.groups)
		s.groups = append(s.groups, &mountGroup{mount: stat.Mnt_id, top: path})
	}
	g := s.groups[i]
	for g.top != "/" && path != g.top && !strings.HasPrefix(path, g.top+"/") {
		g.top = filepath.Dir(g.top)
	}
	g.moved = append(g.moved, movedPath{path, target})
	return nil
}

// open copies the mounts and names the places below them.
func (s *stacks) open() error {
	if s.staging.users != nil && !kernelSince(5, 19) {
		return fmt.Errorf("%w below an overlay before Linux 5.19", ErrOwners)
	}
	for _, g := range s.groups {
		fd, err := unix.OpenTree(unix.AT_FDCWD, g.top, unix.OPEN_TREE_CLONE|unix.OPEN_TREE_CLOEXEC)
		if err != nil {
			return fmt.Errorf("open %s: %w", g.top, err)
		}
		place, err := s.staging.add(fd)
		if err != nil {
			return err
		}
		if err := s.staging.translate(fd, unix.AT_EMPTY_PATH, 0); err != nil {
			return fmt.Errorf("%w of %s: %w", ErrOwners, g.top, err)
		}
		for _, m := range g.moved {
			*m.target = filepath.Join(place, strings.TrimPrefix(m.path, g.top))
		}
	}
	return nil
}

// kernelSince reports whether the kernel is of this version or a later one.
func kernelSince(major, minor int) bool {
	var name unix.Utsname
	if unix.Uname(&name) != nil {
		return false
	}
	var m, n int
	if _, err := fmt.Sscanf(unix.ByteSliceToString(name.Release[:]), "%d.%d", &m, &n); err != nil {
		return false
	}
	return m > major || m == major && n >= minor
}
