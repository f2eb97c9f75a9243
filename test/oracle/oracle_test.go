package oracle

import (
	"strings"
	"testing"
)

func TestOpen(t *testing.T) {
	nix := Open(t)
	if nix.Version != Written {
		t.Logf("drift: Debian has Nix %s, expectations were written for %s", nix.Version, Written)
	}
	out, err := nix.Command("nix-instantiate", "--eval", "--expr", "1 + 2").CombinedOutput()
	if err != nil || strings.TrimSpace(string(out)) != "3" {
		t.Errorf("1 + 2: %s %v", out, err)
	}
}
