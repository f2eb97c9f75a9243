package build

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"golang.org/x/sys/unix"
)

// Builds that run at the same time have different users, so that none can
// reach another. The numbers belong to no user of a usual system.
const (
	firstBuildUID = 30501
	buildUsers    = 256
)

// buildUser is the identity of one running build. Without privilege there is
// only the caller's own, which inside looks like any other.
type buildUser struct {
	uid, gid int
	lock     *os.File
	// ids is how many users a build has that runs as root of its namespace;
	// they begin at uid. It is zero for others.
	ids int
}

// The users of builds that have many: a block for each build user.
const (
	firstRangeUID = 872415232
	rangeSize     = 65536
)

// widen makes the user root of a namespace with many users.
func (u *buildUser) widen() {
	u.ids = 1
	if u.uid != 0 {
		first := firstRangeUID + (u.uid-firstBuildUID)*rangeSize
		u.uid, u.gid, u.ids = first, first, rangeSize
	}
}

// takeBuildUser waits for a user that no build of this machine has.
func (r *Realiser) takeBuildUser(ctx context.Context) (*buildUser, error) {
	if os.Geteuid() != 0 {
		return &buildUser{}, nil
	}
	dir := filepath.Join(r.Store.Dir(), "nix/var/nix/userpool")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, fmt.Errorf("finding a user for the build: %w", err)
	}
	for {
		for i := range buildUsers {
			id := firstBuildUID + i
			lock, err := tryLock(filepath.Join(dir, strconv.Itoa(id)))
			if err != nil {
				return nil, fmt.Errorf("finding a user for the build: %w", err)
			}
			if lock != nil {
				return &buildUser{uid: id, gid: id, lock: lock}, nil
			}
		}
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-time.After(100 * time.Millisecond):
		}
	}
}

// tryLock returns nil without an error when somebody else has the lock.
func tryLock(name string) (*os.File, error) {
	file, err := os.OpenFile(name, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	if err := unix.Flock(int(file.Fd()), unix.LOCK_EX|unix.LOCK_NB); err != nil {
		file.Close()
		if errors.Is(err, unix.EWOULDBLOCK) {
			return nil, nil
		}
		return nil, err
	}
	return file, nil
}

// own gives a file to the user.
func (u *buildUser) own(name string) error {
	if u.uid == 0 {
		return nil
	}
	return os.Lchown(name, u.uid, u.gid)
}

func (u *buildUser) release() {
	if u.lock != nil {
		u.lock.Close()
	}
}
