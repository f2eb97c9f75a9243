package flakes

import (
	"io"
	"log"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/registry"
	"github.com/google/go-containerregistry/pkg/v1/random"
	"github.com/google/go-containerregistry/pkg/v1/remote"
)

// push puts a new random image into a registry and returns its digest.
func push(t *testing.T, text string) string {
	t.Helper()
	image, err := random.Image(100, 1)
	if err != nil {
		t.Fatal(err)
	}
	ref, err := name.ParseReference(text)
	if err != nil {
		t.Fatal(err)
	}
	if err := remote.Write(ref, image); err != nil {
		t.Fatal(err)
	}
	digest, err := image.Digest()
	if err != nil {
		t.Fatal(err)
	}
	return digest.String()
}

// TestImageInput takes an image of a registry as an input: pinned in berth.lock
// and nowhere else, moved by an update only, known without the registry.
func TestImageInput(t *testing.T) {
	server := httptest.NewServer(registry.New(registry.Logger(log.New(io.Discard, "", 0))))
	host := strings.TrimPrefix(server.URL, "http://")
	image := host + "/library/postgres:16.2"
	first := push(t, image)

	dir := t.TempDir()
	text := `{ inputs.postgres.url = "oci://` + image + `"; outputs = { self, postgres }: { image = postgres; }; }`
	if err := os.WriteFile(filepath.Join(dir, "flake.nix"), []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	berth := runBerth(t.TempDir())
	want := func(digest string, args ...string) {
		t.Helper()
		stdout, stderr, ok := berth(t, dir, append([]string{"eval", "--raw", ".#image"}, args...))
		if expected := host + "/library/postgres@" + digest; !ok || stdout != expected {
			t.Errorf("got %q, want %q; %s", stdout, expected, stderr)
		}
	}
	want(first, "--no-write-lock-file")
	if _, err := os.Stat(filepath.Join(dir, "berth.lock")); err == nil {
		t.Error("berth.lock was written")
	}
	want(first)
	second := push(t, image)
	want(first)
	if _, stderr, ok := berth(t, dir, []string{"flake", "update", "postgres"}); !ok || !strings.Contains(stderr, second) {
		t.Fatalf("update: %v %s", ok, stderr)
	}
	want(second)
	server.Close()
	want(second, "--offline")
	if _, err := os.Stat(filepath.Join(dir, "flake.lock")); err == nil {
		t.Error("flake.lock was written for an image")
	}
	if _, stderr, ok := berth(t, dir, []string{"flake", "update"}); ok || !strings.Contains(stderr, "pinning the image") {
		t.Errorf("without the registry: %v %s", ok, stderr)
	}
}
