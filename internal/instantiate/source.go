package instantiate

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"berth.dev/internal/evalcache"
	"berth.dev/internal/fetch"
	"berth.dev/nix/flake"
)

// Sources turns flake references into mounted trees. It implements
// [flake.Source].
type Sources struct {
	Mounts *Mounts
	Fetch  *fetch.Fetcher
	// Registries say what references by name stand for.
	Registries Registries
	// RealInputs takes names such as nixpkgs for what the world means by
	// them, instead of the embedded sets.
	RealInputs bool
	// Notice is told once about each input that an embedded set stands for.
	Notice func(message string)

	noticed  map[string]bool
	recorder *evalcache.Recorder
}

// Registries says what references by name stand for, apart from the names that
// berth itself knows.
type Registries struct {
	// Flags are asked first, User next; inputs of flakes do not ask User.
	Flags, User flake.Registry
}

// embeddedSets maps the references that embedded sets stand for to folders of
// the embedded tree. Branches and revisions make no difference.
var embeddedSets = map[string]string{
	"indirect nixpkgs":           "",
	"indirect flake-utils":       "flake-utils",
	"github nixos/nixpkgs":       "",
	"github numtide/flake-utils": "flake-utils",
}

// global is berth's own registry: what the names of the embedded sets mean
// when real inputs are wanted.
var global = flake.Registry{
	{From: name("nixpkgs"), To: flake.Reference{"type": flake.TypeGitHub, "owner": "NixOS", "repo": "nixpkgs", "ref": "nixpkgs-unstable"}},
	{From: name("flake-utils"), To: flake.Reference{"type": flake.TypeGitHub, "owner": "numtide", "repo": "flake-utils"}},
	{From: name("flake-parts"), To: flake.Reference{"type": flake.TypeGitHub, "owner": "hercules-ci", "repo": "flake-parts"}},
	{From: name("systems"), To: flake.Reference{"type": flake.TypeGitHub, "owner": "nix-systems", "repo": "default"}},
}

func name(id string) flake.Reference { return flake.Reference{"type": flake.TypeIndirect, "id": id} }

// registries returns those that a reference is looked up in, the first one
// first.
func (s *Sources) registries(use flake.Registries) []flake.Registry {
	if use == flake.SharedRegistries {
		return []flake.Registry{s.Registries.Flags, global}
	}
	return []flake.Registry{s.Registries.Flags, s.Registries.User, global}
}

// Tree implements [flake.Source].
func (s *Sources) Tree(ctx context.Context, ref flake.Reference, use flake.Registries) (*flake.Tree, error) {
	tree, err := s.tree(ctx, ref, use)
	noteTree(s.recorder, ref, use, tree, err)
	return tree, err
}

func (s *Sources) tree(ctx context.Context, ref flake.Reference, use flake.Registries) (*flake.Tree, error) {
	resolved, err := s.resolve(ref, use)
	if err != nil {
		return nil, err
	}
	if dir, ok := embeddedSet(resolved); ok && !s.RealInputs && use != flake.Literally && !isPinned(ref) {
		return s.embedded(ref, dir)
	}
	source, err := s.Fetch.Fetch(ctx, resolved)
	if err != nil {
		return nil, err
	}
	if use != flake.AllRegistries && resolved.Type() == flake.TypePath && source.Origin != "" {
		if err := s.Fetch.Keep(source); err != nil {
			return nil, err
		}
	}
	tree, err := s.mount(sourceName, source, false)
	if err != nil {
		return nil, err
	}
	tree.Resolved = resolved
	return tree, nil
}

// isPinned reports whether a reference comes from a lock or an override that
// says exactly which tree is meant.
func isPinned(ref flake.Reference) bool { return ref["narHash"] != "" }

// resolve replaces a reference by name. The names of the embedded sets stay,
// unless a flag or the user's registry gives them another meaning.
func (s *Sources) resolve(ref flake.Reference, use flake.Registries) (flake.Reference, error) {
	registries := s.registries(use)
	if !s.RealInputs {
		own, err := flake.Look(ref, registries[:len(registries)-1]...)
		if err != nil {
			return nil, err
		}
		if _, ok := embeddedSet(own); ok {
			return own, nil
		}
	}
	resolved, err := flake.Look(ref, registries...)
	if err != nil {
		return nil, err
	}
	if resolved.Type() == flake.TypeIndirect {
		return nil, fmt.Errorf("cannot find flake '%s' in the flake registries: berth knows nixpkgs, flake-utils, flake-parts and systems; give the input a url, use --override-input, or add the name to registry.json", ref)
	}
	return resolved, nil
}

// Embedded implements [flake.Source].
func (s *Sources) Embedded(ref flake.Reference) bool {
	if s.RealInputs {
		return false
	}
	own, err := flake.Look(ref, s.Registries.Flags)
	if err != nil {
		return false
	}
	_, ok := embeddedSet(own)
	return ok
}

// mount shows a source at its store path.
func (s *Sources) mount(storeName string, source *fetch.Source, fallback bool) (*flake.Tree, error) {
	mount, err := mountOf(storeName, source.FS, source.Digest, source.Origin)
	if err != nil {
		return nil, err
	}
	mount = s.Mounts.add(mount)
	return &flake.Tree{
		Path: mount.Path.String(), Origin: source.Origin, Locked: source.Locked,
		Info: fetch.Info(source.Locked, fallback),
	}, nil
}

// embeddedSet returns the folder of the embedded tree that stands for a
// reference.
func embeddedSet(ref flake.Reference) (string, bool) {
	key := ref.Type() + " " + ref["id"]
	if ref.Type() == flake.TypeGitHub {
		key = "github " + strings.ToLower(ref["owner"]+"/"+ref["repo"])
	}
	dir, ok := embeddedSets[key]
	return dir, ok && ref.Dir() == ""
}

func (s *Sources) embedded(ref flake.Reference, dir string) (*flake.Tree, error) {
	mount, err := s.Mounts.Embedded(dir)
	if err != nil {
		return nil, err
	}
	s.notice(ref, mount)
	return &flake.Tree{Path: mount.Path.String(), Locked: ref, Resolved: ref, Info: map[string]any{
		"narHash":          mount.Digest.SRI(),
		"lastModified":     int64(1),
		"lastModifiedDate": "19700101000001",
	}}, nil
}

// notice says that an embedded set is used, once for each reference.
func (s *Sources) notice(ref flake.Reference, mount *Mount) {
	if s.Notice == nil || ref.Type() == flake.TypeIndirect && ref["ref"] == "" && ref["rev"] == "" || s.noticed[ref.String()] {
		return
	}
	if s.noticed == nil {
		s.noticed = map[string]bool{}
	}
	s.noticed[ref.String()] = true
	s.Notice(fmt.Sprintf("using the embedded %s for '%s' (--real-inputs fetches it)", mount.Origin, ref))
}

// LocalFlake turns a directory named on the command line into a reference:
// the nearest directory upwards that has a flake.nix and, where that lies in a
// Git work tree, the work tree with the path inside it.
func LocalFlake(dir string) (flake.Reference, error) {
	start := dir
	for {
		if _, err := os.Stat(filepath.Join(dir, "flake.nix")); err == nil {
			break
		}
		parent := filepath.Dir(dir)
		if _, err := os.Lstat(filepath.Join(dir, ".git")); err == nil || parent == dir {
			return nil, fmt.Errorf("there is no flake.nix in '%s', nor in the directories above it", start)
		}
		dir = parent
	}
	top, ok := fetch.FindWorkTree(dir)
	if !ok {
		return flake.Reference{"type": flake.TypePath, "path": dir}, nil
	}
	ref := flake.Reference{"type": flake.TypeGit, "url": "file://" + top}
	if sub, _ := filepath.Rel(top, dir); sub != "." {
		ref["dir"] = filepath.ToSlash(sub)
	}
	return ref, nil
}
