package image

import (
	"context"
	"encoding/json"
	"flag"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"berth.dev/internal/build"
	"berth.dev/internal/store"
	"berth.dev/nix/derivation"
	"berth.dev/nix/storepath"
)

var update = flag.Bool("update", false, "write the golden files anew")

// workshop is a store of its own in which images are planned.
type workshop struct {
	testing.TB
	dir      string
	store    *store.Store
	hashes   derivation.Hashes
	realiser *build.Realiser
	memory   Memory
}

func newWorkshop(t testing.TB) *workshop {
	t.Helper()
	dir := t.TempDir()
	s, err := store.Open(store.Config{Dir: dir, NoSync: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		s.Close()
		filepath.WalkDir(dir, func(name string, entry os.DirEntry, err error) error {
			if err == nil && entry.IsDir() {
				os.Chmod(name, 0o755)
			}
			return nil
		})
	})
	w := &workshop{TB: t, dir: dir, store: s, memory: Memory{filepath.Join(dir, "memory")}}
	w.hashes.Load = s.ReadDerivation
	builders := Builders(BuilderConfig{Memory: w.memory, SetUp: w.setUp})
	builders["tree"] = build.BuilderFunc(buildTree)
	w.realiser = build.New(build.Config{Store: s, Builders: builders})
	return w
}

// setUp stands for package root: accounts above the packages.
func (w *workshop) setUp(context.Context, []string, func(string)) ([]string, error) {
	dir := filepath.Join(w.dir, "setup")
	if err := os.MkdirAll(filepath.Join(dir, "etc"), 0o755); err != nil {
		return nil, err
	}
	return []string{dir}, os.WriteFile(filepath.Join(dir, "etc/passwd"), []byte("root:x:0:0::/root:/bin/sh\n"), 0o644)
}

// buildTree makes the files of the attribute "files": "-> x" is a link, a name
// with a slash at its end a directory, "#!" begins a program.
func buildTree(_ context.Context, job *build.Job) error {
	out, err := job.Output("out")
	if err != nil {
		return err
	}
	var files map[string]string
	if err := json.Unmarshal([]byte(job.Get("files")), &files); err != nil {
		return err
	}
	for name, text := range files {
		place := path.Join(out, name)
		if strings.HasSuffix(name, "/") {
			err = job.Root.MkdirAll(place, 0o755)
		} else if err = job.Root.MkdirAll(path.Dir(place), 0o755); err == nil {
			mode := os.FileMode(0o644)
			if strings.HasPrefix(text, "#!") {
				mode = 0o755
			}
			if link, ok := strings.CutPrefix(text, "-> "); ok {
				err = job.Root.Symlink(link, place)
			} else {
				err = job.Root.WriteFile(place, []byte(text), mode)
			}
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// made is something realised in the workshop.
type made struct {
	drv storepath.Path
	out string
}

func (m made) String() string { return m.out }

// realise adds a derivation and builds it.
func (w *workshop) realise(name, builder string, attributes map[string]string, inputs ...made) (made, error) {
	w.Helper()
	d := &derivation.Derivation{Name: name, System: build.HostSystem(), Builder: "builtin:" + builder, Outputs: []derivation.Output{{Name: "out"}}}
	for _, input := range inputs {
		if !slices.ContainsFunc(d.Inputs, func(i derivation.Input) bool { return i.Path == input.drv }) {
			d.Inputs = append(d.Inputs, derivation.Input{Path: input.drv, Outputs: []string{"out"}})
		}
	}
	for key, value := range attributes {
		d.Set(key, value)
	}
	d.Set("name", name)
	d.Set("system", d.System)
	d.Set("builder", d.Builder)
	d.Sort()
	if err := w.hashes.FillOutputs(d); err != nil {
		w.Fatal(err)
	}
	p, err := w.store.AddDerivation(context.Background(), d)
	if err != nil {
		w.Fatal(err)
	}
	m := made{p, d.Outputs[0].Path.String()}
	_, err = w.realiser.Realise(context.Background(), build.Wanted{Derivation: p})
	return m, err
}

func (w *workshop) must(m made, err error) made {
	w.Helper()
	if err != nil {
		w.Fatal(err)
	}
	return m
}

// tree makes an object with files.
func (w *workshop) tree(name string, files map[string]string, inputs ...made) made {
	w.Helper()
	text, err := json.Marshal(files)
	if err != nil {
		w.Fatal(err)
	}
	return w.must(w.realise(name, "tree", map[string]string{"files": string(text)}, inputs...))
}

// part makes an unpacked Debian package.
func (w *workshop) part(name, version string, files map[string]string) made {
	w.Helper()
	all := map[string]string{"part.json": `{"name":"` + name + `","version":"` + version + `","architecture":"amd64","source":"src-` + name + `",
		"special":[{"path":"usr/bin/suid","mode":"4755"},{"path":"var/mail","directory":true,"mode":"2775","gid":8}]}`}
	for file, text := range files {
		all["root/"+file] = text
	}
	return w.tree(name+"_"+version+"_amd64", all)
}

// image plans an image with the attributes that differ from the defaults.
func (w *workshop) image(attributes map[string]string, contents []made, inputs ...made) (*Plan, made, error) {
	w.Helper()
	words := make([]string, len(contents))
	for i, c := range contents {
		words[i] = c.out
	}
	all := map[string]string{
		"imageName": "test", "imageTag": "1", "config": `{"Cmd":["run"]}`, "architecture": "amd64", "created": epoch, "mtime": epoch,
		"uid": "0", "gid": "0", "uname": "root", "gname": "root", "maxLayers": "100", "includeStorePaths": "1",
		"contents": strings.Join(words, " "),
	}
	maps.Copy(all, attributes)
	root := w.must(w.realise("test-contents", "image-contents", map[string]string{"contents": all["contents"], "config": all["config"], "copy": all["copy"], "includeNixDB": all["includeNixDB"]}, slices.Concat(contents, inputs)...))
	all["root"] = root.out
	m, err := w.realise("test-image", "image-plan", all, slices.Concat(contents, inputs, []made{root})...)
	if err != nil {
		return nil, m, err
	}
	plan, err := ReadPlan(w.objects(), m.out)
	return plan, m, err
}

func (w *workshop) objects() Objects { return Objects(w.store.ObjectDir()) }

func (w *workshop) open(p *Plan, o Options) *Built {
	w.Helper()
	o.Objects, o.Memory = w.objects(), w.memory
	b, err := Open(context.Background(), p, o)
	if err != nil {
		w.Fatal(err)
	}
	return b
}

// sample is an image with everything: packages, objects, links.
func (w *workshop) sample(appText string) *Plan {
	w.Helper()
	libc := w.part("libc", "2.41", map[string]string{"usr/lib/libc.so": "libc", "usr/lib64/ld.so": "ld", "var/mail/": ""})
	shell := w.part("sh", "1.0", map[string]string{"usr/bin/sh": "#!shell", "usr/bin/suid": "#!suid", "etc/sh.conf": "a"})
	curl := w.part("curl", "8", map[string]string{"usr/bin/curl": "#!curl"})
	shellPackage := w.tree("sh-1.0", map[string]string{"bin/sh": "-> /usr/bin/sh", "nix-support/parts": libc.out + "\n" + shell.out}, libc, shell)
	curlPackage := w.tree("curl-8", map[string]string{"bin/curl": "-> /usr/bin/curl", "bin/c": "-> /usr/bin/curl", "nix-support/parts": libc.out + "\n" + curl.out}, libc, curl)
	library := w.tree("library-2", map[string]string{"lib/data": strings.Repeat("data", 5000), "lib/" + strings.Repeat("long", 40): "x"})
	app := w.tree("app-1", map[string]string{"bin/run": "#!" + shellPackage.out + "/bin/sh\n" + library.out + appText, "share/": ""}, shellPackage, library)
	plan, _, err := w.image(nil, []made{app, curlPackage})
	if err != nil {
		w.Fatal(err)
	}
	return plan
}
