// Command summary turns the event stream of "go test -json" into a report for
// people and holds the list of tests that must not be skipped.
//
//	go test -json ./... | go run ./test/summary test/must-run.txt
//
// It prints a line for each package, the output of what failed, the reason of
// every skip, and a closing line "N passed, N failed, N skipped". The exit
// status is 1 if anything failed, or if a test of the list was skipped or did
// not run at all.
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
	passed  int
	failed  []string
	skipped []string
	ran     map[string]bool
}

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: go test -json ./... | summary MUST-RUN-FILE")
		os.Exit(2)
	}
	required, err := readList(os.Args[1])
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	}
	r := &report{out: os.Stdout, output: map[string][]string{}, ran: map[string]bool{}}
	if err := r.read(os.Stdin); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	}
	if !r.close(required) {
		os.Exit(1)
	}
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
	switch {
	case e.Test == "":
		r.endPackage(e, output)
	case e.Action == "pass":
		r.passed++
		r.ran[e.name()] = true
	case e.Action == "skip":
		r.skipped = append(r.skipped, e.name())
		fmt.Fprintf(r.out, "skipped %s: %s\n", e.name(), reason(output))
	default:
		r.failed = append(r.failed, e.name())
		r.ran[e.name()] = true
		fmt.Fprint(r.out, output)
	}
}

func (r *report) endPackage(e event, output string) {
	switch e.Action {
	case "pass":
		fmt.Fprintf(r.out, "ok      %s %.1fs\n", e.Package, e.Elapsed)
	case "fail":
		fmt.Fprint(r.out, output)
		fmt.Fprintf(r.out, "FAILED  %s %.1fs\n", e.Package, e.Elapsed)
		if e.FailedBuild != "" || !slices.ContainsFunc(r.failed, func(n string) bool { return strings.HasPrefix(n, e.Package+".") }) {
			r.failed = append(r.failed, e.Package)
		}
	}
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
	for _, name := range r.failed {
		fmt.Fprintf(r.out, "failed  %s\n", name)
	}
	missing := 0
	for _, name := range required {
		if !r.ran[name] {
			missing++
			fmt.Fprintf(r.out, "did not run: %s, which is on the list of tests that must\n", name)
		}
	}
	fmt.Fprintf(r.out, "%d passed, %d failed, %d skipped\n", r.passed, len(r.failed)+missing, len(r.skipped))
	return len(r.failed) == 0 && missing == 0 && r.passed > 0
}
