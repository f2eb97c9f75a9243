package image

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/http"
	"strconv"
	"sync/atomic"
	"time"
)

// Bounds of patience with a registry.
const (
	maxAttempts = 5
	maxWait     = 30 * time.Second
	firstWait   = 200 * time.Millisecond
)

// patient is a transport that repeats what can be repeated when the registry
// is overloaded or away for a moment. It waits as long as Retry-After says,
// within bounds.
type patient struct {
	base  http.RoundTripper
	sleep func(ctx context.Context, d time.Duration) error
	sent  *atomic.Int64 // bytes of request bodies
	note  func(string)  // told about waits; may be nil
}

// RoundTrip implements http.RoundTripper.
func (p *patient) RoundTrip(request *http.Request) (*http.Response, error) {
	for attempt := 1; ; attempt++ {
		response, err := p.once(request)
		wait, again := p.judge(response, err, attempt)
		if !again || request.Context().Err() != nil {
			return response, err
		}
		if p.note != nil {
			p.note(reason(request, response, err, wait))
		}
		repeated, ok := repeat(request)
		if !ok {
			// Only the caller can make the body again; it will find out from the response.
			if response != nil {
				_ = p.sleep(request.Context(), wait)
			}
			return response, err
		}
		if response != nil {
			io.Copy(io.Discard, io.LimitReader(response.Body, 1<<16))
			response.Body.Close()
		}
		if err := p.sleep(request.Context(), wait); err != nil {
			return nil, err
		}
		request = repeated
	}
}

func (p *patient) once(request *http.Request) (*http.Response, error) {
	if request.Body != nil && p.sent != nil {
		counted := request.Clone(request.Context())
		counted.Body = &countedBody{request.Body, p.sent}
		request = counted
	}
	return p.base.RoundTrip(request)
}

type countedBody struct {
	io.ReadCloser
	sent *atomic.Int64
}

func (b *countedBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	b.sent.Add(int64(n))
	return n, err
}

// judge decides whether another attempt may help, and how long to wait before.
func (p *patient) judge(response *http.Response, err error, attempt int) (time.Duration, bool) {
	if attempt >= maxAttempts {
		return 0, false
	}
	wait := firstWait << (attempt - 1)
	if err != nil {
		return wait, !isHopeless(err)
	}
	switch response.StatusCode {
	case http.StatusTooManyRequests, http.StatusServiceUnavailable:
		if after, ok := retryAfter(response.Header.Get("Retry-After"), time.Now()); ok {
			return after, after <= maxWait
		}
		return wait, true
	case http.StatusRequestTimeout, http.StatusInternalServerError, http.StatusBadGateway, http.StatusGatewayTimeout:
		return wait, true
	}
	return 0, false
}

// isHopeless recognises errors that will be the same next time: the registry
// speaks another protocol or has a certificate that is not trusted.
func isHopeless(err error) bool {
	var record tls.RecordHeaderError
	var certificate *tls.CertificateVerificationError
	var missing *net.DNSError
	return errors.As(err, &record) || errors.As(err, &certificate) || errors.Is(err, http.ErrSchemeMismatch) ||
		errors.As(err, &missing) && missing.IsNotFound
}

// retryAfter reads the header: seconds or a date.
func retryAfter(value string, from time.Time) (time.Duration, bool) {
	if seconds, err := strconv.Atoi(value); err == nil && seconds >= 0 {
		return time.Duration(seconds) * time.Second, true
	}
	if at, err := http.ParseTime(value); err == nil {
		return max(0, at.Sub(from)), true
	}
	return 0, false
}

// repeat returns the request for another attempt, if its body can be had again.
func repeat(request *http.Request) (*http.Request, bool) {
	again := request.Clone(request.Context())
	if request.Body == nil || request.Body == http.NoBody {
		return again, true
	}
	if request.GetBody == nil {
		return nil, false
	}
	body, err := request.GetBody()
	again.Body = body
	return again, err == nil
}

func reason(request *http.Request, response *http.Response, err error, wait time.Duration) string {
	what := ""
	if err != nil {
		what = err.Error()
	} else {
		what = response.Status
	}
	return "registry " + request.URL.Host + ": " + what + "; trying again in " + wait.Round(time.Millisecond).String()
}

// sleepFor waits unless the context ends before.
func sleepFor(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}
