package repl

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"sort"
	"strings"

	"berth.dev/nix/eval"
)

// command is something that a colon and a name ask for.
type command struct {
	names    []string
	argument string
	help     string
	run      func(s *Session, ctx context.Context, argument string) error
}

// commands lists them in the order of the help.
func commands() []command {
	return []command{
		{[]string{":a", ":add"}, "EXPR", "make variables of the attributes of a set", (*Session).addCommand},
		{[]string{":b", ":build"}, "EXPR", "build a derivation", (*Session).buildCommand},
		{[]string{":doc"}, "EXPR", "explain a function", (*Session).docCommand},
		{[]string{":e", ":edit"}, "EXPR", "open where a function or package is defined in the editor", (*Session).editCommand},
		{[]string{":env"}, "", "list the variables of this dialogue", (*Session).envCommand},
		{[]string{":l", ":load"}, "FILE", "load a file and make variables of its attributes", (*Session).loadCommand},
		{[]string{":lf", ":load-flake"}, "FLAKE", "load a flake and make variables of its outputs", (*Session).loadFlakeCommand},
		{[]string{":ll", ":last-loaded"}, "", "list the variables loaded last", (*Session).lastCommand},
		{[]string{":p", ":print"}, "EXPR", "print a value with everything in it; a string as it is", (*Session).printCommand},
		{[]string{":q", ":quit"}, "", "end the dialogue (or ctrl-D)", func(*Session, context.Context, string) error { return errQuit }},
		{[]string{":r", ":reload"}, "", "load all files and flakes again", (*Session).reloadCommand},
		{[]string{":t", ":type"}, "EXPR", "say what a value is", (*Session).typeCommand},
		{[]string{":te", ":trace-enable"}, "[true|false]", "show the whole trace of errors, or not", (*Session).traceCommand},
		{[]string{":?", ":help"}, "", "show this list", (*Session).helpCommand},
	}
}

// command carries out `:name argument`.
func (s *Session) command(ctx context.Context, text string) error {
	name, argument, _ := strings.Cut(text, " ")
	argument = strings.TrimSpace(argument)
	for _, c := range commands() {
		for _, known := range c.names {
			if known != name {
				continue
			}
			if argument == "" && c.argument != "" && c.argument[0] != '[' {
				return fmt.Errorf("%s needs %s", name, c.argument)
			}
			return c.run(s, ctx, argument)
		}
	}
	return fmt.Errorf("unknown command '%s'; :? lists the commands", name)
}

func (s *Session) helpCommand(context.Context, string) error {
	fmt.Fprintf(s.Out, "  %-28s %s\n  %-28s %s\n", "EXPR", "evaluate and print an expression", "NAME = EXPR", "make a variable")
	for _, c := range commands() {
		fmt.Fprintf(s.Out, "  %-28s %s\n", strings.TrimSpace(strings.Join(c.names, ", ")+" "+c.argument), c.help)
	}
	return nil
}

func (s *Session) addCommand(_ context.Context, argument string) error {
	v, err := s.evaluate(argument)
	if err != nil {
		return err
	}
	return s.add(v)
}

func (s *Session) loadCommand(ctx context.Context, argument string) error {
	name := strings.Trim(argument, `"`)
	if !filepath.IsAbs(name) && !strings.HasPrefix(name, "<") {
		name = filepath.Join(s.Dir, name)
	}
	return s.load(ctx, load{name: name})
}

func (s *Session) loadFlakeCommand(ctx context.Context, argument string) error {
	return s.load(ctx, load{name: argument, flake: true})
}

// Reloader is a Host that can forget what it has read.
type Reloader interface {
	// Reload returns an evaluator that has read nothing yet.
	Reload(ctx context.Context) (*eval.Evaluator, error)
}

func (s *Session) reloadCommand(ctx context.Context, _ string) error {
	if host, ok := s.Host.(Reloader); ok {
		fresh, err := host.Reload(ctx)
		if err != nil {
			return err
		}
		s.Evaluator = fresh
	}
	s.variables = map[string]*eval.Value{}
	for _, l := range s.loaded {
		if err := s.load(ctx, l); err != nil {
			return err
		}
	}
	return nil
}

func (s *Session) lastCommand(context.Context, string) error {
	fmt.Fprintln(s.Out, strings.Join(s.last, "\n"))
	return nil
}

func (s *Session) envCommand(context.Context, string) error {
	var names []string
	for name := range s.variables {
		names = append(names, name)
	}
	sort.Strings(names)
	for _, name := range names {
		fmt.Fprintln(s.Out, name)
	}
	return nil
}

func (s *Session) printCommand(_ context.Context, argument string) error {
	v, err := s.evaluate(argument)
	if err != nil {
		return err
	}
	if err := s.Evaluator.Force(v); err != nil {
		return err
	}
	if v.Kind() == eval.KindString {
		fmt.Fprintln(s.Out, v.Text())
		return nil
	}
	return s.print(v, everything)
}

func (s *Session) typeCommand(_ context.Context, argument string) error {
	v, err := s.evaluate(argument)
	if err == nil {
		err = s.Evaluator.Force(v)
	}
	if err != nil {
		return err
	}
	fmt.Fprintln(s.Out, s.describeValue(v))
	return nil
}

func (s *Session) buildCommand(ctx context.Context, argument string) error {
	v, err := s.evaluate(argument)
	if err != nil {
		return err
	}
	if is, err := s.Evaluator.IsDerivation(v); err != nil {
		return err
	} else if !is {
		return fmt.Errorf("expected a derivation, but got %s", s.describeValue(v))
	}
	outputs, err := s.Host.Build(ctx, v)
	if err != nil {
		return err
	}
	fmt.Fprintf(s.Out, "\nThis derivation produced the following outputs:\n  %s\n", strings.Join(outputs, "\n  "))
	return nil
}

func (s *Session) traceCommand(_ context.Context, argument string) error {
	switch argument {
	case "":
		s.Trace = !s.Trace
	case "true", "false":
		s.Trace = argument == "true"
	default:
		return fmt.Errorf("'%s' is neither true nor false", argument)
	}
	state := "hidden"
	if s.Trace {
		state = "shown"
	}
	fmt.Fprintln(s.Out, "The traces of errors are "+state+".")
	return nil
}

// interrupted reports whether an error says that the user wants no more.
func interrupted(err error) bool {
	var failure *eval.Error
	return errors.Is(err, context.Canceled) || errors.As(err, &failure) && failure.Class == eval.ErrInterrupted
}
