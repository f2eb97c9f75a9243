// Package flakes compares how berth and C++ Nix treat flakes: the lock files
// they write byte for byte, what they say about a flake, and the values of the
// functions that fetch sources. It also runs berth's templates.
package flakes

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"berth.dev/internal/cli"
	"berth.dev/internal/isolate"
	"berth.dev/test/oracle"
	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"
)

func TestMain(m *testing.M) {
	if status, ok := isolate.Dispatch(os.Args, isolate.Stages()); ok {
		os.Exit(status)
	}
	os.Exit(m.Run())
}

// outcome is what one command left.
type outcome struct {
	OK     bool
	Output map[string]any // of --json
	Lock   string         // flake.lock of the folder it ran in
}

// runner runs a command on flakes in a folder.
type runner func(t *testing.T, dir string, args []string) (stdout, stderr string, ok bool)

func runBerth(state string) runner {
	return func(t *testing.T, dir string, args []string) (string, string, bool) {
		t.Helper()
		var stdout, stderr bytes.Buffer
		status := cli.Run(context.Background(), cli.Process{
			Args: args, Stdout: &stdout, Stderr: &stderr, Dir: dir,
			Getenv: func(name string) string {
				switch name {
				case "BERTH_STATE_DIR":
					return state
				case "HOME":
					return state
				}
				return os.Getenv(name)
			},
		})
		return stdout.String(), stderr.String(), status == 0
	}
}

func runNix(nix *oracle.Nix) runner {
	return func(t *testing.T, dir string, args []string) (string, string, bool) {
		t.Helper()
		cmd := nix.Command("nix", args...)
		cmd.Dir = dir
		var stdout, stderr bytes.Buffer
		cmd.Stdout, cmd.Stderr = &stdout, &stderr
		err := cmd.Run()
		var exit *exec.ExitError
		if err != nil && !errors.As(err, &exit) {
			t.Fatal(err)
		}
		return stdout.String(), stderr.String(), err == nil
	}
}

// TestDifferential runs each script of testdata with both tools, in the same
// place one after the other, since paths are part of lock files.
//
// A script's steps are: "git DIR" (make a repository of a folder), "commit
// DIR", "copy FILE FILE", "remove FILE", and "run DIR flake ...", whose
// outcomes are compared. $DIR stands for the folder of the script.
func TestDifferential(t *testing.T) {
	nix := oracle.Open(t)
	state := t.TempDir()
	scripts, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(scripts) == 0 {
		t.Fatalf("no scripts: %v", err)
	}
	for _, script := range scripts {
		t.Run(strings.TrimSuffix(filepath.Base(script), ".txtar"), func(t *testing.T) {
			archive, err := txtar.ParseFile(script)
			if err != nil {
				t.Fatal(err)
			}
			dir := filepath.Join(t.TempDir(), "work")
			want := play(t, archive, dir, runNix(nix))
			if err := os.RemoveAll(dir); err != nil {
				t.Fatal(err)
			}
			got := play(t, archive, dir, runBerth(state))
			for i := range want {
				if diff := cmp.Diff(want[i], got[i]); diff != "" {
					t.Errorf("step %d (-nix +berth):\n%s", i+1, diff)
				}
			}
		})
	}
}

// play carries out a script and returns the outcomes of its commands.
func play(t *testing.T, archive *txtar.Archive, dir string, run runner) []outcome {
	t.Helper()
	writeFiles(t, archive, dir)
	var outcomes []outcome
	for line := range strings.Lines(string(archive.Comment)) {
		line, _, _ = strings.Cut(line, "#!")
		words := strings.Fields(strings.ReplaceAll(line, "$DIR", dir))
		if len(words) == 0 || words[0] == "#" {
			continue
		}
		if words[0] != "run" {
			prepare(t, dir, words)
			continue
		}
		settle(t, dir)
		folder := filepath.Join(dir, words[1])
		stdout, stderr, ok := run(t, folder, words[2:])
		if !ok {
			t.Logf("%s: %s", line, stderr)
		}
		outcomes = append(outcomes, outcome{ok, record(t, stdout), lockOf(t, folder)})
	}
	return outcomes
}

// settled is when all files of a script were last changed.
var settled = time.Unix(1_700_000_000, 0)

func writeFiles(t *testing.T, archive *txtar.Archive, dir string) {
	t.Helper()
	for _, file := range archive.Files {
		name := filepath.Join(dir, file.Name)
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		text := strings.ReplaceAll(string(file.Data), "$DIR", dir)
		if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	settle(t, dir)
}

func settle(t *testing.T, dir string) {
	t.Helper()
	err := filepath.WalkDir(dir, func(name string, entry fs.DirEntry, err error) error {
		if err == nil && entry.Type()&fs.ModeSymlink == 0 {
			err = os.Chtimes(name, settled, settled)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// prepare carries out a step that is not compared.
func prepare(t *testing.T, dir string, words []string) {
	t.Helper()
	at := func(i int) string { return filepath.Join(dir, words[i]) }
	switch words[0] {
	case "git":
		git(t, at(1), "init", "-q", "-b", "main", ".")
		commit(t, at(1))
	case "commit":
		commit(t, at(1))
	case "shell":
		command(t, dir, "sh", "-c", strings.Join(words[1:], " "))
	case "copy":
		text, err := os.ReadFile(at(1))
		if err == nil {
			err = os.WriteFile(at(2), text, 0o644)
		}
		if err != nil {
			t.Fatal(err)
		}
		settle(t, dir)
	case "remove":
		if err := os.Remove(at(1)); err != nil {
			t.Fatal(err)
		}
		settle(t, dir)
	default:
		t.Fatalf("unknown step %q", words)
	}
}

func commit(t *testing.T, dir string) {
	t.Helper()
	git(t, dir, "add", "--all", ".")
	git(t, dir, "commit", "-q", "--allow-empty", "-m", "change")
}

func git(t *testing.T, dir string, args ...string) {
	t.Helper()
	command(t, dir, "git", args...)
}

func command(t *testing.T, dir, name string, args ...string) {
	t.Helper()
	commandOutput(t, dir, name, args...)
}

func commandOutput(t *testing.T, dir, name string, args ...string) string {
	t.Helper()
	cmd := exec.Command(name, args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(),
		"GIT_CONFIG_GLOBAL=/dev/null", "GIT_CONFIG_SYSTEM=/dev/null",
		"GIT_AUTHOR_NAME=a", "GIT_AUTHOR_EMAIL=a@example.org", "GIT_COMMITTER_NAME=a", "GIT_COMMITTER_EMAIL=a@example.org",
		"GIT_AUTHOR_DATE=@1600000000 +0000", "GIT_COMMITTER_DATE=@1650000000 +0000", "GIT_ALLOW_PROTOCOL=file",
	)
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%s %v: %v: %s", name, args, err, out)
	}
	return string(out)
}

// record reads what a command printed as JSON, without what only C++ Nix says.
func record(t *testing.T, stdout string) map[string]any {
	t.Helper()
	var m map[string]any
	if json.Unmarshal([]byte(stdout), &m) != nil {
		return nil
	}
	delete(m, "fingerprint")
	if locked, ok := m["locked"].(map[string]any); ok {
		delete(locked, "__final")
	}
	return m
}

func lockOf(t *testing.T, dir string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(dir, "flake.lock"))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		t.Fatal(err)
	}
	return string(text)
}
