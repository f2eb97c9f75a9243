package store

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"berth.dev/internal/binarycache"
	"berth.dev/internal/store"
	"berth.dev/nix/storepath"
	"berth.dev/test/oracle"
)

// Two objects, one of which refers to the other; no program is needed.
const chain = `let f = name: text: derivation { inherit name text; system = "x"; builder = "builtin:write-text"; }; in f "b" "needs ${f "a" "1"}"`

// serve shows berth's store over HTTP, signed.
func (b *berth) serve(plain bool) (address, publicKey string) {
	b.t.Helper()
	s := b.open()
	key, err := binarycache.GenerateKey("test-1")
	if err != nil {
		b.t.Fatal(err)
	}
	server := httptest.NewServer(&binarycache.Server{Store: s, Keys: []binarycache.SecretKey{key}, Plain: plain})
	b.t.Cleanup(func() {
		server.Close()
		s.Close()
	})
	return server.URL, key.Public().String()
}

func nix(t *testing.T, n *oracle.Nix, name string, args ...string) (string, error) {
	t.Helper()
	out, err := n.Command(name, args...).CombinedOutput()
	return strings.TrimSpace(string(out)), err
}

func mustNix(t *testing.T, n *oracle.Nix, name string, args ...string) string {
	t.Helper()
	out, err := nix(t, n, name, args...)
	if err != nil {
		t.Fatalf("%s %s: %v\n%s", name, strings.Join(args, " "), err, out)
	}
	return out
}

func TestNixSubstitutesFromBerth(t *testing.T) {
	for _, plain := range []bool{true, false} {
		t.Run(fmt.Sprintf("plain=%v", plain), func(t *testing.T) {
			n, b := oracle.Open(t), fresh(t)
			path := b.run("build", "--no-link", "--print-out-paths", "-E", chain)
			address, key := b.serve(plain)
			if out, err := nix(t, n, "nix", "copy", "--from", address, path); err == nil || !strings.Contains(out, "signature") {
				t.Errorf("without trusting the key: %v %s", err, out)
			}
			mustNix(t, n, "nix", "copy", "--from", address, "--trusted-public-keys", key, path)
			mustNix(t, n, "nix-store", "--verify", "--check-contents")
			if out := mustNix(t, n, "nix-store", "--query", "--references", path); !strings.HasSuffix(out, "-a") {
				t.Errorf("references: %s", out)
			}
			out := mustNix(t, n, "nix-store", "--realise", path, "--option", "substituters", address, "--option", "trusted-public-keys", key)
			if !strings.Contains(out, path) {
				t.Errorf("realised %s", out)
			}
		})
	}
}

// nixCache makes a binary cache with C++ Nix and returns its folder, a path of
// it that somebody built, and the key that signs it.
func nixCache(t *testing.T, n *oracle.Nix, compression string) (dir, path, key string) {
	t.Helper()
	dir = t.TempDir()
	secret := filepath.Join(t.TempDir(), "key")
	text := mustNix(t, n, "nix", "key", "generate-secret", "--key-name", "nix-1")
	if err := os.WriteFile(secret, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	parsed, err := binarycache.ParseSecretKey(text)
	if err != nil {
		t.Fatal(err)
	}
	b := fresh(t)
	path = b.run("build", "--no-link", "--print-out-paths", "-E", chain)
	address, _ := b.serve(true)
	mustNix(t, n, "nix", "copy", "--no-check-sigs", "--from", address, path)
	mustNix(t, n, "nix", "copy", "--to", "file://"+dir+"?compression="+compression+"&secret-key="+secret, path)
	return dir, path, parsed.Public().String()
}

func lastLine(text string) string {
	lines := strings.Split(strings.TrimSpace(text), "\n")
	return lines[len(lines)-1]
}

func TestBerthSubstitutesFromNix(t *testing.T) {
	n := oracle.Open(t)
	for _, compression := range []string{"none", "xz", "zstd"} {
		t.Run(compression, func(t *testing.T) {
			dir, path, key := nixCache(t, n, compression)
			server := httptest.NewServer(http.FileServer(http.Dir(dir)))
			defer server.Close()
			for _, address := range []string{server.URL, "file://" + dir} {
				b := fresh(t)
				if status, _, stderr := b.try("copy", "--from", address, path); status == 0 || !strings.Contains(stderr, "lacks a signature") {
					t.Errorf("without trusting the key: %d %s", status, stderr)
				}
				b.run("copy", "--from", address, "--trusted-key", key, path)
				b.run("store", "verify", "--check-contents")
				if names := closureOf(t, b, path); strings.Count(names, "\n") != 2 {
					t.Errorf("the closure is %s", names)
				}
			}
		})
	}
}

// What a path's name itself fixes needs no signature, and what is signed by a
// stranger or was changed is refused.
func TestTrust(t *testing.T) {
	a, b := fresh(t), fresh(t)
	built := a.run("build", "--no-link", "--print-out-paths", "-E", chain)
	added := a.addText("t", "text")
	cache := t.TempDir()
	for _, p := range []string{built, added} {
		a.run("copy", "--to", "file://"+cache, p)
	}
	b.run("copy", "--from", "file://"+cache, added)
	if status, _, stderr := b.try("copy", "--from", "file://"+cache, built); status != 1 || !strings.Contains(stderr, "lacks a signature") {
		t.Errorf("unsigned: %d %s", status, stderr)
	}
	// A content address that does not fit the contents.
	info := filepath.Join(cache, parsePath(t, built).Digest()+".narinfo")
	change(t, info, func(text string) string {
		return text + "CA: text:sha256:0000000000000000000000000000000000000000000000000000\n"
	})
	if status, _, stderr := b.try("copy", "--from", "file://"+cache, built); status != 1 || !strings.Contains(stderr, "lacks a signature") {
		t.Errorf("with a false content address: %d %s", status, stderr)
	}
}

func change(t *testing.T, file string, edit func(string) string) {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(edit(string(text))), 0o644); err != nil {
		t.Fatal(err)
	}
}

// A cache that lies or breaks is found out, and nothing of it becomes valid.
func TestLyingCaches(t *testing.T) {
	source := fresh(t)
	path := source.run("build", "--no-link", "--print-out-paths", "-E", chain)
	digest := parsePath(t, path).Digest()
	for name, lie := range map[string]func(dir string){
		"another path": func(dir string) {
			change(t, filepath.Join(dir, digest+".narinfo"), func(s string) string {
				return strings.Replace(s, "StorePath: "+path, "StorePath: "+storepath.Dir+"/"+strings.Repeat("0", 32)+"-b", 1)
			})
		},
		"another size": func(dir string) {
			change(t, filepath.Join(dir, digest+".narinfo"), func(s string) string { return strings.Replace(s, "NarSize: ", "NarSize: 9", 1) })
		},
		"too small a size": func(dir string) {
			change(t, filepath.Join(dir, digest+".narinfo"), func(s string) string { return strings.Replace(s, "NarSize: ", "NarSize: 1\nX: ", 1) })
		},
		"an address outside": func(dir string) {
			change(t, filepath.Join(dir, digest+".narinfo"), func(s string) string { return strings.Replace(s, "URL: nar/", "URL: ../../etc/", 1) })
		},
		"a cut archive": func(dir string) {
			files, _ := filepath.Glob(filepath.Join(dir, "nar/*"))
			for _, f := range files {
				change(t, f, func(s string) string { return s[:len(s)-8] })
			}
		},
		"a flipped bit": func(dir string) {
			files, _ := filepath.Glob(filepath.Join(dir, "nar/*"))
			for _, f := range files {
				change(t, f, func(s string) string { b := []byte(s); b[len(b)/2] ^= 4; return string(b) })
			}
		},
		"no archive": func(dir string) { os.RemoveAll(filepath.Join(dir, "nar")) },
		"a missing reference": func(dir string) {
			files, _ := filepath.Glob(filepath.Join(dir, "*.narinfo"))
			for _, f := range files {
				if !strings.Contains(f, digest) {
					os.Remove(f)
				}
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			source.run("copy", "--to", "file://"+dir, path)
			lie(dir)
			b := fresh(t)
			status, _, stderr := b.try("copy", "--no-check-sigs", "--from", "file://"+dir, path)
			if status != 1 {
				t.Errorf("exit status %d: %s", status, stderr)
			}
			s := b.open()
			defer s.Close()
			if valid, err := s.IsValid(t.Context(), parsePath(t, path)); err != nil || valid {
				t.Errorf("the path became valid, %v", err)
			}
			if damaged, err := s.Verify(t.Context(), true); err != nil || len(damaged) > 0 {
				t.Errorf("damage: %v %v", damaged, err)
			}
		})
	}
}

// A build takes what a cache has, and does without one that fails.
func TestBuildsSubstitute(t *testing.T) {
	b := shared(t)
	b.needDebian()
	expression := `let pkgs = import <nixpkgs> { }; in pkgs.runCommand "slow" { } "echo done > $out"`
	path := b.run("build", "--no-link", "--print-out-paths", "-E", expression)
	address, key := b.serve(false)
	other := fresh(t)
	other.env = map[string]string{"BERTH_SUBSTITUTERS": "http://127.0.0.1:1 " + address, "BERTH_TRUSTED_KEYS": key}
	if got := other.run("build", "--no-link", "--print-out-paths", "-E", expression); got != path {
		t.Errorf("built %s, want %s", got, path)
	}
	s := other.open()
	defer s.Close()
	all, err := s.Graph(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if info := all.Info(parsePath(t, path)); info == nil || info.Ultimate || len(info.Signatures) == 0 {
		t.Errorf("it was not substituted: %+v", info)
	}
}

// A connection that breaks again and again is continued where it broke.
func TestBrokenConnectionsAreContinued(t *testing.T) {
	a := fresh(t)
	path := a.addText("big", strings.Repeat("0123456789abcdef", 1<<16))
	address, _ := a.serve(true)
	requests := 0
	flaky := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		request, _ := http.NewRequest(r.Method, address+r.URL.Path, nil)
		request.Header = r.Header
		response, err := http.DefaultClient.Do(request)
		if err != nil {
			panic(http.ErrAbortHandler)
		}
		defer response.Body.Close()
		for key, values := range response.Header {
			w.Header()[key] = values
		}
		w.WriteHeader(response.StatusCode)
		if !strings.HasPrefix(r.URL.Path, "/nar/") {
			copyAll(w, response.Body, 1<<30)
			return
		}
		requests++
		if copyAll(w, response.Body, 400_000) == 400_000 {
			panic(http.ErrAbortHandler)
		}
	}))
	defer flaky.Close()
	b := fresh(t)
	b.run("copy", "--from", flaky.URL, path)
	b.run("store", "verify", "--check-contents")
	if requests < 3 {
		t.Errorf("there were only %d requests for the archive", requests)
	}
}

// The protocol of stores behind ssh, without ssh: both ends are on this host.
func TestStoresBehindSSH(t *testing.T) {
	n, b := oracle.Open(t), fresh(t)
	path := b.run("build", "--no-link", "--print-out-paths", "-E", chain)
	script := n.Script(t, "nix-store")
	remote, err := binarycache.OpenRemote(t.Context(), "ssh://test", []string{script, "--serve", "--write"}, os.Stderr)
	if err != nil {
		t.Fatal(err)
	}
	defer remote.Close()
	own := b.open()
	defer own.Close()
	copier := &binarycache.Copier{From: []binarycache.Source{binarycache.Local{Store: own}}, To: remote, Trust: binarycache.Trust{Everyone: true}}
	if err := copier.Copy(t.Context(), parsePath(t, path)); err != nil {
		t.Fatal(err)
	}
	mustNix(t, n, "nix-store", "--verify", "--check-contents")
	mustNix(t, n, "nix-store", "--check-validity", path)

	back, err := store.Open(store.Config{Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	defer back.Close()
	copier = &binarycache.Copier{From: []binarycache.Source{remote}, To: binarycache.Local{Store: back}, Trust: binarycache.Trust{Everyone: true}}
	if err := copier.Copy(t.Context(), parsePath(t, path)); err != nil {
		t.Fatal(err)
	}
	if damaged, err := back.Verify(t.Context(), true); err != nil || len(damaged) > 0 {
		t.Errorf("damage: %v %v", damaged, err)
	}
	absent := storepath.MustParse(storepath.Dir + "/" + strings.Repeat("0", 32) + "-absent")
	if err := copier.Copy(t.Context(), absent); err == nil {
		t.Error("copied what is not there")
	}
}

// copyAll copies at most some bytes and returns how many.
func copyAll(w io.Writer, from io.Reader, limit int64) int64 {
	n, _ := io.Copy(w, io.LimitReader(from, limit))
	return n
}

// addText adds a text, whose path follows from it, and returns the path.
func (b *berth) addText(name, text string) string {
	b.t.Helper()
	s := b.open()
	defer s.Close()
	p, err := s.AddText(b.t.Context(), name, text, nil)
	if err != nil {
		b.t.Fatal(err)
	}
	return p.String()
}
