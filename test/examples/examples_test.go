// Package examples runs the examples as the README does.
package examples

import (
	"encoding/json"
	"strings"
	"testing"

	"berth.dev/test/harness"
)

func TestMain(m *testing.M) { harness.Main(m) }

// report is what "berth check --json" prints, as far as it is looked at here.
type report struct {
	Checks []struct {
		Name   string
		Passed bool
		Test   struct {
			Machines map[string]struct{ BootSeconds float64 }
		}
	}
	Seconds map[string]float64
}

func check(t *testing.T, example string, machines ...string) {
	harness.NeedRoot(t)
	b := harness.New(t)
	r := b.Run("check", "--json", "--quiet", "./examples/"+example)
	b.Want(r, 0)
	if t.Failed() {
		return
	}
	var got report
	if err := json.Unmarshal([]byte(r.Stdout), &got); err != nil {
		t.Fatalf("%v in:\n%s", err, r.Stdout)
	}
	passed := 0
	for _, c := range got.Checks {
		if !c.Passed {
			continue
		}
		passed++
		for _, m := range machines {
			if c.Test.Machines[m].BootSeconds == 0 {
				t.Errorf("check %s did not boot %s", c.Name, m)
			}
		}
	}
	if passed != 1 {
		t.Errorf("%d checks passed, want 1", passed)
	}
}

func TestServices(t *testing.T) { check(t, "services", "server", "client") }

func TestTutorial(t *testing.T) { check(t, "tutorial", "server", "client") }

// TestFailureIsReported breaks an example to see that its test can fail.
func TestFailureIsReported(t *testing.T) {
	harness.NeedRoot(t)
	b := harness.New(t)
	b.Dir = t.TempDir()
	harness.Copy(t, harness.Root()+"/examples/services", b.Dir)
	harness.Replace(t, b.Dir+"/setup.sql", "pat self on back", "sleep")
	r := b.Run("check", "--quiet", ".")
	b.Want(r, 10)
	for _, want := range []string{"!!! Traceback", "assert actual == expected", "AssertionError"} {
		if !strings.Contains(r.Stderr+r.Stdout, want) {
			t.Errorf("the report lacks %q:\n%s", want, r.Stderr)
		}
	}
}
