package machine

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"berth.dev/internal/description"
	"berth.dev/internal/isolate"
	"berth.dev/internal/root"
)

const rootlessStage = "__test-rootless"

// firstID is the id outside that root has in the test's user namespace.
const firstID = 100000

// rootless is the stage "__test-rootless": as root of a user namespace alone,
// it boots two machines and says what it sees in them.
func rootless([]string) int {
	if err := bootRootless(); err != nil {
		fmt.Println(err)
		return 1
	}
	return 0
}

func bootRootless() error {
	var request holdRequest
	if err := json.NewDecoder(os.Stdin).Decode(&request); err != nil {
		return err
	}
	g, err := NewGroup(GroupConfig{RunDirectory: request.RunDirectory, Name: "rootless"})
	if err != nil {
		return err
	}
	defer g.Close()
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	var console lockedBuffer
	m, err := g.Machine(Config{Name: "server", System: request.System, Root: request.Root, Console: &console})
	if err == nil {
		err = m.Start(ctx)
	}
	if err == nil {
		err = m.WaitReady(ctx)
	}
	if err != nil {
		return fmt.Errorf("%w\n%s", err, console.String())
	}
	var out bytes.Buffer
	_, err = m.Exec(ctx, ExecRequest{Argv: []string{"/bin/bash", "-c", `systemctl is-system-running; systemctl --failed --no-legend; hostname
stat -c %U:%a /etc/shadow; su -s /bin/sh daemon -c 'id -un'; nft list tables; ping -c 1 -W 1 192.168.1.2 >/dev/null && echo pong`}, Stdout: &out, Stderr: &out})
	fmt.Print(out.String())
	if err != nil {
		return err
	}
	return m.Stop(ctx, 0)
}

// shift copies trees so that what belonged to an id belongs to it inside the
// namespace.
func shift(t *testing.T, sources []string, parent string) []string {
	t.Helper()
	var shifted []string
	for i, source := range sources {
		target := filepath.Join(parent, fmt.Sprint(i))
		if err := copyTree(source, target); err != nil {
			t.Fatal(err)
		}
		err := filepath.WalkDir(target, func(path string, e fs.DirEntry, err error) error {
			if err != nil {
				return err
			}
			info, err := e.Info()
			if err != nil {
				return err
			}
			stat := info.Sys().(*syscall.Stat_t)
			if err := os.Lchown(path, int(stat.Uid)+firstID, int(stat.Gid)+firstID); err != nil || info.Mode()&fs.ModeSymlink != 0 {
				return err
			}
			return syscall.Chmod(path, stat.Mode&0o7777) // changing owners drops set-id bits
		})
		if err != nil {
			t.Fatal(err)
		}
		shifted = append(shifted, target)
	}
	return shifted
}

// TestRootless boots a machine without any right over the host: root is only
// the first of a range of ids there.
func TestRootless(t *testing.T) {
	if testing.Short() {
		t.Skip("copies a root")
	}
	b := newBench(t)
	s, r := b.assemble(system("server", "2"))
	// Temporary directories of tests are closed to other users.
	directory, err := os.MkdirTemp("/tmp", "berth-rootless-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(directory) })
	run := filepath.Join(directory, "run")
	if err := os.MkdirAll(run, 0o755); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{directory, run} {
		if err := os.Chmod(path, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Chown(run, firstID, firstID); err != nil {
		t.Fatal(err)
	}
	lowers := shift(t, r.Lowers(), directory)
	input, err := json.Marshal(holdRequest{run, s, &root.Root{Parts: lowers}})
	if err != nil {
		t.Fatal(err)
	}
	got := runRootless(t, directory, string(input))
	if want := "running\nserver\nroot:640\ndaemon\ntable inet berth\npong"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

// runRootless runs the stage in a user namespace, in a cgroup that it owns.
func runRootless(t *testing.T, directory, input string) string {
	t.Helper()
	group, err := isolate.NewUnifiedCgroup("berth-rootless-test")
	if err != nil {
		t.Skip("needs a cgroup: ", err)
	}
	defer group.Remove()
	for _, path := range group.Paths() {
		for _, name := range []string{"", "cgroup.procs", "cgroup.subtree_control", "cgroup.threads"} {
			if err := os.Chown(filepath.Join(path, name), firstID, firstID); err != nil {
				t.Skip("needs a cgroup of version 2: ", err)
			}
		}
	}
	program := filepath.Join(directory, "berth")
	self, err := os.ReadFile("/proc/self/exe")
	if err == nil {
		err = os.WriteFile(program, self, 0o755)
	}
	if err != nil {
		t.Fatal(err)
	}
	in, out := filepath.Join(directory, "in"), filepath.Join(directory, "out")
	if err := os.WriteFile(in, []byte(input), 0o644); err != nil {
		t.Fatal(err)
	}
	stdin, err := os.Open(in)
	if err != nil {
		t.Fatal(err)
	}
	defer stdin.Close()
	stdout, err := os.Create(out)
	if err != nil {
		t.Fatal(err)
	}
	defer stdout.Close()
	ids := []isolate.IDMap{{Inside: 0, Outside: firstID, Count: 65536}}
	p, err := isolate.Start(bounded(t), isolate.Spec{
		Args: []string{program, rootlessStage}, Env: []string{"PATH=/usr/bin:/bin"},
		Namespaces: []isolate.Namespace{{Kind: isolate.UserNamespace}, {Kind: isolate.MountNamespace}},
		UIDMap:     ids, GIDMap: ids, Cgroup: group, Stdin: stdin, Stdout: stdout, Stderr: stdout, Executable: program,
	})
	if err != nil {
		t.Fatal(err)
	}
	state, err := p.Wait()
	text, _ := os.ReadFile(out)
	if err != nil || !state.Success() {
		t.Fatalf("%v, %v: %s", state, err, text)
	}
	return strings.TrimSpace(string(text))
}

const asRootStage = "__test-as-root"

// asRoot is the stage "__test-as-root", run inside a machine as an ordinary
// user: it becomes root of a user namespace.
func asRoot([]string) int {
	uids, gids, err := isolate.SubordinateIDs()
	if err != nil {
		fmt.Println(err)
		return 1
	}
	script := "id -u; echo $GREETING; cd $(mktemp -d); touch file; chown 5:6 file; stat -c %u:%g file; mount -t tmpfs none . && echo mounted"
	state, err := isolate.RunAsRoot(context.Background(), []string{"/bin/sh", "-c", script},
		[]string{"PATH=/usr/bin:/bin", "GREETING=hello"}, uids, gids)
	if err != nil {
		fmt.Println(err)
		return 1
	}
	return state.Status()
}

func TestRunAsRoot(t *testing.T) {
	b := newBench(t, "uidmap")
	s := system("server", "2")
	s.Users = map[string]description.User{
		"alice": {IsNormalUser: true, Group: "users", Home: "/home/alice", CreateHome: true,
			SubUIDRanges: []description.IDRange{{Start: 200000, Count: 1000}}, SubGIDRanges: []description.IDRange{{Start: 200000, Count: 1000}}},
		"bob": {IsNormalUser: true, Group: "users", Home: "/home/bob", CreateHome: true},
	}
	s.Groups = map[string]description.Group{"users": {}}
	m := b.machine(s, nil)
	b.start(m)
	run := func(user string) (string, int) {
		var out bytes.Buffer
		status, err := m.Exec(bounded(t), ExecRequest{Argv: []string{programInside, asRootStage}, User: user, Directory: "/", Stdout: &out, Stderr: &out})
		if err != nil {
			t.Fatal(err)
		}
		return strings.TrimSpace(out.String()), status.Status()
	}
	if got, status := run("alice"); status != 0 || got != "0\nhello\n5:6\nmounted" {
		t.Errorf("alice: status %d, %q", status, got)
	}
	if got, status := run("bob"); status == 0 || !strings.Contains(got, "/etc/subuid gives bob no ids") {
		t.Errorf("bob: status %d, %q", status, got)
	}
}
