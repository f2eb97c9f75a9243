package machines

import (
	"path/filepath"
	"strings"
	"testing"

	"berth.dev/internal/debian"
	"berth.dev/internal/system"
	"berth.dev/nix/derivation"
	"berth.dev/test/harness"
)

// TestPartsAreShared holds the derivations of parts that Go makes, for
// descriptions written by hand, to those that the embedded set makes.
func TestPartsAreShared(t *testing.T) {
	b := harness.New(t)
	r := b.Run("eval", "--raw", "-E", `(import <nixpkgs> { system = "x86_64-linux"; }).bash.parts`)
	b.Want(r, 0)
	archive, err := debian.Open(t.Context(), debian.Config{CacheDir: filepath.Join(b.StateDir, "cache", "debian"), Architecture: "amd64"})
	if err != nil {
		t.Fatal(err)
	}
	defer archive.Close()
	record, ok, err := archive.Lookup("libc6")
	if !ok || err != nil {
		t.Fatalf("libc6: found is %v, error %v", ok, err)
	}
	part, err := system.MakePart(&derivation.Hashes{}, record, "x86_64-linux")
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(r.Stdout, part.Output.String()) {
		t.Errorf("Go makes the part %s; the embedded set has %s", part.Output, r.Stdout)
	}
}
