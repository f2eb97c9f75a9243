// Package machines boots machines from descriptions written by hand: the half
// of berth that knows no language.
package machines

import (
	"strings"
	"testing"

	"berth.dev/test/harness"
)

func TestMain(m *testing.M) { harness.Main(m) }

func TestTwoMachines(t *testing.T) {
	harness.NeedRoot(t)
	b := harness.New(t)
	r := b.Run("check", "--quiet", "test/machines/testdata/two.json")
	b.Want(r, 0)
	if !strings.Contains(r.Stdout, "passed  two-machines") {
		t.Errorf("output:\n%s", r.Stdout)
	}
}

func TestBadDescription(t *testing.T) {
	harness.NeedRoot(t)
	b := harness.New(t)
	b.Dir = t.TempDir()
	harness.Write(t, b.Dir+"/x.json", `{"version":1,"name":"x","script":"pass","machine":{}}`)
	r := b.Run("check", "x.json")
	b.Want(r, 1)
	if !strings.Contains(r.Stderr, `unknown field "machine"`) {
		t.Errorf("message:\n%s", r.Stderr)
	}
}
