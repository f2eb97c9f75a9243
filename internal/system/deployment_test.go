package system

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"berth.dev/nix/storepath"
)

// fakeObjects is a store of directories with references, by name.
type fakeObjects struct {
	dir        string
	references map[string][]string
}

func (f fakeObjects) path(name string) storepath.Path {
	return storepath.MustParse("/nix/store/" + strings.Repeat("a", 32) + "-" + name)
}

func (f fakeObjects) PhysicalPath(p storepath.Path) string { return filepath.Join(f.dir, p.Name()) }

func (f fakeObjects) References(_ context.Context, p storepath.Path) ([]storepath.Path, error) {
	var found []storepath.Path
	for _, name := range f.references[p.Name()] {
		found = append(found, f.path(name))
	}
	return found, nil
}

func (f fakeObjects) write(t *testing.T, name, file, text string) {
	t.Helper()
	dir := filepath.Join(f.dir, name)
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, file), []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

func systemText(name, containers string) string {
	return `{"version":1,"name":"` + name + `","platform":"x86_64-linux","network":{"hostName":"` + name +
		`"},"firewall":{"enable":false,"allowPing":true},"resources":{},"containers":{` + containers + `}}`
}

func names(paths []storepath.Path) string {
	var all []string
	for _, p := range paths {
		all = append(all, p.Name())
	}
	return strings.Join(all, " ")
}

func TestLoadKeepsPartsOfContainersApart(t *testing.T) {
	f := fakeObjects{dir: t.TempDir(), references: map[string][]string{
		"outer": {"curl", "unit", "inner"}, "unit": {"inner"}, "inner": {"postgres"},
		"curl": {"part-curl", "part-libc"}, "postgres": {"part-libc", "part-postgres"},
	}}
	f.write(t, "outer", DescriptionFile, systemText("outer", `"db":{"system":"`+f.path("inner").String()+`"}`))
	f.write(t, "inner", DescriptionFile, systemText("inner", ""))
	for _, part := range []string{"part-curl", "part-libc", "part-postgres"} {
		f.write(t, part, partManifest, "{}")
	}
	d, err := Load(context.Background(), f, f.path("outer"))
	if err != nil {
		t.Fatal(err)
	}
	if got := names(d.Parts); got != "part-curl part-libc" {
		t.Errorf("parts of the outer system: %s", got)
	}
	if got := names(d.Containers["db"].Parts); got != "part-libc part-postgres" {
		t.Errorf("parts of the container: %s", got)
	}
}

func TestLoadSaysWhatIsNoSystem(t *testing.T) {
	f := fakeObjects{dir: t.TempDir()}
	f.write(t, "x", "file", "")
	_, err := Load(context.Background(), f, f.path("x"))
	if err == nil || !strings.Contains(err.Error(), "is not a system") {
		t.Errorf("got %v", err)
	}
}
