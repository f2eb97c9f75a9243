package build

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"berth.dev/internal/store"
	"berth.dev/nix/storepath"
)

// DifferenceError says that a second build of a derivation gave something else.
type DifferenceError struct {
	Derivation storepath.Path
	Outputs    []storepath.Path // those that differ
	// Kept holds the physical places of the new ones, if they were to be kept.
	Kept []string
}

func (e *DifferenceError) Error() string {
	text := fmt.Sprintf("derivation '%s' may not be deterministic: output '%s' differs", e.Derivation, e.Outputs[0])
	for i, kept := range e.Kept {
		text += fmt.Sprintf("\n'%s' now is in '%s'", e.Outputs[i], kept)
	}
	return text
}

// Check builds a derivation whose outputs are valid once more and compares.
// With KeepFailed an output that differs is kept beside the old one.
func (r *Realiser) Check(ctx context.Context, derivation storepath.Path) error {
	return r.rebuild(ctx, derivation, func(w *work) func(context.Context) error { return w.compare })
}

// Repair builds a derivation once more and puts the outputs in the place of
// damaged ones. They must have the contents that are registered.
func (r *Realiser) Repair(ctx context.Context, derivation storepath.Path, damaged ...storepath.Path) error {
	return r.rebuild(ctx, derivation, func(w *work) func(context.Context) error {
		return func(ctx context.Context) error {
			for _, o := range w.drv.Outputs {
				if !slices.Contains(damaged, o.Path) {
					continue
				}
				if _, err := w.inspect(ctx, o); err != nil {
					return err
				}
				if err := r.Store.Replace(ctx, w.stagedPath(o.Path), o.Path); err != nil {
					return err
				}
			}
			return nil
		}
	})
}

// rebuild makes the inputs valid and then the outputs anew, valid or not.
func (r *Realiser) rebuild(ctx context.Context, path storepath.Path, settle func(*work) func(context.Context) error) (err error) {
	drv, err := r.Store.ReadDerivation(path)
	if err != nil {
		return err
	}
	if drv.HasUnknownOutputs() {
		return fmt.Errorf("derivation '%s' is content-addressed: what it gives is what it is, so there is nothing to compare with", path)
	}
	inputs := make([]Wanted, len(drv.Inputs))
	for i, input := range drv.Inputs {
		inputs[i] = Wanted{input.Path, input.Outputs}
	}
	if len(inputs) > 0 {
		if _, err := r.Realise(ctx, inputs...); err != nil {
			return err
		}
	}
	n := &node{path: path, drv: drv}
	w := &work{realiser: r, node: n, activity: r.Events.Start(n.step())}
	defer func() { w.activity.Done(err) }()
	outputs := w.outputPaths()
	if err := r.Store.AddTempRoots(ctx, append(outputs, path)...); err != nil {
		return err
	}
	locks, err := r.Store.Lock(ctx, outputs, nil)
	if err != nil {
		return err
	}
	defer locks.Unlock()
	w.settle = settle(w)
	return r.makeLocked(ctx, w)
}

// compare looks whether the outputs are what is registered.
func (w *work) compare(ctx context.Context) error {
	difference := &DifferenceError{Derivation: w.path}
	for _, o := range w.drv.Outputs {
		old, err := w.realiser.Store.Query(ctx, o.Path)
		if err != nil {
			return fmt.Errorf("some outputs of '%s' are not valid, so checking is not possible: %w", w.path, err)
		}
		made, err := w.inspect(ctx, o)
		if err != nil {
			return err
		}
		if made.NARHash == old.NARHash {
			continue
		}
		difference.Outputs = append(difference.Outputs, o.Path)
		if w.realiser.KeepFailed {
			kept, err := w.keepOutput(o.Path)
			if err != nil {
				return err
			}
			difference.Kept = append(difference.Kept, kept)
		}
	}
	if len(difference.Outputs) > 0 {
		return difference
	}
	return nil
}

// keepOutput moves an output out of what is removed afterwards.
func (w *work) keepOutput(p storepath.Path) (string, error) {
	parent := filepath.Join(w.realiser.Store.Dir(), "failed")
	if err := os.MkdirAll(parent, 0o755); err != nil {
		return "", err
	}
	place, err := os.MkdirTemp(parent, p.Base()+".check-")
	if err != nil {
		return "", err
	}
	kept := filepath.Join(place, "out")
	if err := makeMovable(w.stagedPath(p)); err != nil {
		return "", err
	}
	return kept, os.Rename(w.stagedPath(p), kept)
}

// makeMovable lets a directory be given another parent.
func makeMovable(name string) error {
	info, err := os.Lstat(name)
	if err != nil || !info.IsDir() {
		return err
	}
	return os.Chmod(name, 0o755)
}

// Damaged pairs what a verification found with the derivations that can make it again.
func Damaged(ctx context.Context, s *store.Store, found []store.Damage) (repairable map[storepath.Path][]storepath.Path, lost []store.Damage, err error) {
	repairable = map[storepath.Path][]storepath.Path{}
	for _, d := range found {
		derivers, err := s.Derivers(ctx, d.Path)
		if err != nil {
			return nil, nil, err
		}
		if len(derivers) == 0 {
			lost = append(lost, d)
			continue
		}
		repairable[derivers[0]] = append(repairable[derivers[0]], d.Path)
	}
	return repairable, lost, nil
}
