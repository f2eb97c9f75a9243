package testdriver

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sync"
)

// machineLog keeps a machine's lines: in two files, and in memory for the
// script to search.
type machineLog struct {
	mu      sync.Mutex
	console *os.File
	journal *os.File
	// text is the end of all lines; dropped is what came before it.
	text    []byte
	dropped int
	recent  map[Source][]string
	quiet   bool
	grown   chan struct{}
}

// recentLines is how many lines a failure report shows.
const recentLines = 20

func newMachineLog(dir, name string) (*machineLog, error) {
	l := &machineLog{grown: make(chan struct{}), recent: map[Source][]string{}}
	if dir == "" {
		return l, nil
	}
	dir = filepath.Join(dir, "logs")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, fmt.Errorf("make directory for machine logs: %w", err)
	}
	var err error
	if l.console, err = os.Create(filepath.Join(dir, name+".console.log")); err != nil {
		return nil, fmt.Errorf("create console log of %s: %w", name, err)
	}
	if l.journal, err = os.Create(filepath.Join(dir, name+".journal.log")); err != nil {
		l.console.Close()
		return nil, fmt.Errorf("create journal log of %s: %w", name, err)
	}
	return l, nil
}

func (l *machineLog) files() (console, journal string) {
	if l.console == nil {
		return "", ""
	}
	return l.console.Name(), l.journal.Name()
}

// add keeps a line and says whether it is to be shown. Write errors of the
// files are not the test's: the lines are also shown and searched.
func (l *machineLog) add(line Line) (show bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.keep(line.Text)
	file := l.console
	if line.Source == Journal {
		file = l.journal
	}
	if line.Source != Errors {
		recent := append(l.recent[line.Source], line.Text)
		l.recent[line.Source] = recent[max(0, len(recent)-recentLines):]
	}
	if file != nil {
		file.WriteString(line.Text + "\n")
	}
	close(l.grown)
	l.grown = make(chan struct{})
	return !l.quiet && line.Source != Console
}

// searchable is how many bytes of a machine's lines a script can search.
const searchable = 16 << 20

// keep adds a line to the text, of which the older half goes when it is full.
func (l *machineLog) keep(line string) {
	l.text = append(append(l.text, line...), '\n')
	if len(l.text) > searchable {
		half := len(l.text) / 2
		l.text = append([]byte(nil), l.text[half:]...)
		l.dropped += half
	}
}

// since returns the text from offset on, and where that ends. The channel is
// closed when there is more.
func (l *machineLog) since(offset int) (text string, end int, more <-chan struct{}) {
	l.mu.Lock()
	defer l.mu.Unlock()
	from := min(max(offset-l.dropped, 0), len(l.text))
	return string(l.text[from:]), l.dropped + len(l.text), l.grown
}

// tail returns the last lines of a source.
func (l *machineLog) tail(source Source) []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Clone(l.recent[source])
}

func (l *machineLog) setQuiet(quiet bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.quiet = quiet
}

func (l *machineLog) close() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.console != nil {
		l.console.Close()
		l.journal.Close()
	}
}
