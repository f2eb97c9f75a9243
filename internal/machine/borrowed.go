package machine

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// A borrowed setting is a number of the kernel's, by its path in /proc/sys,
// that machines need higher than the host has it. All groups that keep their
// run directories in the same place share it: what was found is put back when
// the last of them goes, however it goes.
type borrowed string

// forwarding lets the host pass packets on, which uplinks need.
const forwarding borrowed = "/proc/sys/net/ipv4/ip_forward"

// allBorrowed are the settings to be put back.
func allBorrowed() []borrowed { return []borrowed{watchLimit, forwarding} }

// original is the file that remembers what was found.
func (b borrowed) original(parent string) string {
	return filepath.Join(parent, "."+filepath.Base(string(b)))
}

// raise makes a setting at least so high. Where it cannot be changed, machines
// start as long as there is room.
func (b borrowed) raise(parent string, needed int) error {
	guard, err := lockFile(filepath.Join(parent, sweepLock), true)
	if err != nil {
		return fmt.Errorf("raise %s: %w", b, err)
	}
	defer guard.Close()
	current, err := readNumber(string(b))
	if err != nil || current >= needed {
		return nil
	}
	original := b.original(parent)
	if _, err := os.Stat(original); os.IsNotExist(err) {
		if err := os.WriteFile(original, []byte(strconv.Itoa(current)), 0o600); err != nil {
			return fmt.Errorf("raise %s: %w", b, err)
		}
	}
	_ = os.WriteFile(string(b), []byte(strconv.Itoa(needed)), 0)
	return nil
}

// giveBack puts all settings back when no run directory is left.
func giveBack(parent string) error {
	guard, err := lockFile(filepath.Join(parent, sweepLock), true)
	if err != nil {
		return nil // the parent is gone, too
	}
	defer guard.Close()
	entries, err := os.ReadDir(parent)
	if err != nil {
		return nil
	}
	for _, e := range entries {
		if e.IsDir() {
			return nil
		}
	}
	var failed error
	for _, b := range allBorrowed() {
		failed = errors.Join(failed, b.giveBack(parent))
	}
	return failed
}

func (b borrowed) giveBack(parent string) error {
	original := b.original(parent)
	found, err := readNumber(original)
	if err != nil {
		return nil
	}
	if err := os.WriteFile(string(b), []byte(strconv.Itoa(found)), 0); err != nil {
		return fmt.Errorf("put %s back: %w", b, err)
	}
	return os.Remove(original)
}

func readNumber(path string) (int, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return 0, err
	}
	return strconv.Atoi(strings.TrimSpace(string(text)))
}
