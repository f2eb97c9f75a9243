package isolate

import (
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
)

// mapsNeedHelp reports whether the caller may not write the maps itself:
// without privilege that is only allowed for its own single id.
func (s *Spec) mapsNeedHelp() bool {
	return os.Geteuid() != 0 && !(onlySelf(s.UIDMap, os.Geteuid()) && onlySelf(s.GIDMap, os.Getegid()))
}

func onlySelf(ids []IDMap, self int) bool {
	return len(ids) == 1 && ids[0].Count == 1 && int(ids[0].Outside) == self
}

// mapOnClone has the maps written before the stage executes, which keeps the
// rights that the new namespace gives.
func mapOnClone(sys *syscall.SysProcAttr, spec *Spec) {
	for _, m := range spec.UIDMap {
		sys.UidMappings = append(sys.UidMappings, syscall.SysProcIDMap{
			ContainerID: int(m.Inside), HostID: int(m.Outside), Size: int(m.Count)})
	}
	for _, m := range spec.GIDMap {
		sys.GidMappings = append(sys.GidMappings, syscall.SysProcIDMap{
			ContainerID: int(m.Inside), HostID: int(m.Outside), Size: int(m.Count)})
	}
	privileged := os.Geteuid() == 0
	sys.GidMappingsEnableSetgroups = privileged
	if privileged {
		sys.Credential = &syscall.Credential{}
	}
}

// writeIDMaps gives the user namespace of pid its maps with the help of the
// setuid programs that check /etc/subuid and /etc/subgid.
func writeIDMaps(pid int, uids, gids []IDMap) error {
	if err := runMapper("newuidmap", pid, uids); err != nil {
		return err
	}
	return runMapper("newgidmap", pid, gids)
}

func runMapper(program string, pid int, ids []IDMap) error {
	args := []string{strconv.Itoa(pid)}
	for _, m := range ids {
		for _, n := range []uint32{m.Inside, m.Outside, m.Count} {
			args = append(args, strconv.FormatUint(uint64(n), 10))
		}
	}
	out, err := exec.Command(program, args...).CombinedOutput()
	if err != nil {
		return fmt.Errorf("map ids: %s: %w: %s (the ranges come from /etc/subuid and /etc/subgid)",
			program, err, strings.TrimSpace(string(out)))
	}
	return nil
}
