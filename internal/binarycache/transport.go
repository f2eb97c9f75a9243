package binarycache

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// transport moves the files of a cache.
type transport interface {
	// get opens a file from an offset on; the error wraps ErrAbsent when there is none.
	get(ctx context.Context, name string, offset int64) (io.ReadCloser, error)
	// put stores a file; size may be -1.
	put(ctx context.Context, name string, content io.Reader, size int64) error
	// exists reports whether there is a file.
	exists(ctx context.Context, name string) (bool, error)
}

// folder is a cache in a directory.
type folder struct{ dir string }

func (f folder) get(_ context.Context, name string, offset int64) (io.ReadCloser, error) {
	root, err := os.OpenRoot(f.dir)
	if err != nil {
		return nil, absentIfMissing(err)
	}
	defer root.Close()
	file, err := root.Open(name)
	if err != nil {
		return nil, absentIfMissing(err)
	}
	if _, err := file.Seek(offset, io.SeekStart); err != nil {
		file.Close()
		return nil, err
	}
	return file, nil
}

func absentIfMissing(err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%w: %w", ErrAbsent, err)
	}
	return err
}

// put writes beside the file and renames, so that nobody sees half of it.
func (f folder) put(_ context.Context, name string, content io.Reader, _ int64) error {
	target := filepath.Join(f.dir, name)
	if err := os.MkdirAll(filepath.Dir(target), 0o755); err != nil {
		return err
	}
	temp, err := os.CreateTemp(filepath.Dir(target), ".new-*")
	if err != nil {
		return err
	}
	defer os.Remove(temp.Name())
	_, err = io.Copy(temp, content)
	if err == nil {
		err = temp.Chmod(0o644)
	}
	if closeErr := temp.Close(); err == nil {
		err = closeErr
	}
	if err != nil {
		return err
	}
	return os.Rename(temp.Name(), target)
}

func (f folder) exists(_ context.Context, name string) (bool, error) {
	_, err := os.Stat(filepath.Join(f.dir, name))
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	return err == nil, err
}

// web is a cache behind HTTP.
type web struct {
	base   string
	client *http.Client
}

// Requests that fail for reasons that may pass are repeated.
const (
	attempts  = 4
	firstWait = 200 * time.Millisecond
)

// statusError is an answer other than the one hoped for.
type statusError struct {
	url    string
	status int
}

func (e *statusError) Error() string {
	return fmt.Sprintf("unable to download '%s': HTTP error %d", e.url, e.status)
}

// mayPass reports whether it is worth trying again.
func mayPass(err error) bool {
	var status *statusError
	if errors.As(err, &status) {
		return status.status >= 500 || status.status == http.StatusTooManyRequests || status.status == http.StatusRequestTimeout
	}
	return !errors.Is(err, ErrAbsent) && !errors.Is(err, context.Canceled)
}

func (w web) get(ctx context.Context, name string, offset int64) (io.ReadCloser, error) {
	body, err := again(ctx, func() (io.ReadCloser, error) { return w.getOnce(ctx, name, offset) })
	if err != nil {
		return nil, err
	}
	// Behind the first byte, broken connections are continued where they broke.
	return &resuming{ctx: ctx, web: w, name: name, offset: offset, body: body}, nil
}

func again(ctx context.Context, try func() (io.ReadCloser, error)) (io.ReadCloser, error) {
	wait := firstWait
	for attempt := 1; ; attempt++ {
		body, err := try()
		if err == nil || attempt == attempts || !mayPass(err) {
			return body, err
		}
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-time.After(wait):
		}
		wait *= 2
	}
}

func (w web) getOnce(ctx context.Context, name string, offset int64) (io.ReadCloser, error) {
	response, err := w.do(ctx, http.MethodGet, name, nil, -1, offset)
	if err != nil {
		return nil, err
	}
	switch response.StatusCode {
	case http.StatusPartialContent:
		return response.Body, nil
	case http.StatusOK:
		if _, err := io.CopyN(io.Discard, response.Body, offset); err != nil {
			response.Body.Close()
			return nil, err
		}
		return response.Body, nil
	}
	response.Body.Close()
	failed := &statusError{w.base + "/" + name, response.StatusCode}
	// S3 answers 403 where one may not list what is there.
	if response.StatusCode == http.StatusNotFound || response.StatusCode == http.StatusForbidden || response.StatusCode == http.StatusGone {
		return nil, fmt.Errorf("%w: %w", ErrAbsent, failed)
	}
	return nil, failed
}

func (w web) do(ctx context.Context, method, name string, body io.Reader, size, offset int64) (*http.Response, error) {
	request, err := http.NewRequestWithContext(ctx, method, w.base+"/"+name, body)
	if err != nil {
		return nil, err
	}
	if size >= 0 {
		request.ContentLength = size
	}
	if offset > 0 {
		request.Header.Set("Range", fmt.Sprintf("bytes=%d-", offset))
	}
	response, err := w.client.Do(request)
	if err != nil {
		return nil, fmt.Errorf("unable to reach '%s': %w", w.base, err)
	}
	return response, nil
}

func (w web) put(ctx context.Context, name string, content io.Reader, size int64) error {
	response, err := w.do(ctx, http.MethodPut, name, content, size, 0)
	if err != nil {
		return err
	}
	response.Body.Close()
	if response.StatusCode/100 != 2 {
		return fmt.Errorf("unable to upload '%s/%s': HTTP error %d", w.base, name, response.StatusCode)
	}
	return nil
}

func (w web) exists(ctx context.Context, name string) (bool, error) {
	response, err := w.do(ctx, http.MethodHead, name, nil, -1, 0)
	if err != nil {
		return false, err
	}
	response.Body.Close()
	switch response.StatusCode {
	case http.StatusOK:
		return true, nil
	case http.StatusNotFound, http.StatusForbidden, http.StatusGone:
		return false, nil
	}
	return false, &statusError{w.base + "/" + name, response.StatusCode}
}

// resuming is a download that goes on after the connection broke.
type resuming struct {
	ctx    context.Context
	web    web
	name   string
	offset int64
	breaks int
	body   io.ReadCloser
}

func (r *resuming) Read(p []byte) (int, error) {
	n, err := r.body.Read(p)
	r.offset += int64(n)
	if err == nil || err == io.EOF || r.breaks >= attempts || r.ctx.Err() != nil {
		return n, err
	}
	r.breaks++
	body, openErr := again(r.ctx, func() (io.ReadCloser, error) { return r.web.getOnce(r.ctx, r.name, r.offset) })
	if openErr != nil {
		return n, errors.Join(err, openErr)
	}
	r.body.Close()
	r.body = body
	return n, nil
}

func (r *resuming) Close() error { return r.body.Close() }

// openTransport reads the address of a cache: file:///dir, http://host or https://host.
func openTransport(address string, client *http.Client) (transport, error) {
	u, err := url.Parse(address)
	if err != nil {
		return nil, fmt.Errorf("address of a binary cache: %w", err)
	}
	switch u.Scheme {
	case "file":
		return folder{u.Path}, nil
	case "http", "https":
		if client == nil {
			client = http.DefaultClient
		}
		u.RawQuery, u.Fragment = "", ""
		return web{strings.TrimSuffix(u.String(), "/"), client}, nil
	}
	return nil, fmt.Errorf("'%s' is no address of a binary cache; it begins with file://, http:// or https://", address)
}

// readSmall reads a file that is not longer than some bytes.
func readSmall(ctx context.Context, t transport, name string, limit int64) (string, error) {
	body, err := t.get(ctx, name, 0)
	if err != nil {
		return "", err
	}
	defer body.Close()
	var text bytes.Buffer
	n, err := io.Copy(&text, io.LimitReader(body, limit+1))
	if err == nil && n > limit {
		err = fmt.Errorf("'%s' has more than %d bytes", name, limit)
	}
	return text.String(), err
}
