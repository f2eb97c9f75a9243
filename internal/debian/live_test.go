package debian

import (
	"context"
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"testing"
	"time"
)

// liveRelease opens a release over the mirrors of this host with a cache that
// all runs share, so that a package index is downloaded once.
func liveSource(t *testing.T, release string) *Source {
	t.Helper()
	cache, err := os.UserCacheDir()
	if err != nil {
		t.Skip("needs a cache directory: ", err)
	}
	s, err := Open(t.Context(), Config{
		CacheDir: filepath.Join(cache, "berth", "debian"), Release: release, Architecture: runtime.GOARCH,
		AptDir: "/etc/apt", ListsDir: "/var/lib/apt/lists", AcceptStale: true,
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.openIndex(); err != nil {
		t.Skip("needs a Debian mirror: ", err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

func TestLiveSuites(t *testing.T) {
	for _, release := range []string{"trixie", "sid"} {
		t.Run(release, func(t *testing.T) {
			s := liveSource(t, release)
			if n := s.index.Len(); n < 20000 {
				t.Errorf("index has %d packages", n)
			}
			r, ok, err := s.Lookup("curl")
			if err != nil || !ok || r.Name != "curl" || r.Size == 0 {
				t.Errorf("curl: %+v, %v, %v", r, ok, err)
			}
			for _, f := range s.Freshness() {
				t.Logf("%s: signed %s, expired %s", f.Suite, f.Date.Format(time.DateOnly), f.Expired)
			}
		})
	}
}

func TestLiveFetchAndUnpack(t *testing.T) {
	s := liveSource(t, "trixie")
	essential, err := s.Essential()
	if err != nil {
		t.Fatal(err)
	}
	closure, err := s.Resolve(append(essential, "systemd-sysv", "passwd", "curl"))
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	var group sync.WaitGroup
	slots := make(chan struct{}, runtime.NumCPU())
	for _, r := range closure {
		group.Go(func() {
			slots <- struct{}{}
			defer func() { <-slots }()
			if err := fetchAndUnpack(t.Context(), s, r, dir); err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
	passwd, err := ReadPart(filepath.Join(dir, "passwd"))
	if err != nil {
		t.Fatal(err)
	}
	for _, special := range passwd.Special {
		if special.Path == "usr/bin/passwd" && special.Mode == 0o4755 {
			return
		}
	}
	t.Errorf("usr/bin/passwd is not noted as 4755: %+v", passwd.Special)
}

func fetchAndUnpack(ctx context.Context, s *Source, r Record, dir string) error {
	deb := filepath.Join(dir, r.Name+".deb")
	if err := s.Fetch(ctx, r.Path, r.SHA256, r.Size, deb, nil); err != nil {
		return err
	}
	_, err := Unpack(ctx, deb, filepath.Join(dir, r.Name))
	return err
}
