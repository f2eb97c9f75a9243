package instantiate

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"berth.dev/nix/flake"
)

// Sources turns flake references into mounted trees. It implements
// [flake.Source].
type Sources struct {
	Mounts *Mounts
	// RealInputs takes names such as nixpkgs for what the world means by
	// them, instead of the embedded sets.
	RealInputs bool
	// Notice is told once about each input that an embedded set stands for.
	Notice func(message string)

	noticed map[string]bool
}

// embeddedSets maps the references that embedded sets stand for to folders of
// the embedded tree. Branches and revisions make no difference.
var embeddedSets = map[string]string{
	"indirect nixpkgs":           "",
	"indirect flake-utils":       "flake-utils",
	"github nixos/nixpkgs":       "",
	"github numtide/flake-utils": "flake-utils",
}

// Tree implements [flake.Source].
func (s *Sources) Tree(ctx context.Context, ref flake.Reference) (*flake.Tree, error) {
	if dir, ok := embeddedSet(ref); ok && !s.RealInputs {
		return s.embedded(ref, dir)
	}
	switch ref.Type() {
	case flake.TypePath:
		return s.path(ref)
	case flake.TypeGit:
		if u, err := url.Parse(ref["url"]); err == nil && u.Scheme == "file" && ref["ref"] == "" && ref["rev"] == "" {
			return s.workTree(ctx, ref, u.Path)
		}
	case flake.TypeIndirect:
		return nil, fmt.Errorf("cannot find flake '%s' in the registry: berth knows nixpkgs and flake-utils; give the input a url, or use --override-input", ref)
	}
	return nil, fmt.Errorf("this version of berth does not fetch '%s': it takes local paths, Git work trees (git+file:///DIR) and the embedded nixpkgs and flake-utils; fetch it yourself and add --override-input NAME path:DIR", ref)
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
	return &flake.Tree{Path: mount.Path.String(), Info: map[string]any{
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

// path mounts a directory with everything in it.
func (s *Sources) path(ref flake.Reference) (*flake.Tree, error) {
	dir := ref["path"]
	info, err := os.Stat(dir)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, fmt.Errorf("path '%s' does not exist", dir)
	case err != nil:
		return nil, err
	case !info.IsDir():
		return nil, fmt.Errorf("path '%s' is not a directory", dir)
	}
	mount, err := newMount(os.DirFS(dir), dir)
	if err != nil {
		return nil, err
	}
	modified, err := lastModified(dir)
	if err != nil {
		return nil, err
	}
	mount = s.Mounts.add(mount)
	return &flake.Tree{Path: mount.Path.String(), Origin: dir, Info: dated(mount, modified)}, nil
}

// lastModified returns the latest time of modification in a tree.
func lastModified(dir string) (int64, error) {
	var latest int64
	err := filepath.WalkDir(dir, func(_ string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := entry.Info()
		if err != nil {
			return err
		}
		latest = max(latest, info.ModTime().Unix())
		return nil
	})
	return latest, err
}

// workTree mounts the tracked files of a Git work tree.
func (s *Sources) workTree(ctx context.Context, ref flake.Reference, top string) (*flake.Tree, error) {
	if _, err := os.Lstat(filepath.Join(top, ".git")); err != nil {
		return nil, fmt.Errorf("'%s' is not the top of a Git work tree", top)
	}
	w, err := readWorkTree(ctx, top)
	if err != nil {
		return nil, err
	}
	tree, err := newSelection(top, w.files)
	if err != nil {
		return nil, err
	}
	if name := filepath.Join(ref.Dir(), "flake.nix"); tree.untracked(name) {
		return nil, fmt.Errorf("%s is not tracked by Git, so the flake does not see it; run: git -C %s add %s", filepath.Join(top, name), top, name)
	}
	mount, err := newMount(tree, top)
	if err != nil {
		return nil, err
	}
	mount = s.Mounts.add(mount)
	return &flake.Tree{Path: mount.Path.String(), Origin: top, Info: gitInfo(mount, w)}, nil
}

func gitInfo(mount *Mount, w *workTree) map[string]any {
	info := dated(mount, w.commitTime)
	info["submodules"] = false
	switch {
	case w.commit == "":
	case w.dirty:
		info["dirtyRev"] = w.commit + "-dirty"
		info["dirtyShortRev"] = w.commit[:7] + "-dirty"
	default:
		info["rev"] = w.commit
		info["shortRev"] = w.commit[:7]
	}
	return info
}

func dated(mount *Mount, modified int64) map[string]any {
	return map[string]any{
		"narHash":          mount.Digest.SRI(),
		"lastModified":     modified,
		"lastModifiedDate": time.Unix(modified, 0).UTC().Format("20060102150405"),
	}
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
	top, ok := findWorkTree(dir)
	if !ok {
		return flake.Reference{"type": flake.TypePath, "path": dir}, nil
	}
	ref := flake.Reference{"type": flake.TypeGit, "url": "file://" + top}
	if sub, _ := filepath.Rel(top, dir); sub != "." {
		ref["dir"] = filepath.ToSlash(sub)
	}
	return ref, nil
}
