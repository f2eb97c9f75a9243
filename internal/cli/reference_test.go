package cli

import (
	"context"
	"flag"
	"io"
	"os"
	"path/filepath"
	"testing"

	"berth.dev/internal/catalogue"
)

var update = flag.Bool("update", false, "write the reference in docs/reference")

// TestReference compares docs/reference with what commands, built-in functions
// and options say about themselves.
func TestReference(t *testing.T) {
	commands, err := commandReference()
	if err != nil {
		t.Fatal(err)
	}
	options, err := embeddedOptions(t)
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{
		"commands.md": commands,
		"builtins.md": builtinReference(),
		"options.md":  optionReference(options),
	} {
		file := filepath.Join("../../docs/reference", name)
		if *update {
			if err := os.WriteFile(file, []byte(want), 0o644); err != nil {
				t.Fatal(err)
			}
			continue
		}
		have, err := os.ReadFile(file)
		if err != nil {
			t.Error(err)
		} else if string(have) != want {
			t.Errorf("%s is stale; run: make docs", file)
		}
	}
}

func embeddedOptions(t *testing.T) ([]catalogue.Option, error) {
	t.Helper()
	state := t.TempDir()
	a, err := newApp(Process{Stdin: os.Stdin, Stdout: io.Discard, Stderr: io.Discard, Dir: state, Getenv: func(name string) string {
		return map[string]string{"BERTH_STATE_DIR": state}[name]
	}})
	if err != nil {
		return nil, err
	}
	w, err := a.open(context.Background(), workspaceConfig{flags: &evalFlags{offline: true}, readOnly: true})
	if err != nil {
		return nil, err
	}
	defer w.Close()
	return catalogue.Options(w.session.Evaluator, w.session.EmbeddedDir(), "x86_64-linux")
}
