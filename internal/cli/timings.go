package cli

import (
	"encoding/json"
	"fmt"
	"io"
	"sync"
	"time"
)

// timings says how long the phases of a command took.
type timings struct {
	mu    sync.Mutex
	order []string
	took  map[string]time.Duration
}

func newTimings() *timings { return &timings{took: map[string]time.Duration{}} }

// start begins a phase; the function that it returns ends it.
func (t *timings) start(name string) func() {
	begun := time.Now()
	return func() { t.add(name, time.Since(begun)) }
}

func (t *timings) add(name string, took time.Duration) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if _, ok := t.took[name]; !ok {
		t.order = append(t.order, name)
	}
	t.took[name] += took
}

func (t *timings) print(w io.Writer) {
	for _, name := range t.order {
		fmt.Fprintf(w, "%-24s %7.3f s\n", name, t.took[name].Seconds())
	}
}

func (t *timings) seconds() map[string]float64 {
	all := map[string]float64{}
	for name, took := range t.took {
		all[name] = took.Seconds()
	}
	return all
}

// printJSON prints a record for programs.
func printJSON(w io.Writer, record any) error {
	text, err := json.MarshalIndent(record, "", "  ")
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(w, string(text))
	return err
}

// seconds makes a duration of a number of seconds.
func seconds(n float64) time.Duration { return time.Duration(n * float64(time.Second)) }
