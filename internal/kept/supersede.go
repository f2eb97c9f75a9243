package kept

import (
	"errors"
	"io/fs"
	"os"
	"path"
	"path/filepath"

	"golang.org/x/sys/unix"
)

// supersede makes way for the changed configuration of a machine that is off.
// What was changed while it ran lies over the generated root and would hide
// what is new below: where the configuration changed, it wins.
func (y *Yard) supersede(before, after *Launch) error {
	if len(before.Root.Generated) == 0 || len(after.Root.Generated) == 0 || before.Root.Generated[0] == after.Root.Generated[0] {
		return nil
	}
	changes, err := compareTrees(before.Root.Generated[0], after.Root.Generated[0])
	if errors.Is(err, fs.ErrNotExist) {
		return nil // the old layer was swept; nothing is known about it
	}
	if err != nil {
		return err
	}
	s := superseding{upper: y.file(after.Name, "upper"), before: before.Root.Generated[0], after: after.Root.Generated[0],
		mutable: after.System.MutableUsers}
	for _, name := range changes.all() {
		if err := s.path(name); err != nil {
			return err
		}
	}
	return nil
}

type superseding struct {
	upper, before, after string
	mutable              bool
}

func (s *superseding) path(name string) error {
	for dir := path.Dir(name); dir != "."; dir = path.Dir(dir) {
		// A directory that was removed and made again hides all below it.
		_ = unix.Lremovexattr(filepath.Join(s.upper, dir), "trusted.overlay.opaque")
		if isWhiteout(filepath.Join(s.upper, dir)) {
			return os.Remove(filepath.Join(s.upper, dir))
		}
	}
	over := filepath.Join(s.upper, name)
	info, err := os.Lstat(over)
	if err != nil {
		return nil // nothing is in the way
	}
	if info.IsDir() {
		return nil
	}
	if isAccountFile(name) && info.Mode().IsRegular() {
		return s.accounts(name, over)
	}
	return os.Remove(over)
}

func isWhiteout(path string) bool {
	info, err := os.Lstat(path)
	return err == nil && info.Mode()&fs.ModeCharDevice != 0
}

func (s *superseding) accounts(name, over string) error {
	current, err := os.ReadFile(over)
	if err != nil {
		return err
	}
	before, _ := os.ReadFile(filepath.Join(s.before, name))
	after, err := os.ReadFile(filepath.Join(s.after, name))
	if err != nil {
		return os.Remove(over)
	}
	merged := mergeAccounts(name, string(current), string(before), string(after), s.mutable)
	return os.WriteFile(over, []byte(merged), 0) // it exists and keeps its mode
}
