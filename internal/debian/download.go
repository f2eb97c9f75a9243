package debian

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

const (
	attemptsPerAddress = 4
	stallTimeout       = 45 * time.Second
	userAgent          = "berth (Debian source)"
)

// A FetchError says where a file was sought without success.
type FetchError struct {
	Path    string
	Offline bool
	Sought  []string // addresses, each with what happened there
}

func (e *FetchError) Error() string {
	why := "it could not be fetched"
	if e.Offline {
		why = "it is not in the cache and the network is switched off"
	}
	return fmt.Sprintf("fetch %s: %s; sought at\n  %s", e.Path, why, strings.Join(e.Sought, "\n  "))
}

// errAbsent says that an address answers, but has no such file.
var errAbsent = errors.New("no such file there")

// errDigest says that a file is complete, but not the expected one.
var errDigest = errors.New("wrong digest: the file there is another one")

// A want is a file with the digest it must have.
type want struct {
	sha256 string
	size   int64
}

// A downloader fetches files by http: repeated with growing pauses, resumed
// where a partial file lies beside the target.
type downloader struct {
	client  *http.Client
	offline bool
	pause   time.Duration // before the first repetition
}

// file fetches path from the first address that has it and moves it to
// target once its size and digest are right.
func (d *downloader) file(ctx context.Context, path string, addresses []string, w want, target string, progress func(done, total int64)) error {
	failure := &FetchError{Path: path, Offline: d.offline}
	if err := os.MkdirAll(filepath.Dir(target), 0o755); err != nil {
		return err
	}
	for _, address := range addresses {
		if d.offline {
			failure.Sought = append(failure.Sought, address)
			continue
		}
		err := d.repeat(ctx, func() error { return d.resume(ctx, address, w, target, progress) })
		if err == nil {
			return nil
		}
		if ctx.Err() != nil {
			return fmt.Errorf("fetch %s: %w", path, ctx.Err())
		}
		failure.Sought = append(failure.Sought, address+": "+err.Error())
	}
	return failure
}

// repeat calls try until it succeeds or fails for good.
func (d *downloader) repeat(ctx context.Context, try func() error) error {
	pause := d.pause
	for attempt := 1; ; attempt++ {
		err := try()
		var later *laterError
		switch {
		case err == nil || errors.Is(err, errAbsent) || attempt == attemptsPerAddress || ctx.Err() != nil:
			return err
		case isUnreachable(err) && attempt >= 2:
			return err
		case errors.As(err, &later) && later.after > 0:
			pause = min(later.after, time.Minute)
		}
		select {
		case <-time.After(pause + rand.N(pause/2+1)):
		case <-ctx.Done():
			return ctx.Err()
		}
		pause *= 2
	}
}

// resume makes one request for what is missing of target's partial file.
func (d *downloader) resume(ctx context.Context, address string, w want, target string, progress func(done, total int64)) error {
	partial := target + ".partial"
	f, err := os.OpenFile(partial, os.O_RDWR|os.O_CREATE, 0o644)
	if err != nil {
		return err
	}
	defer f.Close()
	digest := sha256.New()
	have, err := io.Copy(digest, f)
	if err != nil {
		return err
	}
	if have > w.size {
		have, err = restart(f, digest)
		if err != nil {
			return err
		}
	}
	if have < w.size {
		if err := d.append(ctx, address, f, digest, have, w.size, progress); err != nil {
			return err
		}
	}
	if hex.EncodeToString(digest.Sum(nil)) != w.sha256 {
		os.Remove(partial)
		return errDigest
	}
	return os.Rename(partial, target)
}

// append requests the bytes from offset have on and appends them to f.
func (d *downloader) append(ctx context.Context, address string, f *os.File, digest hash.Hash, have, size int64, progress func(done, total int64)) error {
	body, status, err := d.request(ctx, address, have)
	if err != nil {
		return err
	}
	defer body.Close()
	if have > 0 && status != http.StatusPartialContent {
		if have, err = restart(f, digest); err != nil {
			return err
		}
	}
	meter := &meter{done: have, total: size, report: progress}
	n, err := io.Copy(io.MultiWriter(f, digest, meter), io.LimitReader(body, size-have+1))
	if err != nil {
		return err
	}
	if have+n != size {
		if have+n > size {
			_, _ = restart(f, digest)
			return errDigest
		}
		return io.ErrUnexpectedEOF
	}
	return nil
}

// restart empties a partial file that cannot be continued.
func restart(f *os.File, digest hash.Hash) (int64, error) {
	digest.Reset()
	if err := f.Truncate(0); err != nil {
		return 0, err
	}
	return f.Seek(0, io.SeekStart)
}

// bytes fetches a small file whose digest is not known beforehand.
func (d *downloader) bytes(ctx context.Context, address string, limit int64) ([]byte, error) {
	if d.offline {
		return nil, &FetchError{Path: filepath.Base(address), Offline: true, Sought: []string{address}}
	}
	var data []byte
	err := d.repeat(ctx, func() error {
		body, _, err := d.request(ctx, address, 0)
		if err != nil {
			return err
		}
		defer body.Close()
		data, err = io.ReadAll(io.LimitReader(body, limit+1))
		if err == nil && int64(len(data)) > limit {
			err = fmt.Errorf("longer than %d bytes", limit)
		}
		return err
	})
	return data, err
}

// request opens a body from an offset on. Its reads fail when nothing has
// arrived for stallTimeout.
func (d *downloader) request(ctx context.Context, address string, offset int64) (io.ReadCloser, int, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	watch := time.AfterFunc(stallTimeout, func() { cancel(errors.New("no data for " + stallTimeout.String())) })
	stop := func() { watch.Stop(); cancel(nil) }
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		stop()
		return nil, 0, err
	}
	req.Header.Set("User-Agent", userAgent)
	if offset > 0 {
		req.Header.Set("Range", "bytes="+strconv.FormatInt(offset, 10)+"-")
	}
	resp, err := d.client.Do(req)
	if err != nil {
		if cause := context.Cause(ctx); cause != nil && !errors.Is(err, context.Canceled) {
			err = cause
		}
		stop()
		return nil, 0, err
	}
	if err := statusError(resp); err != nil {
		resp.Body.Close()
		stop()
		return nil, 0, err
	}
	return &watchedBody{resp.Body, watch, stop}, resp.StatusCode, nil
}

// laterError is an answer that may be better at another time.
type laterError struct {
	status string
	after  time.Duration
}

func (e *laterError) Error() string { return "the server answers " + e.status }

func statusError(resp *http.Response) error {
	switch {
	case resp.StatusCode == http.StatusOK || resp.StatusCode == http.StatusPartialContent:
		return nil
	case resp.StatusCode == http.StatusNotFound || resp.StatusCode == http.StatusGone || resp.StatusCode == http.StatusForbidden:
		return errAbsent
	}
	seconds, _ := strconv.Atoi(resp.Header.Get("Retry-After"))
	return &laterError{resp.Status, time.Duration(seconds) * time.Second}
}

// isUnreachable tells names that do not resolve and refused connections,
// which rarely get better within seconds.
func isUnreachable(err error) bool {
	return strings.Contains(err.Error(), "dial tcp") || strings.Contains(err.Error(), "lookup ")
}

// watchedBody feeds the stall watch.
type watchedBody struct {
	io.ReadCloser
	watch *time.Timer
	stop  func()
}

func (b *watchedBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	b.watch.Reset(stallTimeout)
	return n, err
}

func (b *watchedBody) Close() error {
	b.stop()
	return b.ReadCloser.Close()
}

// meter reports written bytes.
type meter struct {
	done, total int64
	report      func(done, total int64)
}

func (m *meter) Write(p []byte) (int, error) {
	m.done += int64(len(p))
	if m.report != nil {
		m.report(m.done, m.total)
	}
	return len(p), nil
}
