package fetch

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"time"
)

// Requests that fail for reasons that may pass are sent again, each time after
// twice as long.
const (
	attempts  = 4
	firstWait = 250 * time.Millisecond
)

// maxRedirects is how often an answer may point elsewhere.
const maxRedirects = 10

func limitRedirects(request *http.Request, via []*http.Request) error {
	if len(via) > maxRedirects {
		return &finalError{fmt.Errorf("more than %d redirects", maxRedirects)}
	}
	if request.URL.Scheme != "http" && request.URL.Scheme != "https" {
		return &finalError{fmt.Errorf("it redirects to '%s'", request.URL)}
	}
	// What the caller is trusted with is not told to others.
	if request.URL.Host != via[0].URL.Host {
		request.Header.Del("Authorization")
		request.Header.Del("Private-Token")
	}
	return nil
}

// finalError is one that another attempt would not change.
type finalError struct{ error }

func (e *finalError) Unwrap() error { return e.error }

// received is an answer whose body is in a file.
type received struct {
	file      string
	etag      string
	unchanged bool
	// immutable is the URL that the server says always has this content.
	immutable string
}

// download saves what a URL has in a directory. An etag asks for news only.
func (f *Fetcher) download(ctx context.Context, address string, header http.Header, dir string) (*received, error) {
	u, err := url.Parse(address)
	if err != nil {
		return nil, err
	}
	switch u.Scheme {
	case "file":
		return &received{file: u.Path}, readable(u.Path)
	case "http", "https":
	default:
		return nil, fmt.Errorf("unable to download '%s': only http, https and file are understood", address)
	}
	wait := firstWait
	for attempt := 1; ; attempt++ {
		got, err := f.downloadOnce(ctx, address, header, dir)
		var final *finalError
		if err == nil || errors.As(err, &final) || attempt == attempts || ctx.Err() != nil {
			return got, err
		}
		f.Warn(fmt.Sprintf("%v; retrying in %v (attempt %d/%d)", err, wait, attempt, attempts))
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-time.After(wait):
		}
		wait *= 2
	}
}

func readable(name string) error {
	info, err := os.Stat(name)
	if err != nil {
		return fmt.Errorf("unable to read '%s': %w", name, err)
	}
	if !info.Mode().IsRegular() {
		return fmt.Errorf("'%s' is not a file", name)
	}
	return nil
}

func (f *Fetcher) downloadOnce(ctx context.Context, address string, header http.Header, dir string) (*received, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	stalled := time.AfterFunc(f.Stall, func() { cancel(fmt.Errorf("nothing came for %v", f.Stall)) })
	defer stalled.Stop()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return nil, &finalError{err}
	}
	for name, values := range header {
		request.Header[name] = values
	}
	request.Header.Set("User-Agent", "berth")
	response, err := f.Client.Do(request)
	if err != nil {
		return nil, connectionError(address, causeOf(ctx, err))
	}
	defer response.Body.Close()
	switch {
	case response.StatusCode == http.StatusNotModified:
		return &received{unchanged: true}, nil
	case response.StatusCode != http.StatusOK:
		return nil, statusError(address, response)
	case response.ContentLength > f.Limits.Download:
		return nil, &finalError{fmt.Errorf("'%s' has %d bytes, more than is accepted", address, response.ContentLength)}
	}
	name := filepath.Join(dir, "download")
	body := readerFunc(func(p []byte) (int, error) {
		stalled.Reset(f.Stall)
		return response.Body.Read(p)
	})
	if err := f.save(body, name); err != nil {
		return nil, fmt.Errorf("unable to download '%s': %w", address, causeOf(ctx, err))
	}
	return &received{file: name, etag: response.Header.Get("ETag"), immutable: immutableLink(response)}, nil
}

type readerFunc func(p []byte) (int, error)

func (r readerFunc) Read(p []byte) (int, error) { return r(p) }

// causeOf returns why a request was given up, if that is what its error means.
func causeOf(ctx context.Context, err error) error {
	if cause := context.Cause(ctx); cause != nil && errors.Is(err, context.Canceled) {
		return cause
	}
	return err
}

// connectionError says why there was no answer. That a host does not exist is
// not going to change.
func connectionError(address string, err error) error {
	var outer *url.Error
	if errors.As(err, &outer) {
		err = outer.Err
	}
	wrapped := fmt.Errorf("unable to download '%s': %w", address, err)
	var lookup *net.DNSError
	if errors.As(err, &lookup) && lookup.IsNotFound {
		return &finalError{wrapped}
	}
	return wrapped
}

// statusError says what an answer other than success means.
func statusError(address string, response *http.Response) error {
	body, _ := io.ReadAll(io.LimitReader(response.Body, 1<<10))
	err := fmt.Errorf("unable to download '%s': HTTP error %d", address, response.StatusCode)
	if text := strings.TrimSpace(string(body)); text != "" && !strings.HasPrefix(text, "<") {
		err = fmt.Errorf("%w: %s", err, text)
	}
	if response.StatusCode < 500 && response.StatusCode != http.StatusTooManyRequests && response.StatusCode != http.StatusRequestTimeout {
		return &finalError{err}
	}
	return err
}

func (f *Fetcher) save(body io.Reader, name string) error {
	file, err := os.Create(name)
	if err != nil {
		return &finalError{err}
	}
	n, err := io.Copy(file, io.LimitReader(body, f.Limits.Download+1))
	if err == nil && n > f.Limits.Download {
		err = &finalError{errors.New("it is larger than is accepted")}
	}
	return errors.Join(err, file.Close())
}

var linkPattern = regexp.MustCompile(`<([^>]*)>\s*;[^,]*rel="immutable"`)

// immutableLink reads the header by which a server names the URL that always
// has this content (the "lockable HTTP tarball protocol").
func immutableLink(response *http.Response) string {
	for _, value := range response.Header.Values("Link") {
		if match := linkPattern.FindStringSubmatch(value); match != nil {
			if u, err := response.Request.URL.Parse(match[1]); err == nil {
				return u.String()
			}
		}
	}
	return ""
}
