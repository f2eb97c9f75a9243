package testdriver_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/containerd/console"

	"berth.dev/internal/debian"
	"berth.dev/internal/description"
	"berth.dev/internal/machine"
	"berth.dev/internal/root"
	"berth.dev/internal/testdriver"
)

// parts unpacks the closures of Debian packages into a cache that all runs
// share, keyed by digest.
type parts struct {
	t      *testing.T
	source *debian.Source
	cache  string
}

func openParts(t *testing.T) *parts {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("needs root: machines have namespaces, cgroups and files of many owners")
	}
	cache, err := os.UserCacheDir()
	if err != nil {
		t.Skip("needs a cache directory: ", err)
	}
	cache = filepath.Join(cache, "berth")
	source, err := debian.Open(t.Context(), debian.Config{
		CacheDir: filepath.Join(cache, "debian"), Architecture: runtime.GOARCH, AptDir: "/etc/apt", ListsDir: "/var/lib/apt/lists",
	})
	if err != nil {
		t.Skip("needs a Debian mirror: ", err)
	}
	t.Cleanup(func() { source.Close() })
	return &parts{t: t, source: source, cache: cache}
}

// of returns the parts of packages and of what they need.
func (p *parts) of(packages ...string) []string {
	p.t.Helper()
	essential, err := p.source.Essential()
	if err != nil {
		p.t.Skip("needs a Debian mirror: ", err)
	}
	closure, err := p.source.Resolve(slices.Concat(essential, packages))
	if err != nil {
		p.t.Fatal(err)
	}
	dirs, errs := make([]string, len(closure)), make([]error, len(closure))
	slots := make(chan struct{}, 2*runtime.NumCPU())
	var all sync.WaitGroup
	for i, record := range closure {
		dirs[i] = filepath.Join(p.cache, "parts", record.SHA256[:32]+"-"+record.Name)
		all.Go(func() {
			slots <- struct{}{}
			defer func() { <-slots }()
			errs[i] = p.unpack(record, dirs[i])
		})
	}
	all.Wait()
	if err := errors.Join(errs...); err != nil {
		p.t.Fatal(err)
	}
	return dirs
}

func (p *parts) unpack(record debian.Record, dir string) error {
	if _, err := os.Stat(dir); err == nil {
		return nil
	}
	deb := fmt.Sprintf("%s.%d.deb", dir, os.Getpid())
	defer os.Remove(deb)
	if err := p.source.Fetch(p.t.Context(), record.Path, record.SHA256, record.Size, deb, nil); err != nil {
		return err
	}
	defer os.RemoveAll(deb + ".new")
	if _, err := debian.Unpack(p.t.Context(), deb, deb+".new"); err != nil {
		return err
	}
	if err := os.Rename(deb+".new", dir); err != nil && !errors.Is(err, os.ErrExist) {
		return err
	}
	return nil
}

// root assembles the root of a system.
func (p *parts) root(system *description.System) *root.Root {
	p.t.Helper()
	assembled, err := root.Assemble(p.t.Context(), root.Config{
		System: system, Parts: p.of(system.DebianPackages...), StoreDir: p.t.TempDir(), CacheDir: filepath.Join(p.cache, "roots"),
	})
	if err != nil {
		p.t.Fatal(err)
	}
	return assembled
}

// run boots the machines of a test and runs its script.
func run(t *testing.T, test *description.Test, events testdriver.Events) (*testdriver.Result, error) {
	t.Helper()
	p := openParts(t)
	group, err := machine.NewGroup(machine.GroupConfig{RunDirectory: t.TempDir(), Name: test.Name})
	if err != nil {
		t.Fatal(err)
	}
	defer group.Close()
	machines := map[string]testdriver.Machine{}
	for name, m := range test.Machines {
		system := machine.Furnish(m.Description)
		machines[name], err = testdriver.NewBooted(group, machine.Config{Name: name, System: system, Root: p.root(system)})
		if err != nil {
			t.Fatal(err)
		}
	}
	driver := &description.System{Version: description.Version, Name: "driver", Platform: "x86_64-linux"}
	driver.DebianPackages = []string{"python3"}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	return testdriver.Run(ctx, testdriver.Config{
		Test: test, Machines: machines, Events: events, Output: t.TempDir(),
		Interpreter: &testdriver.Sandbox{Layers: p.root(driver).Lowers(), Program: "/usr/bin/python3", Scratch: t.TempDir()},
	})
}

func readTest(t *testing.T, name string) *description.Test {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", name+".json"))
	if err != nil {
		t.Fatal(err)
	}
	test, err := description.DecodeTest(text, name+".json")
	if err != nil {
		t.Fatal(err)
	}
	script, err := os.ReadFile(filepath.Join("testdata", name+".py"))
	if err != nil {
		t.Fatal(err)
	}
	test.Script = string(script)
	return test
}

// lines keeps the log of a run.
type lines struct {
	mu  sync.Mutex
	all []string
}

func (l *lines) add(format string, arguments ...any) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.all = append(l.all, fmt.Sprintf(format, arguments...))
}

// text is the log so far; a machine may still be adding to it.
func (l *lines) text() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return strings.Join(l.all, "\n")
}

func (l *lines) Message(machine, level, text string) { l.add("%s: %s: %s", machine, level, text) }
func (l *lines) Output(machine, text string)         { l.add("%s # %s", machine, text) }
func (l *lines) Printed(text string)                 { l.add("%s", text) }
func (l *lines) Opened(machine, header string)       { l.add("%s: %s", machine, header) }
func (l *lines) Closed(machine, header string, took time.Duration, ok bool) {
	l.add("%s: (%v: %s, in %v)", machine, ok, header, took)
}
func (l *lines) Booted(machine string, took time.Duration) { l.add("%s: booted in %v", machine, took) }

// A description written by hand boots two real machines, and a script uses
// everything that needs real ones.
func TestPairOfMachines(t *testing.T) {
	var log lines
	result, err := run(t, readTest(t, "pair"), &log)
	var failure *testdriver.Failure
	if errors.As(err, &failure) {
		log.add("%s", strings.Join(failure.Report(), "\n"))
	}
	if err != nil {
		t.Fatalf("%v\n%s", err, log.text())
	}
	for name, m := range result.Machines {
		t.Logf("%s: %d boots, the first in %.2f s; %d commands", name, m.Boots, m.BootSeconds, m.Commands)
	}
	for _, sub := range result.Subtests {
		t.Logf("%-30s %.2f s", sub.Name, sub.Seconds)
	}
	if got := result.Machines["server"].Boots; got != 3 {
		t.Errorf("server booted %d times", got)
	}
}

// A user at a terminal gets a shell inside, and the terminal back.
func TestShellInteract(t *testing.T) {
	test := readTest(t, "pair")
	delete(test.Machines, "server")
	p := openParts(t)
	group, err := machine.NewGroup(machine.GroupConfig{RunDirectory: t.TempDir(), Name: "shell"})
	if err != nil {
		t.Fatal(err)
	}
	defer group.Close()
	system := machine.Furnish(test.Machines["client"].Description)
	client, err := testdriver.NewBooted(group, machine.Config{Name: "client", System: system, Root: p.root(system)})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	if err := client.Boot(ctx); err != nil {
		t.Fatal(err)
	}
	master, path, err := console.NewPty()
	if err != nil {
		t.Skip("needs pseudo-terminals: ", err)
	}
	defer master.Close()
	slave, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer slave.Close()
	output := make(chan string, 1)
	go func() {
		var seen strings.Builder
		buffer := make([]byte, 4096)
		for !strings.Contains(seen.String(), "client:42") {
			n, err := master.Read(buffer)
			if err != nil {
				break
			}
			seen.Write(buffer[:n])
		}
		output <- seen.String()
		_, _ = master.Write([]byte("exit\n"))
		_, _ = io.Copy(io.Discard, master)
	}()
	if _, err := master.Write([]byte("tty && echo $(hostname):$((40+2))\n")); err != nil {
		t.Fatal(err)
	}
	if err := client.Shell(ctx, slave, slave); err != nil {
		t.Fatal(err)
	}
	if seen := <-output; !strings.Contains(seen, "/dev/pts/") || !strings.Contains(seen, "client:42") {
		t.Errorf("the terminal shows %q", seen)
	}
	// Nothing reads the terminal any more: the next line is this test's.
	if _, err := master.Write([]byte("next line\n")); err != nil {
		t.Fatal(err)
	}
	line := make([]byte, 100)
	if n, err := slave.Read(line); err != nil || string(line[:n]) != "next line\n" {
		t.Errorf("read %q, %v", line[:n], err)
	}
}

// How long the driver itself takes before the first line of a script runs, and
// for one command.
func TestOverhead(t *testing.T) {
	test := readTest(t, "pair")
	test.Script = `
import time
begun = time.monotonic()
client.succeed("true")
booted = time.monotonic()
for i in range(50):
    client.succeed("true")
each = (time.monotonic() - booted) / 50
print(f"command {1000 * each:.1f} ms")
assert each < 0.2
`
	delete(test.Machines, "server")
	var log lines
	result, err := run(t, test, &log)
	if err != nil {
		t.Fatal(err)
	}
	if result.ScriptSeconds-result.Machines["client"].BootSeconds > 5 {
		t.Error("the driver itself takes seconds")
	}
	t.Logf("script %.2f s, boot %.2f s; %s", result.ScriptSeconds, result.Machines["client"].BootSeconds, regexp.MustCompile("command .*ms").FindString(log.text()))
}

// Units of a user's own manager are asked for as that user.
func TestUnitsOfARealUser(t *testing.T) {
	linger := true
	system := &description.System{
		Version: description.Version, Name: "desk", Platform: "x86_64-linux", NeedsLogin: true,
		DebianPackages: []string{"systemd", "systemd-sysv", "dbus", "dbus-user-session", "libpam-systemd", "login", "passwd"},
		Users: map[string]description.User{
			"alice": {IsNormalUser: true, Group: "users", Home: "/home/alice", CreateHome: true, Shell: "/bin/bash", Linger: &linger},
		},
		Groups: map[string]description.Group{"users": {}},
		UserUnits: map[string]description.Unit{"note.service": {
			Sections: map[string]map[string][]string{"Service": {"ExecStart": {"/bin/sleep 600"}}},
			WantedBy: []string{"default.target"},
		}},
		Network: description.Network{HostName: "desk"},
	}
	var log lines
	result, err := run(t, &description.Test{
		Version: description.Version, Name: "users", GlobalTimeout: 40,
		Machines: map[string]description.TestMachine{"desk": {Description: system}},
		Script: `
machine.wait_for_unit("multi-user.target")
machine.wait_until_succeeds("systemctl is-active user@$(id -u alice).service", 20)
machine.wait_for_unit("note.service", user="alice", timeout=20)
assert machine.get_unit_property("note.service", "SubState", "alice") == "running"
assert machine.succeed("su -l alice -c 'id -un; echo $HOME'") == "alice\n/home/alice\n"
`,
	}, &log)
	var failure *testdriver.Failure
	if errors.As(err, &failure) {
		log.add("%s", strings.Join(failure.Report(), "\n"))
	}
	if err != nil {
		t.Fatalf("%v, %+v\n%s", err, result, log.text())
	}
}
