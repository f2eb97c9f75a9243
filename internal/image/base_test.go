package image

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-containerregistry/pkg/v1/validate"
)

// baseArchive makes an image with variables and stores it.
func (w *workshop) baseArchive(compressor string) made {
	w.Helper()
	app := w.tree("base-1", map[string]string{"bin/base": "#!"})
	_, plan, err := w.image(map[string]string{"imageName": "base", "config": `{"Env":["A=1","B=2"],"Cmd":["base"]}`}, []made{app})
	if err != nil {
		w.Fatal(err)
	}
	return w.must(w.realise("base.tar", "image-archive", map[string]string{"plan": plan.out, "compressor": compressor}, plan))
}

func TestFromImage(t *testing.T) {
	for _, compressor := range []string{"none", "gz", "zstd"} {
		w := newWorkshop(t)
		base := w.baseArchive(compressor)
		app := w.tree("app-1", map[string]string{"bin/run": "#!"})
		plan, _, err := w.image(map[string]string{"fromImage": base.out, "config": `{"Env":["B=3","C=4"]}`}, []made{app}, base)
		if err != nil {
			t.Fatal(err)
		}
		var config struct{ Env, Cmd []string }
		if err := json.Unmarshal(plan.Config, &config); err != nil || fmt.Sprint(config.Env, config.Cmd) != "[A=1 B=3 C=4] []" {
			t.Errorf("%s: config %s", compressor, plan.Config)
		}
		if plan.Layers[0].Kind != BaseLayer || plan.Layers[1].Kind != BaseLayer || len(plan.Layers) != 4 {
			t.Errorf("%s: %d layers", compressor, len(plan.Layers))
		}
		image, err := w.open(plan, Options{Compression: Gzip}).Image(context.Background())
		if err == nil {
			err = validate.Image(image)
		}
		if err != nil {
			t.Errorf("%s: %v", compressor, err)
		}
		if _, _, err := w.image(map[string]string{"fromImage": base.out, "maxLayers": "3"}, []made{app}, base); err == nil || !strings.Contains(err.Error(), "the base image has 2 layers") {
			t.Errorf("too few layers gave %v", err)
		}
	}
}

func TestDamagedBaseIsRefused(t *testing.T) {
	w := newWorkshop(t)
	base := w.baseArchive("none")
	file := w.objects().Physical(base.out)
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	text = bytes.Replace(text, []byte("bin/base"), []byte("bin/evil"), 1)
	if err := errors.Join(os.Chmod(file, 0o644), os.WriteFile(file, text, 0o644)); err != nil {
		t.Fatal(err)
	}
	app := w.tree("app-1", map[string]string{"bin/run": "#!"})
	if _, _, err := w.image(map[string]string{"fromImage": base.out}, []made{app}, base); err == nil {
		t.Error("a base image whose layer has another digest was taken")
	}
}

func TestNixDatabase(t *testing.T) {
	w := newWorkshop(t)
	data := w.tree("data-1", map[string]string{"file": "x"})
	app := w.tree("app-1", map[string]string{"bin/run": "#!" + data.out}, data)
	plan, _, err := w.image(map[string]string{"includeNixDB": "1"}, []made{app})
	if err != nil {
		t.Fatal(err)
	}
	b := w.open(plan, Options{})
	var layer bytes.Buffer
	if err := b.writeLayer(context.Background(), &layer, &b.Layers[len(b.Layers)-1]); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{data.out, app.out} {
		if !bytes.Contains(layer.Bytes(), []byte(path)) {
			t.Errorf("the database does not know %s", path)
		}
	}
	if text := members(t, &layer); !strings.Contains(text, "nix/var/nix/db/db.sqlite") || !strings.Contains(text, "gcroots/docker/*-app-1 -> ") {
		t.Errorf("the layer holds:\n%s", text)
	}
}

func TestCopiedContents(t *testing.T) {
	w := newWorkshop(t)
	app := w.tree("app-1", map[string]string{"bin/run": "#!x", "bin/again": "-> run", "etc/conf": "y"})
	plan, _, err := w.image(map[string]string{"copy": "1"}, []made{app})
	if err != nil {
		t.Fatal(err)
	}
	text := describe(t, w.open(plan, Options{}))
	for _, want := range []string{"0755 0:0 root:root 1 bin/run\n", "bin/again -> run\n", "0644 0:0 root:root 1 etc/conf\n"} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in:\n%s", want, text)
		}
	}
}

func TestBundle(t *testing.T) {
	w := newWorkshop(t)
	one, err := w.open(w.sample(""), Options{}).Image(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	other, err := w.open(w.sample("changed"), Options{}).Image(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "bundle.tar")
	out, err := os.Create(file)
	if err != nil {
		t.Fatal(err)
	}
	images := []Named{{"app:1", one}, {"app:2", other}}
	if err := errors.Join(WriteBundle(context.Background(), out, images), out.Close()); err != nil {
		t.Fatal(err)
	}
	for _, n := range images {
		found, name, err := OpenArchive(file, n.Name)
		if err != nil || name != n.Name || digestString(t, found) != digestString(t, n.Image) {
			t.Fatalf("%s: %v", n.Name, err)
		}
		if text, err := found.RawConfigFile(); err != nil || len(text) == 0 {
			t.Error(err)
		}
		layers, err := found.Layers()
		if err != nil {
			t.Fatal(err)
		}
		for _, l := range layers {
			if want, _ := l.DiffID(); digestOfLayer(t, l) != want {
				t.Errorf("layer %s of %s has other bytes", want, n.Name)
			}
		}
	}
	if _, _, err := OpenArchive(file, ""); err == nil || !strings.Contains(err.Error(), "holds 2 images") {
		t.Errorf("without a name: %v", err)
	}
	if _, _, err := OpenArchive(file, "app:3"); !errors.Is(err, ErrNoImage) {
		t.Errorf("with a wrong name: %v", err)
	}
}

// TestArchiveOfSkopeo compares what pullImage stores with what skopeo makes of
// the same image, because hashes in configurations are of the latter.
func TestArchiveOfSkopeo(t *testing.T) {
	skopeo, err := exec.LookPath("skopeo")
	if err != nil {
		t.Skip("skopeo is not installed")
	}
	w := newWorkshop(t)
	image, err := w.open(w.sample(""), Options{Compression: Gzip}).Image(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	layout, err := OpenLayout(filepath.Join(dir, "layout"))
	if err != nil {
		t.Fatal(err)
	}
	if err := layout.Add(image, "latest"); err != nil {
		t.Fatal(err)
	}
	target := filepath.Join(dir, "skopeo.tar")
	out, err := exec.Command(skopeo, "--insecure-policy", "copy", "oci:"+filepath.Join(dir, "layout")+":latest", "docker-archive:"+target+":example.org/app:1").CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	want, err := os.ReadFile(target)
	if err != nil {
		t.Fatal(err)
	}
	var got bytes.Buffer
	if err := writeLegacyArchive(&got, image, "example.org/app:1"); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got.Bytes(), want) {
		t.Errorf("skopeo:\n%s\nberth:\n%s", members(t, bytes.NewReader(want)), members(t, &got))
	}
}

func digestOfLayer(t *testing.T, l interface{ Uncompressed() (io.ReadCloser, error) }) any {
	t.Helper()
	content, err := l.Uncompressed()
	if err != nil {
		t.Fatal(err)
	}
	defer content.Close()
	d, err := digestOf(func(w io.Writer) error { _, err := io.Copy(w, content); return err })
	if err != nil {
		t.Fatal(err)
	}
	return d.Hash
}
