package binarycache

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"sync"

	"berth.dev/nix/storepath"
)

// Copier copies closures from some places to another.
type Copier struct {
	From []Source // asked in this order
	To   Target
	// Trust decides what may be copied.
	Trust Trust
	// Parallel is how many archives are on their way at once.
	Parallel int
	Progress Progress
}

// defaultParallel suits both a network and a disk.
const defaultParallel = 32

// UntrustedError says that a path is refused because nobody trusted vouches for it.
type UntrustedError struct {
	Path   storepath.Path
	Source string
}

func (e *UntrustedError) Error() string {
	return fmt.Sprintf("cannot add path '%s' from '%s' because it lacks a signature by a trusted key", e.Path, e.Source)
}

// found is a path and who has it.
type found struct {
	*NARInfo
	source Source
	queued chan struct{} // closed when others need not wait for it any more
	err    error         // why nobody can be asked for it
	once   sync.Once
}

func (f *found) letGo() { f.once.Do(func() { close(f.queued) }) }

// Copy makes the closures of some paths valid in the target. All must be there.
func (c *Copier) Copy(ctx context.Context, wanted ...storepath.Path) error {
	plan, missing, err := c.plan(ctx, wanted)
	if err != nil {
		return err
	}
	if len(missing) > 0 {
		return missing[0]
	}
	return c.execute(ctx, plan)
}

// CopyAvailable copies those of the paths whose whole closure can be had, and
// returns them. The others are no error.
func (c *Copier) CopyAvailable(ctx context.Context, wanted ...storepath.Path) ([]storepath.Path, error) {
	plan, _, err := c.plan(ctx, wanted)
	if err != nil {
		return nil, err
	}
	var available []storepath.Path
	for _, p := range wanted {
		if f := plan.found[p]; f != nil && !plan.isBroken(p) {
			available = append(available, p)
		}
	}
	if len(available) == 0 {
		return nil, nil
	}
	return available, c.execute(ctx, plan.only(available))
}

// plan is what has to be copied.
type plan struct {
	found  map[storepath.Path]*found
	absent map[storepath.Path]error
	broken map[storepath.Path]bool // whether a path or what it needs is absent
}

// plan asks for everything that is missing in the target, one level of
// references at a time.
func (c *Copier) plan(ctx context.Context, wanted []storepath.Path) (*plan, []error, error) {
	p := &plan{map[storepath.Path]*found{}, map[storepath.Path]error{}, map[storepath.Path]bool{}}
	seen := map[storepath.Path]bool{}
	for level := wanted; len(level) > 0; {
		level = slices.DeleteFunc(slices.Clone(level), func(p storepath.Path) bool {
			known := seen[p]
			seen[p] = true
			return known
		})
		valid, err := c.To.Valid(ctx, level)
		if err != nil {
			return nil, nil, err
		}
		level = slices.DeleteFunc(level, func(p storepath.Path) bool { return valid[p] })
		answers, err := c.ask(ctx, level)
		if err != nil {
			return nil, nil, err
		}
		var next []storepath.Path
		for i, a := range answers {
			if a.err != nil {
				p.absent[level[i]] = a.err
				continue
			}
			p.found[level[i]] = a
			next = append(next, a.References...)
		}
		level = next
	}
	var missing []error
	for _, w := range wanted {
		if err := p.absent[w]; err != nil {
			missing = append(missing, err)
		}
	}
	if len(missing) == 0 {
		for _, err := range p.absent {
			missing = append(missing, err)
		}
	}
	return p, missing, nil
}

// ask queries the sources about several paths at once. An answer whose error is
// set says that nobody has the path, or nobody who is trusted.
func (c *Copier) ask(ctx context.Context, level []storepath.Path) ([]*found, error) {
	answers := make([]*found, len(level))
	failed := make([]error, len(level))
	c.each(len(level), func(i int) { answers[i], failed[i] = c.find(ctx, level[i]) })
	return answers, errors.Join(failed...)
}

// each calls a function for every index, several at a time.
func (c *Copier) each(n int, do func(i int)) {
	turns := make(chan struct{}, c.parallel())
	var all sync.WaitGroup
	for i := range n {
		turns <- struct{}{}
		all.Go(func() {
			do(i)
			<-turns
		})
	}
	all.Wait()
}

func (c *Copier) parallel() int {
	if c.Parallel > 0 {
		return c.Parallel
	}
	return defaultParallel
}

// find asks one source after the other. One that fails is passed over if
// another one has the path.
func (c *Copier) find(ctx context.Context, p storepath.Path) (*found, error) {
	f := &found{queued: make(chan struct{}), err: fmt.Errorf("path '%s' %w", p, ErrAbsent)}
	var failures []error
	for _, source := range c.From {
		info, err := source.Query(ctx, p)
		switch {
		case ctx.Err() != nil:
			return nil, ctx.Err()
		case errors.Is(err, ErrAbsent):
		case err != nil:
			failures = append(failures, err)
		case !c.Trust.Accepts(&info.Info):
			f.err = &UntrustedError{p, source.Name()}
		default:
			f.NARInfo, f.source, f.err = info, source, nil
			return f, nil
		}
	}
	if len(failures) > 0 {
		f.err = errors.Join(failures...)
	}
	return f, nil
}

// isBroken reports whether a path cannot be completed.
func (p *plan) isBroken(path storepath.Path) bool {
	if p.absent[path] != nil {
		return true
	}
	f := p.found[path]
	if f == nil {
		return false // valid in the target
	}
	if broken, known := p.broken[path]; known {
		return broken
	}
	p.broken[path] = false // ends the search at what refers to itself
	broken := slices.ContainsFunc(f.References, p.isBroken)
	p.broken[path] = broken
	return broken
}

// only leaves what some paths need.
func (p *plan) only(wanted []storepath.Path) *plan {
	part := &plan{found: map[storepath.Path]*found{}}
	var add func(storepath.Path)
	add = func(path storepath.Path) {
		if f := p.found[path]; f != nil && part.found[path] == nil {
			part.found[path] = f
			for _, reference := range f.References {
				add(reference)
			}
		}
	}
	for _, path := range wanted {
		add(path)
	}
	return part
}

// order puts references before what refers to them.
func (p *plan) order() []*found {
	var ordered []*found
	state := map[storepath.Path]bool{}
	var visit func(storepath.Path)
	visit = func(path storepath.Path) {
		f := p.found[path]
		if f == nil || state[path] {
			return
		}
		state[path] = true
		for _, reference := range f.References {
			visit(reference)
		}
		ordered = append(ordered, f)
	}
	paths := make([]storepath.Path, 0, len(p.found))
	for path := range p.found {
		paths = append(paths, path)
	}
	slices.SortFunc(paths, storepath.Path.Compare)
	for _, path := range paths {
		visit(path)
	}
	return ordered
}

// execute copies the archives. Several are on their way at once, but a path
// becomes valid only after what it refers to: since that was begun before, no
// two can wait for each other.
func (c *Copier) execute(ctx context.Context, p *plan) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	ordered := p.order()
	failed := make([]error, len(ordered))
	c.each(len(ordered), func(i int) {
		f := ordered[i]
		if failed[i] = c.one(ctx, p, f); failed[i] != nil {
			cancel() // whoever waits for this one stops waiting
			return
		}
		f.letGo()
	})
	var first error
	for _, err := range failed {
		if err != nil && (first == nil || errors.Is(first, context.Canceled)) {
			first = err
		}
	}
	return first
}

func (c *Copier) one(ctx context.Context, p *plan, f *found) (err error) {
	if err := ctx.Err(); err != nil {
		return err
	}
	progress, end := c.begin(f)
	defer func() { end(err) }()
	archive, err := f.source.Archive(ctx, f.NARInfo)
	if err != nil {
		return err
	}
	defer archive.Close()
	return c.To.Add(ctx, f.Info, &counting{archive, 0, progress}, func() error { return p.waitForReferences(ctx, f) }, f.letGo)
}

func (c *Copier) begin(f *found) (func(int64), func(error)) {
	if c.Progress == nil {
		return Silent{}.Begin(f.Path, f.NARSize)
	}
	return c.Progress.Begin(f.Path, f.NARSize)
}

func (p *plan) waitForReferences(ctx context.Context, f *found) error {
	for _, reference := range f.References {
		other := p.found[reference]
		if other == nil || other == f {
			continue
		}
		select {
		case <-other.queued:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return nil
}

// counting tells how much was read.
type counting struct {
	io.Reader
	done   int64
	report func(int64)
}

func (r *counting) Read(p []byte) (int, error) {
	n, err := r.Reader.Read(p)
	r.done += int64(n)
	r.report(r.done)
	return n, err
}
