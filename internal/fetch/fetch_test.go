package fetch

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"context"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/klauspost/compress/zstd"
	"github.com/ulikunitz/xz"

	"berth.dev/nix/flake"
	"berth.dev/nix/hash"
)

// entry is one entry of an archive made for a test.
type entry struct {
	name, body, link string
	kind             byte
	mode             int64
}

func file(name, body string) entry {
	return entry{name: name, body: body, kind: tar.TypeReg, mode: 0o644}
}

func tarOf(t *testing.T, entries ...entry) []byte {
	t.Helper()
	var buffer bytes.Buffer
	w := tar.NewWriter(&buffer)
	for _, e := range entries {
		header := &tar.Header{Name: e.name, Linkname: e.link, Typeflag: e.kind, Mode: e.mode, Size: int64(len(e.body)), ModTime: time.Unix(1_600_000_000, 0)}
		if err := w.WriteHeader(header); err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(w, e.body); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return buffer.Bytes()
}

func compress(t *testing.T, text []byte, open func(io.Writer) (io.WriteCloser, error)) []byte {
	t.Helper()
	var buffer bytes.Buffer
	w, err := open(&buffer)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Write(text); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return buffer.Bytes()
}

func gzipped(t *testing.T, text []byte) []byte {
	return compress(t, text, func(w io.Writer) (io.WriteCloser, error) { return gzip.NewWriter(w), nil })
}

// tree lists a source: names with contents, "!" for programs, "->" for links.
func tree(t *testing.T, source *Source) map[string]string {
	t.Helper()
	files := map[string]string{}
	err := fs.WalkDir(source.FS, ".", func(name string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		if e.Type() == fs.ModeSymlink {
			target, err := fs.ReadLink(source.FS, name)
			files[name] = "-> " + target
			return err
		}
		text, err := fs.ReadFile(source.FS, name)
		if err != nil {
			return err
		}
		info, err := e.Info()
		if err == nil && info.Mode()&0o100 != 0 {
			text = append(text, '!')
		}
		files[name] = string(text)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

func newFetcher(t *testing.T, change func(*Config)) *Fetcher {
	t.Helper()
	c := Config{CacheDir: t.TempDir(), Environ: os.Environ()}
	if change != nil {
		change(&c)
	}
	return New(c)
}

// serve answers every path with a handler and returns the server's URL.
func serve(t *testing.T, handler http.HandlerFunc) string {
	t.Helper()
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	return server.URL
}

func tarball(url string) flake.Reference {
	return flake.Reference{"type": flake.TypeTarball, "url": url}
}

func TestArchives(t *testing.T) {
	plain := tarOf(t,
		entry{name: "top/", kind: tar.TypeDir, mode: 0o755},
		file("top/a", "one"),
		entry{name: "top/bin/run", body: "two", kind: tar.TypeReg, mode: 0o755},
		entry{name: "top/link", link: "../../etc", kind: tar.TypeSymlink},
		entry{name: "top/again", link: "top/a", kind: tar.TypeLink},
		file("top/a", "newer"),
	)
	var zipped bytes.Buffer
	z := zip.NewWriter(&zipped)
	for name, body := range map[string]string{"top/a": "newer", "top/again": "one"} {
		w, err := z.Create(name)
		if err != nil {
			t.Fatal(err)
		}
		io.WriteString(w, body)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	want := map[string]string{"a": "newer", "again": "one", "bin/run": "two!", "link": "-> ../../etc"}
	for name, archive := range map[string][]byte{
		"tar": plain, "tar.gz": gzipped(t, plain),
		"tar.xz":  compress(t, plain, func(w io.Writer) (io.WriteCloser, error) { return xz.NewWriter(w) }),
		"tar.zst": compress(t, plain, func(w io.Writer) (io.WriteCloser, error) { return zstd.NewWriter(w) }),
		"zip":     zipped.Bytes(),
	} {
		t.Run(name, func(t *testing.T) {
			url := serve(t, func(w http.ResponseWriter, _ *http.Request) { w.Write(archive) })
			source, err := newFetcher(t, nil).Fetch(context.Background(), tarball(url+"/x."+name))
			if err != nil {
				t.Fatal(err)
			}
			expected := want
			if name == "zip" {
				expected = map[string]string{"a": "newer", "again": "one"}
			}
			if diff := cmp.Diff(expected, tree(t, source)); diff != "" {
				t.Error(diff)
			}
			if name != "zip" && source.Locked["lastModified"] != "1600000000" {
				t.Errorf("lastModified is %s", source.Locked["lastModified"])
			}
		})
	}
}

// TestHostileArchives unpacks what must not be unpacked, and looks for anything
// outside the cache.
func TestHostileArchives(t *testing.T) {
	big := strings.Repeat("0", 1<<20)
	many := make([]entry, 200)
	for i := range many {
		many[i] = file(fmt.Sprintf("x/%d", i), "")
	}
	long := strings.Repeat("d/", 500) + "f"
	tests := map[string]struct {
		entries []entry
		err     string
	}{
		"up":                 {[]entry{file("../evil", "x")}, "leads out of its tree"},
		"up inside":          {[]entry{file("a/../../evil", "x")}, "leads out of its tree"},
		"through a link":     {[]entry{{name: "a", link: "/tmp", kind: tar.TypeSymlink}, file("a/evil", "x")}, "not a directory"},
		"through two links":  {[]entry{{name: "a", link: ".", kind: tar.TypeSymlink}, {name: "b", link: "a/..", kind: tar.TypeSymlink}, file("b/evil", "x")}, "not a directory"},
		"hard link outside":  {[]entry{{name: "a", link: "/etc/passwd", kind: tar.TypeLink}}, "which is not there"},
		"hard link up":       {[]entry{{name: "a", link: "../../etc/passwd", kind: tar.TypeLink}}, "leads out of its tree"},
		"hard link by links": {[]entry{{name: "e", link: "/etc", kind: tar.TypeSymlink}, {name: "a", link: "e/passwd", kind: tar.TypeLink}}, "which is not there"},
		"device":             {[]entry{{name: "a", kind: tar.TypeBlock}}, "neither a file"},
		"pipe":               {[]entry{{name: "a", kind: tar.TypeFifo}}, "neither a file"},
		"file and directory": {[]entry{file("a", "x"), file("a/b", "x")}, "not a directory"},
		"directory and file": {[]entry{file("a/b", "x"), file("a", "x")}, "is a directory and also"},
		"large":              {[]entry{file("a", big), file("b", big)}, "larger than is accepted"},
		"many":               {many, "too many files"},
		"deep":               {[]entry{file(long, "x")}, "too many files"},
		"nothing":            {nil, "holds nothing"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			archive := gzipped(t, tarOf(t, tt.entries...))
			url := serve(t, func(w http.ResponseWriter, _ *http.Request) { w.Write(archive) })
			outer := t.TempDir()
			f := newFetcher(t, func(c *Config) {
				c.CacheDir = filepath.Join(outer, "cache")
				c.Limits = Limits{Unpacked: 3 << 19, Entries: 100}
			})
			_, err := f.Fetch(context.Background(), tarball(url+"/x.tar.gz"))
			if err == nil || !strings.Contains(err.Error(), tt.err) {
				t.Errorf("got %v, want %q", err, tt.err)
			}
			wantEmpty(t, outer)
		})
	}
}

// wantEmpty checks that nothing but an empty cache is in a folder.
func wantEmpty(t *testing.T, outer string) {
	t.Helper()
	for _, pattern := range []string{"*", "cache/trees/*", "cache/incoming/*", "cache/incoming/*/*"} {
		found, _ := filepath.Glob(filepath.Join(outer, pattern))
		for _, name := range found {
			if filepath.Base(name) != "cache" {
				t.Errorf("%s was left", name)
			}
		}
	}
}

func TestHostileZip(t *testing.T) {
	for _, name := range []string{"../evil", "a/../../evil", "/abs/../../evil"} {
		var buffer bytes.Buffer
		z := zip.NewWriter(&buffer)
		w, err := z.Create(name)
		if err != nil {
			t.Fatal(err)
		}
		io.WriteString(w, "x")
		if err := z.Close(); err != nil {
			t.Fatal(err)
		}
		url := serve(t, func(w http.ResponseWriter, _ *http.Request) { w.Write(buffer.Bytes()) })
		if _, err := newFetcher(t, nil).Fetch(context.Background(), tarball(url+"/x.zip")); err == nil || !strings.Contains(err.Error(), "leads out") {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

func TestBomb(t *testing.T) {
	// 64 MiB of zeros are 64 KiB of gzip.
	archive := gzipped(t, tarOf(t, file("zeros", strings.Repeat("\x00", 64<<20))))
	url := serve(t, func(w http.ResponseWriter, _ *http.Request) { w.Write(archive) })
	f := newFetcher(t, func(c *Config) { c.Limits = Limits{Unpacked: 1 << 20} })
	if _, err := f.Fetch(context.Background(), tarball(url+"/x.tar.gz")); err == nil || !strings.Contains(err.Error(), "larger than is accepted") {
		t.Errorf("got %v", err)
	}
}

// TestFaults serves an archive badly and looks at what is made of it.
func TestFaults(t *testing.T) {
	archive := gzipped(t, tarOf(t, file("x/a", "one"), file("x/b", strings.Repeat("noise ", 1000))))
	var requests atomic.Int32
	good := func(w http.ResponseWriter) { w.Write(archive) }
	tests := map[string]struct {
		handler  func(w http.ResponseWriter, r *http.Request, n int32)
		err      string
		requests int32
	}{
		"good": {func(w http.ResponseWriter, _ *http.Request, _ int32) { good(w) }, "", 1},
		"truncated once": {func(w http.ResponseWriter, _ *http.Request, n int32) {
			w.Header().Set("Content-Length", fmt.Sprint(len(archive)))
			if n == 1 {
				w.Write(archive[:len(archive)/2])
				return
			}
			good(w)
		}, "", 2},
		"busy twice": {func(w http.ResponseWriter, _ *http.Request, n int32) {
			if n < 3 {
				http.Error(w, "busy", http.StatusServiceUnavailable)
				return
			}
			good(w)
		}, "", 3},
		"short, as if complete": {func(w http.ResponseWriter, _ *http.Request, _ int32) { w.Write(archive[:len(archive)-20]) }, "cannot be unpacked", 1},
		"damaged": {func(w http.ResponseWriter, _ *http.Request, _ int32) {
			damaged := bytes.Clone(archive)
			damaged[len(damaged)-6] ^= 0xff
			w.Write(damaged)
		}, "cannot be unpacked", 1},
		"not an archive": {func(w http.ResponseWriter, _ *http.Request, _ int32) { io.WriteString(w, "<html>no</html>") }, "cannot be unpacked", 1},
		"absent":         {func(w http.ResponseWriter, r *http.Request, _ int32) { http.NotFound(w, r) }, "HTTP error 404", 1},
		"circle": {func(w http.ResponseWriter, r *http.Request, _ int32) {
			http.Redirect(w, r, r.URL.Path+"x", http.StatusFound)
		}, "more than 10 redirects", 11},
		"to a file": {func(w http.ResponseWriter, r *http.Request, _ int32) {
			http.Redirect(w, r, "file:///etc/passwd", http.StatusFound)
		}, "redirects to 'file:///etc/passwd'", 1},
		"elsewhere": {func(w http.ResponseWriter, r *http.Request, n int32) {
			if n == 1 {
				http.Redirect(w, r, "/other", http.StatusFound)
				return
			}
			good(w)
		}, "", 2},
		"too long": {func(w http.ResponseWriter, _ *http.Request, _ int32) {
			w.Header().Set("Content-Length", "99999999999")
			w.WriteHeader(http.StatusOK)
		}, "more than is accepted", 1},
		"endless": {func(w http.ResponseWriter, r *http.Request, _ int32) {
			for r.Context().Err() == nil {
				if _, err := w.Write(make([]byte, 1<<16)); err != nil {
					return
				}
			}
		}, "larger than is accepted", 1},
	}
	tests["silent"] = tests["absent"]
	silent := tests["silent"]
	silent.handler = func(w http.ResponseWriter, r *http.Request, n int32) {
		if n == 1 {
			w.Write(archive[:10])
			w.(http.Flusher).Flush()
			<-r.Context().Done()
			return
		}
		good(w)
	}
	silent.err, silent.requests = "", 2
	tests["silent"] = silent
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			requests.Store(0)
			url := serve(t, func(w http.ResponseWriter, r *http.Request) { tt.handler(w, r, requests.Add(1)) })
			f := newFetcher(t, func(c *Config) { c.Limits, c.Stall = Limits{Download: 1 << 22}, 2*time.Second })
			source, err := f.Fetch(context.Background(), tarball(url+"/x.tar.gz"))
			switch {
			case tt.err == "" && err != nil:
				t.Fatal(err)
			case tt.err != "" && (err == nil || !strings.Contains(err.Error(), tt.err)):
				t.Fatalf("got %v, want %q", err, tt.err)
			case tt.err == "" && tree(t, source)["a"] != "one":
				t.Errorf("got %v", tree(t, source))
			}
			if got := requests.Load(); got != tt.requests {
				t.Errorf("%d requests, want %d", got, tt.requests)
			}
		})
	}
}

func TestLockedTarballIsFetchedOnce(t *testing.T) {
	archive := gzipped(t, tarOf(t, file("x/a", "one")))
	var requests atomic.Int32
	url := serve(t, func(w http.ResponseWriter, r *http.Request) {
		requests.Add(1)
		w.Header().Set("ETag", `"v1"`)
		if r.Header.Get("If-None-Match") == `"v1"` {
			w.WriteHeader(http.StatusNotModified)
			return
		}
		w.Write(archive)
	})
	now := time.Now()
	f := newFetcher(t, func(c *Config) { c.Now = func() time.Time { return now } })
	ctx := context.Background()
	first, err := f.Fetch(ctx, tarball(url+"/x.tar.gz"))
	if err != nil {
		t.Fatal(err)
	}
	for step, want := range []struct {
		later    time.Duration
		ref      flake.Reference
		requests int32
	}{
		{0, first.Locked, 1},
		{time.Minute, tarball(url + "/x.tar.gz"), 1},
		{2 * time.Hour, tarball(url + "/x.tar.gz"), 2}, // not modified
		{0, tarball(url + "/x.tar.gz"), 2},
	} {
		now = now.Add(want.later)
		again, err := f.Fetch(ctx, want.ref)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(first.Locked, again.Locked); diff != "" {
			t.Errorf("step %d: %s", step, diff)
		}
		if got := requests.Load(); got != want.requests {
			t.Errorf("step %d: %d requests, want %d", step, got, want.requests)
		}
	}
	offline := New(Config{CacheDir: f.CacheDir, Offline: true, Now: func() time.Time { return now.Add(999 * time.Hour) }})
	for _, ref := range []flake.Reference{first.Locked, tarball(url + "/x.tar.gz")} {
		if _, err := offline.Fetch(ctx, ref); err != nil {
			t.Errorf("offline: %v", err)
		}
	}
	if _, err := offline.Fetch(ctx, tarball(url+"/y.tar.gz")); err == nil || !strings.Contains(err.Error(), "--offline") {
		t.Errorf("offline: got %v", err)
	}
}

func TestWrongHash(t *testing.T) {
	archive := gzipped(t, tarOf(t, file("x/a", "one")))
	url := serve(t, func(w http.ResponseWriter, _ *http.Request) { w.Write(archive) })
	ref := tarball(url+"/x.tar.gz").With("narHash", hash.Zero(hash.SHA256).SRI())
	if _, err := newFetcher(t, nil).Fetch(context.Background(), ref); err == nil || !strings.Contains(err.Error(), "NAR hash mismatch") {
		t.Errorf("got %v", err)
	}
}

func TestImmutableLink(t *testing.T) {
	archive := gzipped(t, tarOf(t, file("x/a", "one")))
	url := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/latest.tar.gz" {
			w.Header().Set("Link", `</v3.tar.gz?rev=0123456789abcdef0123456789abcdef01234567&revCount=3>; rel="immutable"`)
		}
		w.Write(archive)
	})
	source, err := newFetcher(t, nil).Fetch(context.Background(), tarball(url+"/latest.tar.gz"))
	if err != nil {
		t.Fatal(err)
	}
	if l := source.Locked; l["url"] != url+"/v3.tar.gz" || l["revCount"] != "3" || !strings.HasPrefix(l["rev"], "0123") {
		t.Errorf("got %v", l)
	}
}

func TestFileByContents(t *testing.T) {
	var requests atomic.Int32
	url := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		requests.Add(1)
		io.WriteString(w, "text")
	})
	f := newFetcher(t, nil)
	source, flat, err := f.File(context.Background(), url+"/x", hash.Hash{})
	if err != nil {
		t.Fatal(err)
	}
	if want := hash.SumString(hash.SHA256, "text"); flat != want {
		t.Errorf("got %s, want %s", flat, want)
	}
	if text, err := fs.ReadFile(source.FS, "."); err != nil || string(text) != "text" {
		t.Errorf("got %q, %v", text, err)
	}
	if _, _, err := f.File(context.Background(), url+"/moved", flat); err != nil || requests.Load() != 1 {
		t.Errorf("%v, %d requests", err, requests.Load())
	}
}

func TestReferencesThatAreRefused(t *testing.T) {
	for want, ref := range map[string]flake.Reference{
		"invalid 'ref'":             {"type": "git", "url": "file:///x", "ref": "--upload-pack=touch /tmp/evil"},
		"invalid 'repo'":            {"type": "github", "owner": "a", "repo": "../../x"},
		"invalid 'host'":            {"type": "gitlab", "owner": "a", "repo": "b", "host": "evil/x"},
		"not a commit hash":         {"type": "git", "url": "file:///x", "rev": "HEAD"},
		"repositories are reached":  {"type": "git", "url": "ext::sh -c true"},
		"not supported by scheme":   {"type": "git", "url": "file:///x", "colour": "red"},
		"needs the attribute":       {"type": "github", "owner": "a"},
		"only http, https and file": {"type": "tarball", "url": "ftp://example.org/x.tar"},
		"does not speak Mercurial":  {"type": "hg", "url": "https://example.org/x"},
		"there is no type":          {"type": "svn"},
		"uses a relative path":      {"type": "path", "path": "x"},
	} {
		if _, err := newFetcher(t, nil).Fetch(context.Background(), ref); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v: got %v, want %q", ref, err, want)
		}
	}
}
