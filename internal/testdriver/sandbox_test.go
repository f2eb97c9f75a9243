package testdriver

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"berth.dev/internal/isolate"
)

// hostSandbox shows this host's files, without its processes and network.
func hostSandbox(t *testing.T) *Sandbox {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("needs root: mounts and namespaces without a user namespace")
	}
	program, err := exec.LookPath("python3")
	if err != nil {
		t.Skip("needs python3 on this host")
	}
	layer := t.TempDir()
	for _, name := range []string{"bin", "lib", "lib64"} {
		if err := os.Symlink("usr/"+name, filepath.Join(layer, name)); err != nil {
			t.Fatal(err)
		}
	}
	return &Sandbox{
		Layers: []string{layer}, Program: program, Scratch: t.TempDir(),
		Mounts: []isolate.Mount{
			{Destination: "/usr", Type: "bind", Source: "/usr", Options: []string{"rbind", "ro"}},
			{Destination: filepath.Dir(filepath.Dir(program)), Type: "bind", Source: filepath.Dir(filepath.Dir(program)), Options: []string{"rbind", "ro"}},
		},
	}
}

func TestSandbox(t *testing.T) {
	b := newBench(t)
	b.config.Interpreter = hostSandbox(t)
	b.passes(`
import os, subprocess
assert os.environ["out"] == os.getcwd()
open("made", "w").write("by the script")
assert os.listdir("/sys/class/net") == ["lo"], os.listdir("/sys/class/net")
assert len([p for p in os.listdir("/proc") if p.isdigit()]) <= 3
subprocess.run(["/bin/sh", "-c", "echo from a child; exec >&3 2>/dev/null || echo no socket"])
server.succeed("true")
try:
    os.mount
except AttributeError:
    pass
assert subprocess.run(["mount", "-t", "tmpfs", "x", "/mnt"], stderr=subprocess.DEVNULL).returncode != 0
`)
	if !b.events.has("> from a child") {
		t.Errorf("log:\n%s", strings.Join(b.events.all(), "\n"))
	}
	if text, err := os.ReadFile(filepath.Join(b.config.Output, "made")); err != nil || string(text) != "by the script" {
		t.Errorf("file made by the script: %q, %v", text, err)
	}
}

func TestSandboxIsStopped(t *testing.T) {
	b := newBench(t)
	b.config.Interpreter = hostSandbox(t)
	b.config.Test.GlobalTimeout = 1
	_, failure := b.run("import subprocess\nsubprocess.run(['sleep', '600'])")
	if failure == nil || failure.Kind != KindTimeout {
		t.Errorf("failure: %+v", failure)
	}
}

func TestSandboxWithoutItsProgram(t *testing.T) {
	b := newBench(t)
	sandbox := hostSandbox(t)
	sandbox.Program = "/usr/bin/no-python"
	b.config.Interpreter = sandbox
	b.config.Test.Script = "pass"
	_, err := Run(t.Context(), b.config)
	if err == nil || !strings.Contains(err.Error(), "start Python for the test script") {
		t.Errorf("error %v", err)
	}
}
