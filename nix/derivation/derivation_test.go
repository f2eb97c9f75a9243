package derivation

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"berth.dev/nix/storepath"
)

// The files in testdata were written by C++ Nix 2.34; each is named after its store path.

func load(path storepath.Path) (*Derivation, error) {
	text, err := os.ReadFile(filepath.Join("testdata", path.Base()))
	if err != nil {
		return nil, err
	}
	name, err := NameOf(path)
	if err != nil {
		return nil, err
	}
	return Parse(string(text), name)
}

func examples(t *testing.T) map[storepath.Path]*Derivation {
	t.Helper()
	files, err := filepath.Glob("testdata/*.drv")
	if err != nil || len(files) < 8 {
		t.Fatalf("found %d examples, %v", len(files), err)
	}
	all := map[storepath.Path]*Derivation{}
	for _, file := range files {
		path, err := storepath.FromBase(filepath.Base(file))
		if err != nil {
			t.Fatal(err)
		}
		if all[path], err = load(path); err != nil {
			t.Fatal(err)
		}
	}
	return all
}

func TestTextAndPathRoundTrip(t *testing.T) {
	for path, d := range examples(t) {
		text, err := os.ReadFile(filepath.Join("testdata", path.Base()))
		if err != nil {
			t.Fatal(err)
		}
		if got := d.String(); got != string(text) {
			t.Errorf("%s: printed\n%s\nwant\n%s", path, got, text)
		}
		if got, err := d.Path(); err != nil || got != path {
			t.Errorf("%s: path computed as %s, %v", path, got, err)
		}
	}
}

func TestFillOutputs(t *testing.T) {
	hashes := Hashes{Load: load}
	for path, d := range examples(t) {
		want := d.String()
		for i := range d.Outputs {
			d.Set(d.Outputs[i].Name, "")
			d.Outputs[i].Path = storepath.Path{}
		}
		if err := hashes.FillOutputs(d); err != nil {
			t.Errorf("%s: %v", path, err)
		} else if got := d.String(); got != want {
			t.Errorf("%s: filled in\n%s\nwant\n%s", path, got, want)
		}
	}
}

func TestFixedOutputsDoNotDependOnTheirInputs(t *testing.T) {
	hashes := Hashes{Load: load}
	var seen []Modulo
	for path := range examples(t) {
		if path.Name() != "fod.drv" && path.Name() != "a.drv" {
			continue
		}
		m, err := hashes.of(path)
		if err != nil {
			t.Fatal(err)
		}
		if path.Name() == "fod.drv" {
			seen = append(seen, m)
		}
	}
	if len(seen) != 2 || seen[0] != seen[1] {
		t.Errorf("two ways to fetch the same contents have hashes %v", seen)
	}
}

func TestParseRejects(t *testing.T) {
	good := `Derive([("out","","","")],[],[],"x","/b",[],[("out","")])`
	if _, err := Parse(good, "x"); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ text, err string }{
		{"", "expected 'Derive('"},
		{good + " ", "expected end of text"},
		{strings.Replace(good, `"/b"`, `"/b`, 1), "expected"},
		{good[:len(good)-8], "expected"},
		{`Derive([("out","/tmp/x","","")],[],[],"x","/b",[],[])`, "not in the Nix store"},
		{`Derive([("out","","r:sha9","")],[],[],"x","/b",[],[])`, "unknown hash algorithm"},
		{`Derive([("out","","","00")],[],[],"x","/b",[],[])`, "without an algorithm"},
		{`DrvWithVersion("xp-dyn-drv",[],[],[],"x","/b",[],[])`, "expected 'Derive('"},
	} {
		if _, err := Parse(c.text, "x"); err == nil || !strings.Contains(err.Error(), c.err) {
			t.Errorf("Parse(%q) = %v, want ...%s...", c.text, err, c.err)
		}
	}
}

func TestGetSet(t *testing.T) {
	d := &Derivation{}
	for _, name := range []string{"b", "a", "c", "b"} {
		d.Set(name, name+"!")
	}
	if value, ok := d.Get("b"); len(d.Environment) != 3 || !ok || value != "b!" {
		t.Errorf("environment %v", d.Environment)
	}
	if _, ok := d.Get("d"); ok {
		t.Error("found a variable that was never set")
	}
}

func FuzzParse(f *testing.F) {
	files, _ := filepath.Glob("testdata/*.drv")
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(string(text))
	}
	f.Fuzz(func(t *testing.T, text string) {
		d, err := Parse(text, "x")
		if err != nil {
			return
		}
		if _, err := Parse(d.String(), "x"); err != nil && !strings.ContainsAny(text, `\`) {
			t.Errorf("%q was printed as %q: %v", text, d.String(), err)
		}
	})
}
