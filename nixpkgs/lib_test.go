package nixpkgs_test

import (
	"bytes"
	"errors"
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"berth.dev/nix/eval"
	"berth.dev/test/oracle"
	"github.com/google/go-cmp/cmp"
)

// update records what berth's evaluator gives for tests/lib/modules. Review the
// difference, and run TestLibReference afterwards.
var update = flag.Bool("update", false, "record the expected results of tests/lib/modules")

// TestLib evaluates the unit tests of lib, which must report no failure, and
// the module tests, whose value or whole error message must be the recorded one.
func TestLib(t *testing.T) {
	testLib(t, func(t *testing.T, file string) string {
		ev, _ := newEvaluator(t)
		value, err := ev.EvalFile(file)
		if err == nil {
			err = ev.ForceDeep(value)
		}
		text := ""
		if err == nil {
			text, err = ev.Print(value, eval.PrintInstantiate)
		}
		var failure *eval.Error
		if errors.As(err, &failure) {
			return "error: " + failure.Message
		}
		if err != nil {
			t.Fatal(err)
		}
		return text
	}, *update)
}

// TestLibReference is TestLib with the reference implementation, so that both
// the library and the expectations are right by its rules.
func TestLibReference(t *testing.T) {
	nix := oracle.Open(t)
	testLib(t, func(t *testing.T, file string) string {
		cmd := nix.Command("nix-instantiate", "--eval", "--strict", file)
		var stdout, stderr bytes.Buffer
		cmd.Stdout, cmd.Stderr = &stdout, &stderr
		if cmd.Run() == nil {
			return strings.TrimSuffix(stdout.String(), "\n")
		}
		return "error: " + innermostError(stderr.String())
	}, false)
}

// errorLine begins each error that C++ Nix prints; the last is the innermost.
var errorLine = regexp.MustCompile(`(?m)^( *)error: `)

// innermostError returns the message of the last error without its indentation
// and without the excerpt of the program that follows it.
func innermostError(output string) string {
	found := errorLine.FindAllStringSubmatchIndex(output, -1)
	if len(found) == 0 {
		return output
	}
	last := found[len(found)-1]
	indentation := output[last[2]:last[3]]
	if indentation == "" {
		indentation = strings.Repeat(" ", len("error: "))
	}
	var message []string
	for _, line := range strings.Split(output[last[1]:], "\n") {
		line = strings.TrimPrefix(line, indentation)
		if strings.HasPrefix(line, "at /") {
			break
		}
		message = append(message, line)
	}
	return strings.TrimRight(strings.Join(message, "\n"), "\n")
}

func testLib(t *testing.T, evaluate func(t *testing.T, file string) string, record bool) {
	directory, err := filepath.Abs("tests/lib")
	if err != nil {
		t.Fatal(err)
	}
	t.Run("unit", func(t *testing.T) {
		if failures := evaluate(t, filepath.Join(directory, "unit.nix")); failures != "[ ]" {
			t.Error(failures)
		}
	})
	files, err := filepath.Glob(filepath.Join(directory, "modules/*.nix"))
	if err != nil || len(files) == 0 {
		t.Fatal("no module tests", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".nix"), func(t *testing.T) {
			got := strings.ReplaceAll(evaluate(t, file), filepath.Dir(file), "$DIR") + "\n"
			golden := strings.TrimSuffix(file, ".nix") + ".exp"
			if record {
				if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(want), got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}
