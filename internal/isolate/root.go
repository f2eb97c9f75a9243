package isolate

import (
	"fmt"
	"path"

	"golang.org/x/sys/unix"
)

// buildRoot makes the file system that the command sees and moves into it.
func buildRoot(spec *Spec) error {
	if !spec.hasNamespace(MountNamespace) {
		return nil
	}
	if err := unix.Mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, ""); err != nil {
		return fmt.Errorf("separate mounts from the host's: %w", err)
	}
	place := "/"
	if spec.Root != nil {
		place = spec.Root.Path
		if err := mountRoot(spec.Root); err != nil {
			return err
		}
	}
	root, err := unix.Open(place, unix.O_PATH|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	if err != nil {
		return fmt.Errorf("open root %s: %w", place, err)
	}
	defer unix.Close(root)
	if err := furnish(root, spec); err != nil {
		return err
	}
	if spec.Root == nil {
		return nil
	}
	return pivot(root)
}

func mountRoot(r *Root) error {
	if r.Overlay != nil {
		if err := r.Overlay.mount(r.Path); err != nil {
			return fmt.Errorf("mount root: %w", err)
		}
		return nil
	}
	if err := unix.Mount(r.Path, r.Path, "", unix.MS_BIND|unix.MS_REC, ""); err != nil {
		return fmt.Errorf("mount root %s: %w", r.Path, err)
	}
	return nil
}

// furnish makes the mounts inside the root.
func furnish(root int, spec *Spec) error {
	for _, m := range spec.Mounts {
		if err := makeMount(root, m); err != nil {
			return err
		}
	}
	for _, place := range spec.ReadOnlyPaths {
		if err := coverPath(root, place, unix.MOUNT_ATTR_RDONLY, 0); err != nil {
			return fmt.Errorf("make %s read-only: %w", place, err)
		}
	}
	for _, place := range spec.MaskedPaths {
		if err := maskPath(root, place); err != nil {
			return err
		}
	}
	for _, place := range spec.WritablePaths {
		if err := coverPath(root, place, 0, unix.MOUNT_ATTR_RDONLY); err != nil {
			return fmt.Errorf("make %s writable: %w", place, err)
		}
	}
	if err := makeLinks(root, spec.Links); err != nil {
		return err
	}
	if spec.Root != nil && spec.Root.ReadOnly {
		return setAttributes(root, "/", unix.MOUNT_ATTR_RDONLY, 0)
	}
	return nil
}

func makeLinks(root int, links map[string]string) error {
	for place, target := range links {
		parent, err := openDirectory(root, path.Dir(place))
		if err != nil {
			return fmt.Errorf("link %s: %w", place, err)
		}
		unix.Unlinkat(parent, path.Base(place), 0)
		err = unix.Symlinkat(target, parent, path.Base(place))
		unix.Close(parent)
		if err != nil {
			return fmt.Errorf("link %s: %w", place, err)
		}
	}
	return nil
}

// pivot makes root the root directory and lets go of the old one, which both
// stand at the same place for a moment.
func pivot(root int) error {
	if err := unix.Fchdir(root); err != nil {
		return fmt.Errorf("enter root: %w", err)
	}
	if err := unix.PivotRoot(".", "."); err != nil {
		return fmt.Errorf("change root: %w", err)
	}
	if err := unix.Unmount(".", unix.MNT_DETACH); err != nil {
		return fmt.Errorf("let go of the old root: %w", err)
	}
	if err := unix.Chdir("/"); err != nil {
		return fmt.Errorf("enter root: %w", err)
	}
	return nil
}
