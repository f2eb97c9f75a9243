package flake

import (
	"context"
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"
	"sync"
)

// Locker resolves the inputs of flakes: it keeps what a lock file says as long
// as that fits the declarations, and fetches what is new.
type Locker struct {
	Source      Source
	Declaration Declaration
	// Images pins inputs that are container images; nil refuses them.
	Images Images
	// Overrides maps input paths such as "nixpkgs" or "utils/systems" to
	// references that win over everything declared.
	Overrides map[string]Reference
	// Updates are input paths whose locks are made anew.
	Updates []string
	// Recreate makes all locks anew.
	Recreate bool
}

// Lock resolves the flake at ref with all its inputs. Trees that the lock file
// pins are fetched when the graph is asked for them.
func (l *Locker) Lock(ctx context.Context, ref Reference) (*Graph, error) {
	tree, err := l.Source.Tree(ctx, ref, AllRegistries)
	if err != nil {
		return nil, err
	}
	root := &Node{Inputs: map[string]*Node{}, ref: tree.Locked, fetch: func() (*Tree, error) { return tree, nil }}
	file, err := root.Declared()
	if err != nil {
		return nil, err
	}
	inputs, err := l.Declaration.Inputs(ctx, file)
	if err != nil {
		return nil, err
	}
	old, err := l.Declaration.Lock(ctx, path.Join(path.Dir(file), LockName))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", ref, err)
	}
	g := &Graph{Root: root, Old: old, Lock: &LockNode{Inputs: map[string]LockEdge{}}}
	w := &walk{Locker: l, root: root, overrides: map[string]override{}, seen: map[string]bool{}}
	for at, ref := range l.Overrides {
		w.overrides[at] = override{input: &Input{Ref: ref}, from: root, commandLine: true}
	}
	if err := w.flake(ctx, visit{node: root, entry: g.Lock, old: old}, absolute("", inputs)); err != nil {
		return nil, err
	}
	w.warnUnused()
	g.Warnings = w.warnings
	return g, g.connect()
}

// walk is the state of one Lock. Input paths are names joined by "/".
type walk struct {
	*Locker
	root      *Node
	overrides map[string]override
	seen      map[string]bool // input paths of all inputs
	parents   []Reference     // being read, to notice circles
	warnings  []string
}

type override struct {
	input *Input
	// from is the flake that declared the override.
	from        *Node
	commandLine bool
}

// visit is one flake on the walk.
type visit struct {
	node  *Node
	entry *LockNode // of the new lock
	// old is the entry of an older lock, or nil; oldAt is the input path of
	// the flake whose lock file that is.
	old   *LockNode
	oldAt string
	// trusted says that the inputs come from old, not from a flake.nix.
	trusted bool
}

// absolute makes what inputs follow input paths from the root on.
func absolute(at string, inputs map[string]*Input) map[string]*Input {
	changed := map[string]*Input{}
	for name, input := range inputs {
		copied := *input
		if input.Follows != nil {
			copied.Follows = append(split(at), input.Follows...)
		}
		copied.Inputs = absolute(at, input.Inputs)
		changed[name] = &copied
	}
	return changed
}

// flake resolves the inputs of one flake.
func (w *walk) flake(ctx context.Context, v visit, inputs map[string]*Input) error {
	names := slices.Sorted(maps.Keys(inputs))
	for _, name := range names {
		w.declareOverrides(join(v.node.at, name), v.node, inputs[name].Inputs)
	}
	w.warnMisdirected(v.node, inputs)
	for _, name := range names {
		if err := w.input(ctx, v, name, inputs[name]); err != nil {
			return err
		}
	}
	return nil
}

// declareOverrides notes the overrides inside an input. Those of a flake
// further out, noted before, win.
func (w *walk) declareOverrides(at string, from *Node, inputs map[string]*Input) {
	for name, input := range inputs {
		target := join(at, name)
		if _, ok := w.overrides[target]; !ok && (input.Ref != nil || input.Follows != nil) {
			w.overrides[target] = override{input: input, from: from}
		}
		w.declareOverrides(target, from, input.Inputs)
	}
}

// warnMisdirected notes overrides of inputs that a flake does not have.
func (w *walk) warnMisdirected(n *Node, inputs map[string]*Input) {
	for _, at := range slices.Sorted(maps.Keys(w.overrides)) {
		dir, name := cutLast(at)
		if dir == n.at && inputs[name] == nil && !n.embedded && !w.overrides[at].commandLine {
			w.warnings = append(w.warnings, fmt.Sprintf("input '%s' has an override for a non-existent input '%s'", dir, name))
		}
	}
}

// warnUnused notes overrides and updates of inputs that do not exist.
func (w *walk) warnUnused() {
	for _, at := range slices.Sorted(maps.Keys(w.Overrides)) {
		if !w.seen[at] {
			w.warnings = append(w.warnings, fmt.Sprintf("no flake has the input '%s', so overriding it changes nothing", at))
		}
	}
	for _, at := range w.Updates {
		if !w.seen[at] {
			w.warnings = append(w.warnings, fmt.Sprintf("'%s' does not match any input of this flake", at))
		}
	}
}

// input resolves one input of a flake.
func (w *walk) input(ctx context.Context, v visit, name string, declared *Input) error {
	at := join(v.node.at, name)
	w.seen[at] = true
	input, o := declared, w.overrides[at]
	from := v.node
	if o.input != nil {
		replaced := *o.input
		replaced.NoFlake = declared.NoFlake
		input, from = &replaced, o.from
	}
	if input.Follows != nil {
		if v.node.follows == nil {
			v.node.follows = map[string][]string{}
		}
		v.node.follows[name] = input.Follows
		v.entry.Inputs[name] = LockEdge{Follows: input.Follows}
		return nil
	}
	one := &oneInput{
		name: name, noFlake: input.NoFlake, commandLine: o.commandLine, from: from,
		ref: orByName(input.Ref, name), original: orByName(input.Ref, name),
		node: &Node{at: at, Inputs: map[string]*Node{}, NoFlake: input.NoFlake},
	}
	if o.commandLine {
		one.original = orByName(declared.Ref, name)
	}
	v.node.Inputs[name] = one.node
	if err := w.resolve(ctx, v, one); err != nil {
		return fmt.Errorf("input '%s': %w", at, err)
	}
	return nil
}

// orByName returns the reference of an input that declares none: its name.
func orByName(ref Reference, name string) Reference {
	if ref == nil {
		return Reference{"type": TypeIndirect, "id": name}
	}
	return ref
}

// oneInput is an input that is about to become a node.
type oneInput struct {
	name          string
	ref, original Reference
	noFlake       bool
	commandLine   bool
	from          *Node // the flake that a relative reference starts at
	node          *Node
}

func (w *walk) resolve(ctx context.Context, v visit, one *oneInput) error {
	if one.ref.Type() == TypeOCI {
		return w.image(ctx, one)
	}
	isName := one.ref.Type() == TypeIndirect
	if (isName || !one.commandLine) && w.Source.Embedded(one.ref) {
		return w.embedded(ctx, v, one)
	}
	if outside, err := one.outside(); err != nil {
		return err
	} else if outside != nil {
		return w.unwritten(ctx, one, outside)
	}
	if old := w.kept(v, one); old != nil {
		return w.keep(ctx, v, one, old)
	}
	return w.lock(ctx, v, one)
}

// image takes an input that is a container image. Its value is its name with
// the digest, which is what options for images take.
func (w *walk) image(ctx context.Context, one *oneInput) (err error) {
	if w.Images == nil {
		return fmt.Errorf("'%s' is a container image, which cannot be an input here", one.ref)
	}
	update := w.Recreate || slices.Contains(w.Updates, one.node.at)
	one.node.image, err = w.Images.Pin(ctx, strings.TrimPrefix(one.ref["url"], "oci://"), update)
	return err
}

// embedded takes an input that is built in. An entry of the old lock that fits
// the declaration stays, for those who lock with other tools.
func (w *walk) embedded(ctx context.Context, v visit, one *oneInput) error {
	if v.old != nil {
		if edge := v.old.Inputs[one.name]; edge.Node != nil && edge.Node.Original.Equal(one.original) {
			v.entry.Inputs[one.name] = LockEdge{Node: edge.Node.rebased(split(v.oldAt), map[*LockNode]*LockNode{})}
		}
	}
	one.node.embedded = true
	return w.unwritten(ctx, one, one.ref)
}

// rebased copies an entry of the lock of another flake: input paths in it
// begin at that flake.
func (n *LockNode) rebased(at []string, done map[*LockNode]*LockNode) *LockNode {
	if copied, ok := done[n]; ok {
		return copied
	}
	copied := &LockNode{Original: n.Original, Locked: n.Locked, NoFlake: n.NoFlake, Inputs: map[string]LockEdge{}}
	done[n] = copied
	if n.Parent != nil {
		copied.Parent = append(slices.Clone(at), n.Parent...)
	}
	for name, edge := range n.Inputs {
		if edge.Node == nil {
			copied.Inputs[name] = LockEdge{Follows: append(slices.Clone(at), edge.Follows...)}
		} else {
			copied.Inputs[name] = LockEdge{Node: edge.Node.rebased(at, done)}
		}
	}
	return copied
}

// outside returns the absolute form of a relative path that leads out of the
// source tree, or nil. Such a place is beside the tree on disk.
func (one *oneInput) outside() (Reference, error) {
	if !one.ref.IsRelative() {
		return nil, nil
	}
	inside := path.Join(one.from.Dir(), one.ref["path"])
	if !strings.HasPrefix(inside+"/", "../") {
		return nil, nil
	}
	tree, err := one.from.Tree()
	if err != nil {
		return nil, err
	}
	if tree.Origin == "" {
		return nil, fmt.Errorf("the path '%s' leads out of the source tree of '%s'", one.ref["path"], one.from.ref)
	}
	return one.ref.With("path", path.Join(tree.Origin, inside)), nil
}

// unwritten fetches an input that the lock file does not mention: one that is
// built in, or a folder beside the source tree, always as it is now.
func (w *walk) unwritten(ctx context.Context, one *oneInput, ref Reference) error {
	one.ref = ref
	entry := &LockNode{Inputs: map[string]LockEdge{}}
	return w.fetch(ctx, one, entry, SharedRegistries)
}

// kept returns the entry of the old lock, if it still fits.
func (w *walk) kept(v visit, one *oneInput) *LockNode {
	if v.old == nil || one.commandLine || w.Recreate && v.oldAt == "" || slices.Contains(w.Updates, one.node.at) {
		return nil
	}
	old := v.old.Inputs[one.name].Node
	if old == nil || !old.Original.Equal(one.ref) {
		return nil
	}
	parent := one.parentPath()
	if (parent == nil) != (old.Parent == nil) || !slices.Equal(parent, append(prefixOf(old.Parent, v.oldAt), old.Parent...)) {
		return nil
	}
	return old
}

// prefixOf returns what stands before an input path of another flake's lock.
func prefixOf(parent []string, at string) []string {
	if parent == nil {
		return nil
	}
	return split(at)
}

// parentPath returns the input path of the flake that a relative reference
// starts at, or nil.
func (one *oneInput) parentPath() []string {
	if !one.ref.IsRelative() {
		return nil
	}
	return split(one.from.at)
}

// keep takes an input as the old lock has it. It is read only if inputs of it
// may have changed.
func (w *walk) keep(ctx context.Context, v visit, one *oneInput, old *LockNode) error {
	entry := &LockNode{Original: old.Original, Locked: old.Locked, NoFlake: old.NoFlake, Parent: one.parentPath(), Inputs: map[string]LockEdge{}}
	v.entry.Inputs[one.name] = LockEdge{Node: entry}
	n := one.node
	n.NoFlake, n.ref = old.NoFlake, old.Locked
	w.place(ctx, one, old.Locked)
	inner := visit{node: n, entry: entry, old: old, oldAt: v.oldAt}
	if inputs, complete := w.lockedInputs(v, n.at, old); complete && !w.updatesBelow(n.at) {
		inner.trusted = true
		return w.flake(ctx, inner, inputs)
	}
	inputs, err := w.declared(ctx, n)
	if err != nil {
		return err
	}
	return w.flake(ctx, inner, inputs)
}

// place says where a node's tree comes from, without fetching it.
func (w *walk) place(ctx context.Context, one *oneInput, locked Reference) {
	if locked.IsRelative() {
		one.node.parent = one.from
		return
	}
	one.node.fetch = sync.OnceValues(func() (*Tree, error) { return w.Source.Tree(ctx, locked, SharedRegistries) })
}

// lockedInputs returns the inputs that an entry of the old lock has, as if they
// had been declared. They are not complete if something that was followed by
// an override no longer is.
func (w *walk) lockedInputs(v visit, at string, old *LockNode) (inputs map[string]*Input, complete bool) {
	inputs = map[string]*Input{}
	for name, edge := range old.Inputs {
		if edge.Node != nil {
			inputs[name] = &Input{Ref: edge.Node.Original, NoFlake: edge.Node.NoFlake}
			continue
		}
		if _, ok := w.overrides[join(at, name)]; !ok && !v.trusted {
			return nil, false
		}
		inputs[name] = &Input{Follows: append(split(v.oldAt), edge.Follows...)}
	}
	return inputs, true
}

// updatesBelow reports whether an input of the input at a path is to be
// updated.
func (w *walk) updatesBelow(at string) bool {
	return slices.ContainsFunc(w.Updates, func(u string) bool { return strings.HasPrefix(u, at+"/") })
}

// declared reads the inputs of a node's flake.nix.
func (w *walk) declared(ctx context.Context, n *Node) (map[string]*Input, error) {
	file, err := n.Declared()
	if err != nil {
		return nil, err
	}
	inputs, err := w.Declaration.Inputs(ctx, file)
	return absolute(n.at, inputs), err
}

// lock fetches an input that has no lock yet.
func (w *walk) lock(ctx context.Context, v visit, one *oneInput) error {
	entry := &LockNode{Original: one.original, NoFlake: one.noFlake, Parent: one.parentPath(), Inputs: map[string]LockEdge{}}
	v.entry.Inputs[one.name] = LockEdge{Node: entry}
	use := SharedRegistries
	if one.commandLine {
		use = Literally
	}
	if one.ref.IsRelative() {
		entry.Locked, one.node.ref = one.ref, one.ref
		one.node.parent = one.from
		return w.inside(ctx, one, entry)
	}
	return w.fetch(ctx, one, entry, use)
}

func (w *walk) fetch(ctx context.Context, one *oneInput, entry *LockNode, use Registries) error {
	tree, err := w.Source.Tree(ctx, one.ref, use)
	if err != nil {
		return err
	}
	entry.Locked, one.node.ref = tree.Locked, tree.Locked
	one.node.fetch = func() (*Tree, error) { return tree, nil }
	return w.inside(ctx, one, entry)
}

// inside goes on with the inputs of an input that was just fetched, using its
// own lock file.
func (w *walk) inside(ctx context.Context, one *oneInput, entry *LockNode) error {
	n := one.node
	if n.NoFlake {
		return nil
	}
	if slices.ContainsFunc(w.parents, one.ref.Equal) {
		return fmt.Errorf("found circular import of flake '%s'", one.ref)
	}
	w.parents = append(w.parents, one.ref)
	defer func() { w.parents = w.parents[:len(w.parents)-1] }()
	inputs, err := w.declared(ctx, n)
	if err != nil {
		return err
	}
	file, err := n.Declared()
	if err != nil {
		return err
	}
	old, err := w.Declaration.Lock(ctx, path.Join(path.Dir(file), LockName))
	if err != nil {
		return err
	}
	return w.flake(ctx, visit{node: n, entry: entry, old: old, oldAt: n.at}, inputs)
}

// Unlocked returns the reference of an input that no lock can pin, such as a
// work tree with changes.
func (n *LockNode) Unlocked() (Reference, bool) {
	all := n.flatten()
	for _, at := range slices.Sorted(maps.Keys(all)) {
		node := all[at].Node
		if node != nil && !node.Locked.IsRelative() && !node.Locked.IsLocked() {
			return node.Locked, true
		}
	}
	return nil, false
}

// cutLast splits an input path before its last name.
func cutLast(at string) (dir, name string) {
	if i := strings.LastIndexByte(at, '/'); i >= 0 {
		return at[:i], at[i+1:]
	}
	return "", at
}
