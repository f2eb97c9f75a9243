package kept

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
	"sync"
	"time"

	"berth.dev/internal/machine"
)

// maxLog is the size at which a log is put aside. Two are kept.
const maxLog = 8 << 20

const olderSuffix = ".1"

// A logFile holds the journal of a machine, one entry of JSON a line, for when
// the machine is off.
type logFile struct {
	mu   sync.Mutex
	file *os.File
	out  *bufio.Writer
	size int64
}

// openLog begins the log of a new run; the one before is put aside.
func openLog(path string) (*logFile, error) {
	if err := os.Rename(path, path+olderSuffix); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("open log: %w", err)
	}
	l := &logFile{}
	return l, l.open(path)
}

func (l *logFile) open(path string) (err error) {
	if l.file, err = os.OpenFile(path, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600); err != nil {
		return fmt.Errorf("open log: %w", err)
	}
	l.out, l.size = bufio.NewWriter(l.file), 0
	return nil
}

// add writes one entry. What cannot be written is lost: a full disk must not
// stop the machine.
func (l *logFile) add(e machine.JournalEntry) {
	line, err := json.Marshal(e)
	if err != nil {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.file == nil {
		return
	}
	n, _ := l.out.Write(append(line, '\n'))
	l.out.Flush()
	if l.size += int64(n); l.size > maxLog {
		path := l.file.Name()
		l.file.Close()
		l.file = nil
		if os.Rename(path, path+olderSuffix) == nil {
			_ = l.open(path)
		}
	}
}

func (l *logFile) close() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.file != nil {
		l.out.Flush()
		l.file.Close()
		l.file = nil
	}
}

// consoleLines cuts what is written to it into lines.
type consoleLines struct {
	deliver func(string)
	rest    []byte
}

// Write implements io.Writer.
func (c *consoleLines) Write(p []byte) (int, error) {
	c.rest = append(c.rest, p...)
	for {
		line, rest, found := bytes.Cut(c.rest, []byte{'\n'})
		if !found {
			return len(p), nil
		}
		if text := strings.TrimRight(string(line), "\r"); text != "" {
			c.deliver(text)
		}
		c.rest = rest
	}
}

// savedLog reads what supervisors have written, the last n entries of a unit
// (all when it is empty), all of them when n is negative.
func (y *Yard) savedLog(name, unit string, n int) ([]machine.JournalEntry, error) {
	var entries []machine.JournalEntry
	for _, suffix := range []string{olderSuffix, ""} {
		f, err := os.Open(y.file(name, logName) + suffix)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("read the log of %s: %w", name, err)
		}
		for lines := json.NewDecoder(bufio.NewReader(f)); ; {
			var e machine.JournalEntry
			if lines.Decode(&e) != nil {
				break
			}
			if unit == "" || e.Unit == unit {
				entries = append(entries, e)
			}
		}
		f.Close()
	}
	if n >= 0 && len(entries) > n {
		entries = entries[len(entries)-n:]
	}
	return entries, nil
}

// logLine shows an entry as journalctl does.
func logLine(host string, e machine.JournalEntry) string {
	from := e.Identifier
	if e.PID != 0 {
		from = fmt.Sprintf("%s[%d]", from, e.PID)
	}
	return fmt.Sprintf("%s %s %s: %s", e.Time.Format(time.Stamp), host, from, e.Message)
}
