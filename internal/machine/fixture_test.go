package machine

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"berth.dev/internal/debian"
	"berth.dev/internal/description"
	"berth.dev/internal/isolate"
	"berth.dev/internal/root"
)

func TestMain(m *testing.M) {
	own := map[string]func([]string) int{holdStage: hold, scopeStage: moveToScope, rootlessStage: rootless, asRootStage: asRoot}
	if status, ok := isolate.Dispatch(os.Args, isolate.Stages(), Stages(), own); ok {
		os.Exit(status)
	}
	os.Exit(m.Run())
}

// machinePackages are the packages of a machine besides the Essential ones.
var machinePackages = []string{
	"systemd", "systemd-sysv", "dbus", "iproute2", "nftables", "bash", "coreutils", "util-linux",
	"procps", "curl", "netbase", "passwd", "netcat-openbsd", "iputils-ping",
}

// cacheDir is shared by all runs.
func cacheDir(t *testing.T) string {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("needs root: boots machines")
	}
	dir, err := os.UserCacheDir()
	if err != nil {
		t.Skip("needs a cache directory: ", err)
	}
	return filepath.Join(dir, "berth")
}

// parts returns the part directories of a machine's packages.
func parts(t *testing.T, more ...string) []string {
	t.Helper()
	cache := cacheDir(t)
	source, err := debian.Open(t.Context(), debian.Config{
		CacheDir: filepath.Join(cache, "debian"), Architecture: runtime.GOARCH, AptDir: "/etc/apt", ListsDir: "/var/lib/apt/lists",
	})
	if err != nil {
		t.Fatal(err)
	}
	defer source.Close()
	essential, err := source.Essential()
	if err != nil {
		t.Skip("needs a Debian mirror: ", err)
	}
	closure, err := source.Resolve(slices.Concat(essential, machinePackages, more))
	if err != nil {
		t.Fatal(err)
	}
	found := make([]string, len(closure))
	errs := make([]error, len(closure))
	slots := make(chan struct{}, 2*runtime.NumCPU())
	var all sync.WaitGroup
	for i, r := range closure {
		found[i] = filepath.Join(cache, "parts", r.SHA256[:32]+"-"+r.Name)
		all.Go(func() {
			slots <- struct{}{}
			defer func() { <-slots }()
			errs[i] = fetchPart(t.Context(), source, r, found[i])
		})
	}
	all.Wait()
	for _, err := range errs {
		if err != nil {
			t.Skip("needs a Debian mirror: ", err)
		}
	}
	return found
}

func fetchPart(ctx context.Context, source *debian.Source, r debian.Record, dir string) error {
	if _, err := os.Stat(dir); err == nil {
		return nil
	}
	temporary, err := os.MkdirTemp(filepath.Dir(dir), ".new-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(temporary)
	deb := filepath.Join(temporary, "deb")
	if err := source.Fetch(ctx, r.Path, r.SHA256, r.Size, deb, nil); err != nil {
		return err
	}
	if _, err := debian.Unpack(ctx, deb, filepath.Join(temporary, "part")); err != nil {
		return err
	}
	if err := os.Rename(filepath.Join(temporary, "part"), dir); err != nil && !os.IsExist(err) {
		return err
	}
	return nil
}

// bench is what most tests start from.
type bench struct {
	t     *testing.T
	group *Group
	parts []string
}

func newBench(t *testing.T, packages ...string) *bench {
	t.Helper()
	found := parts(t, packages...)
	g, err := NewGroup(GroupConfig{RunDirectory: t.TempDir(), Name: "test"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := g.Close(); err != nil {
			t.Error(err)
		}
	})
	return &bench{t, g, found}
}

// system is a small system on network 1.
func system(name, address string) *description.System {
	return &description.System{
		Version: description.Version, Name: name, Platform: "x86_64-linux",
		Network: description.Network{
			HostName: name,
			Interfaces: map[string]description.Interface{"eth1": {VLAN: 1, Addresses: []string{
				"192.168.1." + address + "/24", "2001:db8:1::" + address + "/64"}}},
			Hosts: []description.HostEntry{
				{Address: "192.168.1.1", Names: []string{"client"}}, {Address: "192.168.1.2", Names: []string{"server"}}},
		},
		Firewall: description.Firewall{Enable: true, AllowPing: true, CheckReversePath: "strict"},
		Units:    map[string]description.Unit{},
	}
}

// service is a unit that multi-user.target wants.
func service(command string) description.Unit {
	return description.Unit{WantedBy: []string{"multi-user.target"},
		Sections: map[string]map[string][]string{"Service": {"ExecStart": {command}}}}
}

func (b *bench) assemble(s *description.System) (*description.System, *root.Root) {
	b.t.Helper()
	s = Furnish(s)
	r, err := root.Assemble(b.t.Context(), root.Config{
		System: s, Parts: b.parts, StoreDir: b.t.TempDir(), CacheDir: filepath.Join(cacheDir(b.t), "roots"),
		Log: func(line string) { b.t.Log(line) },
	})
	if err != nil {
		b.t.Fatal(err)
	}
	return s, r
}

// machine adds a machine that is off.
func (b *bench) machine(s *description.System, change func(*Config)) *Machine {
	b.t.Helper()
	s, r := b.assemble(s)
	config := Config{Name: s.Name, System: s, Root: r}
	if change != nil {
		change(&config)
	}
	m, err := b.group.Machine(config)
	if err != nil {
		b.t.Fatal(err)
	}
	return m
}

// bounded is a context for one test.
func bounded(t *testing.T) context.Context {
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	t.Cleanup(cancel)
	return ctx
}

// start boots a machine until commands can be run in it.
func (b *bench) start(m *Machine) {
	b.t.Helper()
	ctx := bounded(b.t)
	if err := m.Start(ctx); err != nil {
		b.t.Fatal(err)
	}
	if err := m.WaitReady(ctx); err != nil {
		b.t.Fatal(err)
	}
}

// run runs a shell command and returns its output, trimmed, and status.
func (b *bench) run(m *Machine, command string) (string, int) {
	b.t.Helper()
	var out bytes.Buffer
	status, err := m.Exec(bounded(b.t), ExecRequest{Argv: []string{"/bin/bash", "-c", command}, Stdout: &out, Stderr: &out})
	if err != nil {
		b.t.Fatalf("%s: %v", command, err)
	}
	return strings.TrimSpace(out.String()), status.Status()
}

// succeed is run for commands that must not fail.
func (b *bench) succeed(m *Machine, command string) string {
	b.t.Helper()
	out, status := b.run(m, command)
	if status != 0 {
		b.t.Fatalf("%s: status %d: %s", command, status, out)
	}
	return out
}

// lockedBuffer takes writes from several goroutines.
type lockedBuffer struct {
	mu     sync.Mutex
	buffer bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buffer.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buffer.String()
}
