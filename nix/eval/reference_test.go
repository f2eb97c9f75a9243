package eval

import (
	"bytes"
	"flag"
	"os/exec"
	"regexp"
	"strings"
	"testing"

	"berth.dev/test/oracle"
)

var (
	update     = flag.Bool("update", false, "record golden files anew from C++ Nix")
	everything = flag.Bool("everything", false, "ask C++ Nix about every program that fails, not about some of them")
)

// someFailures is which share of the failing programs is asked about on each
// run: C++ Nix has to be started for every one.
const someFailures = 6

// reference is C++ Nix, the judge of what a program means.
type reference struct {
	t         testing.TB
	program   string
	directory string // where it runs; written $DIR in answers
}

// openReference starts nothing yet. A version other than the one the golden
// files are from is no judge of them: it skips the test.
func openReference(t testing.TB, directory string) *reference {
	t.Helper()
	nix := oracle.Open(t)
	if nix.Version != oracle.Written {
		t.Skipf("drift: Debian has Nix %s, expectations are from %s", nix.Version, oracle.Written)
	}
	return &reference{t, nix.Script(t, "nix-instantiate"), directory}
}

// batch is how many programs one process evaluates at most.
const batch = 100

// answers evaluates programs and returns the value, or the innermost error, of
// each. One process evaluates many of them, up to the first that fails.
func (r *reference) answers(programs []string) []string {
	r.t.Helper()
	var answers []string
	for len(answers) < len(programs) {
		rest := programs[len(answers):]
		rest = rest[:min(len(rest), batch)]
		values, failure := r.run(rest...)
		answers = append(answers, values...)
		if failure != "" {
			answers = append(answers, failure)
		} else if len(values) != len(rest) {
			r.t.Fatalf("C++ Nix wrote %d values for %d programs", len(values), len(rest))
		}
	}
	return answers
}

// alone evaluates one program in a process of its own.
func (r *reference) alone(program string) string {
	r.t.Helper()
	values, failure := r.run(program)
	if failure != "" {
		return failure
	}
	return values[0]
}

var errorLine = regexp.MustCompile(`(?m)^ *error: ?(.*)$`)

// separator is a program whose answer stands between those of others.
const separator = `"@@@"`

func (r *reference) run(programs ...string) (values []string, failure string) {
	r.t.Helper()
	arguments := []string{"--eval", "--strict", "--read-write-mode", "-E"}
	for _, program := range programs {
		arguments = append(arguments, program, separator)
	}
	var stdout, stderr bytes.Buffer
	cmd := exec.Command(r.program, arguments...)
	cmd.Dir, cmd.Stdout, cmd.Stderr = r.directory, &stdout, &stderr
	failed := cmd.Run() != nil
	text := strings.ReplaceAll(stdout.String(), r.directory, "$DIR")
	values = strings.Split(text, "\n"+separator+"\n")
	values = values[:len(values)-1]
	if !failed {
		return values, ""
	}
	errors := errorLine.FindAllStringSubmatch(stderr.String(), -1)
	if len(errors) == 0 {
		r.t.Fatalf("C++ Nix failed without an error: %s", stderr.String())
	}
	return values, "error: " + strings.ReplaceAll(errors[len(errors)-1][1], r.directory, "$DIR")
}
