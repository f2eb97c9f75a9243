package isolate

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// RequestScope moves the calling process into a scope of its own, which the
// host's service manager leaves to it: there berth may hand out controllers. A
// login session's scope it shares with other processes, and that is why it
// cannot do so there.
func RequestScope() error {
	before, err := os.ReadFile("/proc/self/cgroup")
	if err != nil {
		return fmt.Errorf("ask for a scope: %w", err)
	}
	pid := strconv.Itoa(os.Getpid())
	args := []string{"--quiet", "call", "org.freedesktop.systemd1", "/org/freedesktop/systemd1",
		"org.freedesktop.systemd1.Manager", "StartTransientUnit", "ssa(sv)a(sa(sv))",
		"berth-" + pid + ".scope", "fail",
		"3", "PIDs", "au", "1", pid, "Delegate", "b", "true", "CollectMode", "s", "inactive-or-failed", "0"}
	if os.Geteuid() != 0 {
		args = append([]string{"--user"}, args...)
	}
	if out, err := exec.Command("busctl", args...).CombinedOutput(); err != nil {
		return fmt.Errorf("ask for a scope: busctl: %w: %s", err, strings.TrimSpace(string(out)))
	}
	const patience = 5 * time.Second
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); time.Sleep(2 * time.Millisecond) {
		if now, err := os.ReadFile("/proc/self/cgroup"); err == nil && string(now) != string(before) {
			return nil
		}
	}
	return fmt.Errorf("ask for a scope: the service manager did not move this process within %s", patience)
}

// lacksDelegation reports whether a group of the version 2 hierarchy has
// controllers that it cannot hand out to groups below it.
func lacksDelegation(group string) bool {
	available, err := os.ReadFile(filepath.Join(group, "cgroup.controllers"))
	if err != nil || len(strings.Fields(string(available))) == 0 {
		return false
	}
	handedOut, err := os.ReadFile(filepath.Join(group, "cgroup.subtree_control"))
	return err == nil && len(strings.Fields(string(handedOut))) == 0
}
