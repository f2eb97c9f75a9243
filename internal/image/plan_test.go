package image

import (
	"archive/tar"
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"testing"

	"github.com/google/go-containerregistry/pkg/v1/tarball"
	"github.com/google/go-containerregistry/pkg/v1/validate"
)

// members describes the members of a tar for reading in a golden file. Digests
// of store paths are left out.
func members(t *testing.T, r io.Reader) string {
	t.Helper()
	var b strings.Builder
	for reader := tar.NewReader(r); ; {
		h, err := reader.Next()
		if errors.Is(err, io.EOF) {
			return regexp.MustCompile(`[0-9a-z]{32}-`).ReplaceAllString(b.String(), "*-")
		}
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(&b, "  %c %04o %d:%d %s:%s %d %s", h.Typeflag, h.Mode, h.Uid, h.Gid, h.Uname, h.Gname, h.ModTime.Unix(), h.Name)
		if h.Linkname != "" {
			fmt.Fprintf(&b, " -> %s", h.Linkname)
		}
		if strings.HasPrefix(h.Name, statusDir+"/") && h.Typeflag == tar.TypeReg {
			text, _ := io.ReadAll(reader)
			fmt.Fprintf(&b, "\n      %s", strings.ReplaceAll(strings.TrimSpace(string(text)), "\n", "\n      "))
		}
		b.WriteByte('\n')
	}
}

func describe(t *testing.T, b *Built) string {
	var text strings.Builder
	for i := range b.Layers {
		l := &b.Layers[i]
		var content bytes.Buffer
		if err := b.writeLayer(context.Background(), &content, l); err != nil {
			t.Fatal(err)
		}
		if int64(content.Len()) != l.Size || hashOf(content.Bytes()) != l.DiffID {
			t.Errorf("layer %d is not what its digest says", i)
		}
		fmt.Fprintf(&text, "%s: %s (%d bytes)\n%s", l.Kind, l.Why, l.Size, members(t, &content))
	}
	return text.String()
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	file := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s differs; run with -update and read the difference. Got:\n%s", file, got)
	}
}

func TestLayersOfSample(t *testing.T) {
	w := newWorkshop(t)
	golden(t, "sample.txt", describe(t, w.open(w.sample(""), Options{})))
}

func TestPlainImage(t *testing.T) {
	w := newWorkshop(t)
	data := w.tree("data-1", map[string]string{"file": "x"})
	app := w.tree("app-1", map[string]string{"bin/run": "#!" + data.out, "empty/": "", "lib/link": "-> ../bin/run"}, data)
	conf := w.tree("conf", map[string]string{"x": "y"})
	plan, _, err := w.image(map[string]string{"config": `{"Cmd":["run","` + conf.out + `/x"]}`, "uid": "5", "uname": "me", "mtime": "2000-01-01T00:00:00Z"}, []made{app}, conf)
	if err != nil {
		t.Fatal(err)
	}
	golden(t, "plain.txt", describe(t, w.open(plan, Options{})))
}

func TestSameBytesEverywhere(t *testing.T) {
	archive := func(processors int) [32]byte {
		defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(processors))
		w := newWorkshop(t)
		b := w.open(w.sample(""), Options{})
		var out bytes.Buffer
		if err := b.WriteArchive(context.Background(), &out, 0, nil); err != nil {
			t.Fatal(err)
		}
		return sha256.Sum256(out.Bytes())
	}
	first := archive(1)
	for _, processors := range []int{1, 4} {
		if archive(processors) != first {
			t.Errorf("with %d processors the archive is another", processors)
		}
	}
}

func TestSinkWritesTheSame(t *testing.T) {
	w := newWorkshop(t)
	big := w.tree("big", map[string]string{"file": strings.Repeat("0123456789abcdef", 50000)})
	plan, _, err := w.image(nil, []made{big})
	if err != nil {
		t.Fatal(err)
	}
	b := w.open(plan, Options{})
	var want bytes.Buffer
	if err := b.WriteArchive(context.Background(), &want, 0, nil); err != nil {
		t.Fatal(err)
	}
	check := func(kind string, got []byte, err error) {
		if err != nil || !bytes.Equal(got, want.Bytes()) {
			t.Errorf("into a %s: %d bytes, %v; want %d", kind, len(got), err, want.Len())
		}
	}
	file, err := os.Create(filepath.Join(t.TempDir(), "archive"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	err = b.WriteArchive(context.Background(), Sink(file), 0, nil)
	got, _ := os.ReadFile(file.Name())
	check("file", got, err)

	r, pipe, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	result := make(chan error, 1)
	go func() {
		defer pipe.Close()
		result <- b.WriteArchive(context.Background(), Sink(pipe), 0, nil)
	}()
	got, err = io.ReadAll(r)
	check("pipe", got, errors.Join(err, <-result))
}

func TestValidImages(t *testing.T) {
	w := newWorkshop(t)
	plan := w.sample("")
	for _, c := range []Compression{Uncompressed, Gzip, Zstd} {
		image, err := w.open(plan, Options{Compression: c}).Image(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		if c == Gzip { // the validator knows no other
			if err := validate.Image(image); err != nil {
				t.Error(err)
			}
		}
		layout, err := OpenLayout(t.TempDir())
		if err != nil {
			t.Fatal(err)
		}
		if err := layout.Add(image, "test:1"); err != nil {
			t.Fatal(err)
		}
		kept, err := layout.Find("test:1")
		if err != nil {
			t.Fatal(err)
		}
		if a, b := digestString(t, kept), digestString(t, image); a != b {
			t.Errorf("%s: the layout has %s instead of %s", c, a, b)
		}
	}
}

func TestDockerArchive(t *testing.T) {
	w := newWorkshop(t)
	b := w.open(w.sample(""), Options{})
	file := filepath.Join(t.TempDir(), "image.tar")
	out, err := os.Create(file)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(b.WriteArchive(context.Background(), out, 0, nil), out.Close()); err != nil {
		t.Fatal(err)
	}
	image, err := tarball.ImageFromPath(file, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := validate.Image(image); err != nil {
		t.Error(err)
	}
	if id, err := image.ConfigName(); err != nil || id != b.ID {
		t.Errorf("the archive's image is %s, want %s (%v)", id, b.ID, err)
	}
	again, name, err := OpenArchive(file, "")
	if err != nil || name != "test:1" || digestString(t, again) != digestString(t, image) {
		t.Errorf("opened %q: %v", name, err)
	}
}

func TestArchiveWithoutLowestLayers(t *testing.T) {
	w := newWorkshop(t)
	b := w.open(w.sample(""), Options{})
	var out bytes.Buffer
	if err := b.WriteArchive(context.Background(), &out, 2, nil); err != nil {
		t.Fatal(err)
	}
	text := members(t, &out)
	for i, l := range b.Layers {
		if strings.Contains(text, l.DiffID.Hex) != (i >= 2) {
			t.Errorf("layer %d: the archive holds:\n%s", i, text)
		}
	}
}

func TestChangedApplicationMovesOnlyItsLayer(t *testing.T) {
	w := newWorkshop(t)
	before, after := w.open(w.sample(""), Options{}).Summary(), w.open(w.sample("changed"), Options{}).Summary()
	d := Diff(before, after)
	var kinds []Kind
	for _, l := range d.Added {
		kinds = append(kinds, l.Kind)
	}
	if fmt.Sprint(kinds) != "[store files]" || d.Moved > 20000 {
		t.Errorf("%v layers with %d bytes moved; want the application's and the links", kinds, d.Moved)
	}
}

func TestDigestsAreRemembered(t *testing.T) {
	w := newWorkshop(t)
	count := func() int {
		entries, _ := os.ReadDir(w.memory.Dir)
		return len(entries)
	}
	w.sample("")
	first := count()
	w.sample("changed")
	if added := count() - first; first == 0 || added != 1 {
		t.Errorf("%d digests remembered, then %d more; want one more for the application", first, added)
	}
}

func TestNowDependsOnTheClock(t *testing.T) {
	w := newWorkshop(t)
	app := w.tree("app-1", map[string]string{"bin/run": "#!"})
	plan, _, err := w.image(map[string]string{"created": now, "mtime": now}, []made{app})
	if err != nil {
		t.Fatal(err)
	}
	a := w.open(plan, Options{Time: epochTime})
	b := w.open(plan, Options{Time: epochTime.AddDate(1, 0, 0)})
	if a.ID == b.ID || a.Layers[0].DiffID == b.Layers[0].DiffID {
		t.Error("an image from another time is the same")
	}
	if plan.IsFixed() {
		t.Error("the plan says that it does not depend on the time")
	}
}

func TestChangedObjectIsNoticed(t *testing.T) {
	w := newWorkshop(t)
	app := w.tree("app-1", map[string]string{"bin/run": "#!"})
	plan, _, err := w.image(nil, []made{app})
	if err != nil {
		t.Fatal(err)
	}
	b := w.open(plan, Options{})
	file := filepath.Join(w.objects().Physical(app.out), "bin/run")
	if err := errors.Join(os.Chmod(file, 0o644), os.WriteFile(file, bytes.Repeat([]byte("x"), 2000), 0o644)); err != nil {
		t.Fatal(err)
	}
	err = b.WriteArchive(context.Background(), io.Discard, 0, nil)
	if err == nil || !strings.Contains(err.Error(), "berth store verify") {
		t.Errorf("an object that was changed by hand gave %v", err)
	}
}

func TestWrongAttributes(t *testing.T) {
	w := newWorkshop(t)
	app := w.tree("app-1", map[string]string{"bin/run": "#!"})
	file := w.tree("file", map[string]string{"": "text"})
	for _, test := range []struct {
		attributes map[string]string
		contents   made
		want       string
	}{
		{map[string]string{"created": "yesterday"}, app, "'yesterday' is not a date"},
		{map[string]string{"maxLayers": "1"}, app, "maxLayers = 1 is too few"},
		{map[string]string{"uid": "me"}, app, "uid 'me' is not a number"},
		{map[string]string{"layeringPipeline": `[["nonsense"]]`}, app, "nonsense: there is no such step"},
		{map[string]string{"layeringPipeline": `[["popularity_contest"],["split_every",2]]`}, app, "it needs a graph"},
	} {
		_, _, err := w.image(test.attributes, []made{test.contents})
		if err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%v: error %v; want %q", test.attributes, err, test.want)
		}
	}
	_, err := w.realise("x", "image-contents", map[string]string{"contents": file.out, "config": "{}"}, file)
	if err == nil || !strings.Contains(err.Error(), "only directories can be joined") {
		t.Errorf("a file as contents gave %v", err)
	}
}
