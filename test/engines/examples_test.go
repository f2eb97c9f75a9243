package engines

import (
	"os"
	"regexp"
	"testing"

	"berth.dev/test/harness"
)

// backendLine is the one line that users change for another engine.
var backendLine = regexp.MustCompile(`(?m)^  backend = "[a-z]+";$`)

// TestExamples runs the examples with images on every backend.
func TestExamples(t *testing.T) {
	harness.NeedRoot(t)
	for _, example := range []string{"docker", "podman", "image"} {
		for _, backend := range []string{"docker", "podman", "berth"} {
			t.Run(example+" on "+backend, func(t *testing.T) { runExample(t, example, backend) })
		}
	}
}

func runExample(t *testing.T, example, backend string) {
	b := harness.New(t)
	b.Dir = t.TempDir()
	harness.Copy(t, harness.Root()+"/examples/"+example, b.Dir)
	name := b.Dir + "/server.nix"
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if found := backendLine.FindAll(text, -1); len(found) != 1 {
		t.Fatalf("%s names its backend in %d lines, want 1", name, len(found))
	}
	harness.Write(t, name, string(backendLine.ReplaceAll(text, []byte(`  backend = "`+backend+`";`))))
	b.Want(b.Run("check", "--quiet", "."), 0)
}
