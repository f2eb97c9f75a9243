package build

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"

	"berth.dev/internal/store"
	"berth.dev/nix/storepath"
)

// make builds the outputs of one derivation, unless somebody else did it while
// this process waited for the lock.
func (r *Realiser) make(ctx context.Context, n *node) error {
	if !n.resolved {
		unknown, err := r.isUnknown(n)
		if err != nil {
			return err
		}
		if unknown {
			return r.makeUnknown(ctx, n)
		}
	}
	return r.makeWith(ctx, n, func(*work) func(context.Context) error { return nil })
}

// makeWith is make for paths that are known; what settle returns decides about
// what came about.
func (r *Realiser) makeWith(ctx context.Context, n *node, settle func(*work) func(context.Context) error) (err error) {
	outputs := make([]storepath.Path, len(n.drv.Outputs))
	for i, o := range n.drv.Outputs {
		outputs[i] = o.Path
	}
	if err := r.Store.AddTempRoots(ctx, outputs...); err != nil {
		return err
	}
	var activity Activity
	begin := func() {
		if activity == nil {
			activity = r.Events.Start(n.step())
		}
	}
	defer func() {
		if activity != nil {
			activity.Done(err)
		}
	}()
	locks, err := r.Store.Lock(ctx, outputs, func(p storepath.Path) {
		begin()
		activity.Log(fmt.Sprintf("waiting for lock on '%s'", p))
	})
	if err != nil {
		return err
	}
	defer locks.Unlock()
	valid, err := r.Store.Valid(ctx, outputs)
	if err != nil || len(valid) == len(outputs) {
		return err
	}
	begin()
	w := &work{realiser: r, node: n, valid: valid, activity: activity}
	w.settle = settle(w)
	return r.makeLocked(ctx, w)
}

// work is the making of one derivation under way.
type work struct {
	realiser *Realiser
	*node
	valid    map[storepath.Path]bool // outputs that need not be registered again
	activity Activity
	closure  []storepath.Path // everything the builder may see
	staging  *store.Staging
	// settle, if there is one, decides in the place of accept about what came about.
	settle func(context.Context) error
}

func (r *Realiser) makeLocked(ctx context.Context, w *work) error {
	if err := r.checkSystem(w); err != nil {
		return err
	}
	inputs := append([]storepath.Path(nil), w.drv.Sources...)
	for _, input := range w.drv.Inputs {
		for _, name := range input.Outputs {
			p, err := r.inputPath(ctx, input.Path, name)
			if err != nil {
				return fmt.Errorf("building '%s': %w", w.path, err)
			}
			inputs = append(inputs, p)
		}
	}
	var err error
	if w.closure, err = r.Store.Closure(ctx, inputs...); err != nil {
		return fmt.Errorf("building '%s': %w", w.path, err)
	}
	if w.staging, err = r.Store.Stage(); err != nil {
		return err
	}
	defer w.staging.Remove()
	if err := r.run(ctx, w); err != nil {
		return err
	}
	if w.settle != nil {
		return w.settle(ctx)
	}
	return w.accept(ctx)
}

func (r *Realiser) checkSystem(w *work) error {
	if w.drv.IsBuiltin() || w.drv.System == r.System {
		return nil
	}
	return &FailedError{Derivation: w.path, Outputs: w.outputPaths(),
		Reason: fmt.Sprintf("platform mismatch\nRequired system: '%s'\nCurrent system: '%s'", w.drv.System, r.System)}
}

func (r *Realiser) run(ctx context.Context, w *work) error {
	name, builtin := strings.CutPrefix(w.drv.Builder, "builtin:")
	if !builtin {
		return w.runSandboxed(ctx)
	}
	builder, ok := r.builders[name]
	if !ok {
		return w.failed(fmt.Errorf("there is no builder '%s'", w.drv.Builder))
	}
	job, err := w.job()
	if err != nil {
		return err
	}
	defer job.Root.Close()
	if err := builder.Build(ctx, job); err != nil {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		return w.failed(err)
	}
	return nil
}

// failed reports what went wrong in a builder of this program.
func (w *work) failed(cause error) error {
	var mismatch *MismatchError
	if errors.As(cause, &mismatch) {
		return cause
	}
	return &FailedError{Derivation: w.path, Outputs: w.outputPaths(), Reason: cause.Error(), Cause: cause}
}

func (w *work) outputPaths() []storepath.Path {
	paths := make([]storepath.Path, len(w.drv.Outputs))
	for i, o := range w.drv.Outputs {
		paths[i] = o.Path
	}
	return paths
}

// stagedPath returns where an output is while it is made.
func (w *work) stagedPath(p storepath.Path) string {
	return filepath.Join(w.outputDir(), p.Base())
}
