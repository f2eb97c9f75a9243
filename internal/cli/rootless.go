package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"

	"berth.dev/internal/isolate"
)

// asRoot runs this command line again as root of a user namespace, in which an
// ordinary user has the range of ids that machines need.
func (a *app) asRoot(ctx context.Context) error {
	stateDir, err := a.stateDir()
	if err != nil {
		return err
	}
	uids, gids, err := subordinateIDs()
	if err != nil {
		return &statusError{exitUnavailable, err}
	}
	program, err := os.Executable()
	if err != nil {
		return fmt.Errorf("finding berth's own program: %w", err)
	}
	// Without a service manager to ask, the present group may do.
	_ = isolate.RequestScope()
	environment := append(os.Environ(), "BERTH_STATE_DIR="+stateDir)
	state, err := isolate.RunAsRoot(ctx, append([]string{program}, a.Args...), environment, uids, gids)
	if err != nil {
		return &statusError{exitUnavailable, err}
	}
	if !state.Success() {
		return &silentError{state.Status()}
	}
	return nil
}

// subordinateIDs says in one sentence what is missing.
func subordinateIDs() (uids, gids []isolate.IDMap, err error) {
	for _, program := range []string{"newuidmap", "newgidmap"} {
		if _, err := exec.LookPath(program); err != nil {
			return nil, nil, fmt.Errorf("booting machines without root needs %s: install the package uidmap (shadow-utils on Fedora), or run berth with sudo", program)
		}
	}
	if uids, gids, err = isolate.SubordinateIDs(); err != nil {
		return nil, nil, fmt.Errorf("booting machines without root needs subordinate ids: %w, or run berth with sudo", err)
	}
	if count(uids) < neededIDs || count(gids) < neededIDs {
		return nil, nil, errors.New("booting machines without root needs 65536 subordinate ids in both /etc/subuid and /etc/subgid (usermod --add-subuids 100000-165535 --add-subgids 100000-165535 USER)")
	}
	return uids, gids, nil
}

// neededIDs are those that accounts of a machine may have.
const neededIDs = 1 << 16

func count(ids []isolate.IDMap) (n uint64) {
	for _, m := range ids {
		n += uint64(m.Count)
	}
	return n
}
