package root

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"berth.dev/internal/description"
)

func TestPreparedDatabase(t *testing.T) {
	parts := unpackParts(t, "postgresql-17")
	s := system()
	delete(s.Units, "nginx.service")
	s.Prepared = []description.PreparedDirectory{{
		Path: "/var/lib/postgresql/17", User: "postgres", Group: "postgres", Mode: "0750",
		Command: []string{"/usr/lib/postgresql/17/bin/initdb", "--auth=peer", "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync", "-D", "/var/lib/postgresql/17"},
	}}
	root := assemble(t, parts, s)
	again := assemble(t, parts, s)
	if len(again.Prepared) != 1 || again.Prepared[0] != root.Prepared[0] {
		t.Fatalf("prepared %+v, then %+v", root.Prepared, again.Prepared)
	}
	target := filepath.Join(t.TempDir(), "17")
	start := time.Now()
	if err := root.Prepared[0].Copy(t.Context(), target); err != nil {
		t.Fatal(err)
	}
	t.Logf("copied in %s", time.Since(start).Round(time.Millisecond))
	version, err := os.ReadFile(filepath.Join(target, "PG_VERSION"))
	if err != nil || strings.TrimSpace(string(version)) != "17" {
		t.Errorf("PG_VERSION is %q, %v", version, err)
	}
	info, err := os.Stat(target)
	if err != nil {
		t.Fatal(err)
	}
	if owner := info.Sys().(*syscall.Stat_t).Uid; owner != root.IDs.Users["postgres"] || info.Mode().Perm() != 0o750 {
		t.Errorf("the directory belongs to %d and has mode %o", owner, info.Mode().Perm())
	}
	// A second copy must not touch what is there.
	if err := os.WriteFile(filepath.Join(target, "PG_VERSION"), []byte("changed"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := root.Prepared[0].Copy(t.Context(), target); err != nil {
		t.Fatal(err)
	}
	if text, _ := os.ReadFile(filepath.Join(target, "PG_VERSION")); string(text) != "changed" {
		t.Error("the second copy overwrote the database")
	}
}

func TestPreparedCommandThatFails(t *testing.T) {
	parts := unpackParts(t)
	s := system()
	delete(s.Units, "nginx.service")
	s.Prepared = []description.PreparedDirectory{{
		Path: "/var/lib/broken", User: "root", Group: "root", Mode: "0755",
		Command: []string{"/bin/sh", "-c", "echo the disk is upside down; exit 3"},
	}}
	_, err := Assemble(t.Context(), Config{System: s, Parts: parts, StoreDir: t.TempDir(), CacheDir: filepath.Join(cacheDir(t), "roots")})
	if err == nil || !strings.Contains(err.Error(), "the disk is upside down") || !strings.Contains(err.Error(), "/var/lib/broken") {
		t.Errorf("error %v does not say what failed and why", err)
	}
}

func TestSeed(t *testing.T) {
	parts := unpackParts(t, "redis-server", "postgresql-17")
	s := system()
	delete(s.Units, "nginx.service")
	root := assemble(t, parts, s)
	target := filepath.Join(t.TempDir(), "var")
	start := time.Now()
	if err := Seed(t.Context(), root.Lowers(), "/var", target); err != nil {
		t.Fatal(err)
	}
	t.Logf("seeded in %s", time.Since(start).Round(time.Millisecond))
	for name, want := range map[string]struct {
		mode os.FileMode
		user string
	}{
		".":              {0o755, "root"},
		"lib/redis":      {0o750, "redis"},
		"lib/postgresql": {0o755, "postgres"},
		"tmp":            {0o777, "root"},
		"lib/dpkg":       {0o755, "root"},
	} {
		info, err := os.Stat(filepath.Join(target, name))
		if err != nil {
			t.Error(err)
			continue
		}
		uid := info.Sys().(*syscall.Stat_t).Uid
		if wanted := root.IDs.Users[want.user]; uid != wanted || info.Mode().Perm() != want.mode {
			t.Errorf("%s belongs to %d and has mode %o, expected %d and %o", name, uid, info.Mode().Perm(), wanted, want.mode)
		}
	}
	if link, err := os.Readlink(filepath.Join(target, "run")); err != nil || link != "/run" {
		t.Errorf("var/run is %q, %v", link, err)
	}
}

func TestKeptNumbers(t *testing.T) {
	parts := unpackParts(t)
	s := system()
	delete(s.Units, "nginx.service")
	file := filepath.Join(t.TempDir(), "ids.json")
	assembleKept := func() *Root {
		root, err := Assemble(t.Context(), Config{System: s, Parts: parts, StoreDir: t.TempDir(),
			CacheDir: filepath.Join(cacheDir(t), "roots"), IDFile: file})
		if err != nil {
			t.Fatal(err)
		}
		return root
	}
	s.Users["zoe"] = description.User{IsNormalUser: true, Group: "users"}
	first := assembleKept()
	if again := assembleKept(); again.Generated[0] == "" || again.IDs.Users["zoe"] != first.IDs.Users["zoe"] {
		t.Errorf("the numbers changed: %v, %v", first.IDs.Users, again.IDs.Users)
	}
	s.Users["bob"] = description.User{IsNormalUser: true, Group: "users"} // would come before zoe
	second := assembleKept()
	if second.IDs.Users["zoe"] != first.IDs.Users["zoe"] || second.IDs.Users["bob"] == first.IDs.Users["zoe"] {
		t.Errorf("zoe was %d; then zoe %d, bob %d", first.IDs.Users["zoe"], second.IDs.Users["zoe"], second.IDs.Users["bob"])
	}
	delete(s.Users, "zoe")
	s.Users["carol"] = description.User{IsNormalUser: true, Group: "users"}
	if third := assembleKept(); third.IDs.Users["carol"] == first.IDs.Users["zoe"] {
		t.Error("carol got the number that zoe's files have")
	}
}
