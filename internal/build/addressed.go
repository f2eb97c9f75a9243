package build

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"

	"berth.dev/internal/store"
	"berth.dev/nix/derivation"
	"berth.dev/nix/hash"
	"berth.dev/nix/storepath"
)

// Outputs may be content-addressed without their contents being fixed: their
// paths, and those of what is built from them, are known only after the build.
// Before such a derivation is built it is resolved: in the place of its input
// derivations it gets the paths that they turned out to have. While it is built
// its outputs have scratch paths, which are replaced in what came about.

// outputPath returns the path of a derivation's output, the zero Path if that
// is not known yet.
func (r *Realiser) outputPath(ctx context.Context, p storepath.Path, drv *derivation.Derivation, output string) (storepath.Path, error) {
	o, ok := drv.Output(output)
	if !ok {
		return storepath.Path{}, fmt.Errorf("derivation '%s' does not have wanted outputs '%s'", p, output)
	}
	if !o.Path.IsZero() {
		return o.Path, nil
	}
	modulo, err := r.hashes.Of(p)
	if err != nil {
		return storepath.Path{}, err
	}
	return r.Store.Realised(ctx, modulo.Hash, output)
}

// inputPath returns the path of an output that was built before.
func (r *Realiser) inputPath(ctx context.Context, p storepath.Path, output string) (storepath.Path, error) {
	drv, err := r.Store.ReadDerivation(p)
	if err != nil {
		return storepath.Path{}, err
	}
	found, err := r.outputPath(ctx, p, drv, output)
	if err == nil && found.IsZero() {
		err = fmt.Errorf("output '%s' of '%s' is not known although it was built", output, p)
	}
	return found, err
}

// isUnknown reports whether the derivation has to be resolved. One with fixed
// contents has a path in any case, but its inputs may have none yet.
func (r *Realiser) isUnknown(n *node) (bool, error) {
	if n.drv.HasUnknownOutputs() || !n.drv.IsFixed() {
		return n.drv.HasUnknownOutputs(), nil
	}
	for _, input := range n.drv.Inputs {
		drv, err := r.Store.ReadDerivation(input.Path)
		if err != nil || drv.HasUnknownOutputs() {
			return err == nil, err
		}
	}
	return false, nil
}

// makeUnknown builds a derivation some of whose paths are not known yet.
func (r *Realiser) makeUnknown(ctx context.Context, n *node) error {
	resolved := &node{path: n.path, drv: n.drv, resolved: true}
	if len(n.drv.Inputs) > 0 {
		drv, err := n.drv.Resolve(func(p storepath.Path, output string) (storepath.Path, error) {
			return r.inputPath(ctx, p, output)
		})
		if err != nil {
			return fmt.Errorf("resolving '%s': %w", n.path, err)
		}
		resolved.drv = drv
		if resolved.path, err = r.Store.AddDerivation(ctx, drv); err != nil {
			return fmt.Errorf("resolving '%s': %w", n.path, err)
		}
	}
	known, err := r.realisedOutputs(ctx, resolved)
	if err != nil {
		return err
	}
	if known == nil {
		if resolved.drv.HasUnknownOutputs() {
			err = r.makeFloating(ctx, resolved)
		} else {
			err = r.make(ctx, resolved)
		}
		if err != nil {
			return err
		}
		if known, err = r.realisedOutputs(ctx, resolved); err != nil || known == nil {
			return fmt.Errorf("building '%s': its outputs are not known afterwards (%w)", n.path, err)
		}
	}
	return r.recordOutputs(ctx, n.path, known)
}

// realisedOutputs returns the paths of all outputs, nil if one is missing.
func (r *Realiser) realisedOutputs(ctx context.Context, n *node) (map[string]storepath.Path, error) {
	known := map[string]storepath.Path{}
	for _, o := range n.drv.Outputs {
		p, err := r.outputPath(ctx, n.path, n.drv, o.Name)
		if err != nil || p.IsZero() {
			return nil, err
		}
		if err := r.Store.AddTempRoots(ctx, p); err != nil {
			return nil, err
		}
		if valid, err := r.Store.Valid(ctx, []storepath.Path{p}); err != nil || !valid[p] {
			return nil, err
		}
		known[o.Name] = p
	}
	return known, nil
}

// recordOutputs remembers what the outputs of a derivation turned out to be.
func (r *Realiser) recordOutputs(ctx context.Context, p storepath.Path, known map[string]storepath.Path) error {
	modulo, err := r.hashes.Of(p)
	if err != nil {
		return err
	}
	var all []store.Realisation
	for name, path := range known {
		all = append(all, store.Realisation{Derivation: modulo.Hash, Output: name, Path: path})
	}
	return r.Store.AddRealisations(ctx, all...)
}

// makeFloating builds under scratch paths.
func (r *Realiser) makeFloating(ctx context.Context, n *node) error {
	scratch, err := scratchDerivation(n)
	if err != nil {
		return err
	}
	under := &node{path: n.path, drv: scratch}
	return r.makeWith(ctx, under, func(w *work) func(context.Context) error {
		return func(ctx context.Context) error { return w.acceptFloating(ctx) }
	})
}

// scratchDerivation gives outputs paths that depend on the derivation only.
func scratchDerivation(n *node) (*derivation.Derivation, error) {
	drv := *n.drv
	drv.Outputs, drv.Environment = slices.Clone(drv.Outputs), slices.Clone(drv.Environment)
	zero, err := hash.New(hash.SHA256, make([]byte, hash.SHA256.Size()))
	if err != nil {
		return nil, err
	}
	for i := range drv.Outputs {
		o := &drv.Outputs[i]
		if !o.Path.IsZero() {
			continue
		}
		kind := "rewrite:" + n.path.String() + ":name:" + o.Name
		if o.Path, err = storepath.Make(kind, zero, storepath.OutputPathName(drv.Name, o.Name)); err != nil {
			return nil, err
		}
		if _, ok := drv.Get(o.Name); ok {
			drv.Set(o.Name, o.Path.String())
		}
	}
	return &drv, nil
}

// acceptFloating finds out the paths of all outputs by their contents, an
// output after those that it refers to, and registers them.
func (w *work) acceptFloating(ctx context.Context) error {
	scanned := make([]store.Info, len(w.drv.Outputs))
	for i, o := range w.drv.Outputs {
		var err error
		if scanned[i], err = w.inspect(ctx, o); err != nil {
			return err
		}
	}
	if err := checkCycles(w.path, scanned); err != nil {
		return err
	}
	f := &finalizer{work: w, scanned: scanned, final: map[storepath.Path]storepath.Path{}, infos: make([]store.Info, len(scanned))}
	for i := range scanned {
		if err := f.output(ctx, i); err != nil {
			return err
		}
	}
	return f.register(ctx)
}

// finalizer gives outputs their final paths.
type finalizer struct {
	*work
	scanned []store.Info
	final   map[storepath.Path]storepath.Path // by scratch path
	infos   []store.Info
	places  []string // where the final trees are, by output
}

func (f *finalizer) output(ctx context.Context, i int) error {
	scratch := f.scanned[i].Path
	if !f.final[scratch].IsZero() {
		return nil
	}
	replacements := map[string]string{}
	for _, reference := range f.scanned[i].References {
		sibling := slices.IndexFunc(f.scanned, func(other store.Info) bool { return other.Path == reference })
		if sibling < 0 || sibling == i {
			continue
		}
		if err := f.output(ctx, sibling); err != nil {
			return err
		}
		replacements[reference.Digest()] = f.final[reference].Digest()
	}
	return f.settleOutput(ctx, i, replacements)
}

// settleOutput computes the path of an output whose siblings are known.
func (f *finalizer) settleOutput(ctx context.Context, i int, replacements map[string]string) error {
	o, scratch := f.drv.Outputs[i], f.scanned[i].Path
	place := f.stagedPath(scratch)
	if len(replacements) > 0 {
		if err := store.RewriteTree(place, f.staging.Dir(), "siblings-"+o.Name, replacements); err != nil {
			return err
		}
		place = filepath.Join(f.staging.Dir(), "siblings-"+o.Name)
	}
	address, err := store.AddressOf(o.Method, o.Algorithm, place, scratch.Digest())
	if err != nil {
		return fmt.Errorf("output '%s' of '%s': %w", o.Name, f.path, err)
	}
	info := store.Info{Path: scratch, Address: address, Deriver: f.path, Ultimate: true}
	for _, reference := range f.scanned[i].References {
		if final := f.final[reference]; !final.IsZero() {
			reference = final
		}
		info.References = append(info.References, reference)
	}
	path, err := address.Path(storepath.OutputPathName(f.drv.Name, o.Name), info.AddressReferences())
	if err != nil {
		return err
	}
	f.final[scratch] = path
	if slices.Contains(info.References, scratch) {
		if err := store.RewriteTree(place, f.staging.Dir(), "self-"+o.Name, map[string]string{scratch.Digest(): path.Digest()}); err != nil {
			return err
		}
		place = filepath.Join(f.staging.Dir(), "self-"+o.Name)
	}
	scan, err := f.realiser.Store.Scan(ctx, place, append(slices.Clone(info.References), path))
	if err != nil {
		return err
	}
	info.Path, info.References, info.NARHash, info.NARSize = path, scan.References, scan.NARHash, scan.NARSize
	f.infos[i] = info
	if f.places == nil {
		f.places = make([]string, len(f.scanned))
	}
	f.places[i] = place
	return nil
}

// register moves the outputs to their places, unless they are there already.
func (f *finalizer) register(ctx context.Context) error {
	known := map[string]storepath.Path{}
	for i := range f.infos {
		f.drv.Outputs[i].Path = f.infos[i].Path
		known[f.drv.Outputs[i].Name] = f.infos[i].Path
	}
	paths := f.outputPaths()
	for _, info := range f.infos {
		if err := f.checkReferences(ctx, info, f.infos); err != nil {
			return err
		}
	}
	if err := f.realiser.Store.AddTempRoots(ctx, paths...); err != nil {
		return err
	}
	locks, err := f.realiser.Store.Lock(ctx, paths, nil)
	if err != nil {
		return err
	}
	defer locks.Unlock()
	valid, err := f.realiser.Store.Valid(ctx, paths)
	if err != nil {
		return err
	}
	var register []store.Info
	for i, info := range f.infos {
		if valid[info.Path] || slices.ContainsFunc(register, func(other store.Info) bool { return other.Path == info.Path }) {
			continue
		}
		if err := f.realiser.Store.Install(f.places[i], info.Path); err != nil {
			return err
		}
		register = append(register, info)
	}
	if err := f.realiser.Store.Register(ctx, register...); err != nil {
		return err
	}
	return f.realiser.recordOutputs(ctx, f.path, known)
}
