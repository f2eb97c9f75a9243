// Package diagnostics holds what people are told about typical mistakes: the
// programs in testdata, one mistake each, and docs/diagnostics.md, which shows
// what berth and C++ Nix say to them.
package diagnostics

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"berth.dev/internal/cli"
	"berth.dev/test/oracle"
	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write docs/diagnostics.md, asking C++ Nix too")

const document = "../../docs/diagnostics.md"

const introduction = `# What berth says about mistakes

Twenty-three typical mistakes, with what ` + "`berth eval --strict`" + ` and C++ Nix's
` + "`nix-instantiate --eval --strict`" + ` print. Where modules are involved, both
evaluate the same library. The first line of an error is the same; below it,
berth

- shows the place in the file that the user wrote, also if the error is found
  inside the library;
- says what helps: near names, the bracket that is open, the usual remedy, how
  a value comes to need itself;
- names the options on the way instead of the functions of the library;
- keeps the rest for ` + "`--show-trace`" + `.

This page is made by ` + "`go test ./test/diagnostics -update`" + `; the test compares
it with what berth says today.
`

// TestDiagnostics compares what berth says with the document.
func TestDiagnostics(t *testing.T) {
	files, err := filepath.Glob("testdata/*.nix")
	if err != nil || len(files) < 20 {
		t.Fatalf("found %d programs: %v", len(files), err)
	}
	recorded := ""
	var nix *oracle.Nix
	if *update {
		nix = oracle.Open(t)
	} else if text, err := os.ReadFile(document); err != nil {
		t.Fatal(err)
	} else {
		recorded = string(text)
	}
	var made strings.Builder
	made.WriteString(introduction)
	for i, file := range files {
		said := ours(t, file)
		theirs := theirsIn(recorded, i+1)
		if nix != nil {
			theirs = askNix(t, nix, file)
		}
		program, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(&made, "\n## %d. %s\n\n```nix\n%s```\n\nberth:\n\n```\n%s```\n\nC++ Nix:\n\n```\n%s```\n",
			i+1, title(file), program, said, theirs)
		if strings.Count(said, "\n") > strings.Count(theirs, "\n")+2 {
			t.Errorf("%s: berth says more than C++ Nix:\n%s", file, said)
		}
	}
	if *update {
		if err := os.WriteFile(document, []byte(made.String()), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if diff := cmp.Diff(recorded, made.String()); diff != "" {
		t.Errorf("%s is stale (-document +now); run: go test ./test/diagnostics -update\n%s", document, diff)
	}
}

// title makes a heading of a file name such as 01-missing-semicolon.nix.
func title(file string) string {
	_, name, _ := strings.Cut(strings.TrimSuffix(filepath.Base(file), ".nix"), "-")
	name = strings.ReplaceAll(name, "-", " ")
	return strings.ToUpper(name[:1]) + name[1:]
}

// ours returns what berth says about a program that fails.
func ours(t *testing.T, file string) string {
	t.Helper()
	var out, errs bytes.Buffer
	dir, err := filepath.Abs("testdata")
	if err != nil {
		t.Fatal(err)
	}
	state := t.TempDir()
	status := cli.Run(context.Background(), cli.Process{
		Args: []string{"eval", "--strict", "--offline", filepath.Base(file)}, Stdin: os.Stdin, Stdout: &out, Stderr: &errs, Dir: dir,
		Getenv: func(name string) string { return map[string]string{"BERTH_STATE_DIR": state}[name] },
	})
	if status != 1 {
		t.Errorf("%s: exit status %d: %s%s", file, status, &out, &errs)
	}
	return strings.ReplaceAll(errs.String(), dir+"/", "")
}

var colours = regexp.MustCompile("\x1b\\[[0-9;]*m")

func askNix(t *testing.T, nix *oracle.Nix, file string) string {
	t.Helper()
	dir, err := filepath.Abs("testdata")
	if err != nil {
		t.Fatal(err)
	}
	set, err := filepath.Abs("../../nixpkgs")
	if err != nil {
		t.Fatal(err)
	}
	cmd := nix.Command("nix-instantiate", "--eval", "--strict", "-I", "nixpkgs="+set, filepath.Join(dir, filepath.Base(file)))
	out, err := cmd.CombinedOutput()
	if err == nil {
		t.Errorf("%s: C++ Nix finds nothing wrong: %s", file, out)
	}
	text := strings.NewReplacer(dir+"/", "", set+"/", "nixpkgs/").Replace(colours.ReplaceAllString(string(out), ""))
	lines := strings.SplitAfter(text, "\n")
	for i := range lines {
		lines[i] = strings.TrimRight(lines[i], " \n") + "\n"
	}
	return strings.TrimRight(strings.Join(lines, ""), "\n") + "\n"
}

// theirsIn returns what the document says that C++ Nix says.
func theirsIn(text string, section int) string {
	_, text, _ = strings.Cut(text, fmt.Sprintf("\n## %d. ", section))
	_, text, _ = strings.Cut(text, "\nC++ Nix:\n\n```\n")
	text, _, _ = strings.Cut(text, "```\n")
	return text
}
