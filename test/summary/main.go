// Command summary turns the event stream of "go test -json" into a report for
// people and holds the list of tests that must not be skipped.
//
//	go test -json ./... | go run ./test/summary test/must-run.txt
//
// It prints a line for each package, the output of what failed, the reason of
// every skip, and a closing line "N passed, N failed, N skipped". The exit
// status is 1 if anything failed, or if a test of the list was skipped or did
// not run at all.
//
// A stream may hold the events of a second run of some packages: the last
// result of a test counts, and one that failed before is named. With a second
// argument, the packages in which something failed are written to that file.
package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
)

// event is one line of the stream; its fields are those of "go doc test2json".
type event struct {
	Action      string
	Package     string
	ImportPath  string
	Test        string
	Output      string
	Elapsed     float64
	FailedBuild string
}

// name identifies a test, or a package if no test is meant.
func (e event) name() string {
	if e.Test == "" {
		return e.Package
	}
	return e.Package + "." + e.Test
}

// report collects what the stream said.
type report struct {
	out     io.Writer
	output  map[string][]string // by name, what was printed
	results map[string]result   // by name, the last one
}

// result is how a test or a package ended.
type result struct {
	pkg    string
	test   bool   // false for a package that failed as a whole
	action string // pass, fail or skip
	again  bool   // it failed in an earlier run
}

func main() {
	if len(os.Args) < 2 || len(os.Args) > 3 {
		fmt.Fprintln(os.Stderr, "usage: go test -json ./... | summary MUST-RUN-FILE [FAILED-PACKAGES-FILE]")
		os.Exit(2)
	}
	required, err := readList(os.Args[1])
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	}
	r := newReport(os.Stdout)
	if err := r.read(os.Stdin); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	}
	if len(os.Args) == 3 {
		text := strings.Join(r.failedPackages(), "\n")
		if err := os.WriteFile(os.Args[2], []byte(text), 0o644); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(2)
		}
	}
	if !r.close(required) {
		os.Exit(1)
	}
}

func newReport(out io.Writer) *report {
	return &report{out: out, output: map[string][]string{}, results: map[string]result{}}
}

// readList reads names of tests, one a line; "#" starts a comment.
func readList(file string) ([]string, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("reading the list of tests that must run: %w", err)
	}
	var names []string
	for line := range strings.Lines(string(text)) {
		line, _, _ = strings.Cut(line, "#")
		if line = strings.TrimSpace(line); line != "" {
			names = append(names, line)
		}
	}
	return names, nil
}

func (r *report) read(in io.Reader) error {
	lines := bufio.NewReader(in)
	for {
		line, err := lines.ReadBytes('\n')
		if len(line) > 0 {
			r.line(line)
		}
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("reading test events: %w", err)
		}
	}
}

func (r *report) line(line []byte) {
	var e event
	if json.Unmarshal(line, &e) != nil {
		fmt.Fprintf(r.out, "%s", line)
		return
	}
	switch e.Action {
	case "output":
		r.output[e.name()] = append(r.output[e.name()], e.Output)
	case "build-output":
		fmt.Fprint(r.out, e.Output)
	case "pass", "fail", "skip":
		r.end(e)
	}
}

func (r *report) end(e event) {
	output := strings.Join(r.output[e.name()], "")
	delete(r.output, e.name())
	if e.Test == "" {
		r.endPackage(e, output)
		return
	}
	r.note(e, true)
	switch e.Action {
	case "skip":
		fmt.Fprintf(r.out, "skipped %s: %s\n", e.name(), reason(output))
	case "fail":
		fmt.Fprint(r.out, output)
	}
}

// note remembers the result of a test or package.
func (r *report) note(e event, test bool) {
	before := r.results[e.name()]
	r.results[e.name()] = result{
		pkg: e.Package, test: test, action: e.Action,
		again: before.again || before.action == "fail",
	}
}

// endPackage reports a package; one that failed without a failing test (it
// could not be built, or it timed out) counts as a failure of its own.
func (r *report) endPackage(e event, output string) {
	switch e.Action {
	case "pass":
		fmt.Fprintf(r.out, "ok      %s %.1fs\n", e.Package, e.Elapsed)
		if _, failed := r.results[e.Package]; failed {
			r.note(e, false)
		}
	case "fail":
		fmt.Fprint(r.out, output)
		fmt.Fprintf(r.out, "FAILED  %s %.1fs\n", e.Package, e.Elapsed)
		if !slices.Contains(r.failedPackages(), e.Package) {
			r.note(e, false)
		}
	}
}

// with returns the names whose last result is an action, sorted.
func (r *report) with(action string) []string {
	var names []string
	for name, result := range r.results {
		if result.action == action {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// failedPackages returns the packages in which something failed, sorted.
func (r *report) failedPackages() []string {
	var packages []string
	for _, name := range r.with("fail") {
		packages = append(packages, r.results[name].pkg)
	}
	slices.Sort(packages)
	return slices.Compact(packages)
}

// reason returns what a skipped test printed, without the frame of the tool.
func reason(output string) string {
	var said []string
	for line := range strings.Lines(output) {
		line = strings.TrimSpace(line)
		if line != "" && !strings.HasPrefix(line, "===") && !strings.HasPrefix(line, "---") {
			said = append(said, line)
		}
	}
	return strings.Join(said, " ")
}

// close prints the verdict and reports whether all is well.
func (r *report) close(required []string) bool {
	failed, passed := r.with("fail"), 0
	for _, name := range failed {
		fmt.Fprintf(r.out, "failed  %s\n", name)
	}
	for _, name := range r.with("pass") {
		if r.results[name].test {
			passed++
		}
		if r.results[name].again {
			fmt.Fprintf(r.out, "passed only when run again: %s\n", name)
		}
	}
	missing := 0
	for _, name := range required {
		if action := r.results[name].action; action != "pass" && action != "fail" {
			missing++
			fmt.Fprintf(r.out, "did not run: %s, which is on the list of tests that must\n", name)
		}
	}
	fmt.Fprintf(r.out, "%d passed, %d failed, %d skipped\n", passed, len(failed)+missing, len(r.with("skip")))
	return len(failed) == 0 && missing == 0 && passed > 0
}
