package build

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"berth.dev/internal/store"
	"berth.dev/nix/derivation"
	"berth.dev/nix/hash"
	"berth.dev/nix/nar"
	"berth.dev/nix/storepath"
)

// bench is a store with a realiser over it.
type bench struct {
	*testing.T
	store  *store.Store
	events *recorder
	hashes derivation.Hashes
	config Config
}

func newBench(t *testing.T) *bench {
	t.Helper()
	dir := t.TempDir()
	s, err := store.Open(store.Config{Dir: dir, NoSync: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		s.Close()
		makeRemovable(dir)
	})
	b := &bench{T: t, store: s, events: &recorder{}}
	b.hashes.Load = s.ReadDerivation
	b.config = Config{Store: s, Events: b.events}
	return b
}

// makeRemovable gives directories back the permission to remove what is in them.
func makeRemovable(dir string) {
	filepath.WalkDir(dir, func(name string, entry os.DirEntry, err error) error {
		if err == nil && entry.IsDir() {
			os.Chmod(name, 0o755)
		}
		return nil
	})
}

// recorder notes what a realiser reports.
type recorder struct {
	mu    sync.Mutex
	begun []string
	lines []string
	ended int
}

func (r *recorder) Planned([]Step) {}

func (r *recorder) Start(s Step) Activity {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.begun = append(r.begun, string(s.Kind)+" "+s.Name)
	return r
}

func (r *recorder) Progress(int64, int64) {}

func (r *recorder) Log(line string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.lines = append(r.lines, line)
}

func (r *recorder) Done(error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.ended++
}

// drv describes a derivation for a test.
type drv struct {
	name    string
	builder string
	args    []string
	env     map[string]string
	inputs  []drvRef
	sources []storepath.Path
	outputs []string
	fixed   storepath.Address
}

// drvRef is a derivation in the store.
type drvRef struct {
	path storepath.Path
	*derivation.Derivation
}

func (r drvRef) out() string { return r.outputPath("out").String() }

func (r drvRef) outputPath(name string) storepath.Path {
	o, _ := r.Output(name)
	return o.Path
}

func (b *bench) add(in drv) drvRef {
	b.Helper()
	d := &derivation.Derivation{Name: in.name, System: HostSystem(), Builder: in.builder, Args: in.args, Sources: in.sources}
	for _, name := range in.outputs {
		d.Outputs = append(d.Outputs, derivation.Output{Name: name})
	}
	if len(in.outputs) == 0 {
		d.Outputs = []derivation.Output{{Name: "out", Method: in.fixed.Method, Algorithm: in.fixed.Hash.Algorithm(), Hash: in.fixed.Hash}}
	}
	for _, input := range in.inputs {
		d.Inputs = append(d.Inputs, derivation.Input{Path: input.path, Outputs: input.OutputNames()})
	}
	for name, value := range in.env {
		d.Set(name, value)
	}
	d.Set("name", in.name)
	d.Set("system", d.System)
	d.Set("builder", d.Builder)
	d.Sort()
	if err := b.hashes.FillOutputs(d); err != nil {
		b.Fatal(err)
	}
	p, err := b.store.AddDerivation(b.Context(), d)
	if err != nil {
		b.Fatal(err)
	}
	return drvRef{p, d}
}

func (b *bench) addTree(name string, files fstest.MapFS) storepath.Path {
	b.Helper()
	p, err := b.store.AddTree(b.Context(), name, storepath.NARMethod, nar.FS(files, "."), nil)
	if err != nil {
		b.Fatal(err)
	}
	return p
}

func (b *bench) realise(d drvRef) error {
	_, err := New(b.config).Realise(b.Context(), Wanted{Derivation: d.path})
	return err
}

func (b *bench) mustRealise(d drvRef) {
	b.Helper()
	if err := b.realise(d); err != nil {
		b.Fatal(err)
	}
}

func (b *bench) read(logical string) string {
	b.Helper()
	p, rest, err := storepath.Split(logical)
	if err != nil {
		b.Fatal(err)
	}
	text, err := os.ReadFile(b.store.PhysicalPath(p) + rest)
	if err != nil {
		b.Fatal(err)
	}
	return string(text)
}

func (b *bench) link(logical string) string {
	b.Helper()
	p, rest, err := storepath.Split(logical)
	if err != nil {
		b.Fatal(err)
	}
	target, err := os.Readlink(b.store.PhysicalPath(p) + rest)
	if err != nil {
		b.Error(err)
	}
	return target
}

func (b *bench) references(logical string) []string {
	b.Helper()
	info, err := b.store.Query(b.Context(), storepath.MustParse(logical))
	if err != nil {
		b.Fatal(err)
	}
	var texts []string
	for _, p := range info.References {
		texts = append(texts, p.String())
	}
	return texts
}

func text(name, content string, inputs ...drvRef) drv {
	return drv{name: name, builder: "builtin:write-text", env: map[string]string{"text": content}, inputs: inputs}
}

func TestTextRefersToItsInputs(t *testing.T) {
	b := newBench(t)
	a := b.add(text("a", "one"))
	c := b.add(text("c", "see "+a.out(), a))
	b.mustRealise(c)
	if got := b.read(c.out()); got != "see "+a.out() {
		t.Errorf("content %q", got)
	}
	if got := b.references(c.out()); !slices.Equal(got, []string{a.out()}) {
		t.Errorf("references %v", got)
	}
	if want := []string{"build a", "build c"}; !slices.Equal(b.events.begun, want) || b.events.ended != 2 {
		t.Errorf("events %v, %d ended", b.events.begun, b.events.ended)
	}
	b.mustRealise(c)
	if len(b.events.begun) != 2 {
		t.Errorf("built again: %v", b.events.begun)
	}
}

func TestTextAtDestination(t *testing.T) {
	b := newBench(t)
	d := b.add(drv{name: "x", builder: "builtin:write-text", env: map[string]string{"text": "hi", "destination": "/bin/x", "executable": "1"}})
	b.mustRealise(d)
	info, err := os.Stat(b.store.PhysicalPath(d.outputPath("out")) + "/bin/x")
	if err != nil || info.Mode().Perm() != 0o555 {
		t.Errorf("%v, %v", info, err)
	}
}

func TestTextCannotEscape(t *testing.T) {
	b := newBench(t)
	d := b.add(drv{name: "x", builder: "builtin:write-text", env: map[string]string{"text": "hi", "destination": "/../../../../../x"}})
	if err := b.realise(d); err == nil {
		t.Error("a destination outside of the output was accepted")
	}
}

func TestSubstitution(t *testing.T) {
	b := newBench(t)
	source := b.addTree("src", fstest.MapFS{"f": {Data: []byte("@a@ and @b@")}})
	d := b.add(drv{name: "x", builder: "builtin:substitute", sources: []storepath.Path{source}, env: map[string]string{
		"src": source.String() + "/f", "substitutions": `[{"from":"@a@","to":"one"},{"from":"@b@","to":"two"}]`}})
	b.mustRealise(d)
	if got := b.read(d.out()); got != "one and two" {
		t.Errorf("got %q", got)
	}
}

func TestInputsOfOthersAreOutOfReach(t *testing.T) {
	b := newBench(t)
	other := b.addTree("src", fstest.MapFS{"f": {Data: []byte("secret")}})
	d := b.add(drv{name: "x", builder: "builtin:substitute", env: map[string]string{"src": other.String() + "/f", "substitutions": "[]"}})
	if err := b.realise(d); err == nil || !strings.Contains(err.Error(), "is not an input of the derivation") {
		t.Errorf("got %v", err)
	}
}

func TestFailedDependency(t *testing.T) {
	b := newBench(t)
	bad := b.add(drv{name: "bad", builder: "builtin:no-such"})
	good := b.add(text("good", "x"))
	top := b.add(text("top", bad.out()+good.out(), bad, good))
	err := b.realise(top)
	var failed *FailedError
	if !errors.As(err, &failed) || failed.Derivation != bad.path {
		t.Fatalf("got %v", err)
	}
	want := fmt.Sprintf("Cannot build '%s'.\nReason: there is no builder 'builtin:no-such'.\nOutput paths:\n  %s", bad.path, bad.out())
	if err.Error() != want {
		t.Errorf("message\n%s\nwant\n%s", err, want)
	}
}

func TestKeepGoing(t *testing.T) {
	b := newBench(t)
	b.config.KeepGoing = true
	bad := b.add(drv{name: "bad", builder: "builtin:no-such"})
	good := b.add(text("good", "x"))
	top := b.add(text("top", bad.out()+good.out(), bad, good))
	if err := b.realise(top); err == nil {
		t.Fatal("no error")
	}
	if valid, _ := b.store.IsValid(t.Context(), good.outputPath("out")); !valid {
		t.Error("what does not depend on the failure was not built")
	}
}

func TestFetchURL(t *testing.T) {
	var asked int
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked++
		if r.URL.Path == "/flaky" && asked == 1 {
			w.WriteHeader(http.StatusServiceUnavailable)
			return
		}
		if r.URL.Path == "/gone" {
			w.WriteHeader(http.StatusNotFound)
			return
		}
		fmt.Fprint(w, "hello")
	}))
	defer server.Close()
	b := newBench(t)
	fetch := func(name, url, content string) drvRef {
		return b.add(drv{name: name, builder: "builtin:fetchurl", env: map[string]string{"url": server.URL + url},
			fixed: storepath.Address{Method: storepath.FlatMethod, Hash: hash.SumString(hash.SHA256, content)}})
	}
	good := fetch("good", "/flaky", "hello")
	b.mustRealise(good)
	if b.read(good.out()) != "hello" || asked != 2 {
		t.Errorf("content %q after %d requests", b.read(good.out()), asked)
	}
	wrong := fetch("wrong", "/x", "other")
	err := b.realise(wrong)
	var mismatch *MismatchError
	if !errors.As(err, &mismatch) {
		t.Fatalf("got %v", err)
	}
	want := fmt.Sprintf("hash mismatch in fixed-output derivation '%s':\n  specified: %s\n     got:    %s",
		wrong.path, hash.SumString(hash.SHA256, "other").SRI(), hash.SumString(hash.SHA256, "hello").SRI())
	if err.Error() != want {
		t.Errorf("message\n%s\nwant\n%s", err, want)
	}
	asked = 0
	if err := b.realise(fetch("gone", "/gone", "x")); err == nil || !strings.Contains(err.Error(), "HTTP error 404") || asked != 1 {
		t.Errorf("missing file: %v after %d requests", err, asked)
	}
}

func TestReferenceRules(t *testing.T) {
	b := newBench(t)
	a := b.add(text("a", "a"))
	mid := b.add(text("mid", a.out(), a))
	for _, c := range []struct {
		attribute, value string
		ok               bool
	}{
		{"allowedReferences", "", false},
		{"allowedReferences", mid.out(), true},
		{"allowedRequisites", mid.out(), false},
		{"allowedRequisites", mid.out() + " " + a.out(), true},
		{"disallowedReferences", a.out(), true},
		{"disallowedRequisites", a.out(), false},
	} {
		d := b.add(drv{name: "x", builder: "builtin:write-text", inputs: []drvRef{a, mid},
			env: map[string]string{"text": mid.out(), c.attribute: c.value}})
		err := b.realise(d)
		if c.ok != (err == nil) {
			t.Errorf("%s = %q: %v", c.attribute, c.value, err)
		}
		if err != nil && !strings.Contains(err.Error(), "is not allowed to refer to the following paths:\n  /nix/store/") {
			t.Errorf("%s: message %q", c.attribute, err)
		}
	}
}

func TestDebianPackage(t *testing.T) {
	b := newBench(t)
	part := func(name string, files ...string) storepath.Path {
		tree := fstest.MapFS{"part.json": {Data: fmt.Appendf(nil, `{"name":%q,"version":"1","architecture":"amd64"}`, name)}}
		for _, file := range files {
			tree["root/"+file] = &fstest.MapFile{Data: []byte(file), Mode: 0o755}
		}
		return b.addTree(name, tree)
	}
	tool := part("tool", "usr/bin/tool", "usr/sbin/toold", "usr/lib/x86_64-linux-gnu/libtool.so", "usr/share/doc/tool", "etc/tool.conf")
	lib := part("lib", "usr/bin/other", "usr/lib/lib/helper")
	parts := tool.String() + " " + lib.String()
	d := b.add(drv{name: "tool-1", builder: "builtin:debian-package", sources: []storepath.Path{tool, lib}, env: map[string]string{
		"parts": parts, "main": "tool", "links": `{"bin":true,"sbin":true,"lib":true,"etc":true,"share":false,"bin/alias":"/usr/bin/tool","libexec":["/usr/lib/lib"]}`}})
	b.mustRealise(d)
	for place, target := range map[string]string{
		"/bin/tool": "/usr/bin/tool", "/bin/toold": "/usr/sbin/toold", "/bin/alias": "/usr/bin/tool", "/sbin/toold": "/usr/sbin/toold",
		"/lib/libtool.so": "/usr/lib/x86_64-linux-gnu/libtool.so", "/lib/x86_64-linux-gnu": "/usr/lib/x86_64-linux-gnu",
		"/etc/tool.conf": "/etc/tool.conf", "/libexec/helper": "/usr/lib/lib/helper",
	} {
		if got := b.link(d.out() + place); got != target {
			t.Errorf("%s -> %s, want %s", place, got, target)
		}
	}
	for _, absent := range []string{"/bin/other", "/share"} {
		if _, err := os.Lstat(b.store.PhysicalPath(d.outputPath("out")) + absent); err == nil {
			t.Errorf("%s is there", absent)
		}
	}
	if got := b.read(d.out() + "/" + PartsFile); got != tool.String()+"\n"+lib.String()+"\n" {
		t.Errorf("parts %q", got)
	}
	if got := b.references(d.out()); len(got) != 2 {
		t.Errorf("references %v", got)
	}
}

func TestBuildEnvironment(t *testing.T) {
	b := newBench(t)
	one := b.addTree("one", fstest.MapFS{"bin/a": {Data: []byte("a"), Mode: 0o755}, "share/doc/one": {}, "etc/one": {}, PartsFile: {Data: []byte("/nix/store/p1\n/nix/store/p2\n")}})
	two := b.addTree("two", fstest.MapFS{"bin/b": {Data: []byte("b"), Mode: 0o755}, "share/doc/two": {}, "share/man/x": {}, PartsFile: {Data: []byte("/nix/store/p2\n/nix/store/p3\n")}})
	env := func(extra map[string]string) drvRef {
		all := map[string]string{"paths": one.String() + " " + two.String()}
		for name, value := range extra {
			all[name] = value
		}
		return b.add(drv{name: "env", builder: "builtin:build-env", sources: []storepath.Path{one, two}, env: all})
	}
	d := env(map[string]string{"pathsToLink": "/bin /share/doc"})
	b.mustRealise(d)
	for place, target := range map[string]string{"/bin/a": one.String() + "/bin/a", "/bin/b": two.String() + "/bin/b", "/share/doc/two": two.String() + "/share/doc/two"} {
		if got := b.link(d.out() + place); got != target {
			t.Errorf("%s -> %s, want %s", place, got, target)
		}
	}
	out := b.store.PhysicalPath(d.outputPath("out"))
	for _, absent := range []string{"/etc", "/share/man"} {
		if _, err := os.Lstat(out + absent); err == nil {
			t.Errorf("%s is there", absent)
		}
	}
	if got := b.read(d.out() + "/" + PartsFile); got != "/nix/store/p1\n/nix/store/p2\n/nix/store/p3\n" {
		t.Errorf("parts %q", got)
	}
	whole := env(nil)
	b.mustRealise(whole)
	if got := b.link(whole.out() + "/etc"); got != one.String()+"/etc" {
		t.Errorf("a directory of one tree only is linked to %s", got)
	}
}

func TestBuildEnvironmentCollision(t *testing.T) {
	b := newBench(t)
	one := b.addTree("one", fstest.MapFS{"bin/a": {Data: []byte("1")}, "bin/same": {Data: []byte("/usr/bin/x"), Mode: os.ModeSymlink}})
	two := b.addTree("two", fstest.MapFS{"bin/a": {Data: []byte("2")}, "bin/same": {Data: []byte("/usr/bin/x"), Mode: os.ModeSymlink}})
	for _, tolerant := range []string{"", "1"} {
		d := b.add(drv{name: "env", builder: "builtin:build-env", sources: []storepath.Path{one, two},
			env: map[string]string{"paths": one.String() + " " + two.String(), "ignoreCollisions": tolerant}})
		err := b.realise(d)
		if tolerant == "" && (err == nil || !strings.Contains(err.Error(), "two paths collide at 'bin/a'")) {
			t.Errorf("got %v", err)
		}
		if tolerant == "1" && err != nil {
			t.Errorf("with ignoreCollisions: %v", err)
		}
	}
}

func TestMissingOutputName(t *testing.T) {
	b := newBench(t)
	a := b.add(text("a", "a"))
	_, err := New(b.config).Realise(t.Context(), Wanted{a.path, []string{"dev"}})
	if err == nil || !strings.Contains(err.Error(), "does not have wanted outputs 'dev'") {
		t.Errorf("got %v", err)
	}
}

func TestCancelled(t *testing.T) {
	b := newBench(t)
	b.config.Builders = map[string]Builder{"wait": BuilderFunc(func(ctx context.Context, _ *Job) error {
		<-ctx.Done()
		return ctx.Err()
	})}
	d := b.add(drv{name: "x", builder: "builtin:wait"})
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if _, err := New(b.config).Realise(ctx, Wanted{Derivation: d.path}); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v", err)
	}
}

// A second realiser that wants the same waits for the first instead of building too.
func TestTwoRealisersBuildOnce(t *testing.T) {
	b := newBench(t)
	var built int
	var mu sync.Mutex
	b.config.Builders = map[string]Builder{"slow": BuilderFunc(func(_ context.Context, job *Job) error {
		mu.Lock()
		built++
		mu.Unlock()
		time.Sleep(100 * time.Millisecond)
		out, _ := job.Output("out")
		return job.Root.WriteFile(out, nil, 0o644)
	})}
	d := b.add(drv{name: "x", builder: "builtin:slow"})
	errs := make(chan error, 2)
	for range 2 {
		go func() { errs <- b.realise(d) }()
	}
	if err := errors.Join(<-errs, <-errs); err != nil || built != 1 {
		t.Errorf("built %d times, %v", built, err)
	}
}

func BenchmarkWarmRealise600(b *testing.B) {
	s, err := store.Open(store.Config{Dir: b.TempDir(), NoSync: true})
	if err != nil {
		b.Fatal(err)
	}
	defer s.Close()
	bench := bench{store: s}
	bench.hashes.Load = s.ReadDerivation
	var wanted []Wanted
	for i := range 600 {
		d := &derivation.Derivation{Name: "x", System: "x", Builder: "builtin:write-text", Outputs: []derivation.Output{{Name: "out"}}}
		d.Set("text", fmt.Sprint(i))
		if err := bench.hashes.FillOutputs(d); err != nil {
			b.Fatal(err)
		}
		p, err := s.AddDerivation(b.Context(), d)
		if err != nil {
			b.Fatal(err)
		}
		wanted = append(wanted, Wanted{Derivation: p})
	}
	if _, err := New(Config{Store: s}).Realise(b.Context(), wanted...); err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if _, err := New(Config{Store: s}).Realise(b.Context(), wanted...); err != nil {
			b.Fatal(err)
		}
	}
}
