package testdriver

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"berth.dev/internal/description"
)

// Run runs a test to its end and stops its machines. When the test does not
// pass, the error is a *Failure (which Result holds too) or the cause of
// ctx; any other error means that the test could not be run at all.
func Run(ctx context.Context, config Config) (*Result, error) {
	config = withDefaults(config)
	life, end := context.WithCancel(ctx)
	defer end()
	result := &Result{Name: config.Test.Name, Started: time.Now(), Machines: map[string]MachineResult{}}
	guests, err := makeGuests(life, &config)
	if err != nil {
		return nil, err
	}
	failure, err := drive(ctx, &config, guests, result)
	stopGuests(guests, &config)
	result.Seconds = time.Since(result.Started).Seconds()
	for name, g := range guests {
		result.Machines[name] = g.finish()
	}
	if err != nil {
		return result, err
	}
	result.Failure, result.Passed = failure, failure == nil
	if config.Output != "" && !config.Interactive {
		if err := writeReports(config.Output, result); err != nil {
			return result, err
		}
	}
	if failure != nil {
		return result, failure
	}
	return result, nil
}

// Lint looks for faults in the script without any machine. The error is a
// *Failure if there are some.
func Lint(ctx context.Context, test *description.Test, interpreter Interpreter, events Events) error {
	config := withDefaults(Config{Test: test, Interpreter: interpreter, Events: events})
	s := newSession(&config, nil, &Result{})
	failure, err := s.python(ctx, "lint")
	if err != nil {
		return err
	}
	if failure != nil {
		return failure
	}
	return nil
}

func withDefaults(config Config) Config {
	if config.Events == nil {
		config.Events = silence{}
	}
	if config.BootTimeout == 0 {
		config.BootTimeout = 5 * time.Minute
	}
	if config.ProbeProgram == "" {
		config.ProbeProgram = "/run/berth/berth"
	}
	return config
}

func makeGuests(life context.Context, config *Config) (map[string]*guest, error) {
	guests := make(map[string]*guest)
	for name := range config.Machines {
		g, err := newGuest(life, name, config)
		if err != nil {
			return nil, err
		}
		guests[name] = g
	}
	return guests, nil
}

// drive runs Python under the global timeout and says why the test failed.
func drive(ctx context.Context, config *Config, guests map[string]*guest, result *Result) (*Failure, error) {
	limit := DefaultGlobalTimeout
	if config.Test.GlobalTimeout > 0 {
		limit = time.Duration(config.Test.GlobalTimeout) * time.Second
	}
	timed, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	expired := fmt.Errorf("the test did not end within its global timeout of %g seconds", limit.Seconds())
	s := newSession(config, guests, result)
	mode, hanging := "interactive", []Frame(nil)
	if !config.Interactive {
		mode = "run"
		timer := time.AfterFunc(limit, func() {
			hanging = s.where()
			cancel(expired)
		})
		defer timer.Stop()
		s.stopTimer = func() { timer.Stop() }
	}
	failure, err := s.python(timed, mode)
	if context.Cause(timed) == expired {
		return s.complete(&Failure{Kind: KindTimeout, Message: expired.Error(), Traceback: hanging}), nil
	}
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	return failure, err
}

// where is the line of the script with the oldest request under way, or the
// line of the last request.
func (s *session) where() []Frame {
	s.mu.Lock()
	defer s.mu.Unlock()
	at := s.last
	if len(s.calls) > 0 {
		at = s.calls[slices.Min(slices.Collect(maps.Keys(s.calls)))]
	}
	if at == nil || at.place.Line == 0 {
		return nil
	}
	frame := Frame{File: s.scriptFile(), Line: at.place.Line, Function: at.place.Function}
	if lines := strings.Split(s.config.Test.Script, "\n"); frame.Line <= len(lines) {
		frame.Source = strings.TrimSpace(lines[frame.Line-1])
	}
	return []Frame{frame}
}

// scriptFile is the script's name in messages.
func (s *session) scriptFile() string { return cmp.Or(s.config.Test.ScriptFile, "testScript") }

// stopGrace bounds how long machines may take to stop at the end.
const stopGrace = 30 * time.Second

// stopGuests stops every machine that runs, all at once. What goes wrong here
// is not the test's fault and is only shown.
func stopGuests(guests map[string]*guest, config *Config) {
	ctx, cancel := context.WithTimeout(context.Background(), stopGrace)
	defer cancel()
	var all sync.WaitGroup
	for _, g := range guests {
		all.Go(func() {
			if err := g.stop(ctx, g.machine.Crash); err != nil {
				config.Events.Message(g.name, "warning", err.Error())
			}
		})
	}
	all.Wait()
}

// finish closes the machine's logs and returns what became of it.
func (g *guest) finish() MachineResult {
	g.output.close()
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.result
}

func newSession(config *Config, guests map[string]*guest, result *Result) *session {
	return &session{
		config: config, guests: guests, result: result, stopTimer: func() {},
		calls: map[int64]*call{}, steps: map[int64]step{},
	}
}

// journalDelay is how long the journal may take to tell what has just happened.
const journalDelay = 150 * time.Millisecond

// complete adds what the driver knows to a failure.
func (s *session) complete(f *Failure) *Failure {
	if f.Kind == KindLint {
		return f
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if f.Machine == "" {
		f.Machine = s.lastMachine
	}
	if g := s.guests[f.Machine]; g != nil {
		time.Sleep(journalDelay)
		f.Journal = g.output.tail(Journal)
		if f.Kind == KindMachine || len(f.Journal) == 0 {
			f.Console = g.output.tail(Console)
		}
	}
	return f
}

// silence discards events.
type silence struct{}

func (silence) Message(string, string, string)             {}
func (silence) Output(string, string)                      {}
func (silence) Printed(string)                             {}
func (silence) Opened(string, string)                      {}
func (silence) Closed(string, string, time.Duration, bool) {}
func (silence) Booted(string, time.Duration)               {}
