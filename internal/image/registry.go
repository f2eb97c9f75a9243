package image

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"sync/atomic"
	"time"

	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/google/go-containerregistry/pkg/v1/remote/transport"
)

// RegistryConfig says how registries are reached.
type RegistryConfig struct {
	// Keychain has the credentials; nil is nobody.
	Keychain authn.Keychain
	// Authorities are files with certificates to trust besides the system's.
	Authorities []string
	// CertificateDirs hold a folder for each registry with certificates to
	// trust there, as /etc/docker/certs.d does.
	CertificateDirs []string
	// Insecure registries are spoken to without TLS or without checking it.
	// Those on loopback always may be.
	Insecure bool
	// Platform chooses from images for several; the zero value is this machine's.
	Platform v1.Platform
	// Proxy is asked for the proxy of a request; nil is none.
	Proxy func(*http.Request) (*url.URL, error)
	// Note hears about waits; may be nil.
	Note func(string)
	// Sleep waits between attempts; nil is real time.
	Sleep func(context.Context, time.Duration) error
}

// Registry moves images from and to registries.
type Registry struct {
	RegistryConfig
	sent atomic.Int64
}

// NewRegistry returns a Registry.
func NewRegistry(c RegistryConfig) *Registry {
	r := &Registry{RegistryConfig: c}
	if r.Keychain == nil {
		r.Keychain = authn.NewMultiKeychain()
	}
	if r.Sleep == nil {
		r.Sleep = sleepFor
	}
	if r.Platform.OS == "" {
		r.Platform = v1.Platform{OS: "linux", Architecture: runtime.GOARCH}
	}
	return r
}

// Sent is how many bytes were sent to registries so far.
func (r *Registry) Sent() int64 { return r.sent.Load() }

// ParseReference reads NAME[:TAG][@DIGEST] as engines do.
func (r *Registry) ParseReference(text string) (name.Reference, error) {
	var options []name.Option
	if r.Insecure {
		options = append(options, name.Insecure)
	}
	ref, err := name.ParseReference(text, options...)
	if err != nil {
		return nil, fmt.Errorf("'%s' is not the name of an image: %w", text, err)
	}
	return ref, nil
}

// transport makes the way to the registry of a reference.
func (r *Registry) transport(registry name.Registry) (http.RoundTripper, error) {
	pool, err := r.authorities(registry.RegistryStr())
	if err != nil {
		return nil, err
	}
	base := &http.Transport{
		Proxy:                 r.Proxy,
		DialContext:           (&net.Dialer{Timeout: 20 * time.Second, KeepAlive: 30 * time.Second}).DialContext,
		ForceAttemptHTTP2:     true,
		MaxIdleConnsPerHost:   16,
		IdleConnTimeout:       30 * time.Second,
		TLSHandshakeTimeout:   10 * time.Second,
		ResponseHeaderTimeout: 2 * time.Minute,
		TLSClientConfig:       &tls.Config{RootCAs: pool, InsecureSkipVerify: r.Insecure},
	}
	return &patient{base: base, sleep: r.Sleep, sent: &r.sent, note: r.Note}, nil
}

// authorities are the certificates to trust for a registry; nil is the system's.
func (r *Registry) authorities(host string) (*x509.CertPool, error) {
	files := append([]string(nil), r.Authorities...)
	for _, dir := range r.CertificateDirs {
		found, err := filepath.Glob(filepath.Join(dir, host, "*.crt"))
		if err != nil {
			return nil, err
		}
		files = append(files, found...)
	}
	if len(files) == 0 {
		return nil, nil
	}
	pool, err := x509.SystemCertPool()
	if err != nil {
		pool = x509.NewCertPool()
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			return nil, fmt.Errorf("reading certificates: %w", err)
		}
		if !pool.AppendCertsFromPEM(text) {
			return nil, fmt.Errorf("'%s' holds no certificate", file)
		}
	}
	return pool, nil
}

func (r *Registry) options(ctx context.Context, registry name.Registry) ([]remote.Option, error) {
	transport, err := r.transport(registry)
	if err != nil {
		return nil, err
	}
	return []remote.Option{
		remote.WithContext(ctx), remote.WithTransport(transport), remote.WithAuthFromKeychain(r.Keychain),
		remote.WithPlatform(r.Platform), remote.WithUserAgent("berth"),
		// Waiting is the transport's matter; only uploads are begun again here.
		remote.WithRetryStatusCodes(),
		remote.WithRetryBackoff(remote.Backoff{Duration: firstWait, Factor: 2, Steps: 3}),
	}, nil
}

// Resolve returns the digest of what a reference means now.
func (r *Registry) Resolve(ctx context.Context, reference string) (*v1.Descriptor, error) {
	ref, err := r.ParseReference(reference)
	if err != nil {
		return nil, err
	}
	options, err := r.options(ctx, ref.Context().Registry)
	if err != nil {
		return nil, err
	}
	d, err := remote.Get(ref, options...)
	if err != nil {
		return nil, explain(ref, err)
	}
	return &d.Descriptor, nil
}

// Image returns an image of a registry, its layers still unread.
func (r *Registry) Image(ctx context.Context, reference string) (v1.Image, error) {
	ref, err := r.ParseReference(reference)
	if err != nil {
		return nil, err
	}
	options, err := r.options(ctx, ref.Context().Registry)
	if err != nil {
		return nil, err
	}
	d, err := remote.Get(ref, options...)
	if err != nil {
		return nil, explain(ref, err)
	}
	image, err := d.Image()
	if err != nil {
		return nil, explain(ref, err)
	}
	return image, nil
}

// A PushResult says what was pushed.
type PushResult struct {
	Reference string `json:"reference"`
	// Digest is that of the manifest, by which the image can be pulled.
	Digest v1.Hash `json:"digest"`
	// Sent is how many bytes were sent; what the registry had was not.
	Sent  int64 `json:"sent"`
	Total int64 `json:"total"`
}

// Push puts an image into a registry. Layers that are there already are not
// sent; those that another repository of the registry has are mounted from it.
func (r *Registry) Push(ctx context.Context, image v1.Image, reference string, mountFrom []string, progress func(done, total int64)) (*PushResult, error) {
	ref, err := r.ParseReference(reference)
	if err != nil {
		return nil, err
	}
	options, err := r.options(ctx, ref.Context().Registry)
	if err != nil {
		return nil, err
	}
	if image, err = r.mountable(image, ref, mountFrom); err != nil {
		return nil, err
	}
	digest, err := image.Digest()
	if err != nil {
		return nil, err
	}
	before := r.Sent()
	err = withUpdates(progress, func(updates chan v1.Update) error {
		if updates != nil {
			options = append(options, remote.WithProgress(updates))
		}
		return remote.Write(ref, image, options...)
	})
	if err != nil {
		return nil, explain(ref, err)
	}
	size, err := packedSize(image)
	return &PushResult{ref.Name(), digest, r.Sent() - before, size}, err
}

// withUpdates passes progress on while a function runs.
func withUpdates(progress func(done, total int64), run func(chan v1.Update) error) error {
	if progress == nil {
		return run(nil)
	}
	updates := make(chan v1.Update, 64)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		for u := range updates {
			progress(u.Complete, u.Total)
		}
	}()
	err := run(updates) // closes the channel
	<-ended
	return err
}

func packedSize(image v1.Image) (total int64, err error) {
	m, err := image.Manifest()
	if err != nil {
		return 0, err
	}
	for _, l := range m.Layers {
		total += l.Size
	}
	return total + m.Config.Size, nil
}

// explain says what an answer of a registry means for the user.
func explain(ref name.Reference, err error) error {
	var answer *transport.Error
	if errors.As(err, &answer) {
		switch answer.StatusCode {
		case http.StatusUnauthorized, http.StatusForbidden:
			return fmt.Errorf("registry %s does not let you use '%s': log in with 'docker login' or 'podman login', or check the name: %w", ref.Context().RegistryStr(), ref.Name(), err)
		case http.StatusNotFound:
			return fmt.Errorf("registry %s has no image '%s': %w", ref.Context().RegistryStr(), ref.Name(), err)
		case http.StatusTooManyRequests:
			return fmt.Errorf("registry %s limits how often it may be asked; log in or try later: %w", ref.Context().RegistryStr(), err)
		}
	}
	var dial *net.OpError
	if errors.As(err, &dial) && dial.Op == "dial" {
		return fmt.Errorf("registry %s cannot be reached: %w", ref.Context().RegistryStr(), dial.Err)
	}
	return fmt.Errorf("registry %s: %w", ref.Context().RegistryStr(), err)
}
