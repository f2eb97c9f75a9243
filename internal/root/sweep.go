package root

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// touchInterval is how stale the time of a layer's last use may be.
const touchInterval = 24 * time.Hour

// abandoned is the age at which a temporary directory of the cache belongs to
// nobody any more.
const abandoned = 6 * time.Hour

// touch notes that a layer is used.
func touch(dir string) {
	if info, err := os.Stat(dir); err == nil && time.Since(info.ModTime()) > touchInterval {
		now := time.Now()
		_ = os.Chtimes(dir, now, now) // only the sweep looks at it
	}
}

// Sweep removes the layers of a cache that nobody has used since a time, except
// those among inUse: directories that running or kept machines have in their
// stacks. It returns how many it removed.
func Sweep(cacheDir string, unusedSince time.Time, inUse []string) (int, error) {
	entries, err := os.ReadDir(cacheDir)
	if errors.Is(err, fs.ErrNotExist) {
		return 0, nil
	}
	if err != nil {
		return 0, fmt.Errorf("sweep roots: %w", err)
	}
	removed := 0
	for _, e := range entries {
		dir := filepath.Join(cacheDir, e.Name())
		info, err := os.Stat(dir)
		dangling := err != nil && e.Type()&fs.ModeSymlink != 0
		if !dangling && (err != nil || !expired(e.Name(), info.ModTime(), unusedSince) || isUsed(dir, inUse)) {
			continue
		}
		if err := os.RemoveAll(dir); err != nil {
			return removed, fmt.Errorf("sweep roots: %w", err)
		}
		removed++
	}
	return removed, nil
}

func expired(name string, used, unusedSince time.Time) bool {
	if strings.HasPrefix(name, ".") {
		return time.Since(used) > abandoned
	}
	return used.Before(unusedSince)
}

// isUsed reports whether a layer, or one that a link stands for, is in a stack.
func isUsed(dir string, inUse []string) bool {
	real, err := filepath.EvalSymlinks(dir)
	if err != nil {
		return false
	}
	return slices.ContainsFunc(inUse, func(used string) bool {
		return strings.HasPrefix(used+"/", dir+"/") || strings.HasPrefix(used+"/", real+"/")
	})
}
