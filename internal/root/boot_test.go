package root

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"berth.dev/internal/description"
	"berth.dev/internal/isolate"
)

// reporting adds a unit that writes what became of the boot into the root's
// upper directory and ends the machine.
func reporting(s *description.System, after string) *description.System {
	s.Units["report.service"] = description.Unit{
		WantedBy: []string{"multi-user.target"},
		Sections: map[string]map[string][]string{
			"Unit": {"After": {after}},
			"Service": {"Type": {"oneshot"}, "ExecStart": {`/bin/bash -c '` +
				`{ cat /run/hello; systemctl list-units --failed --plain --no-legend; ` +
				`systemctl is-active nginx redis-server; systemctl status redis-server 2>&1 | head -1; ` +
				`journalctl -b -p warning --no-pager -q; } >/report 2>&1; systemctl --no-block poweroff'`}},
		},
	}
	return s
}

// TestBoot boots real systemd from a root and expects no unit to fail.
func TestBoot(t *testing.T) {
	parts := unpackParts(t, "python3", "nginx", "redis-server", "postgresql-17", "docker.io", "sudo")
	root := assemble(t, parts, reporting(system(), "hello.service nginx.service"))
	report := boot(t, root)
	t.Log(report)
	for _, want := range []string{"hello \"world\"\n", "\nactive\ninactive\n", "redis-server.service could not be found"} {
		if !strings.Contains("\n"+report, want) {
			t.Errorf("the report lacks %q", want)
		}
	}
	if strings.Contains(report, " failed ") {
		t.Error("a unit failed")
	}
}

// TestBootBookworm boots the release before, whose packages leave merging /usr
// to others.
func TestBootBookworm(t *testing.T) {
	source := openSource(t, "bookworm")
	essential, err := source.Essential()
	if err != nil {
		t.Skip("needs a Debian mirror: ", err)
	}
	s := system()
	delete(s.Units, "nginx.service")
	report := boot(t, assemble(t, unpackClosure(t, source, slices.Concat(essential, bootable)), reporting(s, "hello.service")))
	t.Log(report)
	if !strings.HasPrefix(report, "hello \"world\"\n") || strings.Contains(report, " failed ") {
		t.Error("it did not boot without failures")
	}
}

func boot(t *testing.T, root *Root) string {
	t.Helper()
	dir := t.TempDir()
	for _, name := range []string{"mount", "upper", "work"} {
		if err := os.Mkdir(filepath.Join(dir, name), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	group, err := isolate.NewCgroup("berth-root-test-" + strconv.Itoa(os.Getpid()))
	if err != nil {
		t.Skip("needs a cgroup of its own: ", err)
	}
	defer group.Remove()
	mounts, err := isolate.CgroupMounts(isolate.UnifiedView)
	if err != nil {
		t.Skip("needs cgroups: ", err)
	}
	spec := isolate.Spec{
		Args: []string{"/usr/lib/systemd/systemd"}, Env: []string{"container=berth", "PATH=" + standardPath, "LANG=C.UTF-8"},
		Root: &isolate.Root{Path: filepath.Join(dir, "mount"), Overlay: &isolate.Overlay{
			Lowers: root.Lowers(), Upper: filepath.Join(dir, "upper"), Work: filepath.Join(dir, "work"),
		}},
		Mounts:   append(isolate.StandardMounts(isolate.BasicDevices(), false), mounts...),
		Hostname: "server", Loopback: true, Cgroup: group, Capabilities: isolate.MachineCapabilities(),
		ReadOnlyPaths: isolate.MachineReadOnlyPaths(), WritablePaths: isolate.MachineWritablePaths(), NewSession: true,
	}
	for _, kind := range []string{isolate.MountNamespace, isolate.PIDNamespace, isolate.NetworkNamespace, isolate.IPCNamespace, isolate.UTSNamespace, isolate.CgroupNamespace} {
		spec.Namespaces = append(spec.Namespaces, isolate.Namespace{Kind: kind})
	}
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	start := time.Now()
	process, err := isolate.Start(ctx, spec)
	if err != nil {
		t.Fatal(err)
	}
	state, err := process.Wait()
	t.Logf("booted and powered off in %s", time.Since(start).Round(time.Millisecond))
	if err != nil || state.Signal != syscall.SIGINT { // how the parent sees a power-off
		t.Errorf("systemd ended with %v, %v", state, err)
	}
	report, err := os.ReadFile(filepath.Join(dir, "upper", "report"))
	if err != nil {
		t.Fatal("the machine wrote no report: ", err)
	}
	return string(report)
}

// TestBootWithLogin expects sessions and a user's own service manager where
// the description asks for them.
func TestBootWithLogin(t *testing.T) {
	parts := unpackParts(t, "dbus-user-session")
	s := system()
	delete(s.Units, "nginx.service")
	s.NeedsLogin = true
	linger := true
	alice := s.Users["alice"]
	alice.Linger = &linger
	s.Users["alice"] = alice
	s.UserUnits = map[string]description.Unit{"mine.service": {
		WantedBy: []string{"default.target"},
		Sections: map[string]map[string][]string{"Service": {"Type": {"oneshot"}, "RemainAfterExit": {"yes"}, "ExecStart": {"/bin/sh -c 'id -un >$XDG_RUNTIME_DIR/mine'"}}},
	}}
	s.Units["report.service"] = description.Unit{
		WantedBy: []string{"multi-user.target"},
		Sections: map[string]map[string][]string{
			"Unit": {"After": {"user@1000.service", "systemd-logind.service"}, "Wants": {"user@1000.service"}},
			"Service": {"Type": {"oneshot"}, "ExecStart": {`/bin/bash -c '{ systemctl is-active dbus systemd-logind user@1000; ` +
				`loginctl list-users --no-legend; for i in 1 2 3 4 5 6 7 8 9; do test -e /run/user/1000/mine && break; sleep 0.1; done; cat /run/user/1000/mine; ` +
				`systemctl list-units --failed --plain --no-legend; } >/report 2>&1; systemctl --no-block poweroff'`}},
		},
	}
	report := boot(t, assemble(t, parts, s))
	if !strings.HasPrefix(report, "active\nactive\nactive\n") || !strings.Contains(report, "\nalice\n") || strings.Contains(report, " failed ") {
		t.Errorf("the report is\n%s", report)
	}
}
