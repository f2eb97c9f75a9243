package flakes

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"berth.dev/nixpkgs"
	"berth.dev/test/harness"
	"golang.org/x/tools/txtar"
)

// templates lists the embedded templates.
func templates(t *testing.T) []string {
	t.Helper()
	entries, err := nixpkgs.Templates.ReadDir("templates")
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, entry := range entries {
		names = append(names, entry.Name())
	}
	for _, want := range []string{"docker", "podman", "image", "containers", "integration-test", "service"} {
		if !slices.Contains(names, want) {
			t.Errorf("there is no template %s", want)
		}
	}
	return names
}

// TestTemplates makes a flake of each template, evaluates all of it and runs
// its tests.
func TestTemplates(t *testing.T) {
	for _, name := range templates(t) {
		t.Run(name, func(t *testing.T) {
			b := harness.New(t)
			b.Dir = filepath.Join(t.TempDir(), name)
			dir := b.Dir
			b.Dir = filepath.Dir(dir)
			b.Want(b.Run("flake", "new", "--template", name, dir), 0)
			b.Dir = dir
			b.Want(b.Run("flake", "check", "--no-build"), 0)
			r := b.Run("flake", "show")
			b.Want(r, 0)
			if !strings.Contains(r.Stdout, "checks") {
				t.Errorf("the template has no checks:\n%s", r.Stdout)
			}
			if testing.Short() {
				t.Skip("its machines are not booted in short mode")
			}
			harness.NeedRoot(t)
			b.Want(b.Run("flake", "check", "--quiet"), 0)
		})
	}
}

func TestInit(t *testing.T) {
	dir := t.TempDir()
	berth := runBerth(t.TempDir())
	must := func(ok bool, args ...string) string {
		t.Helper()
		_, stderr, got := berth(t, dir, args)
		if got != ok {
			t.Fatalf("%q: success is %v: %s", args, got, stderr)
		}
		return stderr
	}
	git(t, dir, "init", "-q", ".")
	must(true, "init", "--template", "service")
	if out := commandOutput(t, dir, "git", "ls-files"); !strings.Contains(out, "flake.nix") {
		t.Errorf("the new files are not tracked: %s", out)
	}
	must(true, "init", "--template", "service") // everything is there already
	if stderr := must(false, "flake", "init", "-t", "image"); !strings.Contains(stderr, "refusing to overwrite") || !strings.Contains(stderr, "flake.nix") {
		t.Errorf("got %s", stderr)
	}
	if stderr := must(false, "init", "-t", "servise"); !strings.Contains(stderr, "there are containers, docker") {
		t.Errorf("got %s", stderr)
	}
}

// manyTemplates is a flake with templates of its own.
const manyTemplates = `
-- flake.nix --
{
  outputs = _: {
    templates.a = { path = ./a; description = "one"; welcomeText = "welcome to a"; };
    templates.default = { path = ./b; description = "two"; };
  };
}
-- a/sub/file --
from a
-- b/file --
from b
`

func TestInitFromFlake(t *testing.T) {
	dir := t.TempDir()
	writeFiles(t, txtar.Parse([]byte(manyTemplates)), dir)
	berth := runBerth(t.TempDir())
	stdout, stderr, ok := berth(t, dir, []string{"flake", "new", "made", "-t", ".#a"})
	if !ok || !strings.Contains(stdout, "welcome to a") {
		t.Fatalf("%v %s %s", ok, stdout, stderr)
	}
	if got := commandOutput(t, dir, "cat", "made/sub/file"); got != "from a\n" {
		t.Errorf("got %q", got)
	}
	if _, stderr, ok := berth(t, dir, []string{"flake", "new", "second", "-t", "."}); !ok {
		t.Fatal(stderr)
	}
	if got := commandOutput(t, dir, "cat", "second/file"); got != "from b\n" {
		t.Errorf("got %q", got)
	}
	if _, stderr, ok := berth(t, dir, []string{"flake", "new", "third", "-t", ".#c"}); ok || !strings.Contains(stderr, "has no template 'templates.c'") {
		t.Errorf("got %v %s", ok, stderr)
	}
}
