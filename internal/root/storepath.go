package root

import (
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
)

// storePrefix begins every logical store path.
const storePrefix = "/nix/store/"

// physical returns where a logical path is on this host; paths outside the
// store have no such place.
func (c *Config) physical(name string) string {
	below, ok := strings.CutPrefix(path.Clean(name), storePrefix)
	if !ok {
		return ""
	}
	return filepath.Join(c.StoreDir, below)
}

// maxLinks bounds the symbolic links of one path, as the kernel does.
const maxLinks = 40

// follow resolves all symbolic links of a logical path and returns the
// physical one. A link that leads out of the store means a file of the
// assembled root, never one of this host: its path is returned with false.
func (c *Config) follow(name string) (string, bool) {
	rest := path.Clean(name)
	for range maxLinks {
		next, done, ok := c.followOne(rest)
		if done || !ok {
			return next, ok
		}
		rest = next
	}
	return rest, false
}

// followOne replaces the first link of a path by its target. It is done, with
// a physical path, when there is none.
func (c *Config) followOne(name string) (next string, done, ok bool) {
	below, inStore := strings.CutPrefix(name, storePrefix)
	if !inStore {
		return name, false, false
	}
	at := strings.TrimSuffix(storePrefix, "/")
	steps := strings.Split(below, "/")
	for i, step := range steps {
		at = path.Join(at, step)
		info, err := os.Lstat(c.physical(at))
		if err != nil {
			return name, false, false
		}
		if info.Mode()&fs.ModeSymlink == 0 {
			continue
		}
		target, err := os.Readlink(c.physical(at))
		if err != nil {
			return name, false, false
		}
		if !path.IsAbs(target) {
			target = path.Join(path.Dir(at), target)
		}
		return path.Join(append([]string{target}, steps[i+1:]...)...), false, true
	}
	return c.physical(at), true, true
}

// readDir lists a directory of the store, empty where it is none.
func (c *Config) readDir(name string) []fs.DirEntry {
	physical, ok := c.follow(name)
	if !ok {
		return nil
	}
	entries, _ := os.ReadDir(physical)
	return entries
}
