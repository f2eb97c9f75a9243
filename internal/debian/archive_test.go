package debian

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/ProtonMail/go-crypto/openpgp"
	"github.com/ProtonMail/go-crypto/openpgp/clearsign"
	"github.com/ProtonMail/go-crypto/openpgp/packet"
)

// A testArchive is a small signed archive on a server of its own.
type testArchive struct {
	*httptest.Server
	keyring []byte
	key     *openpgp.Entity

	mu       sync.Mutex
	files    map[string][]byte
	requests []string
	answer   func(w http.ResponseWriter, r *http.Request) bool // true: it has answered
}

// archiveTime is when the archive's releases are signed.
var archiveTime = time.Date(2026, 6, 1, 12, 0, 0, 0, time.UTC)

func newTestArchive(t *testing.T) *testArchive {
	t.Helper()
	config := &packet.Config{Time: func() time.Time { return archiveTime.AddDate(-1, 0, 0) }, Algorithm: packet.PubKeyAlgoEdDSA}
	key, err := openpgp.NewEntity("Test Archive", "", "archive@example.org", config)
	if err != nil {
		t.Fatal(err)
	}
	var keyring bytes.Buffer
	if err := key.Serialize(&keyring); err != nil {
		t.Fatal(err)
	}
	a := &testArchive{keyring: keyring.Bytes(), key: key, files: map[string][]byte{}}
	a.Server = httptest.NewServer(a)
	t.Cleanup(a.Close)
	return a
}

func (a *testArchive) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	a.mu.Lock()
	a.requests = append(a.requests, r.URL.Path)
	data, ok := a.files[strings.TrimPrefix(r.URL.Path, "/")]
	answer := a.answer
	a.mu.Unlock()
	if answer != nil && answer(w, r) {
		return
	}
	if !ok {
		http.NotFound(w, r)
		return
	}
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(data))
}

// asked counts the requests for paths that contain a text.
func (a *testArchive) asked(text string) int {
	a.mu.Lock()
	defer a.mu.Unlock()
	n := 0
	for _, path := range a.requests {
		if strings.Contains(path, text) {
			n++
		}
	}
	return n
}

// publish signs a suite with one Packages file.
func (a *testArchive) publish(t *testing.T, suite, packages string, date, validUntil time.Time) {
	t.Helper()
	var compressed bytes.Buffer
	z := gzip.NewWriter(&compressed)
	fmt.Fprint(z, packages)
	z.Close()
	digest := hexDigest(compressed.Bytes())
	text := fmt.Sprintf("Origin: Debian\nLabel: Debian\nSuite: %s\nCodename: %s\nDate: %s\n", suite, suite, date.Format(time.RFC1123))
	if !validUntil.IsZero() {
		text += "Valid-Until: " + validUntil.Format(time.RFC1123) + "\n"
	}
	text += fmt.Sprintf("Acquire-By-Hash: yes\nSHA256:\n %s %d main/binary-amd64/Packages.gz\n", digest, compressed.Len())
	a.sign(t, "dists/"+suite+"/InRelease", text)
	a.put("dists/"+suite+"/main/binary-amd64/by-hash/SHA256/"+digest, compressed.Bytes())
}

func (a *testArchive) sign(t *testing.T, path, text string) {
	t.Helper()
	var signed bytes.Buffer
	w, err := clearsign.Encode(&signed, a.key.PrivateKey, &packet.Config{Time: func() time.Time { return archiveTime }})
	if err != nil {
		t.Fatal(err)
	}
	fmt.Fprint(w, text)
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	a.put(path, signed.Bytes())
}

func (a *testArchive) put(path string, data []byte) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.files[path] = data
}

func hexDigest(data []byte) string {
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}

// source opens a source over the archive; change adjusts its configuration.
func (a *testArchive) source(t *testing.T, cache string, change func(*Config)) *Source {
	t.Helper()
	config := Config{
		CacheDir: cache, Release: "sid", Architecture: "amd64", Mirror: a.URL, Keyring: a.keyring, Snapshot: a.URL + "/snapshot",
		Now: func() time.Time { return archiveTime.AddDate(0, 0, 1) },
	}
	if change != nil {
		change(&config)
	}
	s, err := Open(t.Context(), config)
	if err != nil {
		t.Fatal(err)
	}
	s.down.pause = time.Millisecond
	t.Cleanup(func() { s.Close() })
	return s
}
