package build

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"

	"berth.dev/internal/store"
	"berth.dev/nix/derivation"
	"berth.dev/nix/storepath"
)

// node is a derivation that takes part in a plan.
type node struct {
	path    storepath.Path
	drv     *derivation.Derivation
	asked   map[string]bool // outputs whose validity was looked at
	missing bool            // at least one asked output is not valid
	inputs  []*node         // missing derivations that have to be built before
	listed  bool            // for putting the plan in order
	// resolved says that the inputs that were not known are replaced by what they are.
	resolved bool

	done chan struct{} // closed when err is set
	err  error
}

// plan is what is missing of what is wanted.
type plan struct {
	nodes    map[storepath.Path]*node
	order    []*node // the missing ones, inputs first
	realised []Realised
	sources  []storepath.Path
	// substituter is asked for what is missing; nil when it is not to be.
	substituter Substituter
}

// plan looks at the wanted outputs, then at the inputs of the derivations that
// turned out to be missing, and so on: one question to the database per level.
func (r *Realiser) plan(ctx context.Context, wanted []Wanted, substituter Substituter) (*plan, error) {
	p := &plan{nodes: map[storepath.Path]*node{}, substituter: substituter}
	level := wanted
	for first := true; len(level) > 0; first = false {
		fresh, err := r.examine(ctx, p, level, first)
		if err != nil {
			return nil, err
		}
		level = nil
		for _, n := range fresh {
			p.sources = append(p.sources, n.drv.Sources...)
			for _, input := range n.drv.Inputs {
				level = append(level, Wanted{input.Path, input.Outputs})
			}
		}
	}
	for _, n := range p.nodes {
		p.connect(n)
	}
	for _, w := range wanted {
		p.list(p.nodes[w.Derivation])
	}
	return p, r.checkSources(ctx, p)
}

// examine asks which of the outputs are valid and returns the derivations that
// became missing.
func (r *Realiser) examine(ctx context.Context, p *plan, level []Wanted, first bool) ([]*node, error) {
	if err := r.protect(ctx, level); err != nil {
		return nil, err
	}
	var questions []question
	var asked []storepath.Path
	for _, w := range level {
		n, err := r.node(p, w.Derivation)
		if err != nil {
			return nil, err
		}
		outputs := w.Outputs
		if len(outputs) == 0 {
			outputs = n.drv.OutputNames()
		}
		for _, name := range outputs {
			path, err := r.outputPath(ctx, n.path, n.drv, name)
			if err != nil {
				return nil, err
			}
			if first {
				p.realised = append(p.realised, Realised{n.path, name, path})
			}
			if !n.asked[name] && !n.missing {
				n.asked[name] = true
				questions = append(questions, question{n, path})
				if !path.IsZero() {
					asked = append(asked, path)
				}
			}
		}
	}
	// First protect, then ask: what is valid then stays valid.
	if err := r.Store.AddTempRoots(ctx, asked...); err != nil {
		return nil, err
	}
	valid, err := r.Store.Valid(ctx, asked)
	if err == nil {
		valid, err = r.substitute(ctx, p, questions, valid)
	}
	if err != nil {
		return nil, err
	}
	var fresh []*node
	for _, q := range questions {
		if !valid[q.path] && !q.node.missing {
			q.node.missing = true
			fresh = append(fresh, q.node)
		}
	}
	return fresh, nil
}

// question is an output whose validity is looked at.
type question struct {
	node *node
	path storepath.Path
}

// substitute gets missing outputs from elsewhere, as far as they may come from
// there, and returns what is valid then.
func (r *Realiser) substitute(ctx context.Context, p *plan, questions []question, valid map[storepath.Path]bool) (map[storepath.Path]bool, error) {
	if p.substituter == nil || r.Store.ReadOnly() {
		return valid, nil
	}
	var missing []storepath.Path
	for _, q := range questions {
		if !q.path.IsZero() && !valid[q.path] && q.node.maySubstitute() {
			missing = append(missing, q.path)
		}
	}
	if len(missing) == 0 {
		return valid, nil
	}
	if err := p.substituter.Substitute(ctx, missing); err != nil {
		return nil, err
	}
	now, err := r.Store.Valid(ctx, missing)
	maps.Copy(valid, now)
	return valid, err
}

// maySubstitute reports whether it is worth asking others for the outputs.
// Most builders of this program are faster than a download.
func (n *node) maySubstitute() bool {
	if allowed, ok := n.drv.Get("allowSubstitutes"); ok && allowed == "" {
		return false
	}
	return !n.drv.IsBuiltin() || n.drv.Builder == "builtin:fetchurl"
}

// protect keeps the derivations themselves until everything is built.
func (r *Realiser) protect(ctx context.Context, level []Wanted) error {
	derivations := make([]storepath.Path, len(level))
	for i, w := range level {
		derivations[i] = w.Derivation
	}
	return r.Store.AddTempRoots(ctx, derivations...)
}

func (r *Realiser) node(p *plan, path storepath.Path) (*node, error) {
	if n, ok := p.nodes[path]; ok {
		return n, nil
	}
	drv, err := r.Store.ReadDerivation(path)
	if err != nil {
		return nil, err
	}
	n := &node{path: path, drv: drv, asked: map[string]bool{}, done: make(chan struct{})}
	p.nodes[path] = n
	return n, nil
}

func (p *plan) connect(n *node) {
	if !n.missing {
		return
	}
	for _, input := range n.drv.Inputs {
		if in := p.nodes[input.Path]; in != nil && in.missing {
			n.inputs = append(n.inputs, in)
		}
	}
}

// list puts a missing node behind its inputs. Derivations cannot form cycles,
// since each contains the digests of its inputs.
func (p *plan) list(n *node) {
	if !n.missing || n.listed {
		return
	}
	n.listed = true
	for _, in := range n.inputs {
		p.list(in)
	}
	p.order = append(p.order, n)
}

func (r *Realiser) checkSources(ctx context.Context, p *plan) error {
	if len(p.order) == 0 {
		return nil
	}
	slices.SortFunc(p.sources, storepath.Path.Compare)
	p.sources = slices.Compact(p.sources)
	if err := r.Store.AddTempRoots(ctx, p.sources...); err != nil {
		return err
	}
	valid, err := r.Store.Valid(ctx, p.sources)
	if err != nil {
		return err
	}
	for _, source := range p.sources {
		if !valid[source] {
			return fmt.Errorf("source '%s' is needed for a build and %w", source, store.ErrInvalid)
		}
	}
	return nil
}

func (p *plan) steps() []Step {
	steps := make([]Step, len(p.order))
	for i, n := range p.order {
		steps[i] = n.step()
	}
	return steps
}

func (n *node) step() Step {
	s := Step{Kind: Build, Derivation: n.path, Name: n.drv.Name}
	switch n.drv.Builder {
	case "builtin:debian-fetch", "builtin:fetchurl":
		s.Kind = Fetch
	case "builtin:debian-unpack":
		s.Kind = Unpack
	}
	if size, ok := n.drv.Get("size"); ok && s.Kind == Fetch {
		s.Size, _ = strconv.ParseInt(size, 10, 64) // a wrong one is found by the builder
	}
	return s
}

// execute builds the plan. Every node waits for its inputs and then for its turn.
func (r *Realiser) execute(ctx context.Context, p *plan) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	for _, n := range p.order {
		go func() {
			n.err = r.executeNode(ctx, n)
			if n.err != nil && !r.KeepGoing {
				cancel()
			}
			close(n.done)
		}()
	}
	var failures []error
	for _, n := range p.order {
		<-n.done
		if n.err != nil {
			failures = append(failures, n.err)
		}
	}
	return mainFailure(failures)
}

// mainFailure prefers what went wrong by itself over its consequences.
func mainFailure(failures []error) error {
	for _, err := range failures {
		var dependency *DependencyError
		if !errors.As(err, &dependency) && !errors.Is(err, context.Canceled) {
			return err
		}
	}
	for _, err := range failures {
		if errors.Is(err, context.Canceled) {
			return err
		}
	}
	if len(failures) > 0 {
		return failures[0]
	}
	return nil
}

func (r *Realiser) executeNode(ctx context.Context, n *node) error {
	failed := 0
	for _, in := range n.inputs {
		select {
		case <-in.done:
			if in.err != nil {
				failed++
			}
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	if failed > 0 {
		return &DependencyError{n.path, failed}
	}
	turns := r.building
	if n.step().Kind == Fetch {
		turns = r.fetching
	}
	select {
	case turns <- struct{}{}:
		defer func() { <-turns }()
	case <-ctx.Done():
		return ctx.Err()
	}
	return r.make(ctx, n)
}
