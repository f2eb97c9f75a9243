package repl

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"sort"
	"strings"

	"berth.dev/nix/diagnostic"
	"berth.dev/nix/eval"
)

// Host does what needs more than an evaluator.
type Host interface {
	// LoadFile evaluates a file and calls it if it is a function.
	LoadFile(name string) (*eval.Value, error)
	// LoadFlake returns the value of a flake.
	LoadFlake(ctx context.Context, reference string) (*eval.Value, error)
	// Build realises a derivation and returns its outputs as lines of text.
	Build(ctx context.Context, v *eval.Value) ([]string, error)
	// Edit opens a file at a line.
	Edit(file string, line int) error
	// Explain words an error for people.
	Explain(err error, trace bool) string
}

// Lines is where input comes from.
type Lines interface {
	// ReadLine shows a prompt, if the reader sees it, and returns a line.
	// ErrCancelled means that the line was given up, io.EOF the end.
	ReadLine(prompt string) (string, error)
}

// ErrCancelled is what ReadLine returns when ctrl-C gives up a line.
var ErrCancelled = errors.New("cancelled")

// Config is what a dialogue is made from.
type Config struct {
	Evaluator *eval.Evaluator
	Host      Host
	Lines     Lines
	Out, Err  io.Writer
	// Interrupts ends evaluations in progress; nil never does.
	Interrupts <-chan os.Signal
	// Dir is what relative paths start from.
	Dir     string
	Colour  bool
	Version string
	Trace   bool
}

// Session is a dialogue with its variables.
type Session struct {
	Config
	variables map[string]*eval.Value
	loaded    []load // for :reload
	last      []string
	failures  int
}

// load is a file or flake whose attributes were made variables.
type load struct {
	name  string
	flake bool
}

// errQuit ends the dialogue.
var errQuit = errors.New("quit")

// New begins a dialogue.
func New(c Config) *Session {
	return &Session{Config: c, variables: map[string]*eval.Value{}}
}

// Run reads and answers until the input ends. It returns how many inputs
// failed.
func (s *Session) Run(ctx context.Context) (failures int, err error) {
	for ctx.Err() == nil {
		text, err := s.read()
		switch {
		case errors.Is(err, ErrCancelled):
			continue
		case errors.Is(err, io.EOF):
			return s.failures, nil
		case err != nil:
			return s.failures, fmt.Errorf("reading input: %w", err)
		}
		if err := s.answer(ctx, text); errors.Is(err, errQuit) {
			return s.failures, nil
		} else if err != nil {
			s.Fail(err)
		}
	}
	return s.failures, ctx.Err()
}

// Open loads what the command line names before the first input.
func (s *Session) Open(ctx context.Context, name string, flake bool) {
	if err := s.interruptible(ctx, func(ctx context.Context) error { return s.load(ctx, load{name, flake}) }); err != nil {
		s.Fail(err)
	}
}

// Add makes variables of the attributes of an expression on the command line.
func (s *Session) Add(ctx context.Context, expression string) {
	if err := s.interruptible(ctx, func(ctx context.Context) error { return s.addCommand(ctx, expression) }); err != nil {
		s.Fail(err)
	}
}

// Fail tells about an error.
func (s *Session) Fail(err error) {
	s.failures++
	fmt.Fprintln(s.Err, strings.TrimRight(s.Host.Explain(err, s.Trace), "\n"))
}

// Prompts of the first and of further lines.
const (
	prompt     = "berth> "
	promptMore = "     | "
)

// read collects lines until they make a whole input.
func (s *Session) read() (string, error) {
	text, err := s.Lines.ReadLine(prompt)
	for err == nil && !complete(text) {
		var more string
		more, err = s.Lines.ReadLine(promptMore)
		if err == nil {
			text += "\n" + more
		}
	}
	if errors.Is(err, io.EOF) && strings.TrimSpace(text) != "" {
		return text, nil // let the parser say what is missing
	}
	return text, err
}

// answer does what an input asks for.
func (s *Session) answer(ctx context.Context, text string) error {
	text = strings.TrimSpace(text)
	if text == "" {
		return nil
	}
	return s.interruptible(ctx, func(ctx context.Context) error {
		if strings.HasPrefix(text, ":") {
			return s.command(ctx, text)
		}
		if bindings, ok := asBindings(text); ok {
			return s.bind(bindings)
		}
		v, err := s.evaluate(text)
		if err != nil {
			return err
		}
		return s.print(v, 1)
	})
}

// interruptible runs something that an interrupt may end.
func (s *Session) interruptible(ctx context.Context, run func(context.Context) error) error {
	for len(s.Interrupts) > 0 {
		<-s.Interrupts
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	done, watched := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(watched)
		select {
		case <-s.Interrupts:
			s.Evaluator.Interrupt()
			cancel()
		case <-done:
		}
	}()
	err := run(ctx)
	close(done)
	<-watched
	s.Evaluator.Resume()
	return err
}

func (s *Session) evaluate(text string) (*eval.Value, error) {
	origin := diagnostic.Origin{Kind: diagnostic.OriginString, Name: text}
	return s.Evaluator.EvalScoped([]byte(text), origin, s.Dir, s.variables)
}

// bind makes variables of the attributes of a set.
func (s *Session) bind(text string) error {
	v, err := s.evaluate("{ " + text + " }")
	if err != nil {
		return err
	}
	for _, attr := range s.Evaluator.Attrs(v) {
		s.variables[attr.Name] = attr.Value
	}
	return nil
}

// add makes variables of the attributes of a value and says how many.
func (s *Session) add(v *eval.Value) error {
	if err := s.Evaluator.Force(v); err != nil {
		return err
	}
	if v.Kind() != eval.KindAttrs {
		return fmt.Errorf("expected a set, to make variables of its attributes, but got %s", describe(v.Kind()))
	}
	s.last = s.last[:0]
	for _, attr := range s.Evaluator.Attrs(v) {
		s.variables[attr.Name] = attr.Value
		s.last = append(s.last, attr.Name)
	}
	fmt.Fprintf(s.Out, "Added %d variables.\n", len(s.last))
	if n := len(s.last); n > 0 && n <= 20 {
		fmt.Fprintln(s.Out, strings.Join(s.last, ", "))
	}
	return nil
}

func (s *Session) load(ctx context.Context, l load) error {
	var v *eval.Value
	var err error
	if l.flake {
		v, err = s.Host.LoadFlake(ctx, l.name)
	} else {
		v, err = s.Host.LoadFile(l.name)
	}
	if err != nil {
		return err
	}
	if err := s.add(v); err != nil {
		return err
	}
	for _, known := range s.loaded {
		if known == l {
			return nil
		}
	}
	s.loaded = append(s.loaded, l)
	return nil
}

// names returns the variables of the dialogue and the global ones.
func (s *Session) names() []string {
	names := s.Evaluator.GlobalNames()
	for name := range s.variables {
		names = append(names, name)
	}
	sort.Strings(names)
	return names
}
