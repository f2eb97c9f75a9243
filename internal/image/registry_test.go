package image

import (
	"bytes"
	"context"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/registry"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/random"
	"github.com/google/go-containerregistry/pkg/v1/remote"
)

// harbour is a registry on loopback with faults before it.
type harbour struct {
	*httptest.Server
	host string
	mu   sync.Mutex
	// fault answers a request itself if it returns true.
	fault    func(w http.ResponseWriter, r *http.Request) bool
	requests []string
	next     http.Handler
}

func newHarbour(t *testing.T) *harbour {
	h := &harbour{next: registry.New(registry.Logger(log.New(io.Discard, "", 0)))}
	h.Server = httptest.NewServer(h)
	h.host = strings.TrimPrefix(h.URL, "http://")
	t.Cleanup(h.Close)
	return h
}

func (h *harbour) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h.mu.Lock()
	fault := h.fault
	h.requests = append(h.requests, r.Method+" "+r.URL.Path)
	h.mu.Unlock()
	if fault == nil || !fault(w, r) {
		h.next.ServeHTTP(w, r)
	}
}

func (h *harbour) count(method, part string) (n int) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, r := range h.requests {
		if strings.HasPrefix(r, method+" ") && strings.Contains(r, part) {
			n++
		}
	}
	return n
}

func digestString(t testing.TB, image v1.Image) string {
	t.Helper()
	d, err := image.Digest()
	if err != nil {
		t.Fatal(err)
	}
	return d.String()
}

// hasty is a registry client that does not wait in earnest.
func hasty(slept *time.Duration) *Registry {
	return NewRegistry(RegistryConfig{Sleep: func(ctx context.Context, d time.Duration) error {
		if slept != nil {
			*slept += d
		}
		return ctx.Err()
	}})
}

func pushSample(t *testing.T, h *harbour) (*workshop, v1.Image, string) {
	t.Helper()
	w := newWorkshop(t)
	image, err := w.open(w.sample(""), Options{Compression: Gzip}).Image(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	reference := h.host + "/team/app:1"
	if _, err := hasty(nil).Push(context.Background(), image, reference, nil, nil); err != nil {
		t.Fatal(err)
	}
	return w, image, reference
}

func pull(t *testing.T, r *Registry, reference string) (v1.Image, *Layout, error) {
	t.Helper()
	layout, err := OpenLayout(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	image, err := r.Pull(context.Background(), reference, layout, nil)
	return image, layout, err
}

func TestPushAndPull(t *testing.T) {
	h := newHarbour(t)
	w, image, reference := pushSample(t, h)
	pulled, _, err := pull(t, hasty(nil), reference)
	if err != nil || digestString(t, pulled) != digestString(t, image) {
		t.Fatalf("pulled another image: %v", err)
	}
	if _, _, err := pull(t, hasty(nil), h.host+"/team/app@"+digestString(t, image)); err != nil {
		t.Errorf("by digest: %v", err)
	}
	changed, err := w.open(w.sample("changed"), Options{Compression: Gzip}).Image(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	again, err := hasty(nil).Push(context.Background(), changed, h.host+"/team/app:2", nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	if again.Sent > 6000 || again.Sent == 0 {
		t.Errorf("after a change of the application %d of %d bytes were sent", again.Sent, again.Total)
	}
}

func TestPushMounts(t *testing.T) {
	h := newHarbour(t)
	_, image, reference := pushSample(t, h)
	var mounts atomic.Int64
	h.mu.Lock()
	h.fault = func(w http.ResponseWriter, r *http.Request) bool {
		other := strings.HasPrefix(r.URL.Path, "/v2/team/other/blobs/")
		switch {
		case other && r.Method == http.MethodHead: // it is only in the first repository
			w.WriteHeader(http.StatusNotFound)
		case other && r.Method == http.MethodPost && r.URL.Query().Get("from") == "team/app":
			mounts.Add(1)
			w.Header().Set("Docker-Content-Digest", r.URL.Query().Get("mount"))
			w.WriteHeader(http.StatusCreated)
		default:
			return false
		}
		return true
	}
	h.mu.Unlock()
	result, err := hasty(nil).Push(context.Background(), image, h.host+"/team/other:1", []string{reference}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if layers, _ := image.Layers(); mounts.Load() < int64(len(layers))-1 || result.Sent > 6000 {
		t.Errorf("%d of %d layers were mounted, and %d bytes sent", mounts.Load(), len(layers), result.Sent)
	}
}

func TestRegistryFaults(t *testing.T) {
	isBlob := func(r *http.Request) bool {
		return r.Method == http.MethodGet && strings.Contains(r.URL.Path, "/blobs/")
	}
	for _, test := range []struct {
		name  string
		fault func(h *harbour) func(http.ResponseWriter, *http.Request) bool
		want  string // in the error; empty when it heals
		slept time.Duration
	}{
		{"429 with Retry-After", func(*harbour) func(http.ResponseWriter, *http.Request) bool {
			return first(2, isBlob, func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Retry-After", "7")
				w.WriteHeader(http.StatusTooManyRequests)
			})
		}, "", 14 * time.Second},
		{"429 for too long", func(*harbour) func(http.ResponseWriter, *http.Request) bool {
			return first(1000, isBlob, func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Retry-After", "3600")
				w.WriteHeader(http.StatusTooManyRequests)
			})
		}, "limits how often", 0},
		{"500 now and then", func(*harbour) func(http.ResponseWriter, *http.Request) bool {
			return first(3, isBlob, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(500) })
		}, "", 0},
		{"500 for ever", func(*harbour) func(http.ResponseWriter, *http.Request) bool {
			return first(1000, isBlob, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(500) })
		}, "500", 0},
		{"401", func(*harbour) func(http.ResponseWriter, *http.Request) bool {
			return first(1000, func(*http.Request) bool { return true }, func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("WWW-Authenticate", `Basic realm="x"`)
				w.WriteHeader(http.StatusUnauthorized)
			})
		}, "log in with", 0},
		{"truncated blobs", func(h *harbour) func(http.ResponseWriter, *http.Request) bool {
			return first(3, isBlob, func(w http.ResponseWriter, r *http.Request) {
				h.alter(w, r, func(b []byte) []byte { return b[:len(b)/2] }, true)
			})
		}, "", 0},
		{"blobs always truncated", func(h *harbour) func(http.ResponseWriter, *http.Request) bool {
			return first(1000, isBlob, func(w http.ResponseWriter, r *http.Request) {
				h.alter(w, r, func(b []byte) []byte { return nil }, true)
			})
		}, "connection ended", 0},
		{"wrong content", func(h *harbour) func(http.ResponseWriter, *http.Request) bool {
			return first(1000, isBlob, func(w http.ResponseWriter, r *http.Request) {
				h.alter(w, r, func(b []byte) []byte { b[len(b)/2] ^= 1; return b }, false)
			})
		}, "what the registry sent has the digest", 0},
		{"more than there should be", func(h *harbour) func(http.ResponseWriter, *http.Request) bool {
			return first(1000, isBlob, func(w http.ResponseWriter, r *http.Request) {
				h.alter(w, r, func(b []byte) []byte { return append(b, "more"...) }, false)
			})
		}, "sent more than the", 0},
		{"wrong manifest", func(h *harbour) func(http.ResponseWriter, *http.Request) bool {
			isManifest := func(r *http.Request) bool { return strings.Contains(r.URL.Path, "/manifests/") }
			return first(1000, isManifest, func(w http.ResponseWriter, r *http.Request) {
				h.alter(w, r, func(b []byte) []byte { return append(b, ' ') }, false)
			})
		}, "digest", 0},
	} {
		t.Run(test.name, func(t *testing.T) {
			h := newHarbour(t)
			_, image, reference := pushSample(t, h)
			h.mu.Lock()
			h.fault = test.fault(h)
			h.mu.Unlock()
			var slept time.Duration
			byDigest := strings.TrimSuffix(reference, ":1") + "@" + digestString(t, image)
			pulled, layout, err := pull(t, hasty(&slept), byDigest)
			if test.want != "" {
				if err == nil || !strings.Contains(err.Error(), test.want) {
					t.Fatalf("error %v; want %q", err, test.want)
				}
				if all, _ := layout.List(); len(all) > 0 {
					t.Errorf("half an image has a name: %v", all)
				}
				return
			}
			if err != nil || digestString(t, pulled) != digestString(t, image) {
				t.Fatalf("it did not heal: %v", err)
			}
			if slept < test.slept {
				t.Errorf("waited %v, and the registry asked for %v", slept, test.slept)
			}
		})
	}
}

// first returns a fault for the first few requests of a kind.
func first(n int64, which func(*http.Request) bool, answer func(http.ResponseWriter, *http.Request)) func(http.ResponseWriter, *http.Request) bool {
	var seen atomic.Int64
	return func(w http.ResponseWriter, r *http.Request) bool {
		if !which(r) || seen.Add(1) > n {
			return false
		}
		answer(w, r)
		return true
	}
}

// alter answers with a changed body; a truncated one breaks the connection.
func (h *harbour) alter(w http.ResponseWriter, r *http.Request, change func([]byte) []byte, truncated bool) {
	recorded := httptest.NewRecorder()
	h.next.ServeHTTP(recorded, r)
	body := recorded.Body.Bytes()
	length := len(body)
	changed := change(body)
	for key, values := range recorded.Header() {
		w.Header()[key] = values
	}
	if !truncated {
		length = len(changed)
	}
	w.Header().Set("Content-Length", fmt.Sprint(length))
	w.WriteHeader(recorded.Code)
	w.Write(changed)
}

func TestPullContinues(t *testing.T) {
	h := newHarbour(t)
	image, err := random.Image(1<<20, 1)
	if err != nil {
		t.Fatal(err)
	}
	reference := h.host + "/big:1"
	if _, err := hasty(nil).Push(context.Background(), image, reference, nil, nil); err != nil {
		t.Fatal(err)
	}
	m, err := image.Manifest()
	if err != nil {
		t.Fatal(err)
	}
	layer := m.Layers[0]
	content, err := h.Client().Get(h.URL + "/v2/big/blobs/" + layer.Digest.String())
	if err != nil {
		t.Fatal(err)
	}
	defer content.Body.Close()
	whole, err := io.ReadAll(content.Body)
	if err != nil {
		t.Fatal(err)
	}
	layout, err := OpenLayout(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	part := filepath.Join(layout.dir, "blobs/sha256", layer.Digest.Hex+".part")
	if err := os.WriteFile(part, whole[:900_000], 0o644); err != nil {
		t.Fatal(err)
	}
	var asked atomic.Value
	h.mu.Lock()
	h.fault = func(w http.ResponseWriter, r *http.Request) bool {
		if r.Method != http.MethodGet || !strings.HasSuffix(r.URL.Path, layer.Digest.String()) {
			return false
		}
		asked.Store(r.Header.Get("Range"))
		http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(whole))
		return true
	}
	h.mu.Unlock()
	if _, err := hasty(nil).Pull(context.Background(), reference, layout, nil); err != nil {
		t.Fatal(err)
	}
	if got := asked.Load(); got != "bytes=900000-" {
		t.Errorf("asked for range %v", got)
	}
}

func TestPlatformOfIndex(t *testing.T) {
	h := newHarbour(t)
	var index v1.ImageIndex = empty.Index
	want := map[string]string{}
	for _, arch := range []string{"amd64", "arm64"} {
		image, err := random.Image(100, 1)
		if err != nil {
			t.Fatal(err)
		}
		want[arch] = digestString(t, image)
		index = mutate.AppendManifests(index, mutate.IndexAddendum{Add: image, Descriptor: v1.Descriptor{Platform: &v1.Platform{OS: "linux", Architecture: arch}}})
	}
	ref, err := name.ParseReference(h.host + "/multi:1")
	if err != nil {
		t.Fatal(err)
	}
	if err := remote.WriteIndex(ref, index); err != nil {
		t.Fatal(err)
	}
	for arch, digest := range want {
		r := hasty(nil)
		r.Platform = v1.Platform{OS: "linux", Architecture: arch}
		image, _, err := pull(t, r, ref.Name())
		if err != nil || digestString(t, image) != digest {
			t.Errorf("%s: %v", arch, err)
		}
	}
	r := hasty(nil)
	r.Platform = v1.Platform{OS: "linux", Architecture: "s390x"}
	if _, _, err := pull(t, r, ref.Name()); err == nil {
		t.Error("an image for a platform that is not there was pulled")
	}
}

func TestPrivateAuthorityAndLogin(t *testing.T) {
	plain := registry.New(registry.Logger(log.New(io.Discard, "", 0)))
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if user, password, _ := r.BasicAuth(); user != "me" || password != "secret" {
			w.Header().Set("WWW-Authenticate", `Basic realm="registry"`)
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		plain.ServeHTTP(w, r)
	}))
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	server.StartTLS()
	t.Cleanup(server.Close)
	host := strings.TrimPrefix(server.URL, "https://")
	image, err := random.Image(1000, 2)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	ca := filepath.Join(dir, host, "ca.crt")
	text := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw})
	if err := errors.Join(os.MkdirAll(filepath.Dir(ca), 0o755), os.WriteFile(ca, text, 0o644)); err != nil {
		t.Fatal(err)
	}
	me := keys{&authn.Basic{Username: "me", Password: "secret"}}
	for _, test := range []struct {
		name   string
		config RegistryConfig
		ok     bool
	}{
		{"certificate file", RegistryConfig{Keychain: me, Authorities: []string{ca}}, true},
		{"certificate folder", RegistryConfig{Keychain: me, CertificateDirs: []string{dir}}, true},
		{"unknown authority", RegistryConfig{Keychain: me}, false},
		{"insecure", RegistryConfig{Keychain: me, Insecure: true}, true},
		{"no login", RegistryConfig{Authorities: []string{ca}}, false},
	} {
		test.config.Sleep = func(context.Context, time.Duration) error { return nil }
		_, err := NewRegistry(test.config).Push(context.Background(), image, host+"/app:1", nil, nil)
		if (err == nil) != test.ok {
			t.Errorf("%s: %v", test.name, err)
		}
	}
}

type keys struct{ authn.Authenticator }

func (k keys) Resolve(authn.Resource) (authn.Authenticator, error) { return k.Authenticator, nil }

func TestOneShotRegistry(t *testing.T) {
	w := newWorkshop(t)
	image, err := w.open(w.sample(""), Options{}).Image(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	shot, err := newOneShot(image)
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(shot)
	t.Cleanup(server.Close)
	host := strings.TrimPrefix(server.URL, "http://")
	pulled, _, err := pull(t, hasty(nil), host+"/"+shot.repository+":latest")
	if err != nil || digestString(t, pulled) != digestString(t, image) {
		t.Fatalf("pulled another image: %v", err)
	}
	if _, _, err := pull(t, hasty(nil), host+"/guess:latest"); err == nil {
		t.Error("the image is served under another name")
	}
}

func TestRetryAfter(t *testing.T) {
	at := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	for value, want := range map[string]time.Duration{
		"3": 3 * time.Second, "0": 0, at.Add(time.Minute).Format(http.TimeFormat): time.Minute, at.Add(-time.Hour).Format(http.TimeFormat): 0,
	} {
		if got, ok := retryAfter(value, at); !ok || got != want {
			t.Errorf("%q: %v, %v", value, got, ok)
		}
	}
	for _, value := range []string{"", "soon", "-1"} {
		if _, ok := retryAfter(value, at); ok {
			t.Errorf("%q was understood", value)
		}
	}
}

func TestPulledImageIsStored(t *testing.T) {
	h := newHarbour(t)
	w, image, _ := pushSample(t, h)
	attributes := map[string]string{
		"imageName": h.host + "/team/app", "imageDigest": digestString(t, image), "finalImageName": "app", "finalImageTag": "1",
		"os": "linux", "arch": "amd64", "tlsVerify": "1",
	}
	pulled := w.must(w.realise("pulled.tar", "image-pull", attributes))
	var want bytes.Buffer
	if err := WriteArchive(&want, image, "app:1"); err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile(w.objects().Physical(pulled.out))
	if err != nil || !bytes.Equal(got, want.Bytes()) {
		t.Errorf("the archive has %d bytes instead of %d (%v)", len(got), want.Len(), err)
	}
	// It is a base for other images.
	app := w.tree("app-1", map[string]string{"bin/run": "#!"})
	plan, _, err := w.image(map[string]string{"fromImage": pulled.out}, []made{app}, pulled)
	if err != nil || plan.Layers[0].Kind != BaseLayer {
		t.Errorf("as a base: %v", err)
	}
	attributes["imageDigest"] = "sha256:" + strings.Repeat("0", 64)
	if _, err := w.realise("missing.tar", "image-pull", attributes); err == nil || !strings.Contains(err.Error(), "has no image") {
		t.Errorf("a digest that is not there gave %v", err)
	}
}
