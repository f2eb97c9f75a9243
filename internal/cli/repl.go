package cli

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"

	"berth.dev/internal/repl"
	"berth.dev/internal/ui"
	"berth.dev/nix/eval"
	"berth.dev/nix/flake"
	"github.com/spf13/cobra"
	"golang.org/x/term"
)

func (a *app) replCommand() *cobra.Command {
	o := &evalFlags{}
	var expressions bool
	cmd := &cobra.Command{
		Use:   "repl [FLAKE|FILE]... | -E EXPR...",
		Short: "Evaluate expressions as you type them",
		Long: "repl answers expressions and commands; :? lists the commands. The attributes of the flakes,\n" +
			"files and expressions on the command line are variables from the start. Tab completes names,\n" +
			"ctrl-C ends an evaluation, ctrl-D the dialogue. Input that is not typed is answered without\n" +
			"prompts, and the exit status is 1 if any of it failed.",
		Example: "  berth repl\n  berth repl .\n  berth repl '<nixpkgs>'\n  echo ':p { a.b = 1; }' | berth repl",
		GroupID: groupLanguage,
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.repl(cmd.Context(), o, args, expressions)
		},
	}
	o.registerExpression(cmd)
	cmd.Flags().BoolVarP(&expressions, "expr", "E", false, "the arguments are expressions, not files")
	return cmd
}

// repl holds the dialogue. The first ctrl-C would cancel the context of the
// command, but here it only ends an evaluation; a request to terminate ends
// the dialogue.
func (a *app) repl(ctx context.Context, o *evalFlags, args []string, expressions bool) error {
	ctx, stop := signal.NotifyContext(context.WithoutCancel(ctx), syscall.SIGTERM, syscall.SIGHUP)
	defer stop()
	interrupts := make(chan os.Signal, 1)
	signal.Notify(interrupts, os.Interrupt)
	defer signal.Stop(interrupts)

	host := &replHost{app: a, flags: o}
	fresh, err := host.Reload(ctx)
	if err != nil {
		return err
	}
	defer host.Close()
	session := repl.New(repl.Config{
		Evaluator: fresh, Host: host, Out: a.Stdout, Err: a.Stderr, Interrupts: interrupts,
		Dir: a.dir, Version: version(), Trace: o.showTrace,
		Colour: ui.Detect(a.Stdout, a.Getenv).Colour,
	})
	session.Lines = a.replLines(session)
	a.replOpen(ctx, session, args, expressions)
	return a.replRun(ctx, session)
}

// replLines chooses how lines are read.
func (a *app) replLines(session *repl.Session) repl.Lines {
	if !term.IsTerminal(int(a.Stdin.Fd())) {
		return repl.NewPlain(a.Stdin)
	}
	fmt.Fprintf(a.Stderr, "berth %s. Type :? for help.\n", version())
	return repl.NewTerminal(a.Stdin, a.Stdout, repl.ReadHistory(a.historyFile()), session.Complete)
}

// historyFile is where typed lines are remembered; empty where there is no
// place for that.
func (a *app) historyFile() string {
	dir := a.Getenv("XDG_STATE_HOME")
	if dir == "" {
		if a.Getenv("HOME") == "" {
			return ""
		}
		dir = filepath.Join(a.Getenv("HOME"), ".local", "state")
	}
	dir = filepath.Join(dir, "berth")
	if os.MkdirAll(dir, 0o700) != nil {
		return ""
	}
	return filepath.Join(dir, "repl-history")
}

// replOpen loads what the command line names.
func (a *app) replOpen(ctx context.Context, session *repl.Session, args []string, expressions bool) {
	for _, arg := range args {
		target, err := a.parseTarget(arg, expressions)
		switch {
		case expressions:
			session.Add(ctx, arg)
		case strings.HasPrefix(arg, "<"):
			session.Open(ctx, arg, false)
		case err != nil:
			session.Fail(err)
		case target.ref != nil:
			session.Open(ctx, arg, true)
		default:
			session.Open(ctx, target.file, false)
		}
	}
}

func (a *app) replRun(ctx context.Context, session *repl.Session) error {
	type result struct {
		failures int
		err      error
	}
	done := make(chan result, 1)
	var state *term.State
	if fd := int(a.Stdin.Fd()); term.IsTerminal(fd) {
		state, _ = term.GetState(fd)
	}
	go func() {
		failures, err := session.Run(ctx)
		done <- result{failures, err}
	}()
	select {
	case r := <-done:
		if r.err == nil && r.failures > 0 && state == nil {
			return &silentError{exitError}
		}
		return r.err
	case <-ctx.Done():
		if state != nil {
			_ = term.Restore(int(a.Stdin.Fd()), state)
		}
		return context.Canceled
	}
}

// replHost is a workspace that can be exchanged for a fresh one.
type replHost struct {
	*app
	flags *evalFlags
	w     *workspace
}

// Reload implements [repl.Reloader].
func (h *replHost) Reload(ctx context.Context) (*eval.Evaluator, error) {
	fresh, err := h.open(ctx, workspaceConfig{flags: h.flags})
	if err != nil {
		return nil, err
	}
	if h.w != nil {
		err = h.w.Close()
	}
	h.w = fresh
	return fresh.session.Evaluator, err
}

// Close releases the workspace.
func (h *replHost) Close() error { return h.w.Close() }

// LoadFile implements [repl.Host]; a name in angle brackets is looked up.
func (h *replHost) LoadFile(name string) (*eval.Value, error) {
	var v *eval.Value
	var err error
	if strings.HasPrefix(name, "<") {
		v, err = h.w.session.Evaluator.EvalString("import "+name, h.dir)
	} else {
		v, err = h.w.session.Evaluator.EvalFile(name)
	}
	if err != nil {
		return nil, err
	}
	return h.w.applyArguments(v)
}

// LoadFlake implements [repl.Host].
func (h *replHost) LoadFlake(ctx context.Context, reference string) (*eval.Value, error) {
	target, err := h.parseInstallable(reference)
	if err != nil {
		return nil, err
	}
	if target.ref == nil {
		return nil, fmt.Errorf("'%s' is no flake: it has no flake.nix", reference)
	}
	v, err := h.w.flakeValue(ctx, target.ref)
	if err != nil || target.fragment == "" {
		return v, err
	}
	return h.w.selectAttribute(v, target.fragment, h.target(target.ref))
}

func (h *replHost) target(ref flake.Reference) target {
	return target{installable: installable{ref: ref}}
}

// Build implements [repl.Host].
func (h *replHost) Build(ctx context.Context, v *eval.Value) ([]string, error) {
	display := ui.New(ui.Detect(h.Stderr, h.Getenv))
	defer display.Close()
	paths, err := h.w.buildValue(ctx, &buildOptions{}, display, v)
	var lines []string
	for _, p := range paths {
		lines = append(lines, "out -> "+h.w.PhysicalPath(p))
	}
	return lines, err
}

// Edit implements [repl.Host].
func (h *replHost) Edit(file string, line int) error {
	editor := strings.Fields(h.Getenv("VISUAL"))
	if len(editor) == 0 {
		editor = strings.Fields(h.Getenv("EDITOR"))
	}
	if len(editor) == 0 {
		return fmt.Errorf("set EDITOR to your editor to open %s:%d", h.w.readable(file), line)
	}
	if h.w.session.IsEmbedded(file) {
		return fmt.Errorf("%s:%d is part of berth and cannot be edited", h.w.readable(file), line)
	}
	args := append(editor[1:], "+"+strconv.Itoa(line), file)
	cmd := exec.Command(editor[0], args...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = h.Stdin, io.Writer(h.Stdout), h.Stderr
	return cmd.Run()
}

// Explain implements [repl.Host].
func (h *replHost) Explain(err error, trace bool) string {
	flags := *h.flags
	flags.showTrace = trace
	w := *h.w
	w.flags = &flags
	explained := w.explain(err)
	if _, ok := explained.(*explainedError); ok {
		return explained.Error()
	}
	return "error: " + explained.Error()
}
