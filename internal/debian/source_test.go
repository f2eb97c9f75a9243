package debian

import (
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestIndexIsFetchedOnceAndVerified(t *testing.T) {
	a := newTestArchive(t)
	a.publish(t, "sid", stanza("a", "1", "Essential: yes"), archiveTime, time.Time{})
	cache := t.TempDir()
	for range 2 {
		s := a.source(t, cache, nil)
		if r, ok, err := s.Lookup("a"); err != nil || !ok || r.Version != "1" {
			t.Fatalf("a: %+v, %v, %v", r, ok, err)
		}
	}
	if n := a.asked("by-hash"); n != 1 {
		t.Errorf("the index was fetched %d times", n)
	}
	offline := a.source(t, cache, func(c *Config) { c.Offline = true })
	if names, err := offline.Essential(); err != nil || cmp.Diff([]string{"a"}, names) != "" {
		t.Errorf("offline: %v, %v", names, err)
	}
}

func TestForgedIndexIsRefused(t *testing.T) {
	genuine := newTestArchive(t)
	for name, forge := range map[string]func(a *testArchive){
		"another key": func(a *testArchive) {
			a.publish(t, "sid", stanza("a", "1"), archiveTime, time.Time{})
			a.keyring = genuine.keyring
		},
		"another suite, validly signed": func(a *testArchive) {
			a.publish(t, "experimental", stanza("a", "1"), archiveTime, time.Time{})
			a.put("dists/sid/InRelease", a.files["dists/experimental/InRelease"])
		},
		"changed text": func(a *testArchive) {
			a.publish(t, "sid", stanza("a", "1"), archiveTime, time.Time{})
			a.put("dists/sid/InRelease", []byte(strings.Replace(string(a.files["dists/sid/InRelease"]), "Label: Debian", "Label: debian", 1)))
		},
		"no signature": func(a *testArchive) { a.put("dists/sid/InRelease", []byte("Origin: Debian\nCodename: sid\n")) },
		"another origin": func(a *testArchive) {
			a.sign(t, "dists/sid/InRelease", "Origin: Ubuntu\nCodename: sid\nSuite: sid\nDate: Mon, 01 Jun 2026 12:00:00 UTC\nSHA256:\n")
		},
		"changed index": func(a *testArchive) {
			a.publish(t, "sid", stanza("a", "1"), archiveTime, time.Time{})
			for path, data := range a.files {
				if strings.Contains(path, "by-hash") {
					changed := append([]byte{}, data...)
					changed[len(changed)-1] ^= 1
					a.put(path, changed)
				}
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			a := newTestArchive(t)
			forge(a)
			if r, ok, err := a.source(t, t.TempDir(), nil).Lookup("a"); err == nil {
				t.Errorf("it was believed: %+v, %v", r, ok)
			} else {
				t.Log(err)
			}
		})
	}
}

func TestAge(t *testing.T) {
	day := 24 * time.Hour
	valid := archiveTime.Add(7 * day)
	at := func(d time.Duration) func(*Config) {
		return func(c *Config) { c.Now = func() time.Time { return valid.Add(d) } }
	}
	for _, c := range []struct {
		name            string
		change          func(*Config)
		first, update   bool // whether first use and update succeed
		expiredReported bool
	}{
		{"valid", at(-day), true, true, false},
		{"a little stale", at(20 * day), true, false, true},
		{"very stale", at(40 * day), false, false, false},
		{"very stale, accepted", func(c *Config) { at(40 * day)(c); c.AcceptStale = true }, true, true, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			a := newTestArchive(t)
			a.publish(t, "sid", stanza("a", "1"), archiveTime, valid)
			s := a.source(t, t.TempDir(), c.change)
			_, _, err := s.Lookup("a")
			if (err == nil) != c.first {
				t.Errorf("first use: %v", err)
			}
			var stale *StaleError
			if err != nil && !errors.As(err, &stale) {
				t.Errorf("first use gives %T", err)
			}
			if f := s.Freshness(); c.first && (f[0].Expired > 0) != c.expiredReported {
				t.Errorf("reported %+v", f)
			}
			if err := s.Update(t.Context()); (err == nil) != c.update {
				t.Errorf("update: %v", err)
			}
		})
	}
}

func TestOlderIndexIsRefused(t *testing.T) {
	a := newTestArchive(t)
	cache := t.TempDir()
	a.publish(t, "sid", stanza("a", "2"), archiveTime, time.Time{})
	if _, _, err := a.source(t, cache, nil).Lookup("a"); err != nil {
		t.Fatal(err)
	}
	a.publish(t, "sid", stanza("a", "1"), archiveTime.AddDate(0, -1, 0), time.Time{})
	s := a.source(t, cache, func(c *Config) { c.AcceptStale = true })
	var rollback *RollbackError
	if err := s.Update(t.Context()); !errors.As(err, &rollback) {
		t.Errorf("the update gave %v", err)
	}
	if r, _, err := s.Lookup("a"); err != nil || r.Version != "2" {
		t.Errorf("the seen index is gone: %+v, %v", r, err)
	}
}

func TestRefresh(t *testing.T) {
	a := newTestArchive(t)
	cache := t.TempDir()
	version := func(days int) string {
		s := a.source(t, cache, func(c *Config) {
			c.RefreshAfter = 7 * 24 * time.Hour
			c.Now = func() time.Time { return archiveTime.AddDate(0, 0, days) }
		})
		r, _, err := s.Lookup("a")
		if err != nil {
			t.Fatal(err)
		}
		return r.Version
	}
	a.publish(t, "sid", stanza("a", "1"), archiveTime, time.Time{})
	if v := version(0); v != "1" {
		t.Errorf("first: %s", v)
	}
	a.publish(t, "sid", stanza("a", "2"), archiveTime.AddDate(0, 0, 1), time.Time{})
	if v := version(3); v != "1" {
		t.Errorf("after three days: %s", v)
	}
	if v := version(8); v != "2" {
		t.Errorf("after eight days: %s", v)
	}
	a.Close() // a later check fails without harm
	if v := version(30); v != "2" {
		t.Errorf("without a mirror: %s", v)
	}
}

func TestFetch(t *testing.T) {
	a := newTestArchive(t)
	data := []byte(strings.Repeat("0123456789", 20000))
	digest := hexDigest(data)
	const path = "pool/main/a/a_1+b~2.deb"
	a.put(path, data)
	s := a.source(t, t.TempDir(), nil)
	fetch := func(target string) error {
		return s.Fetch(t.Context(), path, digest, int64(len(data)), target, nil)
	}
	check := func(t *testing.T, target string, err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		if got, err := os.ReadFile(target); err != nil || hexDigest(got) != digest {
			t.Errorf("fetched %d bytes, %v", len(got), err)
		}
	}
	t.Run("whole", func(t *testing.T) {
		target := filepath.Join(t.TempDir(), "a.deb")
		check(t, target, fetch(target))
	})
	t.Run("continued", func(t *testing.T) {
		target := filepath.Join(t.TempDir(), "a.deb")
		if err := os.WriteFile(target+".partial", data[:50000], 0o644); err != nil {
			t.Fatal(err)
		}
		var sent string
		a.answer = func(w http.ResponseWriter, r *http.Request) bool { sent = r.Header.Get("Range"); return false }
		check(t, target, fetch(target))
		a.answer = nil
		if sent != "bytes=50000-" {
			t.Errorf("asked for %q", sent)
		}
	})
	t.Run("continued after garbage", func(t *testing.T) {
		target := filepath.Join(t.TempDir(), "a.deb")
		if err := os.WriteFile(target+".partial", []byte("garbage"), 0o644); err != nil {
			t.Fatal(err)
		}
		check(t, target, fetch(target))
	})
	t.Run("interrupted and refused", func(t *testing.T) {
		target := filepath.Join(t.TempDir(), "a.deb")
		n := 0
		a.answer = func(w http.ResponseWriter, r *http.Request) bool {
			switch n++; n {
			case 1:
				http.Error(w, "busy", http.StatusServiceUnavailable)
			case 2:
				w.Header().Set("Content-Length", "200000")
				w.Write(data[:1000])
			default:
				return false
			}
			return true
		}
		check(t, target, fetch(target))
		a.answer = nil
		if n != 3 {
			t.Errorf("%d requests", n)
		}
	})
	t.Run("wrong content", func(t *testing.T) {
		a.put(path, []byte(strings.Repeat("x", len(data))))
		defer a.put(path, data)
		target := filepath.Join(t.TempDir(), "a.deb")
		if err := fetch(target); err == nil || !strings.Contains(err.Error(), "wrong digest") {
			t.Errorf("got %v", err)
		}
		if _, err := os.Stat(target); err == nil {
			t.Error("the target exists")
		}
	})
}

func TestDroppedVersionComesFromSnapshot(t *testing.T) {
	a := newTestArchive(t)
	a.publish(t, "sid", stanza("a", "1"), archiveTime, time.Time{})
	s := a.source(t, t.TempDir(), nil)
	if _, _, err := s.Lookup("a"); err != nil {
		t.Fatal(err)
	}
	data := []byte("old package")
	a.put("snapshot/debian/20260601T180000Z/pool/main/a/a_0.deb", data)
	target := filepath.Join(t.TempDir(), "a.deb")
	if err := s.Fetch(t.Context(), "pool/main/a/a_0.deb", hexDigest(data), int64(len(data)), target, nil); err != nil {
		t.Error(err)
	}
	err := s.Fetch(t.Context(), "pool/main/b/b_0.deb", hexDigest(data), int64(len(data)), target+"2", nil)
	var failure *FetchError
	if !errors.As(err, &failure) || !strings.Contains(err.Error(), a.URL+"/pool/main/b/b_0.deb: no such file there") {
		t.Errorf("the error does not say where it was sought: %v", err)
	}
}

func TestOfflineErrorSaysWhatAndWhere(t *testing.T) {
	a := newTestArchive(t)
	s := a.source(t, t.TempDir(), func(c *Config) { c.Offline = true })
	err := s.Fetch(t.Context(), "pool/main/a/a_1.deb", strings.Repeat("0", 64), 1, filepath.Join(t.TempDir(), "a"), nil)
	if err == nil || !strings.Contains(err.Error(), "pool/main/a/a_1.deb") || !strings.Contains(err.Error(), a.URL) {
		t.Errorf("got %v", err)
	}
	if _, _, err := s.Lookup("a"); err == nil || !strings.Contains(err.Error(), "switched off") {
		t.Errorf("look-up: %v", err)
	}
	if len(a.requests) > 0 {
		t.Errorf("the network was used: %v", a.requests)
	}
}

func TestUsedLock(t *testing.T) {
	a := newTestArchive(t)
	a.publish(t, "sid", stanza("app", "1", "Depends: lib")+stanza("lib", "1")+stanza("unused", "1"), archiveTime, time.Time{})
	s := a.source(t, t.TempDir(), nil)
	closure, err := s.Resolve([]string{"app"})
	if err != nil {
		t.Fatal(err)
	}
	lock := s.UsedLock()
	if len(lock.Packages) != 2 || len(lock.Suites) != 1 || !lock.Suites[0].Date.Equal(archiveTime) {
		t.Errorf("lock %+v", lock)
	}
	replay := a.source(t, t.TempDir(), func(c *Config) { c.Lock, c.Offline, c.Release = lock, true, "" })
	again, err := replay.Resolve([]string{"app"})
	if err != nil {
		t.Fatal(err)
	}
	for i := range closure { // a lock leaves out what is only told to people
		closure[i].Section, closure[i].Description, closure[i].Homepage = "", "", ""
	}
	if diff := cmp.Diff(closure, again); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(lock, replay.UsedLock()); diff != "" {
		t.Error(diff)
	}
	var missing *MissingError
	if _, err := s.Resolve([]string{"lbi"}); !errors.As(err, &missing) || len(missing.Near) == 0 || missing.Near[0] != "lib" {
		t.Errorf("got %v", err)
	}
}

func TestMergedUsrIsKnown(t *testing.T) {
	a := newTestArchive(t)
	a.publish(t, "sid", stanza("init", "1", "Depends: usrmerge | usr-is-merged")+stanza("usrmerge", "1", "Depends: perl")+
		stanza("perl", "1")+stanza("usr-is-merged", "1"), archiveTime, time.Time{})
	s := a.source(t, t.TempDir(), nil)
	for seeds, want := range map[string]string{"init": "init usr-is-merged", "usrmerge init": "init perl usrmerge"} {
		closure, err := s.Resolve(strings.Fields(seeds))
		if got := describeClosure(closure, err); got != want {
			t.Errorf("%s: got %q, expected %q", seeds, got, want)
		}
	}
}
