package cli

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"
)

// app is what all commands of one run share.
type app struct {
	Process
	dir string // the working directory, absolute
}

func newApp(process Process) (*app, error) {
	a := &app{Process: process, dir: process.Dir}
	if a.dir == "" {
		dir, err := os.Getwd()
		if err != nil {
			return nil, fmt.Errorf("finding the working directory: %w", err)
		}
		a.dir = dir
	}
	return a, nil
}

// commands lists every command, in the order of the help text.
func (a *app) commands() []*cobra.Command {
	return []*cobra.Command{
		a.checkCommand(),
		a.upCommand(),
		a.planCommand(),
		a.psCommand(),
		a.logsCommand(),
		a.execCommand(),
		a.restartCommand(),
		a.downCommand(),
		a.containerCommand(),
		a.buildCommand(),
		a.imageCommand(),
		a.initCommand(),
		a.flakeCommand(),
		a.lockCommand(),
		a.gcCommand(),
		a.storeCommand(),
		a.logCommand(),
		a.copyCommand(),
		a.cacheCommand(),
		a.evalCommand(),
		a.instantiateCommand(),
		a.parseCommand(),
		a.lspCommand(),
		a.packagesCommand(),
		a.optionsCommand(),
		a.replCommand(),
		a.fmtCommand(),
	}
}

// stateDir returns where the store, caches and running machines are.
func (a *app) stateDir() (string, error) {
	if dir := a.Getenv("BERTH_STATE_DIR"); dir != "" {
		return filepath.Abs(dir)
	}
	if os.Geteuid() == 0 {
		return "/var/lib/berth", nil
	}
	if dir := a.Getenv("XDG_DATA_HOME"); dir != "" {
		return filepath.Join(dir, "berth"), nil
	}
	home := a.Getenv("HOME")
	if home == "" {
		return "", fmt.Errorf("berth needs a place for its store: set HOME, XDG_DATA_HOME or BERTH_STATE_DIR")
	}
	return filepath.Join(home, ".local", "share", "berth"), nil
}

// path makes a path of the command line absolute.
func (a *app) path(name string) string {
	if filepath.IsAbs(name) {
		return filepath.Clean(name)
	}
	return filepath.Join(a.dir, name)
}
