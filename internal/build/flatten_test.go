package build

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"berth.dev/internal/store"
)

// More parts than an overlay can hold are joined, and none of their files is lost.
func TestManyPartsAreJoined(t *testing.T) {
	st, err := store.Open(store.Config{Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	defer st.Close()
	staging, err := st.Stage()
	if err != nil {
		t.Fatal(err)
	}
	defer staging.Remove()
	s := &sandbox{work: &work{staging: staging}}
	for i := range 2 * maxParts {
		part := filepath.Join(staging.Dir(), fmt.Sprint("part", i))
		if err := os.MkdirAll(filepath.Join(part, "usr/bin"), 0o755); err != nil {
			t.Fatal(err)
		}
		for _, name := range []string{fmt.Sprint("program", i), "same"} {
			if err := os.WriteFile(filepath.Join(part, "usr/bin", name), []byte(fmt.Sprint(i)), 0o555); err != nil {
				t.Fatal(err)
			}
		}
		s.parts = append(s.parts, part)
	}
	if err := s.layOut(); err != nil || len(s.layers) > maxParts {
		t.Fatalf("%d layers, %v", len(s.layers), err)
	}
	for i := range s.parts {
		found := ""
		for _, layer := range s.layers {
			if text, err := os.ReadFile(filepath.Join(layer, "usr/bin", fmt.Sprint("program", i))); err == nil {
				found = string(text)
			}
		}
		if found != fmt.Sprint(i) {
			t.Fatalf("program %d is %q", i, found)
		}
	}
	if text, _ := os.ReadFile(filepath.Join(s.layers[maxParts-1], "usr/bin/same")); string(text) != fmt.Sprint(maxParts-1) {
		t.Errorf("of several files at one place %s stayed", text)
	}
}
