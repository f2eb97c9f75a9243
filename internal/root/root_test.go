package root

import (
	"bytes"
	"context"
	"fmt"
	"io"
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
)

func TestMain(m *testing.M) {
	if status, ok := isolate.Dispatch(os.Args, isolate.Stages()); ok {
		os.Exit(status)
	}
	os.Exit(m.Run())
}

// bootable are the packages of a machine besides the Essential ones.
var bootable = []string{
	"systemd", "systemd-sysv", "dbus", "libpam-systemd", "iproute2", "nftables", "bash", "coreutils", "util-linux",
	"procps", "curl", "ca-certificates", "netbase", "passwd",
}

// cacheDir is shared by all runs; parts are keyed by their digests.
func cacheDir(t *testing.T) string {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("needs root: roots have files of many owners and overlay mounts")
	}
	dir, err := os.UserCacheDir()
	if err != nil {
		t.Skip("needs a cache directory: ", err)
	}
	return filepath.Join(dir, "berth")
}

// openSource opens a Debian release through the mirrors of this host.
func openSource(t *testing.T, release string) *debian.Source {
	t.Helper()
	source, err := debian.Open(t.Context(), debian.Config{
		CacheDir: filepath.Join(cacheDir(t), "debian"), Release: release, Architecture: runtime.GOARCH,
		AptDir: "/etc/apt", ListsDir: "/var/lib/apt/lists",
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { source.Close() })
	return source
}

// unpackParts returns the part directories of a machine with further packages.
func unpackParts(t *testing.T, seeds ...string) []string {
	t.Helper()
	source := openSource(t, debian.DefaultRelease)
	essential, err := source.Essential()
	if err != nil {
		t.Skip("needs a Debian mirror: ", err)
	}
	return unpackClosure(t, source, slices.Concat(essential, bootable, seeds))
}

// unpackClosure returns the part directories of a closure.
func unpackClosure(t *testing.T, source *debian.Source, seeds []string) []string {
	t.Helper()
	cache := cacheDir(t)
	closure, err := source.Resolve(seeds)
	if err != nil {
		t.Skip("needs a Debian mirror: ", err)
	}
	parts := make([]string, len(closure))
	slots := make(chan struct{}, 2*runtime.NumCPU())
	var group sync.WaitGroup
	for i, r := range closure {
		parts[i] = filepath.Join(cache, "parts", r.SHA256[:32]+"-"+r.Name)
		group.Go(func() {
			slots <- struct{}{}
			defer func() { <-slots }()
			if err := unpackPart(t.Context(), source, r, parts[i]); err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
	if t.Failed() {
		t.FailNow()
	}
	return parts
}

func unpackPart(ctx context.Context, source *debian.Source, r debian.Record, dir string) error {
	if _, err := os.Stat(dir); err == nil {
		return nil
	}
	deb := dir + ".deb"
	if err := source.Fetch(ctx, r.Path, r.SHA256, r.Size, deb, nil); err != nil {
		return err
	}
	defer os.Remove(deb)
	defer os.RemoveAll(dir + ".new")
	if _, err := debian.Unpack(ctx, deb, dir+".new"); err != nil {
		return err
	}
	return os.Rename(dir+".new", dir)
}

// assemble makes a root below the shared cache.
func assemble(t *testing.T, parts []string, s *description.System) *Root {
	t.Helper()
	store := t.TempDir()
	start := time.Now()
	root, err := Assemble(t.Context(), Config{
		System: s, Parts: parts, StoreDir: store, CacheDir: filepath.Join(cacheDir(t), "roots"), Log: func(line string) { t.Log(line) },
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("assembled in %s", time.Since(start).Round(100*time.Microsecond))
	return root
}

// inside runs a shell script in a root and returns what it printed.
func inside(t *testing.T, root *Root, script string) string {
	t.Helper()
	dir := t.TempDir()
	for _, name := range []string{"mount", "upper", "work"} {
		if err := os.Mkdir(filepath.Join(dir, name), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	reader, writer, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer reader.Close()
	spec := isolate.Spec{
		Args: []string{"/bin/bash", "-ec", script}, Env: []string{"PATH=" + standardPath, "LANG=C.UTF-8"},
		Root: &isolate.Root{Path: filepath.Join(dir, "mount"), Overlay: &isolate.Overlay{
			Lowers: root.Lowers(), Upper: filepath.Join(dir, "upper"), Work: filepath.Join(dir, "work"),
		}},
		Mounts: isolate.StandardMounts(isolate.BasicDevices(), false), Hostname: "inside", Loopback: true, Init: true,
		Stdout: writer, Stderr: writer,
	}
	for _, kind := range []string{isolate.MountNamespace, isolate.PIDNamespace, isolate.NetworkNamespace, isolate.IPCNamespace, isolate.UTSNamespace} {
		spec.Namespaces = append(spec.Namespaces, isolate.Namespace{Kind: kind})
	}
	process, err := isolate.Start(t.Context(), spec)
	writer.Close()
	if err != nil {
		t.Fatal(err)
	}
	output, err := io.ReadAll(reader)
	if err != nil {
		t.Fatal(err)
	}
	if state, err := process.Wait(); err != nil || !state.Success() {
		t.Fatalf("script: %v, %v\n%s", state, err, output)
	}
	return string(bytes.TrimSpace(output))
}

func system() *description.System {
	text := "hello\n"
	return &description.System{
		Version: description.Version, Name: "server", Platform: "x86_64-linux",
		Network: description.Network{HostName: "server", Hosts: []description.HostEntry{{Address: "192.0.2.7", Names: []string{"client"}}}},
		Users: map[string]description.User{
			"alice": {IsNormalUser: true, Group: "users", ExtraGroups: []string{"docker"}, Home: "/home/alice", CreateHome: true, Shell: "/bin/bash", Password: "secret"},
		},
		Groups: map[string]description.Group{"users": {}, "docker": {}},
		Etc: map[string]description.EtcFile{
			"greeting":     {Text: &text, Mode: "0640", User: "alice", Group: "users"},
			"os-link":      {Source: "/usr/lib/os-release", Mode: "symlink"},
			"deep/er/file": {Text: &text},
		},
		Units: map[string]description.Unit{
			"hello.service": {
				Sections: map[string]map[string][]string{
					"Unit":    {"Description": {"Says hello"}},
					"Service": {"Type": {"oneshot"}, "RemainAfterExit": {"yes"}, "ExecStart": {"", "/bin/sh -c 'echo \"$GREETING\" >/run/hello'"}},
				},
				Environment: map[string]string{"GREETING": `hello "world"`},
				WantedBy:    []string{"multi-user.target"}, Aliases: []string{"hi.service"},
			},
			"nginx.service": {OverrideStrategy: "asDropin", WantedBy: []string{"multi-user.target"},
				Sections: map[string]map[string][]string{"Service": {"Environment": {"A=b"}}}},
		},
	}
}

func TestRootOfMachine(t *testing.T) {
	parts := unpackParts(t, "python3", "nginx", "redis-server", "postgresql-17", "docker.io", "sudo")
	root := assemble(t, parts, system())
	again := assemble(t, parts, system())
	if again.Key != root.Key {
		t.Errorf("the same root has keys %s and %s", root.Key, again.Key)
	}
	for _, c := range []struct{ script, want string }{
		{"id -un; cat /etc/hostname", "root\nserver"},
		{"getent hosts client", "192.0.2.7       client"},
		{"stat -c '%a %U:%G' /usr/bin/passwd /usr/bin/sudo /usr/bin/chage /etc/shadow /tmp /root",
			"4755 root:root\n4755 root:root\n2755 root:shadow\n640 root:shadow\n1777 root:root\n700 root:root"},
		{"stat -c '%a %U:%G' /etc/greeting /home/alice /var/lib/redis /etc/redis/redis.conf /var/log/postgresql",
			"640 alice:users\n700 alice:users\n750 redis:redis\n640 redis:redis\n1775 root:postgres"},
		{"id alice", "uid=1000(alice) gid=100(users) groups=100(users),999(docker)"},
		{"readlink -f /usr/bin/awk /usr/sbin/iptables", "/usr/bin/mawk\n/usr/sbin/xtables-nft-multi"},
		{"readlink /etc/os-link; cat /etc/deep/er/file", "/usr/lib/os-release\nhello"},
		{"python3 -c 'import ssl, ctypes.util, sqlite3; print(ctypes.util.find_library(\"c\"), len(ssl.create_default_context().get_ca_certs()) > 100)'", "libc.so.6 True"},
		{"su alice -c 'test -w ~ && echo writable'", "writable"},
		{"nft add table inet t; nft list tables", "table inet t"},
		{"sudo -n id -u", "0"},
		{"pwck -qr; grpck -r && echo consistent", "consistent"},
	} {
		if got := inside(t, root, c.script); !strings.HasSuffix(got, c.want) {
			t.Errorf("%s\n printed %q\nexpected %q", c.script, got, c.want)
		}
	}
	verifyUnits(t, root)
	t.Log(inside(t, root, "cat /etc/passwd /etc/group; nginx -t; psql --version; ls -la /etc/systemd/system"))
}

// verifyUnits lets systemd judge the declared units and what is hidden.
func verifyUnits(t *testing.T, root *Root) {
	t.Helper()
	out := inside(t, root, "systemd-analyze verify --man=no hello.service nginx.service 2>&1 || true")
	if strings.Contains(out, "hello.service") || strings.Contains(out, "nginx.service") {
		t.Errorf("systemd-analyze verify complains:\n%s", out)
	}
	if got := inside(t, root, "test -e /usr/lib/systemd/system/nginx.service; ! test -e /usr/lib/systemd/system/redis-server.service; cat /etc/systemd/system/hi.service | tail -3"); !strings.Contains(got, "Environment=") && got == "" {
		t.Errorf("units: %q", got)
	}
}

// TestRootOfService assembles what a single program needs: no base system, no
// accounts but root and nobody.
func TestRootOfService(t *testing.T) {
	parts := unpackClosure(t, openSource(t, debian.DefaultRelease), []string{"curl", "ca-certificates", "bash", "coreutils"})
	root := assemble(t, parts, &description.System{Version: description.Version, Name: "service"})
	got := inside(t, root, "id -un; curl --version | head -1 | cut -d' ' -f1; test -s /etc/ssl/certs/ca-certificates.crt; stat -c %U /etc/passwd")
	if got != "root\ncurl\nroot" {
		t.Errorf("got %q", got)
	}
}

// TestManyPackages assembles more parts than an overlay has layers.
func TestManyPackages(t *testing.T) {
	dir := t.TempDir()
	var parts []string
	for i := range 450 {
		part := filepath.Join(dir, "parts", fmt.Sprintf("%03d", i))
		writeTestFile(t, filepath.Join(part, "root/usr/share/all", fmt.Sprint(i)), "x")
		writeTestFile(t, filepath.Join(part, "root/usr/share/same"), fmt.Sprint(i))
		writeTestFile(t, filepath.Join(part, "root/usr/share/link"), "-> same")
		writeTestFile(t, filepath.Join(part, "part.json"), fmt.Sprintf(`{"name":"p%03d","version":"1","architecture":"all"}`, i))
		parts = append(parts, part)
	}
	root, err := Assemble(t.Context(), Config{System: &description.System{Name: "many"}, Parts: parts, StoreDir: dir,
		CacheDir: filepath.Join(dir, "cache"), LeaveOwners: true})
	if err != nil {
		t.Fatal(err)
	}
	if len(root.Lowers()) > maxLowers || len(root.Parts) != 1 {
		t.Fatalf("%d lowers, %d of parts", len(root.Lowers()), len(root.Parts))
	}
	files := filesOf(t, filepath.Join(root.Parts[0], "usr/share"))
	if len(files) != 452 {
		t.Errorf("the flattened tree has %d files", len(files))
	}
	if text, err := os.ReadFile(filepath.Join(root.Parts[0], "usr/share/same")); err != nil || string(text) != "0" {
		t.Errorf("of files at one path %q won, %v", text, err)
	}
}
