// Package escape tries to get out of machines: to the devices, the kernel
// settings, the control groups, the network and the store of the host.
package escape

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"berth.dev/internal/isolate"
	"berth.dev/internal/network"
	"berth.dev/test/harness"
)

func TestMain(m *testing.M) {
	if status, ok := isolate.Dispatch(os.Args, isolate.Stages()); ok {
		os.Exit(status)
	}
	harness.Main(m)
}

// ways are the attempts that the probe knows.
func ways() []string {
	return []string{"disks", "memory", "nodes", "settings", "sysrq", "kernel", "hardware", "cgroup", "cgroup1",
		"store", "program", "handle", "switch", "module", "clock", "swap"}
}

// buildProbe builds the program that tries them.
func buildProbe(t *testing.T, path string) {
	t.Helper()
	cmd := exec.Command("go", "build", "-trimpath", "-ldflags=-s -w", "-o", path, "./test/escape/probe")
	cmd.Dir = harness.Root()
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("building the probe: %v\n%s", err, out)
	}
}

// TestEveryWayIsRefused tries them in a machine, in one that sees controllers
// and in a native container.
func TestEveryWayIsRefused(t *testing.T) {
	harness.NeedRoot(t)
	b := harness.New(t)
	b.Dir = t.TempDir()
	harness.Copy(t, harness.Root()+"/test/escape", b.Dir)
	buildProbe(t, filepath.Join(b.Dir, "probe.bin"))
	harness.Write(t, b.Dir+"/ways", strings.Join(ways(), " "))
	b.Want(b.Run("check", "--quiet", "."), 0)
}

// TestProbeNotices runs the probe where every way is open: in namespaces of its
// own like a machine's, but as root of the host.
func TestProbeNotices(t *testing.T) {
	harness.NeedRoot(t)
	dir := t.TempDir()
	probe := filepath.Join(dir, "probe")
	buildProbe(t, probe)
	networks, err := network.NewSwitch()
	if err != nil {
		t.Skip("needs network namespaces: ", err)
	}
	defer networks.Close()
	for _, way := range ways() {
		t.Run(way, func(t *testing.T) {
			if reason := absent(way); reason != "" {
				t.Skip(reason)
			}
			if output := runPrivileged(t, networks, dir, way); !strings.HasPrefix(output, "escaped: ") {
				t.Errorf("the probe did not get out: %s", output)
			}
		})
	}
}

// absent says what a host lacks that a way leads to.
func absent(way string) string {
	switch way {
	case "disks":
		if !readsDisk() {
			return "the host lets not even its root read a disk"
		}
	case "sysrq":
		if _, err := os.Stat("/proc/sysrq-trigger"); err != nil {
			return "the kernel has no such key"
		}
	case "cgroup1":
		mounts, _ := os.ReadFile("/proc/self/mountinfo")
		if !strings.Contains(string(mounts), " - cgroup ") {
			return "the host has no cgroups of version 1"
		}
	case "module":
		if _, err := os.Stat("/proc/modules"); err != nil {
			return "the kernel takes no modules"
		}
	}
	return ""
}

// readsDisk reports whether root of the host can read a disk.
func readsDisk() bool {
	disks, _ := os.ReadFile("/proc/partitions")
	for line := range strings.Lines(string(disks)) {
		fields := strings.Fields(line)
		if len(fields) != 4 || fields[0] == "major" {
			continue
		}
		if f, err := os.Open("/dev/" + fields[3]); err == nil {
			f.Close()
			return true
		}
	}
	return false
}

// runPrivileged runs the probe with mounts and a network of its own, on a cable
// to a switch.
func runPrivileged(t *testing.T, networks *network.Switch, dir, way string) string {
	t.Helper()
	output, err := os.Create(filepath.Join(dir, way))
	if err != nil {
		t.Fatal(err)
	}
	defer output.Close()
	guarded := filepath.Join(dir, "guarded")
	if err := os.MkdirAll(guarded, 0o755); err != nil {
		t.Fatal(err)
	}
	p, err := isolate.Start(context.Background(), isolate.Spec{
		Args: []string{filepath.Join(dir, "probe"), way}, Directory: dir,
		Env:        []string{"PROBE_STORE=" + guarded, "PROBE_PROGRAM=" + filepath.Join(dir, "probe")},
		Namespaces: []isolate.Namespace{{Kind: isolate.MountNamespace}, {Kind: isolate.NetworkNamespace}},
		Mounts: []isolate.Mount{
			{Destination: guarded, Type: "bind", Source: guarded, Options: []string{"ro"}}},
		Stdout: output, Stderr: output,
		Prepare: func(pid int) error {
			namespace, err := network.OfProcess(pid)
			if err != nil {
				return err
			}
			defer namespace.Close()
			_, err = networks.Plug(1, namespace, network.Port{Name: "eth1", MAC: "02:00:00:00:00:01", MTU: 1500})
			return err
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := p.Wait(); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(output.Name())
	if err != nil {
		t.Fatal(err)
	}
	return string(bytes.TrimSpace(text))
}
