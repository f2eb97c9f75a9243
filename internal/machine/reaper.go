package machine

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
)

const reaperStage = "__reaper"

// loansDescriptor is where the files of the loans begin in the reaper.
const loansDescriptor = 4

// reaper is a child that waits for the end of its parent, by whatever cause,
// and then undoes the parent's changes and removes its run directory.
type reaper struct {
	process *os.Process
	// life is a pipe whose other end learns what there is to undo, and sees
	// when this process is gone.
	life *os.File
}

// startReaper hands the lock of the directory to a reaper, too: the directory
// counts as taken care of until both have let go.
func startReaper(executable string, d *runDirectory, borrowed loans) (*reaper, error) {
	theirs, mine, err := os.Pipe()
	if err != nil {
		return nil, fmt.Errorf("start reaper: %w", err)
	}
	defer theirs.Close()
	null, err := os.OpenFile(os.DevNull, os.O_RDWR, 0)
	if err != nil {
		mine.Close()
		return nil, fmt.Errorf("start reaper: %w", err)
	}
	defer null.Close()
	process, err := os.StartProcess(executable, []string{"berth", reaperStage, d.path}, &os.ProcAttr{
		Dir: "/", Env: []string{}, Files: append([]*os.File{theirs, null, null, d.lock}, borrowed.files(null)...),
		Sys: &syscall.SysProcAttr{Setsid: true},
	})
	if err != nil {
		mine.Close()
		return nil, fmt.Errorf("start reaper: %w", err)
	}
	return &reaper{process, mine}, nil
}

// dismiss makes the reaper do its work now, and waits for it.
func (r *reaper) dismiss() error {
	r.life.Close()
	state, err := r.process.Wait()
	if err != nil {
		return fmt.Errorf("wait for reaper: %w", err)
	}
	if !state.Success() {
		return fmt.Errorf("the reaper could not remove everything: %s", state)
	}
	return nil
}

// reaperMain is the stage "__reaper".
func reaperMain(args []string) int {
	if len(args) != 1 {
		return 2
	}
	// The terminal's signals are for the parent.
	signal.Ignore(syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP)
	records := readUndo(os.Stdin)
	_, _ = io.Copy(io.Discard, os.Stdin)
	err := errors.Join(undoAll(records), removeTree(args[0]), inheritLoans(loansDescriptor).giveBack())
	if err != nil {
		return 1
	}
	return 0
}
