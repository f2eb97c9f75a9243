package image

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"sync/atomic"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/remote/transport"
	"golang.org/x/sync/errgroup"
)

// parallelPulls is how many layers are fetched at the same time.
const parallelPulls = 4

// maxTruncations is how often a download that ends early is taken up again.
const maxTruncations = 4

// fetcher downloads blobs into a directory, each under its digest.
type fetcher struct {
	client *http.Client
	repo   name.Repository
	dir    string
	done   atomic.Int64
	total  int64
	report func(done, total int64)
}

// fetch downloads the layers of an image that the directory lacks. Beginnings
// of layers that an earlier attempt left are continued.
func (r *Registry) fetch(ctx context.Context, ref name.Reference, layers []v1.Descriptor, dir string, progress func(done, total int64)) error {
	base, err := r.transport(ref.Context().Registry)
	if err != nil {
		return err
	}
	credentials, err := r.Keychain.Resolve(ref.Context())
	if err != nil {
		return fmt.Errorf("finding credentials: %w", err)
	}
	authorized, err := transport.NewWithContext(ctx, ref.Context().Registry, credentials, base, []string{ref.Scope(transport.PullScope)})
	if err != nil {
		return explain(ref, err)
	}
	f := &fetcher{client: &http.Client{Transport: authorized}, repo: ref.Context(), dir: dir, report: progress}
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(parallelPulls)
	seen := map[v1.Hash]bool{}
	for _, l := range layers {
		if seen[l.Digest] {
			continue
		}
		seen[l.Digest] = true
		f.total += l.Size
	}
	clear(seen)
	for _, l := range layers {
		if !seen[l.Digest] {
			seen[l.Digest] = true
			group.Go(func() error { return f.blob(ctx, l) })
		}
	}
	return group.Wait()
}

func (f *fetcher) advance(n int64) {
	done := f.done.Add(n)
	if f.report != nil {
		f.report(done, f.total)
	}
}

// blob downloads one blob, unless it is there.
func (f *fetcher) blob(ctx context.Context, d v1.Descriptor) error {
	if d.Digest.Algorithm != "sha256" {
		return fmt.Errorf("layer %s: only SHA-256 digests are supported", d.Digest)
	}
	target := filepath.Join(f.dir, d.Digest.Hex)
	if info, err := os.Stat(target); err == nil && info.Size() == d.Size {
		f.advance(d.Size)
		return nil
	}
	part, err := os.OpenFile(target+".part", os.O_RDWR|os.O_CREATE, 0o644)
	if err != nil {
		return fmt.Errorf("storing a layer: %w", err)
	}
	defer part.Close()
	if err := f.download(ctx, d, part); err != nil {
		return fmt.Errorf("layer %s: %w", d.Digest, err)
	}
	if err := part.Sync(); err != nil {
		return fmt.Errorf("storing a layer: %w", err)
	}
	return os.Rename(part.Name(), target)
}

func (f *fetcher) download(ctx context.Context, d v1.Descriptor, part *os.File) error {
	h := sha256.New()
	have, err := io.Copy(h, part)
	if err != nil {
		return err
	}
	if have > d.Size {
		have = 0
		h.Reset()
		if err := errors.Join(part.Truncate(0), seekStart(part)); err != nil {
			return err
		}
	}
	f.advance(have)
	for attempt := 0; have < d.Size; attempt++ {
		n, err := f.request(ctx, d, have, io.MultiWriter(part, h))
		have += n
		if have > d.Size {
			err = errors.Join(fmt.Errorf("the registry sent more than the %d bytes of the manifest", d.Size), part.Truncate(0))
			return err
		}
		if errors.Is(err, errNoRange) {
			h.Reset()
			have = 0
			if err := errors.Join(part.Truncate(0), seekStart(part)); err != nil {
				return err
			}
			continue
		}
		if err != nil && (attempt >= maxTruncations || ctx.Err() != nil || !errors.Is(err, io.ErrUnexpectedEOF)) {
			return err
		}
	}
	if got := hex.EncodeToString(h.Sum(nil)); got != d.Digest.Hex {
		return errors.Join(fmt.Errorf("what the registry sent has the digest sha256:%s", got), part.Truncate(0))
	}
	return nil
}

func seekStart(f *os.File) error {
	_, err := f.Seek(0, io.SeekStart)
	return err
}

// errNoRange says that a registry cannot continue a download.
var errNoRange = errors.New("the registry sends only whole layers")

// request asks for a blob from an offset on and copies what comes, at most one
// byte more than there should be.
func (f *fetcher) request(ctx context.Context, d v1.Descriptor, offset int64, to io.Writer) (int64, error) {
	at := url.URL{Scheme: f.repo.Scheme(), Host: f.repo.RegistryStr(), Path: "/v2/" + f.repo.RepositoryStr() + "/blobs/" + d.Digest.String()}
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, at.String(), nil)
	if err != nil {
		return 0, err
	}
	if offset > 0 {
		request.Header.Set("Range", fmt.Sprintf("bytes=%d-", offset))
	}
	response, err := f.client.Do(request)
	if err != nil {
		return 0, err
	}
	defer response.Body.Close()
	whole := response.StatusCode == http.StatusOK || response.StatusCode == http.StatusRequestedRangeNotSatisfiable
	if offset > 0 && whole {
		f.advance(-offset)
		return 0, errNoRange
	}
	if err := transport.CheckError(response, http.StatusOK, http.StatusPartialContent); err != nil {
		return 0, err
	}
	n, err := io.Copy(&advancing{to, f}, io.LimitReader(response.Body, d.Size-offset+1))
	if (err == nil || errors.Is(err, io.ErrUnexpectedEOF)) && offset+n < d.Size {
		err = fmt.Errorf("the connection ended after %d of %d bytes: %w", offset+n, d.Size, io.ErrUnexpectedEOF)
	}
	return n, err
}

type advancing struct {
	to io.Writer
	f  *fetcher
}

func (a *advancing) Write(p []byte) (int, error) {
	n, err := a.to.Write(p)
	a.f.advance(int64(n))
	return n, err
}
