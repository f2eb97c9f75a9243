// Package rootless runs berth as an ordinary user: the same checks, without a
// right over the host.
package rootless

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"berth.dev/internal/isolate"
	"berth.dev/test/harness"
	"berth.dev/test/oracle"
)

func TestMain(m *testing.M) {
	if status, ok := isolate.Dispatch(os.Args, isolate.Stages()); ok {
		os.Exit(status)
	}
	harness.Main(m)
}

// The user of these tests exists only in the files that they show to it.
const (
	userID   = 61234
	userName = "berthtest"
	// place is where the user's files are shown: what is above them on the
	// host may be closed to it.
	place = "/mnt"
)

// user is a place for berth to run in as an ordinary user.
type user struct {
	t      *testing.T
	dir    string
	cgroup *isolate.Cgroup
	mounts []isolate.Mount
}

// newUser prepares one with so many subordinate ids. Its store stays for the
// next run.
func newUser(t *testing.T, subordinates int) *user {
	t.Helper()
	harness.NeedRoot(t)
	for _, program := range []string{"newuidmap", "newgidmap"} {
		if _, err := exec.LookPath(program); err != nil {
			t.Skipf("needs %s: install uidmap", program)
		}
	}
	cache, err := oracle.CacheDir()
	if err != nil {
		t.Fatal(err)
	}
	u := &user{t: t, dir: filepath.Join(cache, "rootless")}
	if err := os.MkdirAll(u.dir, 0o755); err != nil {
		t.Fatal(err)
	}
	u.own(u.dir)
	files := t.TempDir()
	u.shadow(files, "/etc/passwd", fmt.Sprintf("%s:x:%d:%d::%s:/bin/sh\n", userName, userID, userID, place))
	u.shadow(files, "/etc/group", fmt.Sprintf("%s:x:%d:\n", userName, userID))
	ranges := ""
	if subordinates > 0 {
		ranges = fmt.Sprintf("%s:1800000000:%d\n", userName, subordinates)
	}
	u.shadow(files, "/etc/subuid", ranges)
	u.shadow(files, "/etc/subgid", ranges)
	u.mounts = append(u.mounts, isolate.Mount{Destination: place, Type: "bind", Source: u.dir})
	u.delegate()
	return u
}

// shadow shows another file in the place of one of the host's, with more lines.
func (u *user) shadow(dir, path, more string) {
	u.t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		u.t.Skipf("needs %s: %v", path, err)
	}
	shadow := filepath.Join(dir, filepath.Base(path))
	if err := os.WriteFile(shadow, append(text, more...), 0o644); err != nil {
		u.t.Fatal(err)
	}
	u.mounts = append(u.mounts, isolate.Mount{Destination: path, Type: "bind", Source: shadow})
}

// delegate makes a control group for the user, as a service manager does.
func (u *user) delegate() {
	u.t.Helper()
	group, err := isolate.NewUnifiedCgroup("berth-rootless")
	if err == nil {
		err = group.Delegate(userID, userID)
	}
	if err != nil {
		u.t.Skip("needs a cgroup to delegate: ", err)
	}
	u.cgroup = group
	u.t.Cleanup(func() {
		group.Kill()
		if err := group.Remove(); err != nil {
			u.t.Error(err)
		}
	})
}

func (u *user) own(path string) {
	u.t.Helper()
	if err := os.Lchown(path, userID, userID); err != nil {
		u.t.Fatal(err)
	}
}

// copy gives the user a folder or a file.
func (u *user) copy(source, name string) {
	u.t.Helper()
	target := filepath.Join(u.dir, name)
	if err := os.RemoveAll(target); err != nil {
		u.t.Fatal(err)
	}
	if out, err := exec.Command("cp", "-r", source, target).CombinedOutput(); err != nil {
		u.t.Fatalf("copying %s: %v\n%s", source, err, out)
	}
	err := filepath.WalkDir(target, func(path string, _ fs.DirEntry, err error) error {
		if err == nil {
			u.own(path)
		}
		return err
	})
	if err != nil {
		u.t.Fatal(err)
	}
}

// berth runs a command line as the user.
func (u *user) berth(args ...string) (status int, output string) {
	u.t.Helper()
	u.copy(harness.New(u.t).Program(), "berth")
	out, err := os.Create(filepath.Join(u.t.TempDir(), "output"))
	if err != nil {
		u.t.Fatal(err)
	}
	defer out.Close()
	var environment []string
	for _, variable := range os.Environ() {
		name, _, _ := strings.Cut(variable, "=")
		if name != "HOME" && name != "BERTH_STATE_DIR" && !strings.HasPrefix(name, "XDG_") {
			environment = append(environment, variable)
		}
	}
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Minute)
	defer cancel()
	p, err := isolate.Start(ctx, isolate.Spec{
		Args: append([]string{place + "/berth"}, args...), Env: append(environment, "HOME="+place, "USER="+userName),
		Directory: place, Namespaces: []isolate.Namespace{{Kind: isolate.MountNamespace}}, Mounts: u.mounts,
		User: &isolate.User{UID: userID, GID: userID}, Cgroup: u.cgroup, Stdout: out, Stderr: out,
	})
	if err != nil {
		u.t.Fatal(err)
	}
	state, err := p.Wait()
	if err != nil {
		u.t.Fatal(err)
	}
	text, err := os.ReadFile(out.Name())
	if err != nil {
		u.t.Fatal(err)
	}
	return state.Status(), string(text)
}

// TestTutorial passes the same check as root does.
func TestTutorial(t *testing.T) {
	u := newUser(t, 1<<16)
	u.copy(harness.Root()+"/examples/tutorial", "tutorial")
	status, output := u.berth("check", "--quiet", "./tutorial")
	if status != 0 || !strings.Contains(output, "passed  default") {
		t.Errorf("exit status %d:\n%s", status, output)
	}
	u.wantNothingLeft()
}

// TestEscape tries the ways out of machines that have no rights to lose: to
// the files of the user who runs them. The limits of a machine are that user's
// to give, and so its root's to change; those of the group around are not.
func TestEscape(t *testing.T) {
	u := newUser(t, 1<<16)
	dir := filepath.Join(t.TempDir(), "escape")
	if err := os.CopyFS(dir, os.DirFS(harness.Root()+"/test/escape")); err != nil {
		t.Fatal(err)
	}
	build := exec.Command("go", "build", "-o", filepath.Join(dir, "probe.bin"), "./test/escape/probe")
	build.Dir, build.Env = harness.Root(), append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("building the probe: %v\n%s", err, out)
	}
	harness.Write(t, dir+"/ways", "disks memory nodes settings hardware cgroup1 store program handle switch clock swap")
	u.copy(dir, "escape")
	status, output := u.berth("check", "--quiet", "./escape")
	if status != 0 {
		t.Errorf("exit status %d:\n%s", status, output)
	}
	u.wantNothingLeft()
}

// wantNothingLeft looks for run directories and control groups.
func (u *user) wantNothingLeft() {
	u.t.Helper()
	var left []string
	for deadline := time.Now().Add(10 * time.Second); time.Now().Before(deadline); time.Sleep(50 * time.Millisecond) {
		left, _ = filepath.Glob(filepath.Join(u.dir, ".local/share/berth/run/[a-z]*"))
		for _, group := range u.cgroup.Paths() {
			groups, _ := filepath.Glob(filepath.Join(group, "berth-*"))
			left = append(left, groups...)
		}
		if len(left) == 0 {
			return
		}
	}
	u.t.Errorf("left behind: %s", strings.Join(left, " "))
}

// TestWithoutSubordinateIDs says in one sentence what is missing.
func TestWithoutSubordinateIDs(t *testing.T) {
	u := newUser(t, 0)
	u.copy(harness.Root()+"/examples/tutorial", "tutorial")
	status, output := u.berth("check", "--quiet", "./tutorial")
	if status != 3 || strings.Count(output, "\n") != 1 || !strings.Contains(output, "usermod --add-subuids") {
		t.Errorf("exit status %d:\n%s", status, output)
	}
}
