package cli

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"berth.dev/internal/build"
	"berth.dev/internal/ui"
	"berth.dev/nix/eval"
	"berth.dev/nix/storepath"
)

// realiser returns what builds derivations in the workspace's store, showing
// progress on a display.
func (w *workspace) realiser(display *ui.Display) *build.Realiser {
	return build.New(build.Config{
		Store:    w.store,
		Archive:  w.archive,
		Builders: w.imageBuilders(),
		Events:   buildEvents{display},
		Impure:   w.impure(),

		Substituter: w.substituter(display),
	})
}

// buildEvents shows what a realiser does.
type buildEvents struct{ display *ui.Display }

// Planned implements [build.Events].
func (e buildEvents) Planned(steps []build.Step) {
	count, sizes := map[build.Kind]int{}, map[build.Kind]int64{}
	for _, s := range steps {
		count[s.Kind]++
		sizes[s.Kind] += s.Size
	}
	for _, kind := range slices.Sorted(maps.Keys(count)) {
		e.display.Plan(ui.Verb(kind), count[kind], sizes[kind])
	}
	if count[build.Fetch] > 0 {
		e.display.Note(fmt.Sprintf("%d files have to be fetched (%s)", count[build.Fetch], ui.Bytes(sizes[build.Fetch])))
	}
}

// Start implements [build.Events].
func (e buildEvents) Start(step build.Step) build.Activity {
	return buildActivity{e.display.Begin(ui.Verb(step.Kind), step.Name)}
}

// buildActivity is one step of a realiser on the display.
type buildActivity struct{ *ui.Activity }

// Done implements [build.Activity]. Why a step failed is told in full at the
// end, and a step that was given up because another one failed is not news.
func (a buildActivity) Done(err error) {
	if errors.Is(err, context.Canceled) {
		return
	}
	if err != nil {
		err = errors.New(summary(err))
	}
	a.Activity.Done(err)
}

// summary is an error in one line.
func summary(err error) string {
	var failed *build.FailedError
	if errors.As(err, &failed) && failed.Cause != nil {
		err = failed.Cause
	}
	first, _, _ := strings.Cut(strings.TrimSpace(err.Error()), "\n")
	return first
}

// Log implements [build.Activity]: what builders print is kept in their logs.
func (buildActivity) Log(string) {}

// realiseDuringEvaluation builds what evaluation has to read.
func (w *workspace) realiseDuringEvaluation(display *ui.Display) func(context.Context, []eval.ContextElement) error {
	return func(ctx context.Context, elements []eval.ContextElement) error {
		var wanted []build.Wanted
		for _, e := range elements {
			p, err := storepath.Parse(e.Path)
			if err != nil {
				return err
			}
			wanted = append(wanted, build.Wanted{Derivation: p, Outputs: []string{e.Output}})
		}
		_, err := w.realiser(display).Realise(ctx, wanted...)
		return err
	}
}
