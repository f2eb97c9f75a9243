package isolate

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

func TestMain(m *testing.M) {
	if status, ok := Dispatch(os.Args, Stages()); ok {
		os.Exit(status)
	}
	os.Exit(m.Run())
}

func needRoot(t *testing.T) {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("needs root: mounts and namespaces without a user namespace")
	}
}

// hostRoot describes a root that shows the host's programs.
func hostRoot(t *testing.T) (*Root, []Mount) {
	t.Helper()
	layer := t.TempDir()
	for _, name := range []string{"bin", "sbin", "lib", "lib64"} {
		if err := os.Symlink("usr/"+name, filepath.Join(layer, name)); err != nil {
			t.Fatal(err)
		}
	}
	state := t.TempDir()
	for _, name := range []string{"root", "upper", "work"} {
		if err := os.Mkdir(filepath.Join(state, name), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	root := &Root{Path: filepath.Join(state, "root"), Overlay: &Overlay{
		Lowers: []string{layer}, Upper: filepath.Join(state, "upper"), Work: filepath.Join(state, "work")}}
	mounts := append(StandardMounts(BasicDevices(), false),
		Mount{Destination: "/usr", Type: "bind", Source: "/usr", Options: []string{"rbind", "ro"}})
	return root, mounts
}

func allNamespaces() []Namespace {
	var all []Namespace
	for _, kind := range []string{MountNamespace, PIDNamespace, NetworkNamespace, IPCNamespace, UTSNamespace, CgroupNamespace} {
		all = append(all, Namespace{Kind: kind})
	}
	return all
}

// shell runs a script in a root of its own and returns what it printed.
func shell(t *testing.T, script string, change func(*Spec)) (string, ExitState, error) {
	t.Helper()
	root, mounts := hostRoot(t)
	reader, writer, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer reader.Close()
	spec := Spec{
		Args: []string{"/bin/sh", "-c", script}, Env: []string{"PATH=/usr/sbin:/usr/bin"},
		Namespaces: allNamespaces(), Root: root, Mounts: mounts, Hostname: "inside", Loopback: true,
		ReadOnlyPaths: MachineReadOnlyPaths(), WritablePaths: MachineWritablePaths(),
		Stdout: writer, Stderr: writer,
	}
	if change != nil {
		change(&spec)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	p, err := Start(ctx, spec)
	writer.Close()
	if err != nil {
		return "", ExitState{}, err
	}
	out, _ := io.ReadAll(reader)
	state, err := p.Wait()
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(string(out)), state, nil
}

func TestCommandSeesItsOwnSystem(t *testing.T) {
	needRoot(t)
	tests := []struct{ name, script, want string }{
		{"process number", "echo $$", "1"},
		{"host name", "hostname", "inside"},
		{"loopback only", "ls /sys/class/net", "lo"},
		{"loopback is up", "cat /proc/net/if_inet6 | wc -l", "1"},
		{"devices", "ls /dev | tr '\\n' ' '", "fd full null ptmx pts random shm stderr stdin stdout tty urandom zero"},
		{"null works", "echo x > /dev/null && echo ok", "ok"},
		{"own cgroup root", "cut -d: -f3 /proc/self/cgroup | sort -u", "/"},
		{"root is writable", "echo x > /new && cat /new", "x"},
		{"programs are not", "touch /usr/x 2>/dev/null || echo refused", "refused"},
		{"settings are not", "(echo 1 > /proc/sys/vm/swappiness) 2>/dev/null || echo refused", "refused"},
		{"network settings are", "echo 1 > /proc/sys/net/ipv4/ip_forward && cat /proc/sys/net/ipv4/ip_forward", "1"},
		{"environment", "env | grep -v PWD | grep -v SHLVL | grep -v ^_", "PATH=/usr/sbin:/usr/bin"},
		{"old root is gone", "ls /work /root 2>/dev/null | wc -l", "0"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got, _, err := shell(t, test.script, func(s *Spec) {
				cgroup, err := NewCgroup("berth-test-" + filepath.Base(t.TempDir()))
				if err != nil {
					t.Fatal(err)
				}
				t.Cleanup(func() {
					if err := cgroup.Remove(); err != nil {
						t.Error(err)
					}
				})
				s.Cgroup = cgroup
			})
			if err != nil {
				t.Fatal(err)
			}
			if got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}

func TestExitState(t *testing.T) {
	needRoot(t)
	for _, init := range []bool{false, true} {
		_, state, err := shell(t, "exit 7", func(s *Spec) { s.Init = init })
		if err != nil || state.Code != 7 {
			t.Errorf("init %v: got %v, %v, want status 7", init, state, err)
		}
	}
	_, state, err := shell(t, "kill -TERM $$; sleep 5", func(s *Spec) { s.Init = true })
	if err != nil || state.Code != 128+int(syscall.SIGTERM) {
		t.Errorf("signal under init: got %v, %v", state, err)
	}
}

func TestInitCollectsOrphans(t *testing.T) {
	needRoot(t)
	got, _, err := shell(t, "(sleep 0.1 & sleep 0.1 &) ; sleep 0.4; ls -d /proc/[0-9]* | wc -l", func(s *Spec) { s.Init = true })
	if err != nil {
		t.Fatal(err)
	}
	if got != "4" { // init, shell, ls, wc
		t.Errorf("%s processes are left, want 4", got)
	}
}

func TestStartReportsWhyNot(t *testing.T) {
	needRoot(t)
	tests := []struct {
		name   string
		change func(*Spec)
		want   string
	}{
		{"missing command", func(s *Spec) { s.Args = []string{"/none"} }, "execute /none: no such file"},
		{"missing bind", func(s *Spec) {
			s.Mounts = append(s.Mounts, Mount{Destination: "/x", Type: "bind", Source: "/none"})
		}, "mount /x: bind /none: no such file"},
		{"missing layer", func(s *Spec) { s.Root.Overlay.Lowers = []string{"/none"} }, "open layer /none"},
		{"prepare", func(s *Spec) { s.Prepare = func(int) error { return errors.New("not today") } }, "not today"},
		{"hook", func(s *Spec) { s.Hooks = []Hook{{Args: []string{"/bin/sh", "-c", "cat; exit 3"}, Stdin: "because"}} }, "exit status 3: because"},
		{"capability", func(s *Spec) { s.Capabilities = &Capabilities{Bounding: []string{"CAP_FLY"}} }, `unknown capability "CAP_FLY"`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			_, _, err := shell(t, "echo never", test.change)
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got error %v, want %q", err, test.want)
			}
		})
	}
}

func TestIdentityAndRights(t *testing.T) {
	needRoot(t)
	got, _, err := shell(t, "id -u; id -G; umask; ulimit -n; grep CapBnd /proc/self/status | cut -f2", func(s *Spec) {
		umask := uint32(0o077)
		s.User = &User{UID: 1000, GID: 100, Groups: []uint32{5}}
		s.Umask = &umask
		s.Rlimits = []Rlimit{{Type: "RLIMIT_NOFILE", Soft: 100, Hard: 200}}
		s.Capabilities = &Capabilities{Bounding: []string{"CAP_CHOWN"}}
	})
	if err != nil {
		t.Fatal(err)
	}
	if want := "1000\n100 5\n0077\n100\n0000000000000001"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestUserNamespace(t *testing.T) {
	needRoot(t)
	root, mounts := hostRoot(t)
	for _, name := range []string{"", "upper", "work"} {
		if err := os.Chown(filepath.Join(filepath.Dir(root.Path), name), 100000, 100000); err != nil {
			t.Fatal(err)
		}
	}
	os.Chmod(filepath.Dir(root.Path), 0o755)
	for dir := filepath.Dir(root.Path); dir != "/"; dir = filepath.Dir(dir) {
		if err := os.Chmod(dir, 0o777); err != nil {
			break
		}
	}
	got, _, err := shell(t, "id -u; touch /mine; stat -c %u /mine; echo x >/dev/null && echo ok", func(s *Spec) {
		s.Root, s.Mounts = root, mounts
		s.Namespaces = append(s.Namespaces, Namespace{Kind: UserNamespace})
		s.UIDMap = []IDMap{{0, 100000, 65536}}
		s.GIDMap = s.UIDMap
	})
	if err != nil {
		t.Fatal(err)
	}
	if got != "0\n0\nok" {
		t.Errorf("got %q", got)
	}
}

func TestKillEndsTheTree(t *testing.T) {
	needRoot(t)
	root, mounts := hostRoot(t)
	cgroup, err := NewCgroup("berth-test-kill")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	p, err := Start(ctx, Spec{Args: []string{"/bin/sh", "-c", "setsid sleep 1000 & sleep 1000"},
		Env: []string{"PATH=/usr/bin"}, Namespaces: allNamespaces()[:1], Root: root, Mounts: mounts[1:], Cgroup: cgroup})
	if err != nil {
		t.Fatal(err)
	}
	cancel()
	if state, _ := p.Wait(); state.Signal != syscall.SIGKILL {
		t.Errorf("got %v", state)
	}
	if err := cgroup.Remove(); err != nil {
		t.Error(err)
	}
}

func TestFilesFollowTheStandardThree(t *testing.T) {
	needRoot(t)
	// A descriptor that a careless parent leaves open must not get in.
	leaked, err := unix.Dup(2)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(leaked)
	for count := range 4 {
		var files []*os.File
		for i := range count {
			f, err := memoryFile("file", string(rune('a'+i)))
			if err != nil {
				t.Fatal(err)
			}
			defer f.Close()
			files = append(files, f)
		}
		// The shell keeps copies of what it redirects at 10 and 11, and reads
		// the directory through a descriptor that is closed when it is asked.
		script := `exec 2>&1; for f in /proc/$$/fd/*; do [ -e $f ] && case $f in */1[01]) ;; *) printf '%s ' ${f##*/};; esac; done
cat /proc/self/fd/[345] 2>/dev/null`
		got, _, err := shell(t, script, func(s *Spec) { s.Files = files })
		if err != nil {
			t.Fatal(err)
		}
		want := "0 1 2 3 4 5 "[:6+2*count] + "abc"[:count]
		if got != strings.TrimSpace(want) {
			t.Errorf("%d files: got %q, want %q", count, got, want)
		}
	}
}
