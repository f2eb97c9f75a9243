package testdriver

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"sync"
	"syscall"
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

// python starts the interpreter, serves it until it ends, and returns its
// verdict.
func (s *session) python(ctx context.Context, mode string) (*Failure, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	own, theirs, err := socketPair()
	if err != nil {
		return nil, err
	}
	defer own.Close()
	s.wire = newConnection(own)
	begun := time.Now()
	process, err := s.startPython(ctx, theirs)
	theirs.Close()
	if err != nil {
		return nil, fmt.Errorf("start Python for the test script: %w", err)
	}
	s.life = ctx
	stop := context.AfterFunc(ctx, func() { own.Close() })
	defer stop()
	serveErr := s.wire.send(greeting{Modules: pythonModules(), Settings: s.settings(mode)})
	if serveErr == nil {
		serveErr = s.serve(ctx)
	}
	if serveErr != nil {
		cancel()
	}
	waitErr := process.Wait()
	s.printed.flush()
	cancel()
	s.background.Wait()
	s.result.ScriptSeconds = time.Since(begun).Seconds()
	return s.verdict(serveErr, waitErr)
}

// verdict makes sense of how Python ended.
func (s *session) verdict(serveErr, waitErr error) (*Failure, error) {
	switch {
	case s.outcome != nil && s.outcome.Passed:
		return nil, nil
	case s.outcome != nil && s.outcome.Failure != nil:
		return s.complete(s.outcome.Failure), nil
	case s.config.Interactive && waitErr == nil:
		return nil, nil
	case waitErr != nil:
		return s.complete(&Failure{Kind: KindScript, Message: "the Python process of the test script ended early: " + waitErr.Error()}), nil
	case serveErr != nil:
		return nil, serveErr
	}
	return s.complete(&Failure{Kind: KindScript, Message: "the Python process of the test script ended before the script did"}), nil
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

func (s *session) startPython(ctx context.Context, socket *os.File) (Running, error) {
	spec := Process{
		Arguments:   []string{"-I", "-c", bootstrap},
		Environment: []string{"HOME=/tmp", "LANG=C.UTF-8", "PYTHONDONTWRITEBYTECODE=1"},
		Directory:   s.config.Output, Socket: socket,
	}
	if s.config.Output != "" {
		spec.Environment = append(spec.Environment, "out="+s.config.Output)
	}
	s.printed = &lineWriter{emit: s.config.Events.Printed}
	if t := s.config.Terminal; s.config.Interactive && t != nil {
		spec.Terminal = true
		spec.Stdin, spec.Stdout, spec.Stderr = t.Input, t.Output, t.Error
		spec.Environment = append(spec.Environment, t.Environment...)
	} else {
		spec.Stdout, spec.Stderr = s.printed, s.printed
	}
	return s.config.Interpreter.Start(ctx, spec)
}

func (s *session) settings(mode string) settings {
	test := s.config.Test
	names := slices.Sorted(maps.Keys(test.Machines))
	machines := make([]machineSettings, len(names))
	for i, name := range names {
		machines[i] = machineSettings{Name: name, Variable: variable(name)}
	}
	return settings{
		Mode: mode, Name: test.Name, Script: test.Script, ScriptFile: s.scriptFile(), Machines: machines,
		SkipLint: test.SkipLint, SkipTypeCheck: test.SkipTypeCheck, Output: s.config.Output,
	}
}

// variable is the Python name of a machine: what cannot be in a name, and a
// digit at its start, becomes an underscore.
func variable(machine string) string {
	mangled := strings.Map(func(r rune) rune {
		if r == '_' || '0' <= r && r <= '9' || 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' {
			return r
		}
		return '_'
	}, machine)
	if mangled != "" && '0' <= mangled[0] && mangled[0] <= '9' {
		mangled = "_" + mangled[1:]
	}
	return mangled
}

// socketPair makes the connection between the driver and Python.
func socketPair() (own, theirs *os.File, err error) {
	pair, err := syscall.Socketpair(syscall.AF_UNIX, syscall.SOCK_STREAM|syscall.SOCK_CLOEXEC, 0)
	if err != nil {
		return nil, nil, fmt.Errorf("make socket for the test script: %w", err)
	}
	// Only the driver's end is non-blocking, so that Close ends a read; the
	// flag belongs to the description that Python inherits on the other end.
	if err := syscall.SetNonblock(pair[0], true); err != nil {
		return nil, nil, errors.Join(err, syscall.Close(pair[0]), syscall.Close(pair[1]))
	}
	return os.NewFile(uintptr(pair[0]), "test script"), os.NewFile(uintptr(pair[1]), "driver"), nil
}

// silence discards events.
type silence struct{}

func (silence) Message(string, string, string)             {}
func (silence) Output(string, string)                      {}
func (silence) Printed(string)                             {}
func (silence) Opened(string, string)                      {}
func (silence) Closed(string, string, time.Duration, bool) {}
func (silence) Booted(string, time.Duration)               {}
