package kept

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
)

const applyStage = "__apply"

// applyMain is the stage "__apply", which runs inside a machine: it changes
// the files of its root as the directory that is its argument says.
func applyMain(args []string) int {
	if len(args) != 1 {
		fmt.Fprintln(os.Stderr, "berth: usage: __apply DIRECTORY")
		return 2
	}
	if err := applyChange(args[0], "/"); err != nil {
		fmt.Fprintln(os.Stderr, "berth:", err)
		return 1
	}
	return 0
}

func applyChange(directory, root string) error {
	var c change
	if err := readJSON(filepath.Join(directory, changeName), &c); err != nil {
		var syntax *json.SyntaxError
		if errors.As(err, &syntax) {
			return fmt.Errorf("read the change: %w", err)
		}
		return err
	}
	if c.Format != changeFormat {
		return fmt.Errorf("the change is of format %d, and this machine was booted by a berth that knows %d: restart it", c.Format, changeFormat)
	}
	for _, name := range c.Write {
		if err := c.take(directory, root, name); err != nil {
			return fmt.Errorf("write /%s: %w", name, err)
		}
	}
	for _, name := range slices.Backward(c.Remove) {
		if err := removePath(root, name); err != nil {
			return fmt.Errorf("remove /%s: %w", name, err)
		}
	}
	for name, target := range c.Links {
		if err := replaceLink(filepath.Join(root, "run", name), target); err != nil {
			return fmt.Errorf("link /run/%s: %w", name, err)
		}
	}
	return nil
}

// stateTops are directories whose content is the machine's own. The
// configuration only adds to them.
var stateTops = []string{"var", "home", "root", "srv"}

func isState(name string) bool {
	top, _, _ := strings.Cut(name, "/")
	return slices.Contains(stateTops, top)
}

// take makes one path of the root what the change has.
func (c *change) take(directory, root, name string) error {
	from, to := filepath.Join(directory, "new", name), filepath.Join(root, name)
	if _, err := os.Lstat(to); err == nil && isState(name) {
		return nil
	}
	if !isAccountFile(name) {
		return copyEntry(from, to)
	}
	current, err := os.ReadFile(to)
	if errors.Is(err, fs.ErrNotExist) {
		return copyEntry(from, to)
	} else if err != nil {
		return err
	}
	after, err := os.ReadFile(from)
	if err != nil {
		return err
	}
	before, _ := os.ReadFile(filepath.Join(directory, "old", name))
	merged := mergeAccounts(name, string(current), string(before), string(after), c.MutableUsers)
	if err := os.WriteFile(from, []byte(merged), 0); err != nil {
		return err
	}
	return copyEntry(from, to)
}

// removePath removes a file, or a directory that nothing else is in.
func removePath(root, name string) error {
	if isState(name) {
		return nil
	}
	err := os.Remove(filepath.Join(root, name))
	if err == nil || errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if info, statErr := os.Lstat(filepath.Join(root, name)); statErr == nil && info.IsDir() {
		return nil
	}
	return err
}

func replaceLink(link, target string) error {
	if old, err := os.Readlink(link); err == nil && old == target {
		return nil
	}
	if err := os.MkdirAll(path.Dir(link), 0o755); err != nil {
		return err
	}
	temporary := link + ".berth-new"
	if err := os.Remove(temporary); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if err := os.Symlink(target, temporary); err != nil {
		return err
	}
	return os.Rename(temporary, link)
}
