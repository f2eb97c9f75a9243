package build

import (
	"bufio"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"berth.dev/internal/store"
	"berth.dev/nix/storepath"
)

const (
	logTailLines  = 25
	maxLineLength = 64 << 10
)

// buildLog keeps what a builder prints, compressed, and passes it on by lines.
type buildLog struct {
	activity Activity
	file     *os.File
	packed   *gzip.Writer
	tail     []string
	printed  func() // called whenever something was printed
}

func (s *sandbox) openLog() (*buildLog, error) {
	place := s.realiser.Store.LogPath(s.path)
	if err := os.MkdirAll(filepath.Dir(place), 0o755); err != nil {
		return nil, fmt.Errorf("opening the build log: %w", err)
	}
	file, err := os.Create(place)
	if err != nil {
		return nil, fmt.Errorf("opening the build log: %w", err)
	}
	return &buildLog{activity: s.activity, file: file, packed: gzip.NewWriter(file), printed: func() {}}, nil
}

// ReadLog returns what the builder of a derivation printed when it was last
// run; the error wraps fs.ErrNotExist when it never ran here.
func ReadLog(s *store.Store, derivation storepath.Path) (string, error) {
	file, err := os.Open(s.LogPath(derivation))
	if err != nil {
		return "", fmt.Errorf("build log of '%s': %w", derivation, err)
	}
	defer file.Close()
	unpacked, err := gzip.NewReader(file)
	if err != nil {
		return "", fmt.Errorf("build log of '%s': %w", derivation, err)
	}
	text, err := io.ReadAll(unpacked)
	if errors.Is(err, io.ErrUnexpectedEOF) { // it is still being written
		err = nil
	}
	return string(text), err
}

// follow reads until nobody can print any more. Lines that do not end are cut.
func (l *buildLog) follow(from io.Reader) {
	reader := bufio.NewReaderSize(from, maxLineLength)
	for {
		line, err := reader.ReadSlice('\n')
		if len(line) > 0 {
			l.printed()
			l.packed.Write(line)
			l.add(strings.TrimRight(string(line), "\r\n"))
		}
		if err != nil && !errors.Is(err, bufio.ErrBufferFull) {
			return
		}
	}
}

func (l *buildLog) add(line string) {
	l.activity.Log(line)
	l.tail = append(l.tail, line)
	if len(l.tail) > logTailLines {
		l.tail = l.tail[1:]
	}
}

func (l *buildLog) close() error {
	if err := errors.Join(l.packed.Close(), l.file.Close()); err != nil {
		return fmt.Errorf("writing the build log: %w", err)
	}
	return nil
}

// watch ends a build that takes too long or prints nothing for too long.
type watch struct {
	work   *work
	cancel context.CancelFunc
	timers []*time.Timer
	mu     sync.Mutex
	limit  string // the one that was passed, if any
}

func (w *work) limit(ctx context.Context, log *buildLog) (context.Context, *watch) {
	ctx, cancel := context.WithCancel(ctx)
	guard := &watch{work: w, cancel: cancel}
	if total := w.realiser.Timeout; total > 0 {
		guard.after(total, seconds(total))
	}
	if quiet := w.realiser.SilentTimeout; quiet > 0 {
		timer := guard.after(quiet, seconds(quiet)+" of silence")
		log.printed = func() { timer.Reset(quiet) }
	}
	return ctx, guard
}

func seconds(d time.Duration) string { return fmt.Sprintf("%g seconds", d.Seconds()) }

func (w *watch) after(d time.Duration, limit string) *time.Timer {
	timer := time.AfterFunc(d, func() {
		w.mu.Lock()
		w.limit = limit
		w.mu.Unlock()
		w.cancel()
	})
	w.timers = append(w.timers, timer)
	return timer
}

func (w *watch) stop() {
	for _, timer := range w.timers {
		timer.Stop()
	}
	w.cancel()
}

// explain turns the end of the context into what led to it.
func (w *watch) explain(err error) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.limit != "" {
		return &TimeoutError{w.work.path, w.limit}
	}
	return err
}
