package machine

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"

	"berth.dev/internal/isolate"
)

const reaperStage = "__reaper"

// reaper is a child that waits for the end of its parent, by whatever cause,
// and then removes the parent's run directory.
type reaper struct {
	process *os.Process
	// life is a pipe whose other end sees when this process is gone.
	life *os.File
}

// startReaper hands the lock of the directory to a reaper, too: the directory
// counts as taken care of until both have let go.
func startReaper(executable string, d *runDirectory) (*reaper, error) {
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
		Dir: "/", Env: []string{}, Files: []*os.File{theirs, null, null, d.lock},
		Sys: &syscall.SysProcAttr{Setsid: true},
	})
	if err != nil {
		mine.Close()
		return nil, fmt.Errorf("start reaper: %w", err)
	}
	return &reaper{process, mine}, nil
}

// watch tells the reaper of a cgroup that it has to end, in case nobody leaves
// the directory for it to read that from.
func (r *reaper) watch(c *isolate.Cgroup) error {
	text := strings.Join(c.Paths(), "\n") + "\n"
	if _, err := r.life.WriteString(text); err != nil {
		return fmt.Errorf("tell reaper: %w", err)
	}
	return nil
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
	cgroups, _ := io.ReadAll(os.Stdin)
	failed := removeCgroups(strings.Fields(string(cgroups)))
	if err := errors.Join(failed, removeRunDirectory(args[0]), restoreWatchLimit(filepath.Dir(args[0]))); err != nil {
		return 1
	}
	return 0
}
