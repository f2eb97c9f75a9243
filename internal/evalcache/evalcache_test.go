package evalcache

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"berth.dev/nix/eval"
	"berth.dev/nix/nar"
)

// disk is the operating system's file system.
type disk struct{}

func (disk) Lstat(p string) (nar.Node, error)     { return nar.Disk(p).Stat("") }
func (disk) ReadFile(p string) ([]byte, error)    { return os.ReadFile(p) }
func (disk) Open(p string) (io.ReadCloser, error) { return os.Open(p) }

func (disk) ReadDir(p string) ([]eval.DirEntry, error) {
	entries, err := os.ReadDir(p)
	if err != nil {
		return nil, err
	}
	list := make([]eval.DirEntry, len(entries))
	for i, e := range entries {
		node, err := nar.Disk(filepath.Join(p, e.Name())).Stat("")
		if err != nil {
			return nil, err
		}
		list[i] = eval.DirEntry{Name: e.Name(), Kind: node.Kind}
	}
	return list, nil
}

// project is a folder with a program that reads in every way there is.
type project struct {
	t      *testing.T
	dir    string
	cache  Cache
	getenv map[string]string
}

const program = `{
  imported = import ./imported.nix;
  text = builtins.readFile ./text;
  names = builtins.attrNames (builtins.readDir ./list);
  optional = if builtins.pathExists ./optional then import ./optional else "absent";
  copied = "${./tree}";
  digest = builtins.hashFile "sha256" ./hashed;
  variable = builtins.getEnv "VARIABLE";
  link = import ./link.nix;
}`

func newProject(t *testing.T) *project {
	p := &project{t: t, dir: t.TempDir(), cache: Cache{Dir: t.TempDir()}, getenv: map[string]string{"VARIABLE": "1", "OTHER": "1"}}
	p.write("default.nix", program)
	p.write("imported.nix", `"imported"`)
	p.write("text", "text")
	p.write("list/a", "")
	p.write("tree/sub/file", "content")
	p.write("hashed", "hashed")
	p.write("unrelated", "unrelated")
	p.write("first.nix", "1")
	p.write("second.nix", "2")
	if err := os.Symlink("first.nix", p.path("link.nix")); err != nil {
		t.Fatal(err)
	}
	return p
}

func (p *project) path(name string) string { return filepath.Join(p.dir, name) }

func (p *project) write(name, text string) {
	p.t.Helper()
	if err := os.MkdirAll(filepath.Dir(p.path(name)), 0o755); err != nil {
		p.t.Fatal(err)
	}
	if err := os.WriteFile(p.path(name), []byte(text), 0o644); err != nil {
		p.t.Fatal(err)
	}
}

func (p *project) must(err error) {
	p.t.Helper()
	if err != nil {
		p.t.Fatal(err)
	}
}

// evaluate evaluates a file of the project.
func (p *project) evaluate(r *Recorder, name string) string {
	p.t.Helper()
	getenv := r.Getenv(func(name string) string { return p.getenv[name] })
	store := eval.NewMemoryStore()
	ev := eval.New(eval.Config{
		Files: r.Files(disk{}, func(string) bool { return false }), Store: store,
		Environment: eval.Environment{Getenv: getenv},
	})
	v, err := ev.EvalFile(p.path(name))
	p.must(err)
	p.must(ev.ForceDeep(v))
	text, err := ev.Print(v, eval.PrintInstantiate)
	p.must(err)
	return text
}

// run is what a command does: it takes the earlier result or evaluates.
func (p *project) run(name string) (text string, recalled bool) {
	p.t.Helper()
	key, err := NewKey("test", name)
	p.must(err)
	ask := func(kind, question string) ([]byte, error) {
		if kind == Variable {
			return []byte(p.getenv[question]), nil
		}
		if answer, ok := AskFiles(disk{}, kind, question); ok {
			return answer, nil
		}
		return nil, errors.New("unknown question")
	}
	if p.cache.Load(key, ask, &text) {
		return text, true
	}
	r := &Recorder{}
	text = p.evaluate(r, name)
	p.must(p.cache.Save(key, r, text))
	return text, false
}

// TestChanges makes one change after a first run. The second run must say what
// an evaluation without a cache says, and take the earlier result exactly when
// the change cannot matter.
func TestChanges(t *testing.T) {
	tests := map[string]struct {
		change   func(p *project)
		recalled bool
	}{
		"nothing": {func(*project) {}, true},
		"touch a file that was read": {func(p *project) {
			future := time.Now().Add(time.Hour)
			p.must(os.Chtimes(p.path("imported.nix"), future, future))
		}, true},
		"edit a file nobody read":          {func(p *project) { p.write("unrelated", "changed") }, true},
		"add a file nobody looked for":     {func(p *project) { p.write("new", "") }, true},
		"replace a file by the same":       {func(p *project) { p.must(os.Remove(p.path("text"))); p.write("text", "text") }, true},
		"change a variable nobody read":    {func(p *project) { p.getenv["OTHER"] = "2" }, true},
		"edit the program":                 {func(p *project) { p.write("default.nix", program+"// { more = 1; }") }, false},
		"edit an imported file":            {func(p *project) { p.write("imported.nix", `"changed"`) }, false},
		"edit a file of the same size":     {func(p *project) { p.write("text", "TEXT") }, false},
		"edit a file that was hashed":      {func(p *project) { p.write("hashed", "changed") }, false},
		"add a file to a listed directory": {func(p *project) { p.write("list/b", "") }, false},
		"delete from a listed directory":   {func(p *project) { p.must(os.Remove(p.path("list/a"))) }, false},
		"make a listed file a directory":   {func(p *project) { p.must(os.Remove(p.path("list/a"))); p.must(os.Mkdir(p.path("list/a"), 0o755)) }, false},
		"add a file that was absent":       {func(p *project) { p.write("optional", "2") }, false},
		"add a directory that was absent":  {func(p *project) { p.write("optional/default.nix", "3") }, false},
		"edit a file of a copied tree":     {func(p *project) { p.write("tree/sub/file", "changed") }, false},
		"add a file to a copied tree":      {func(p *project) { p.write("tree/sub/more", "") }, false},
		"make a copied file executable":    {func(p *project) { p.must(os.Chmod(p.path("tree/sub/file"), 0o755)) }, false},
		"change a variable that was read":  {func(p *project) { p.getenv["VARIABLE"] = "2" }, false},
		"turn a link to another file": {func(p *project) {
			p.must(os.Remove(p.path("link.nix")))
			p.must(os.Symlink("second.nix", p.path("link.nix")))
		}, false},
		"edit the file behind a link":       {func(p *project) { p.write("first.nix", "3") }, false},
		"replace a link by a file the same": {func(p *project) { p.must(os.Remove(p.path("link.nix"))); p.write("link.nix", "1") }, false},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			p := newProject(t)
			if _, recalled := p.run("default.nix"); recalled {
				t.Fatal("the first run found a result")
			}
			test.change(p)
			text, recalled := p.run("default.nix")
			if recalled != test.recalled {
				t.Errorf("recalled: %t", recalled)
			}
			if want := p.evaluate(nil, "default.nix"); text != want {
				t.Errorf("got %s, want %s", text, want)
			}
			if _, recalled := p.run("default.nix"); !recalled {
				t.Error("a third run did not find the result of the second")
			}
		})
	}
}

func TestSpoil(t *testing.T) {
	p := newProject(t)
	key, err := NewKey("spoilt")
	p.must(err)
	r := &Recorder{}
	r.Spoil()
	p.must(p.cache.Save(key, r, "result"))
	var text string
	if p.cache.Load(key, nil, &text) {
		t.Error("a result that must not be kept was")
	}
}

func TestDamage(t *testing.T) {
	p := newProject(t)
	want, _ := p.run("default.nix")
	entries, err := os.ReadDir(p.cache.Dir)
	p.must(err)
	for _, e := range entries {
		name := filepath.Join(p.cache.Dir, e.Name())
		data, err := os.ReadFile(name)
		p.must(err)
		p.must(os.WriteFile(name, data[:len(data)/2], 0o644))
	}
	if got, recalled := p.run("default.nix"); recalled || got != want {
		t.Errorf("got %s (recalled: %t)", got, recalled)
	}
}

func TestPrune(t *testing.T) {
	p := newProject(t)
	for i := range capacity + 20 {
		key, err := NewKey(i)
		p.must(err)
		p.must(p.cache.Save(key, &Recorder{}, strings.Repeat("x", 10)))
	}
	entries, err := os.ReadDir(p.cache.Dir)
	p.must(err)
	if len(entries) > capacity {
		t.Errorf("%d results are kept, the limit is %d", len(entries), capacity)
	}
}
