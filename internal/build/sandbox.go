package build

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"berth.dev/internal/isolate"
	"berth.dev/nix/storepath"
)

// What a builder sees of itself is the same on every machine.
const (
	buildDir = "/build"
	buildUID = 1000
	buildGID = 100
)

// maxParts is how many directories an overlay can hold, less our own.
const maxParts = 499

// noAddressRandomization is the flag of personality(2) that makes builds more alike.
const noAddressRandomization = 0x0040000

// sandbox is the system that a builder runs in: a root of its own with the
// input closure in /nix/store. When there are parts in the closure, the root
// shows their files; else it is empty.
type sandbox struct {
	*work
	attributes *attributes
	user       *buildUser
	parts      []string // physical trees of the parts in the closure
	layers     []string // the same, or fewer directories with the same files
	rewrites   *strings.Replacer
}

// runSandboxed runs a builder that is a program.
func (w *work) runSandboxed(ctx context.Context) error {
	attributes, err := w.attributes()
	if err != nil {
		return err
	}
	if err := w.checkFeatures(attributes); err != nil {
		return err
	}
	user, err := w.realiser.takeBuildUser(ctx)
	if err != nil {
		return err
	}
	defer user.release()
	if required, _ := attributes.list("requiredSystemFeatures"); slices.Contains(required, uidRange) {
		user.widen()
	}
	s := &sandbox{work: w, attributes: attributes, user: user, rewrites: w.placeholders()}
	if err := s.prepare(ctx); err != nil {
		return fmt.Errorf("setting up the build environment of '%s': %w", w.path, err)
	}
	return s.execute(ctx)
}

// placeholders replaces what stands for the output paths in strings.
func (w *work) placeholders() *strings.Replacer {
	var pairs []string
	for _, o := range w.drv.Outputs {
		pairs = append(pairs, storepath.Placeholder(o.Name), o.Path.String())
	}
	return strings.NewReplacer(pairs...)
}

func (s *sandbox) dir(name string) string { return filepath.Join(s.staging.Dir(), name) }

// prepare lays out everything that the builder will see.
func (s *sandbox) prepare(ctx context.Context) error {
	if err := s.findParts(); err != nil {
		return err
	}
	if err := s.layOut(); err != nil {
		return err
	}
	// The builder's own user must be able to pass through; what is secret is
	// protected by the directory above.
	if err := os.Chmod(s.staging.Dir(), 0o711); err != nil {
		return err
	}
	for name, mode := range map[string]os.FileMode{"outputs": 0o755, "build": 0o700, "tmp": 0o1777 | fs.ModeSticky, "root": 0o755, "skeleton": 0o755} {
		if err := os.Mkdir(s.dir(name), 0o755); err != nil {
			return err
		}
		if err := os.Chmod(s.dir(name), mode); err != nil {
			return err
		}
	}
	if err := s.furnishSkeleton(); err != nil {
		return err
	}
	if err := s.writeBuildFiles(ctx); err != nil {
		return err
	}
	for _, name := range []string{"outputs", "build"} {
		if err := s.user.own(s.dir(name)); err != nil {
			return err
		}
	}
	return s.placeInputs()
}

func (s *sandbox) findParts() error {
	for _, p := range s.closure {
		dir := s.realiser.Store.PhysicalPath(p)
		if _, err := os.Lstat(filepath.Join(dir, "part.json")); err != nil {
			continue
		}
		root := filepath.Join(dir, "root")
		if info, err := os.Lstat(root); err == nil && info.IsDir() {
			s.parts = append(s.parts, root)
		}
	}
	return nil
}

// placeInputs makes the places in /nix/store that inputs are mounted on.
// Symbolic links cannot be mounted and are made again.
func (s *sandbox) placeInputs() error {
	for _, p := range s.closure {
		place := filepath.Join(s.dir("outputs"), p.Base())
		physical := s.realiser.Store.PhysicalPath(p)
		info, err := os.Lstat(physical)
		if err != nil {
			return err
		}
		switch {
		case info.IsDir():
			err = os.Mkdir(place, 0o755)
		case info.Mode().IsRegular():
			err = os.WriteFile(place, nil, 0o444)
		default:
			var target string
			if target, err = os.Readlink(physical); err == nil {
				err = os.Symlink(target, place)
			}
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (s *sandbox) spec() isolate.Spec {
	personality := uint32(noAddressRandomization)
	spec := isolate.Spec{
		Root:            s.root(),
		Mounts:          s.mounts(),
		Hostname:        "localhost",
		NoNewPrivileges: true,
		NewSession:      true,
		Personality:     &personality,
		Executable:      s.realiser.Executable,
	}
	kinds := []string{isolate.MountNamespace, isolate.PIDNamespace, isolate.IPCNamespace, isolate.UTSNamespace}
	if !s.drv.IsFixed() {
		kinds = append(kinds, isolate.NetworkNamespace)
		spec.Loopback = true
	}
	if os.Geteuid() != 0 {
		kinds = append(kinds, isolate.UserNamespace)
		spec.UIDMap = []isolate.IDMap{{Inside: 0, Outside: uint32(os.Geteuid()), Count: 1}}
		spec.GIDMap = []isolate.IDMap{{Inside: 0, Outside: uint32(os.Getegid()), Count: 1}}
	}
	for _, kind := range kinds {
		spec.Namespaces = append(spec.Namespaces, isolate.Namespace{Kind: kind})
	}
	return spec
}

func (s *sandbox) root() *isolate.Root {
	if len(s.parts) == 0 {
		return &isolate.Root{Path: s.dir("skeleton")}
	}
	lowers := append([]string{s.dir("skeleton")}, s.layers...)
	return &isolate.Root{Path: s.dir("root"), Overlay: &isolate.Overlay{Lowers: lowers}}
}

func (s *sandbox) mounts() []isolate.Mount {
	devices := append(isolate.BasicDevices(), "kvm")
	mounts := []isolate.Mount{
		{Destination: "/proc", Type: "proc", Options: []string{"nosuid", "nodev", "noexec"}},
		{Destination: "/dev", Type: "dev", Options: devices},
		{Destination: "/dev/pts", Type: "devpts", Options: []string{"nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=620"}},
		{Destination: "/dev/shm", Type: "tmpfs", Options: []string{"nosuid", "nodev", "mode=1777"}},
		{Destination: "/tmp", Type: "bind", Source: s.dir("tmp"), Options: []string{"nosuid", "nodev"}},
		{Destination: buildDir, Type: "bind", Source: s.dir("build"), Options: []string{"nosuid", "nodev"}},
		{Destination: storepath.Dir, Type: "bind", Source: s.dir("outputs"), Options: []string{"nosuid", "nodev"}},
	}
	for _, p := range s.closure {
		physical := s.realiser.Store.PhysicalPath(p)
		if info, err := os.Lstat(physical); err == nil && info.Mode()&fs.ModeSymlink == 0 {
			mounts = append(mounts, isolate.Mount{Destination: p.String(), Type: "bind", Source: physical, Options: []string{"ro", "nosuid", "nodev"}})
		}
	}
	return mounts
}
