package eval

import (
	"flag"
	"regexp"
	"strings"
	"testing"
	"time"
)

var (
	randomTime = flag.Duration("random", 6*time.Second, "how long to compare random programs with C++ Nix")
	randomSeed = flag.Uint64("seed", 1, "number of the first random program")
)

// TestRandomPrograms compares random programs with C++ Nix for a while.
func TestRandomPrograms(t *testing.T) {
	directory := langDirectory(t)
	r := openReference(t, directory)
	seed, failures := *randomSeed, 0
	for end := time.Now().Add(*randomTime); time.Now().Before(end); {
		programs := make([]string, batch)
		for i := range programs {
			programs[i] = newProgram(seed + uint64(i))
		}
		for i, want := range r.answers(programs) {
			got := ours(t, programs[i], directory)
			if strings.HasPrefix(want, "error: ") {
				failures++
			}
			if decisive(got) == decisive(want) {
				continue
			}
			// Programs evaluated before it in one process can have an influence.
			if want = r.alone(programs[i]); decisive(got) != decisive(want) {
				t.Errorf("seed %d: %s\nC++ Nix: %s\nhere:    %s", seed+uint64(i), programs[i], want, got)
			}
		}
		seed += batch
	}
	t.Logf("%d programs, %d of them fail", seed-*randomSeed, failures)
}

// ours evaluates a program with this package.
func ours(t *testing.T, program, directory string) string {
	ev := newTestEvaluator(t)
	v, err := ev.EvalString(program, directory)
	return strings.ReplaceAll(strict(ev, v, err), directory, "$DIR")
}

var blanks = regexp.MustCompile(`[ \t]+`)

// decisive is the part of an answer that can be the same: C++ Nix changes
// the blanks in messages, and its libraries word some of them.
func decisive(answer string) string {
	if !strings.HasPrefix(answer, "error: ") {
		return answer
	}
	for _, prefix := range []string{"error: while parsing TOML:"} {
		if strings.HasPrefix(answer, prefix) {
			return prefix
		}
	}
	return strings.TrimSpace(blanks.ReplaceAllString(answer, " "))
}
