package machine

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"berth.dev/internal/isolate"
)

// TestOwnIDs boots two machines and looks at their ids from both sides.
func TestOwnIDs(t *testing.T) {
	b := newBench(t)
	first, second := b.machine(system("first", "1"), nil), b.machine(system("second", "2"), nil)
	b.start(first)
	b.start(second)
	outer := map[string]bool{}
	for _, m := range []*Machine{first, second} {
		fields := strings.Fields(b.succeed(m, "cat /proc/self/uid_map"))
		if fields[0] != "0" || fields[1] == "0" || fields[2] != "65536" {
			t.Errorf("%s has the ids %v", m.Name(), fields)
		}
		outer[fields[1]] = true
		b.succeed(m, "touch /var/mine && chown 5:6 /var/mine")
		info, err := os.Stat(filepath.Join(m.Directory(), "state/var/mine"))
		if err != nil {
			t.Fatal(err)
		}
		if owner := info.Sys().(*syscall.Stat_t); owner.Uid != 5 || owner.Gid != 6 {
			t.Errorf("on disk its file belongs to %d:%d", owner.Uid, owner.Gid)
		}
	}
	if len(outer) != 2 {
		t.Error("two machines have the same ids")
	}
	if out, status := b.run(first, "mount -o remount,rw,bind /run/berth/berth"); status == 0 {
		t.Errorf("what is read-only can be made writable: %s", out)
	}
	if got := b.succeed(first, "echo through a pipe > /dev/stderr"); got != "through a pipe" {
		t.Errorf("opening standard error again gives %q", got)
	}
}

// TestSharedIDs boots a machine on a file system that cannot translate owners.
func TestSharedIDs(t *testing.T) {
	b := newBench(t)
	directory := t.TempDir()
	if err := syscall.Mount("none", directory, "ramfs", 0, ""); err != nil {
		t.Skip("needs ramfs: ", err)
	}
	t.Cleanup(func() { syscall.Unmount(directory, syscall.MNT_DETACH) })
	var console lockedBuffer
	m := b.machine(system("server", "2"), func(c *Config) {
		c.Console, c.Directory = &console, filepath.Join(directory, "server")
	})
	b.start(m)
	defer m.Kill()
	if got := b.succeed(m, "cat /proc/self/uid_map"); !strings.HasSuffix(got, "4294967295") {
		t.Errorf("its ids are %s", got)
	}
	if !strings.Contains(console.String(), "its ids are those of the host") {
		t.Errorf("nothing was said about it:\n%s", console.String())
	}
}

func TestTakeIDs(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("needs root: reserves ids of the host")
	}
	used := []isolate.IDMap{{Inside: 0, Count: 65536}, {Inside: 100000, Count: 65537}}
	first, err := takeIDs("test", used)
	if err != nil {
		t.Fatal(err)
	}
	second, err := takeIDs("test", used)
	if err != nil {
		t.Fatal(err)
	}
	defer second.release()
	if len(first.locks) != 3 || first.maps[1].Outside != first.maps[0].Outside+65536 {
		t.Errorf("got %+v", first.maps)
	}
	if second.root() == first.root() {
		t.Errorf("two have the ids from %d on", first.root())
	}
	first.release()
	third, err := takeIDs("test", used)
	if err != nil {
		t.Fatal(err)
	}
	defer third.release()
	if third.root() != first.root() {
		t.Errorf("the ids from %d on are free and not taken again", first.root())
	}
}

func TestUsedIDs(t *testing.T) {
	upper, lower := t.TempDir(), t.TempDir()
	for path, text := range map[string]string{
		upper + "/etc/subuid": "alice:100000:65536\nbob:165536:65536\n", upper + "/etc/subgid": "alice:100000:65536\n",
		lower + "/etc/subuid": "hidden:500000:65536\n",
		lower + "/etc/subgid": "huge:1000000:4000000000\n",
	} {
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got := usedIDs([]string{upper, lower}, []string{lower})
	want := []isolate.IDMap{{Inside: 0, Count: 65536}, {Inside: 100000, Count: 131072},
		{Inside: 500000, Count: 65536}, {Inside: 1000000, Count: rangeLimit}}
	if !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}
