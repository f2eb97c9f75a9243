package build

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"time"
)

// Downloads that fail for reasons that may pass are tried again, each time
// after twice as long.
const (
	downloadAttempts  = 5
	downloadFirstWait = 250 * time.Millisecond
)

// buildFetchURL downloads the first of the addresses that answers.
func buildFetchURL(ctx context.Context, job *Job) error {
	out, err := job.Output("out")
	if err != nil {
		return err
	}
	if job.Flag("unpack") {
		return errors.New("builtin:fetchurl with 'unpack' is not supported; use fetchzip")
	}
	addresses := job.List("urls")
	if url := job.Get("url"); url != "" {
		addresses = append([]string{url}, addresses...)
	}
	if len(addresses) == 0 {
		return errors.New("attribute 'url' is missing")
	}
	mode := os.FileMode(0o644)
	if job.Flag("executable") {
		mode = 0o755
	}
	var failures []error
	for _, address := range addresses {
		err := job.download(ctx, address, out, mode)
		if err == nil || ctx.Err() != nil {
			return err
		}
		failures = append(failures, err)
	}
	return failures[0]
}

func (j *Job) download(ctx context.Context, address, name string, mode os.FileMode) error {
	wait := downloadFirstWait
	for attempt := 1; ; attempt++ {
		err := j.downloadOnce(ctx, address, name, mode)
		var final *finalError
		if err == nil || errors.As(err, &final) || attempt == downloadAttempts {
			return err
		}
		j.Log(fmt.Sprintf("%v; retrying in %v (attempt %d/%d)", err, wait, attempt, downloadAttempts))
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(wait):
		}
		wait *= 2
	}
}

// finalError is one that another attempt would not change.
type finalError struct{ error }

func (e *finalError) Unwrap() error { return e.error }

func (j *Job) downloadOnce(ctx context.Context, address, name string, mode os.FileMode) error {
	if path, ok := strings.CutPrefix(address, "file://"); ok {
		return j.copyFile(path, name, mode)
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return &finalError{err}
	}
	response, err := j.Client.Do(request)
	if err != nil {
		return fmt.Errorf("unable to download '%s': %w", address, err)
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		err := fmt.Errorf("unable to download '%s': HTTP error %d", address, response.StatusCode)
		if response.StatusCode < 500 && response.StatusCode != http.StatusTooManyRequests && response.StatusCode != http.StatusRequestTimeout {
			return &finalError{err}
		}
		return err
	}
	body := &countingReader{response.Body, 0, response.ContentLength, j.Progress}
	if err := j.save(body, name, mode); err != nil {
		return fmt.Errorf("unable to download '%s': %w", address, err)
	}
	return nil
}

func (j *Job) copyFile(path, name string, mode os.FileMode) error {
	file, err := os.Open(path)
	if err != nil {
		return &finalError{err}
	}
	defer file.Close()
	return j.save(file, name, mode)
}

// save writes a file anew beneath the root.
func (j *Job) save(from io.Reader, name string, mode os.FileMode) error {
	file, err := j.Root.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, mode)
	if err != nil {
		return &finalError{err}
	}
	_, err = io.Copy(file, from)
	if closeErr := file.Close(); err == nil {
		err = closeErr
	}
	return err
}

// countingReader reports how much was read.
type countingReader struct {
	io.Reader
	done, total int64
	report      func(done, total int64)
}

func (r *countingReader) Read(p []byte) (int, error) {
	n, err := r.Reader.Read(p)
	r.done += int64(n)
	r.report(r.done, max(r.total, 0))
	return n, err
}
