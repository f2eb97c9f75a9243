package kept

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"berth.dev/internal/description"
	"berth.dev/internal/root"
	"golang.org/x/sys/unix"
)

// layers makes two generated layers of files by path; a text that begins with
// "->" is a link.
func layers(t *testing.T, before, after map[string]string) (string, string) {
	t.Helper()
	dirs := [2]string{t.TempDir(), t.TempDir()}
	for i, files := range []map[string]string{before, after} {
		for name, text := range files {
			path := filepath.Join(dirs[i], name)
			if target, ok := strings.CutPrefix(text, "->"); ok {
				os.MkdirAll(filepath.Dir(path), 0o755)
				if err := os.Symlink(target, path); err != nil {
					t.Fatal(err)
				}
				continue
			}
			write(t, path, text)
		}
	}
	return dirs[0], dirs[1]
}

func TestApplyChange(t *testing.T) {
	before, after := layers(t,
		map[string]string{"etc/same": "1", "etc/edited": "1", "etc/gone/file": "1", "etc/link": "->a", "etc/passwd": "a:1\n", "var/lib/seed": "1"},
		map[string]string{"etc/same": "1", "etc/edited": "2", "etc/new/file": "3", "etc/link": "->b", "etc/passwd": "a:1\nb:2\n", "var/lib/seed": "2"})
	inside, staged := t.TempDir(), t.TempDir()
	for name, text := range map[string]string{"etc/same": "changed inside", "etc/edited": "1", "etc/gone/file": "1", "etc/gone/mine": "x",
		"etc/passwd": "a:1\nmine:5\n", "var/lib/seed": "the machine's own"} {
		write(t, filepath.Join(inside, name), text)
	}
	os.Symlink("a", filepath.Join(inside, "etc/link"))
	differences, err := compareTrees(before, after)
	if err != nil {
		t.Fatal(err)
	}
	c := change{Format: changeFormat, treeChanges: *differences, MutableUsers: true, Links: map[string]string{"current-system/sw": "/nix/store/x"}}
	if err := c.write(staged, before, after); err != nil {
		t.Fatal(err)
	}
	if err := applyChange(staged, inside); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{"etc/same": "changed inside", "etc/edited": "2", "etc/new/file": "3", "etc/gone/mine": "x",
		"etc/passwd": "a:1\nb:2\nmine:5\n", "var/lib/seed": "the machine's own"} {
		if got, err := os.ReadFile(filepath.Join(inside, name)); string(got) != want {
			t.Errorf("%s is %q, %v; want %q", name, got, err, want)
		}
	}
	if _, err := os.Stat(filepath.Join(inside, "etc/gone/file")); err == nil {
		t.Error("a file that is gone is still there")
	}
	for name, want := range map[string]string{"etc/link": "b", "run/current-system/sw": "/nix/store/x"} {
		if got, _ := os.Readlink(filepath.Join(inside, name)); got != want {
			t.Errorf("%s leads to %q, want %q", name, got, want)
		}
	}
	// Twice changes nothing.
	if err := applyChange(staged, inside); err != nil {
		t.Error(err)
	}
	left, _ := filepath.Glob(filepath.Join(inside, "etc/*.berth-new"))
	if len(left) > 0 {
		t.Errorf("left behind: %q", left)
	}
}

func TestApplyRefusesOtherFormats(t *testing.T) {
	dir := t.TempDir()
	write(t, filepath.Join(dir, changeName), `{"format": 99}`)
	if err := applyChange(dir, t.TempDir()); err == nil || !strings.Contains(err.Error(), "restart it") {
		t.Errorf("got %v", err)
	}
}

func TestSupersede(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("needs root: it makes device nodes, which stand for removed files")
	}
	before, after := layers(t,
		map[string]string{"etc/same": "1", "etc/edited": "1", "etc/shadow": "a:!\n"},
		map[string]string{"etc/same": "1", "etc/edited": "2", "etc/back/file": "3", "etc/shadow": "a:!\nb:!\n"})
	y := &Yard{Dir: t.TempDir()}
	upper := y.file("m", "upper")
	write(t, filepath.Join(upper, "etc/same"), "mine")
	write(t, filepath.Join(upper, "etc/edited"), "1 and mine")
	write(t, filepath.Join(upper, "etc/shadow"), "a:secret\n")
	if err := unix.Mknod(filepath.Join(upper, "etc/back"), unix.S_IFCHR, 0); err != nil {
		t.Skip("needs device nodes: ", err)
	}
	launch := func(layer string) *Launch {
		return &Launch{Name: "m", Root: &root.Root{Generated: []string{layer}}, System: &description.System{MutableUsers: true}}
	}
	if err := y.supersede(launch(before), launch(after)); err != nil {
		t.Fatal(err)
	}
	if got, _ := os.ReadFile(filepath.Join(upper, "etc/same")); string(got) != "mine" {
		t.Errorf("what the configuration left alone is %q", got)
	}
	if _, err := os.Lstat(filepath.Join(upper, "etc/edited")); err == nil {
		t.Error("a changed file is hidden by an older one")
	}
	if _, err := os.Lstat(filepath.Join(upper, "etc/back")); err == nil {
		t.Error("a directory that came back is hidden by its removal")
	}
	if got, _ := os.ReadFile(filepath.Join(upper, "etc/shadow")); string(got) != "a:secret\nb:!\n" {
		t.Errorf("passwords are %q", got)
	}
}

func TestLocks(t *testing.T) {
	y := &Yard{Dir: t.TempDir()}
	first, err := y.Lock("m")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := y.Lock("m"); err == nil {
		t.Fatal("two commands have one machine")
	}
	first.Release()
	second, err := y.Lock("m")
	if err != nil {
		t.Fatal(err)
	}
	second.Release()
	if left, _ := os.ReadDir(y.Dir); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}
