package debian

import (
	"os/exec"
	"testing"

	"pgregory.net/rapid"
)

func TestCompareVersions(t *testing.T) {
	// Each version is older than the next.
	ascending := []string{
		"0~~", "0~~a", "0~", "0", "0a", "0.1", "1.0~rc1", "1.0~rc1-1", "1.0", "1.0-0.1", "1.0-1~bpo12+1", "1.0-1",
		"1.0-1+b1", "1.0-1+deb13u1", "1.0-1.1", "1.0-10", "1.0a", "1.0+dfsg-1", "1.2", "1.10", "9999", "1:0.1", "2:0",
	}
	for i, a := range ascending {
		for j, b := range ascending {
			if got := sign(CompareVersions(a, b)); got != sign(i-j) {
				t.Errorf("CompareVersions(%q, %q) = %d, expected %d", a, b, got, sign(i-j))
			}
		}
	}
	for _, equal := range [][2]string{{"1.0", "0:1.0"}, {"1.0", "1.0-0"}, {"1.01", "1.1"}, {"1.", "1.0"}} {
		if c := CompareVersions(equal[0], equal[1]); c != 0 {
			t.Errorf("CompareVersions(%q, %q) = %d, expected 0", equal[0], equal[1], c)
		}
	}
}

func sign(n int) int {
	switch {
	case n < 0:
		return -1
	case n > 0:
		return 1
	}
	return 0
}

// TestCompareVersionsAsDpkg asks dpkg about versions made up at random.
func TestCompareVersionsAsDpkg(t *testing.T) {
	dpkg, err := exec.LookPath("dpkg")
	if err != nil {
		t.Skip("needs dpkg to compare with: ", err)
	}
	version := rapid.StringMatching(`([0-9]:)?[0-9][0-9a-c.+~]{0,5}(-[0-9a-c+.~]{1,4})?`)
	rapid.Check(t, func(t *rapid.T) {
		a, b := version.Draw(t, "a"), version.Draw(t, "b")
		ours := CompareVersions(a, b)
		for operator, holds := range map[string]bool{"lt": ours < 0, "eq": ours == 0, "gt": ours > 0} {
			theirs := exec.Command(dpkg, "--compare-versions", a, operator, b).Run() == nil
			if theirs != holds {
				t.Fatalf("dpkg says %s %s %s: %v; we have %d", a, operator, b, theirs, ours)
			}
		}
	})
}
