package debian

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// aptHost writes the apt configuration of a host.
func aptHost(t *testing.T, files map[string]string) (aptDir, listsDir string) {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return filepath.Join(dir, "apt"), filepath.Join(dir, "lists")
}

func TestHostMirrors(t *testing.T) {
	apt, lists := aptHost(t, map[string]string{
		"apt/sources.list": "# deb http://commented.example/debian trixie main\n" +
			"deb-src http://source.example/debian trixie main\n" +
			"deb [arch=amd64 signed-by=/x] http://one.example/debian/ bookworm main contrib\n" +
			"deb http://one.example/debian-security bookworm-security main\n" +
			"deb cdrom:[Debian]/ bookworm main\n",
		"apt/sources.list.d/b.sources": "Types: deb deb-src\nURIs: https://two.example/debian\nSuites: trixie trixie-updates\nComponents: main\n\n" +
			"Enabled: no\nTypes: deb\nURIs: http://off.example/debian\nSuites: trixie\n\n" +
			"Types: deb-src\nURIs: http://src.example/debian\nSuites: trixie\n",
		"apt/sources.list.d/c.list":                                       "deb http://vendor.example/debian-tools stable main\ndeb http://plain.example/mirror trixie main\ndeb http://unknown.example/apt x y\n",
		"apt/sources.list.d/ignored.bak":                                  "deb http://ignored.example/debian trixie main\n",
		"lists/vendor.example_debian-tools_dists_stable_InRelease":        "Origin: Vendor\n",
		"lists/plain.example_mirror_dists_trixie_InRelease":               "-----BEGIN\nOrigin: Debian\n",
		"lists/one.example_debian_dists_bookworm_InRelease":               "Origin: Debian\n",
		"lists/one.example_debian-security_dists_bookworm-security_other": "",
	})
	want := mirrors{
		Main:     []string{"http://one.example/debian", "https://two.example/debian", "https://two.example/debian", "http://plain.example/mirror"},
		Security: []string{"http://one.example/debian-security"},
	}
	if diff := cmp.Diff(want, hostMirrors(apt, lists)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestMirrorList(t *testing.T) {
	list := filepath.Join(t.TempDir(), "mirrors")
	if err := os.WriteFile(list, []byte("http://cloud.example/debian priority:1\nfile:/x\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	apt, lists := aptHost(t, map[string]string{"apt/sources.list": "deb mirror+file:" + list + " trixie main\n"})
	if got := hostMirrors(apt, lists).Main; cmp.Diff([]string{"http://cloud.example/debian"}, got) != "" {
		t.Errorf("got %v", got)
	}
}

func TestMirrorChoice(t *testing.T) {
	apt, lists := aptHost(t, map[string]string{"apt/sources.list": "deb http://host.example/debian trixie main\n"})
	host := candidateMirrors("", apt, lists)
	if host.Main[0] != "http://host.example/debian" || host.Main[1] != publicMain || host.Security[0] != publicSecurity {
		t.Errorf("without a named mirror: %+v", host)
	}
	named := candidateMirrors("http://mine.example/debian/", apt, lists)
	if diff := cmp.Diff([]string{"http://mine.example/debian"}, named.Main); diff != "" {
		t.Errorf("a named mirror does not stand alone: %s", diff)
	}
	if named.Security[0] != "http://mine.example/debian-security" {
		t.Errorf("security: %v", named.Security)
	}
	if m := candidateMirrors("", "", ""); len(m.Main) == 0 || m.Main[0] != publicMain {
		t.Errorf("without a host: %v", m)
	}
}

func TestPoolAddresses(t *testing.T) {
	m := mirrors{Main: []string{"http://m/debian"}, Security: []string{"http://s/debian-security"}}
	date := time.Date(2026, 1, 2, 20, 0, 0, 0, time.UTC)
	for path, want := range map[string][]string{
		"pool/main/g/g++_1~2.deb":       {"http://m/debian/pool/main/g/g%2B%2B_1~2.deb", "http://snap/debian/20260103T020000Z/pool/main/g/g%2B%2B_1~2.deb"},
		"pool/updates/main/o/o_1_x.deb": {"http://s/debian-security/pool/updates/main/o/o_1_x.deb", "http://snap/debian-security/20260103T020000Z/pool/updates/main/o/o_1_x.deb"},
	} {
		if diff := cmp.Diff(want, m.poolAddresses(path, "http://snap", []time.Time{date})); diff != "" {
			t.Errorf("%s (-want +got):\n%s", path, diff)
		}
	}
}
