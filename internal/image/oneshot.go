package image

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"time"

	v1 "github.com/google/go-containerregistry/pkg/v1"
)

// oneShot is a registry on loopback that serves one image, for as long as an
// engine pulls it. Its repository has a name that nobody can guess.
type oneShot struct {
	image      v1.Image
	repository string
	sent       atomic.Int64
}

func newOneShot(image v1.Image) (*oneShot, error) {
	secret := make([]byte, 16)
	if _, err := rand.Read(secret); err != nil {
		return nil, err
	}
	return &oneShot{image: image, repository: "berth-" + hex.EncodeToString(secret)}, nil
}

// ServeHTTP implements the pulling half of the distribution specification.
func (o *oneShot) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Docker-Distribution-API-Version", "registry/2.0")
	if r.URL.Path == "/v2/" {
		return
	}
	below, ok := strings.CutPrefix(r.URL.Path, "/v2/"+o.repository+"/")
	if !ok || r.Method != http.MethodGet && r.Method != http.MethodHead {
		http.NotFound(w, r)
		return
	}
	kind, name, _ := strings.Cut(below, "/")
	switch kind {
	case "manifests":
		o.manifest(w, r)
	case "blobs":
		o.blob(w, r, name)
	default:
		http.NotFound(w, r)
	}
}

func (o *oneShot) manifest(w http.ResponseWriter, r *http.Request) {
	text, err := o.image.RawManifest()
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	mediaType, err := o.image.MediaType()
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", string(mediaType))
	w.Header().Set("Docker-Content-Digest", hashOf(text).String())
	w.Header().Set("Content-Length", fmt.Sprint(len(text)))
	if r.Method == http.MethodGet {
		w.Write(text)
	}
}

func (o *oneShot) blob(w http.ResponseWriter, r *http.Request, name string) {
	digest, err := v1.NewHash(name)
	if err != nil {
		http.NotFound(w, r)
		return
	}
	layer, err := o.image.LayerByDigest(digest)
	if err != nil {
		http.NotFound(w, r)
		return
	}
	size, err := layer.Size()
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/octet-stream")
	w.Header().Set("Content-Length", fmt.Sprint(size))
	w.Header().Set("Docker-Content-Digest", digest.String())
	if r.Method == http.MethodHead {
		return
	}
	content, err := layer.Compressed()
	if err != nil {
		return // the engine sees that nothing comes
	}
	defer content.Close()
	n, _ := io.Copy(w, content)
	o.sent.Add(n)
}

// pullFrom has the engine pull the image from a registry of this process.
func (e Engine) pullFrom(ctx context.Context, b *Built, result *LoadResult, progress func(done, total int64)) error {
	plain := *b
	plain.options.Compression = Uncompressed
	image, err := plain.Image(ctx)
	if err != nil {
		return err
	}
	registry, err := newOneShot(image)
	if err != nil {
		return err
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return fmt.Errorf("serving an image: %w", err)
	}
	server := &http.Server{Handler: registry, ReadHeaderTimeout: 10 * time.Second}
	go server.Serve(listener)
	defer server.Close()
	name := listener.Addr().String() + "/" + registry.repository + ":latest"
	if _, err := e.run(ctx, "pull", "--quiet", "--tls-verify=false", name); err != nil {
		return err
	}
	result.Sent = registry.sent.Load()
	if progress != nil {
		progress(result.Sent, result.Sent)
	}
	if _, err := e.run(ctx, "tag", name, b.Tag); err != nil {
		return err
	}
	_, err = e.run(ctx, "untag", name, name)
	return err
}
