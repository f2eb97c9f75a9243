package fetch

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"berth.dev/nix/flake"
	"berth.dev/nix/hash"
)

// cache keeps trees by their hash, and what questions were answered with.
//
//	trees/<hash>      a tree, complete once it has this name
//	answers/<key>     JSON: the locked reference a question was answered with
//	git/<key>         bare repositories
//	incoming/         trees being made
type cache struct {
	dir string
	now func() time.Time
}

// answer is what a question was answered with.
type answer struct {
	Question  string            `json:"question"`
	Reference map[string]string `json:"reference"`
	ETag      string            `json:"etag,omitempty"`
	Asked     int64             `json:"asked"` // seconds since 1970
}

// fresh is how long an answer about something that may change is not asked for
// again.
const fresh = time.Hour

// tree returns the tree with a hash.
func (c cache) tree(digest hash.Hash) (fs.FS, bool) {
	name := filepath.Join(c.dir, "trees", digest.Nix32())
	info, err := os.Lstat(name)
	switch {
	case err != nil:
		return nil, false
	case info.IsDir():
		return os.DirFS(name), true
	}
	return singleFile{name}, true
}

// incoming returns a new empty directory to make a tree in.
func (c cache) incoming() (string, error) {
	dir := filepath.Join(c.dir, "incoming")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return "", fmt.Errorf("preparing the cache of sources: %w", err)
	}
	c.sweep(dir)
	return os.MkdirTemp(dir, "tree-")
}

// abandoned is how old what a killed process left is at least.
const abandoned = 24 * time.Hour

func (c cache) sweep(dir string) {
	entries, _ := os.ReadDir(dir)
	for _, e := range entries {
		if info, err := e.Info(); err == nil && time.Since(info.ModTime()) > abandoned {
			removeTree(filepath.Join(dir, e.Name()))
		}
	}
}

// keep moves a complete tree to its place by its hash. The tree is on disk
// before it has its name.
func (c cache) keep(name string) (fs.FS, hash.Hash, error) {
	digest, err := digestOf(open(name), filepath.Base(name))
	if err != nil {
		return nil, digest, err
	}
	if tree, ok := c.tree(digest); ok {
		removeTree(name)
		return tree, digest, nil
	}
	dir := filepath.Join(c.dir, "trees")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, digest, fmt.Errorf("keeping a source: %w", err)
	}
	if err := syncDisk(dir); err != nil {
		return nil, digest, err
	}
	place := filepath.Join(dir, digest.Nix32())
	if err := os.Rename(name, place); err != nil && !errors.Is(err, fs.ErrExist) && !errors.Is(err, unix.ENOTEMPTY) {
		return nil, digest, fmt.Errorf("keeping a source: %w", err)
	}
	return open(place), digest, nil
}

// syncDisk waits until everything written to a file system is on its disk.
func syncDisk(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer d.Close()
	return unix.Syncfs(int(d.Fd()))
}

// open shows a directory or a single file.
func open(name string) fs.FS {
	if info, err := os.Lstat(name); err == nil && !info.IsDir() {
		return singleFile{name}
	}
	return os.DirFS(name)
}

// removeTree removes a tree, of which some directories may be read-only.
func removeTree(name string) {
	_ = filepath.WalkDir(name, func(p string, e fs.DirEntry, err error) error {
		if err == nil && e.IsDir() {
			_ = os.Chmod(p, 0o700)
		}
		return nil
	})
	_ = os.RemoveAll(name)
}

func (c cache) place(kind, question string) string {
	sum := sha256.Sum256([]byte(question))
	return filepath.Join(c.dir, kind, hex.EncodeToString(sum[:20]))
}

// ask returns what a question was answered with last.
func (c cache) ask(question ...string) (answer, bool) {
	key := strings.Join(question, " ")
	text, err := os.ReadFile(c.place("answers", key))
	if err != nil {
		return answer{}, false
	}
	var a answer
	if json.Unmarshal(text, &a) != nil || a.Question != key {
		return answer{}, false
	}
	return a, true
}

// recent reports whether the answer need not be asked for again.
func (c cache) recent(a answer) bool {
	return c.now().Sub(time.Unix(a.Asked, 0)) < fresh
}

// note remembers an answer.
func (c cache) note(ref flake.Reference, etag string, question ...string) error {
	key := strings.Join(question, " ")
	text, err := json.Marshal(answer{key, ref, etag, c.now().Unix()})
	if err != nil {
		return err
	}
	name := c.place("answers", key)
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		return err
	}
	temp, err := os.CreateTemp(filepath.Dir(name), ".new-")
	if err != nil {
		return err
	}
	_, err = temp.Write(text)
	err = errors.Join(err, temp.Close())
	if err == nil {
		err = os.Rename(temp.Name(), name)
	}
	if err != nil {
		return errors.Join(fmt.Errorf("noting a source in the cache: %w", err), os.Remove(temp.Name()))
	}
	return nil
}

// answered returns the tree of an answer, if it is still in the cache.
func (c cache) answered(a answer, ref flake.Reference) (*Source, bool) {
	digest, err := hash.ParseSRI(a.Reference["narHash"])
	if err != nil {
		return nil, false
	}
	tree, ok := c.tree(digest)
	if !ok {
		return nil, false
	}
	full := flake.Reference(a.Reference).With("dir", ref.Dir())
	return &Source{FS: tree, Digest: digest, Locked: full}, true
}
