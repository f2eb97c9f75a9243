// Package engines runs what virtualisation.oci-containers promises on every
// backend, in machines with the real engines.
package engines

import (
	"testing"

	"berth.dev/test/harness"
)

func TestMain(m *testing.M) { harness.Main(m) }

// conformance runs one check of a flake of this folder.
func conformance(t *testing.T, flake, check string) {
	t.Helper()
	harness.NeedRoot(t)
	b := harness.New(t)
	b.Dir = t.TempDir()
	harness.Copy(t, harness.Root()+"/test/engines/"+flake, b.Dir)
	b.Want(b.Run("check", "--quiet", ".#"+check), 0)
}

func TestDocker(t *testing.T) { conformance(t, "conformance", "docker") }

func TestPodman(t *testing.T) { conformance(t, "conformance", "podman") }

// TestRootless runs containers as a user.
func TestRootless(t *testing.T) { conformance(t, "conformance", "rootless") }

// TestBerth runs them without any engine installed.
func TestBerth(t *testing.T) { conformance(t, "conformance", "berth") }
