package debian

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestResolveAsApt compares closures with those apt itself would install into an
// empty system from the same mirror.
func TestResolveAsApt(t *testing.T) {
	if _, err := exec.LookPath("apt-get"); err != nil {
		t.Skip("needs apt-get to compare with: ", err)
	}
	s := liveSource(t, "trixie")
	if err := s.Update(t.Context()); err != nil {
		t.Skip("needs a current index: ", err)
	}
	s.Close()
	s = liveSource(t, "trixie")
	apt := newApt(t, s)
	essential, err := s.Essential()
	if err != nil {
		t.Fatal(err)
	}
	machine := append([]string{"systemd", "systemd-sysv", "dbus", "iproute2", "nftables", "bash", "coreutils",
		"util-linux", "procps", "curl", "ca-certificates", "netbase"}, essential...)
	seeds := [][]string{
		{"curl", "ca-certificates"},
		{"bash"},
		machine[:11],
		machine,
		slices.Concat(machine, []string{"postgresql-17"}),
		slices.Concat(machine, []string{"docker.io", "docker-cli"}),
		slices.Concat(machine, []string{"podman", "crun", "runc", "netavark", "aardvark-dns"}),
		slices.Concat(machine, []string{"nginx", "redis-server"}),
		{"python3", "perl", "git", "gcc", "openssh-server"},
		{"mariadb-server"},
		{"rabbitmq-server"},
		{"default-jre-headless", "prometheus"},
		{"nodejs", "npm"},
		{"php-fpm", "apache2"},
		{"postfix", "bind9", "haproxy"},
		{"build-essential", "cmake", "golang-go"},
		{"firefox-esr"},
		{"texlive-latex-base", "pandoc"},
	}
	for _, set := range seeds {
		t.Run(set[0]+"..."+set[len(set)-1], func(t *testing.T) {
			closure, err := Resolve(set, s.universes()...)
			if err != nil {
				t.Fatal(err)
			}
			var ours []string
			for _, r := range closure {
				ours = append(ours, r.Name+" "+r.Version)
			}
			slices.Sort(ours)
			if diff := cmp.Diff(apt.install(t, set), ours); diff != "" {
				t.Errorf("differs from apt (-apt +ours):\n%s", diff)
			}
			t.Logf("%d packages", len(ours))
		})
	}
}

// apt is an apt-get with a directory and an empty package database of its
// own.
type apt struct{ options []string }

func newApt(t *testing.T, s *Source) *apt {
	t.Helper()
	dir := filepath.Join(s.config.CacheDir, "apt-for-tests")
	write := func(name, text string) {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	write("keyring.gpg", string(archiveKeyring))
	write("status", "")
	var sources strings.Builder
	for _, suite := range SuitesOf(s.config.Release) {
		base := s.state.Mirrors.forSuite(suite)[0]
		fmt.Fprintf(&sources, "deb [signed-by=%s/keyring.gpg] %s %s main\n", dir, base, suite)
	}
	write("sources.list", sources.String())
	for _, d := range []string{"lists/partial", "cache/archives/partial", "parts"} {
		if err := os.MkdirAll(filepath.Join(dir, d), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	a := &apt{}
	for key, value := range map[string]string{
		"Dir::Etc::sourcelist": dir + "/sources.list", "Dir::Etc::sourceparts": dir + "/parts",
		"Dir::Etc::preferencesparts": dir + "/parts", "Dir::Etc::trustedparts": dir + "/parts",
		"Dir::State": dir, "Dir::State::lists": dir + "/lists", "Dir::State::status": dir + "/status",
		"Dir::Cache": dir + "/cache", "APT::Architecture": s.config.Architecture,
		"APT::Install-Recommends": "0", "APT::Sandbox::User": "root", "Debug::NoLocking": "1",
		"Acquire::Languages": "none", "Dir::Cache::pkgcache": "pkgcache.bin", "Dir::Cache::srcpkgcache": "srcpkgcache.bin",
		"Acquire::IndexTargets::deb::DEP-11::DefaultEnabled": "false",
	} {
		a.options = append(a.options, "-o", key+"="+value)
	}
	if out, err := exec.Command("apt-get", append(a.options, "update", "-q")...).CombinedOutput(); err != nil {
		t.Skipf("needs apt-get update to work: %v\n%s", err, out)
	}
	return a
}

// install returns "name version" of what apt would install, sorted. Printing
// addresses makes apt choose the packages without also ordering their set-up.
func (a *apt) install(t *testing.T, seeds []string) []string {
	t.Helper()
	out, err := exec.Command("apt-get", append(append(a.options, "--print-uris", "-qq", "install"), seeds...)...).CombinedOutput()
	if err != nil {
		t.Fatalf("apt-get: %v\n%s", err, out)
	}
	var list []string
	for line := range strings.Lines(string(out)) {
		words := strings.Fields(line) // 'address' name_version_architecture.deb size digest
		if len(words) < 3 || !strings.HasSuffix(words[1], ".deb") {
			continue
		}
		parts := strings.Split(words[1], "_")
		list = append(list, parts[0]+" "+strings.ReplaceAll(parts[1], "%3a", ":"))
	}
	slices.Sort(list)
	return list
}
