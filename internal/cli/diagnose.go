package cli

import (
	"errors"
	"fmt"
	"regexp"
	"strings"

	"berth.dev/internal/ui"
	"berth.dev/nix/diagnostic"
	"berth.dev/nix/eval"
)

// explainedError is an error whose text is a finished diagnostic.
type explainedError struct {
	text string
	err  error
}

func (e *explainedError) Error() string { return strings.TrimRight(e.text, "\n") }
func (e *explainedError) Unwrap() error { return e.err }

// renderer returns how diagnostics are shown on standard error.
func (a *app) renderer(sources *diagnostic.Table, trace bool) diagnostic.Renderer {
	r := diagnostic.Renderer{Table: sources, Trace: trace}
	if ui.Detect(a.Stderr, a.Getenv).Colour {
		r.Style = diagnostic.ANSI()
	}
	return r
}

// explainSyntax makes text of an error of the parser.
func (a *app) explainSyntax(err error, sources *diagnostic.Table) error {
	var found *diagnostic.Diagnostic
	if !errors.As(err, &found) {
		return err
	}
	return &explainedError{text: a.renderer(sources, false).Error(found), err: err}
}

// explain makes text of an error of evaluation; other errors stay as they are.
func (w *workspace) explain(err error) error {
	var evaluation *eval.Error
	var parsing *diagnostic.Diagnostic
	var found diagnostic.Diagnostic
	switch {
	case errors.As(err, &evaluation):
		found = evaluation.Diagnostic
	case errors.As(err, &parsing):
		found = *parsing
	default:
		return err
	}
	found.Message = strings.TrimSpace(found.Message)
	w.pointAtUser(&found)
	found.Hints = append(found.Hints[:len(found.Hints):len(found.Hints)], w.untrackedHints(found.Message)...)
	trace := w.flags.showTrace
	if evaluation != nil && !trace {
		trace = w.advise(evaluation, &found)
	}
	text := w.renderer(w.session.Evaluator.Sources(), trace).Error(&found)
	return &explainedError{text: w.readable(text), err: err}
}

// pointAtUser moves the place of a finding out of the embedded files: the user
// did not write those, and a message that is thrown there says what it is
// about. The nearest step of the trace in other files takes its place.
func (w *workspace) pointAtUser(found *diagnostic.Diagnostic) {
	sources := w.session.Evaluator.Sources()
	ours := func(p diagnostic.Pos) bool {
		at, ok := sources.Locate(p)
		return ok && (at.Origin.Kind == diagnostic.OriginBuiltin || strings.HasPrefix(at.Origin.Name, "«") || w.session.IsEmbedded(at.Origin.Name))
	}
	if w.flags.showTrace || !ours(found.Pos) {
		return
	}
	found.Pos = diagnostic.NoPos
	for _, frame := range found.Trace {
		if _, ok := sources.Locate(frame.Pos); ok && !ours(frame.Pos) {
			found.Pos = frame.Pos
			return
		}
	}
}

// readable shows source trees where the user knows them.
func (w *workspace) readable(text string) string {
	if w.session == nil {
		return text
	}
	return w.session.Mounts.Readable(text)
}

var sourceFile = regexp.MustCompile(`/nix/store/[0-9a-z]{32}-source/[^\s'":]+`)

// untrackedHints explains files that are missing because Git does not track
// them.
func (w *workspace) untrackedHints(message string) []string {
	var hints []string
	for _, name := range sourceFile.FindAllString(message, -1) {
		if file, ok := w.session.Mounts.Untracked(name); ok {
			hints = append(hints, fmt.Sprintf("%s exists, but Git does not track it, so the flake does not see it; run: git add %s", file, file))
		}
	}
	return hints
}
