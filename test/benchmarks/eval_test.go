// Package benchmarks compares the speed of berth with that of the programs it
// stands beside, on the machine it runs on. `make bench-eval` prints the table
// of the evaluator.
package benchmarks

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"text/tabwriter"
	"time"

	"berth.dev/test/oracle"
)

var rounds = flag.Int("rounds", 0, "measure so many rounds and print the table; 0 only compares results of small programs")

// small are the programs whose results are compared in every test run.
var small = []string{"parser.nix", "system-one.nix", "fib.nix"}

// usage is what one run of a program took.
type usage struct {
	cpu    time.Duration
	memory float64 // MB at most
}

// tool is one of the two evaluators.
type tool struct {
	name    string
	command func(file string) *exec.Cmd
	runs    map[string][]usage
	results map[string]string
}

func (b *tool) run(t *testing.T, file string) {
	t.Helper()
	cmd := b.command(file)
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil {
		t.Fatalf("%s: %s: %v\n%s", b.name, file, err, stderr.String())
	}
	used := cmd.ProcessState.SysUsage().(*syscall.Rusage)
	name := filepath.Base(file)
	b.runs[name] = append(b.runs[name], usage{
		cpu:    cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime(),
		memory: float64(used.Maxrss) / 1024,
	})
	b.results[name] = strings.TrimSpace(stdout.String())
}

// median returns the middle of what the runs of a program took.
func (b *tool) median(name string, of func(usage) float64) float64 {
	var values []float64
	for _, u := range b.runs[name] {
		values = append(values, of(u))
	}
	slices.Sort(values)
	return values[len(values)/2]
}

func newTool(name string, command func(file string) *exec.Cmd) *tool {
	return &tool{name, command, map[string][]usage{}, map[string]string{}}
}

// buildBerth builds the program and gives it a state of its own. Results of
// earlier runs would spoil the comparison.
func buildBerth(t *testing.T) *tool {
	t.Helper()
	program, home := filepath.Join(t.TempDir(), "berth"), t.TempDir()
	build := exec.Command("go", "build", "-o", program, "berth.dev/cmd/berth")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("building berth: %v\n%s", err, out)
	}
	return newTool("berth", func(file string) *exec.Cmd {
		cmd := exec.Command(program, "eval", "--offline", "--no-eval-cache", "--strict", file)
		cmd.Env = []string{"HOME=" + home, "XDG_DATA_HOME=" + home, "BERTH_STATE_DIR=" + home, "PATH=/usr/bin:/bin"}
		return cmd
	})
}

// TestEval evaluates the programs with both tools in turn. The results must be
// equal; the table is printed on request.
func TestEval(t *testing.T) {
	nix := oracle.Open(t)
	if nix.Version != oracle.Written {
		t.Logf("drift: Debian has Nix %s, results were last compared with %s", nix.Version, oracle.Written)
	}
	ours := buildBerth(t)
	theirs := newTool("C++ Nix", func(file string) *exec.Cmd {
		return nix.Command("nix-instantiate", "--eval", "--strict", file)
	})
	files := programs(t)
	for range max(1, *rounds) {
		for _, file := range files {
			ours.run(t, file)
			theirs.run(t, file)
		}
	}
	for _, file := range files {
		if name := filepath.Base(file); ours.results[name] != theirs.results[name] {
			t.Errorf("%s: berth says %s, C++ Nix %s", name, ours.results[name], theirs.results[name])
		}
	}
	if *rounds > 0 {
		fmt.Print(table(ours, theirs, files))
	}
}

func programs(t *testing.T) []string {
	t.Helper()
	dir, err := filepath.Abs("programs")
	if err != nil {
		t.Fatal(err)
	}
	var files []string
	if *rounds == 0 {
		for _, name := range small {
			files = append(files, filepath.Join(dir, name))
		}
		return files
	}
	files, err = filepath.Glob(filepath.Join(dir, "*.nix"))
	if err != nil {
		t.Fatal(err)
	}
	files = slices.DeleteFunc(files, func(file string) bool {
		return slices.Contains([]string{"archive.nix", "system.nix"}, filepath.Base(file))
	})
	return append(files, longFile(t))
}

// longFile writes a program of 5 MB.
func longFile(t *testing.T) string {
	t.Helper()
	var text bytes.Buffer
	text.WriteString("{ lib ? null }: {\n")
	for i := 0; text.Len() < 5<<20; i++ {
		fmt.Fprintf(&text, "  entry%d = { a, b ? %d, ... }@args: let c = a + b * %d; in\n    if c < 3 && args ? d then [ \"x${toString c}\" ./file%d ] else { inherit c; e.f = x: x.y or (-c); }; # comment\n", i, i, i, i)
	}
	text.WriteString("}\n")
	data := filepath.Join(t.TempDir(), "text.nix")
	program := filepath.Join(filepath.Dir(data), "parse-5mb.nix")
	if err := os.WriteFile(data, text.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(program, []byte("builtins.length (builtins.attrNames (import ./text.nix { }))"), 0o644); err != nil {
		t.Fatal(err)
	}
	return program
}

// table shows both tools and the ratios, and the median of the ratios.
func table(ours, theirs *tool, files []string) string {
	var out strings.Builder
	w := tabwriter.NewWriter(&out, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintf(w, "program\tberth CPU s\t%s CPU s\tratio\tberth MB\t%[1]s MB\tratio\t\n", theirs.name)
	seconds := func(u usage) float64 { return u.cpu.Seconds() }
	memory := func(u usage) float64 { return u.memory }
	var times, sizes []float64
	for _, file := range files {
		name := filepath.Base(file)
		a, b := ours.median(name, seconds), theirs.median(name, seconds)
		m, n := ours.median(name, memory), theirs.median(name, memory)
		times, sizes = append(times, a/b), append(sizes, m/n)
		fmt.Fprintf(w, "%s\t%.3f\t%.3f\t%.2f\t%.0f\t%.0f\t%.2f\t\n", strings.TrimSuffix(name, ".nix"), a, b, a/b, m, n, m/n)
	}
	slices.Sort(times)
	slices.Sort(sizes)
	fmt.Fprintf(w, "median\t\t\t%.2f\t\t\t%.2f\t\n", times[len(times)/2], sizes[len(sizes)/2])
	w.Flush()
	return out.String()
}
