package isolate

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/user"
	"strconv"
	"strings"
	"syscall"
)

// SubordinateIDs returns the maps of a user namespace in which the caller is
// root and the ranges that /etc/subuid and /etc/subgid give it are everybody
// else.
func SubordinateIDs() (uids, gids []IDMap, err error) {
	self, err := user.Current()
	if err != nil {
		return nil, nil, fmt.Errorf("find subordinate ids: %w", err)
	}
	names := []string{self.Username, self.Uid}
	if uids, err = subordinate("/etc/subuid", names, os.Geteuid()); err != nil {
		return nil, nil, err
	}
	if gids, err = subordinate("/etc/subgid", names, os.Getegid()); err != nil {
		return nil, nil, err
	}
	return uids, gids, nil
}

func subordinate(file string, names []string, self int) ([]IDMap, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("find subordinate ids: %w", err)
	}
	maps := []IDMap{{Inside: 0, Outside: uint32(self), Count: 1}}
	next := uint32(1)
	for line := range strings.Lines(string(text)) {
		fields := strings.Split(strings.TrimSpace(line), ":")
		if len(fields) != 3 || fields[0] != names[0] && fields[0] != names[1] {
			continue
		}
		start, err1 := strconv.ParseUint(fields[1], 10, 32)
		count, err2 := strconv.ParseUint(fields[2], 10, 32)
		if err := errors.Join(err1, err2); err != nil {
			return nil, fmt.Errorf("read %s: %w", file, err)
		}
		maps = append(maps, IDMap{Inside: next, Outside: uint32(start), Count: uint32(count)})
		next += uint32(count)
	}
	if len(maps) == 1 {
		return nil, fmt.Errorf("%s gives %s no ids: add a line %s:100000:65536 (usermod --add-subuids does it)", file, names[0], names[0])
	}
	return maps, nil
}

// RunAsRoot runs a program as root of a new user namespace, with mounts of its
// own but otherwise in the system of the caller, and passes the standard files
// on. Everything that needs root only towards what it makes itself, such as
// machines, works there. The caller should be in a cgroup that it may divide,
// see [RequestScope]. When ctx ends the program is asked to end.
func RunAsRoot(ctx context.Context, args, environment []string, uids, gids []IDMap) (ExitState, error) {
	directory, err := os.Getwd()
	if err != nil {
		return ExitState{}, fmt.Errorf("run as root of a user namespace: %w", err)
	}
	p, err := Start(context.WithoutCancel(ctx), Spec{
		Args: args, Env: environment, Directory: directory,
		Namespaces: []Namespace{{Kind: UserNamespace}, {Kind: MountNamespace}},
		UIDMap:     uids, GIDMap: gids,
		Stdin: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr,
	})
	if err != nil {
		return ExitState{}, err
	}
	defer context.AfterFunc(ctx, func() { p.Signal(syscall.SIGTERM) })()
	return p.Wait()
}
