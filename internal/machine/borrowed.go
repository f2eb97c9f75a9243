package machine

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// A borrowed setting is a number of the kernel's, by its path in /proc/sys,
// that machines need higher than the host has it.
type borrowed string

const (
	// watchLimit bounds the inotify instances of one user of the host. Its
	// default, 128, is enough for a machine with a dozen containers.
	watchLimit borrowed = "/proc/sys/fs/inotify/max_user_instances"
	// forwarding lets the host pass packets on, which uplinks need.
	forwarding borrowed = "/proc/sys/net/ipv4/ip_forward"
)

// allBorrowed are the settings to be put back.
func allBorrowed() []borrowed { return []borrowed{watchLimit, forwarding} }

// hostDirectory holds what all berths on a host agree about, wherever their
// state is. It goes with a reboot, as the settings of the kernel do.
const hostDirectory = "/run/berth"

// A loan is one group's share in a borrowed setting. All groups of the host
// have shares in the same: a file remembers what was found, and a shared lock
// on it says that somebody still needs more. The last one to let go puts back
// what was found. The lock belongs to a descriptor that the group's reaper has
// too, so a share outlives neither of them and goes with both.
type loan struct {
	setting borrowed
	// file is nil where the setting cannot be changed. Machines then start
	// as long as there is room.
	file *os.File
}

// loans are a group's, in the order of [allBorrowed].
type loans []loan

func openLoans() (loans, error) {
	var all loans
	for _, setting := range allBorrowed() {
		l, err := openLoan(hostDirectory, setting)
		if err != nil {
			all.close()
			return nil, err
		}
		all = append(all, l)
	}
	return all, nil
}

func openLoan(directory string, setting borrowed) (loan, error) {
	l := loan{setting: setting}
	if unix.Access(string(setting), unix.W_OK) != nil {
		return l, nil
	}
	if err := os.MkdirAll(directory, 0o755); err != nil {
		return l, fmt.Errorf("borrow %s: %w", setting, err)
	}
	var err error
	l.file, err = os.OpenFile(filepath.Join(directory, filepath.Base(string(setting))), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return l, fmt.Errorf("borrow %s: %w", setting, err)
	}
	return l, nil
}

// of returns the share in one setting.
func (all loans) of(setting borrowed) loan {
	for _, l := range all {
		if l.setting == setting {
			return l
		}
	}
	return loan{setting: setting}
}

func (all loans) close() {
	for _, l := range all {
		if l.file != nil {
			l.file.Close()
		}
	}
}

// files are what the reaper gets; a missing one is a null device.
func (all loans) files(null *os.File) []*os.File {
	files := make([]*os.File, len(all))
	for i, l := range all {
		if files[i] = l.file; l.file == nil {
			files[i] = null
		}
	}
	return files
}

// inheritLoans are the loans whose files begin at a descriptor.
func inheritLoans(first int) loans {
	var all loans
	for i, setting := range allBorrowed() {
		path := filepath.Join(hostDirectory, filepath.Base(string(setting)))
		l := loan{setting: setting, file: os.NewFile(uintptr(first+i), path)}
		if info, err := l.file.Stat(); err != nil || !info.Mode().IsRegular() {
			l.file = nil
		}
		all = append(all, l)
	}
	return all
}

// guard keeps others from changing the setting meanwhile.
func (l loan) guard() (*os.File, error) { return lockFile(l.file.Name()+".guard", true) }

// raise makes the setting what higher returns for its present value, unless
// what was found is enough.
func (l loan) raise(higher func(current int) int) error {
	if l.file == nil {
		return nil
	}
	guard, err := l.guard()
	if err != nil {
		return fmt.Errorf("raise %s: %w", l.setting, err)
	}
	defer guard.Close()
	current, err := readNumber(string(l.setting))
	if err != nil {
		return nil // this kernel does not have it
	}
	original, known := l.found()
	if !known {
		original = current
	}
	if higher(original) <= original {
		return nil // also without the shares of others
	}
	if !known {
		if _, err := l.file.WriteAt([]byte(strconv.Itoa(current)+"\n"), 0); err != nil {
			return fmt.Errorf("raise %s: %w", l.setting, err)
		}
	}
	if err := unix.Flock(int(l.file.Fd()), unix.LOCK_SH); err != nil {
		return fmt.Errorf("raise %s: %w", l.setting, err)
	}
	if wanted := higher(current); wanted > current {
		_ = os.WriteFile(string(l.setting), []byte(strconv.Itoa(wanted)), 0)
	}
	return nil
}

// giveBack ends all shares. A share that was left by a group that died together
// with its reaper is ended by whoever comes next.
func (all loans) giveBack() error {
	var failed error
	for _, l := range all {
		if l.file != nil {
			failed = errors.Join(failed, l.giveBack())
		}
	}
	return failed
}

func (l loan) giveBack() error {
	defer l.file.Close()
	guard, err := l.guard()
	if err != nil {
		return fmt.Errorf("put %s back: %w", l.setting, err)
	}
	defer guard.Close()
	if unix.Flock(int(l.file.Fd()), unix.LOCK_EX|unix.LOCK_NB) != nil {
		return nil // others have shares
	}
	value, known := l.found()
	if !known {
		return nil
	}
	err = os.WriteFile(string(l.setting), []byte(strconv.Itoa(value)), 0)
	if err = errors.Join(err, l.file.Truncate(0)); err != nil {
		return fmt.Errorf("put %s back: %w", l.setting, err)
	}
	return nil
}

// found is the setting's value before anybody raised it.
func (l loan) found() (value int, known bool) {
	text, err := io.ReadAll(io.NewSectionReader(l.file, 0, 32))
	if err != nil {
		return 0, false
	}
	value, err = strconv.Atoi(strings.TrimSpace(string(text)))
	return value, err == nil
}

func readNumber(path string) (int, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return 0, err
	}
	return strconv.Atoi(strings.TrimSpace(string(text)))
}
