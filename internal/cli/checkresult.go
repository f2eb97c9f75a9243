package cli

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"

	"berth.dev/internal/machine"
	"berth.dev/internal/testdriver"
	"berth.dev/internal/ui"
)

// checkResult is what became of one check.
type checkResult struct {
	Name    string             `json:"name"`
	Passed  bool               `json:"passed"`
	Skipped string             `json:"skipped,omitempty"`
	Error   string             `json:"error,omitempty"`
	Test    *testdriver.Result `json:"test,omitempty"`
	status  int
}

// outcome carries out a check and notes what became of it.
func (r *checkRun) outcome(name string, run func() (*testdriver.Result, error)) checkResult {
	result := checkResult{Name: name}
	test, err := run()
	result.Test = test
	if err == nil {
		result.Passed = true
		return result
	}
	result.Error = summary(err)
	result.status = exitError
	var failure *testdriver.Failure
	var status *statusError
	switch {
	case errors.As(err, &failure):
		result.status = failure.ExitCode()
		r.display.Report(failure.Report())
	case errors.As(err, &status):
		result.status = status.status
	}
	if failure == nil {
		r.display.Message("", string(ui.Error), err.Error())
	}
	return result
}

// outputDir makes the folder for what a check leaves: below the one that was
// asked for, else in the directory of its machines, which goes with them.
func (r *checkRun) outputDir(name string, group *machine.Group) (dir string, err error) {
	dir = filepath.Join(group.Directory(), "output")
	if r.options.output != "" {
		dir = filepath.Join(r.path(r.options.output), name)
	}
	return dir, os.MkdirAll(dir, 0o755)
}

// report prints the results and returns the error that gives the exit status.
func (r *checkRun) report() error {
	r.display.Close()
	if r.options.timings {
		r.times.print(r.Stderr)
	}
	if r.options.json {
		if err := printJSON(r.Stdout, struct {
			Checks []checkResult      `json:"checks"`
			Times  map[string]float64 `json:"seconds"`
		}{r.results, r.times.seconds()}); err != nil {
			return err
		}
	} else {
		r.printResults()
	}
	worst := slices.MaxFunc(append(r.results, checkResult{}), func(a, b checkResult) int { return a.status - b.status })
	if worst.status != 0 {
		return &silentError{worst.status}
	}
	return nil
}

func (r *checkRun) printResults() {
	for _, result := range r.results {
		switch {
		case result.Skipped != "":
			fmt.Fprintf(r.Stdout, "skipped %s: %s\n", result.Name, result.Skipped)
		case result.Passed && result.Test != nil:
			fmt.Fprintf(r.Stdout, "passed  %s in %s\n", result.Name, ui.Duration(time.Duration(result.Test.Seconds*float64(time.Second))))
		case result.Passed:
			fmt.Fprintf(r.Stdout, "passed  %s\n", result.Name)
		default:
			fmt.Fprintf(r.Stdout, "FAILED  %s: %s\n", result.Name, result.Error)
		}
	}
}
