package flake

import (
	"context"
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"
)

// Source turns references into source trees.
type Source interface {
	// Tree makes the tree that a reference stands for readable below
	// Tree.Path. An error says what would have been needed.
	Tree(ctx context.Context, ref Reference) (*Tree, error)
}

// Tree is a source tree that the evaluator can read.
type Tree struct {
	// Path is the store path where the evaluator sees the tree.
	Path string
	// Origin is the directory on disk that the tree was taken from, empty if
	// there is none. Inputs with relative paths that lead out of the tree
	// start there.
	Origin string
	// Info holds what sourceInfo shows besides outPath: narHash,
	// lastModified, lastModifiedDate, rev, shortRev, dirtyRev ... Values are
	// strings or int64.
	Info map[string]any
}

// Declaration reads what a flake.nix declares.
type Declaration interface {
	// Inputs returns the declared inputs of the flake.nix at a path. Relative
	// paths in references stay relative.
	Inputs(ctx context.Context, file string) (map[string]*Input, error)
}

// Input is one entry of a flake's inputs attribute. At most one of Ref and
// Follows is set; with neither, the input's own name is looked up.
type Input struct {
	Ref     Reference
	Follows []string // names of inputs, from the declaring flake on
	NoFlake bool     // flake = false
	// Inputs overrides inputs of this input.
	Inputs map[string]*Input
	// Place names where the input was declared, for messages.
	Place string
}

// Graph is a flake with everything it takes in, resolved.
type Graph struct {
	Root *Node
	// Unused are override targets that no flake declares.
	Unused []string
}

// Node is one flake, or one plain source tree, of a graph.
type Node struct {
	Tree    *Tree
	Ref     Reference
	Dir     string // of flake.nix below the tree; "" is its top
	NoFlake bool
	Inputs  map[string]*Node
}

// Resolver builds graphs.
type Resolver struct {
	Source      Source
	Declaration Declaration
	// Overrides maps input paths such as "nixpkgs" or "utils/systems" to
	// references that win over everything declared.
	Overrides map[string]Reference
}

// Resolve follows the inputs of the flake at ref.
func (r *Resolver) Resolve(ctx context.Context, ref Reference) (*Graph, error) {
	tree, err := r.Source.Tree(ctx, ref)
	if err != nil {
		return nil, err
	}
	w := &walk{Resolver: r, overrides: map[string]override{}, nodes: map[string]*Node{}, follows: map[string]string{}}
	for name, ref := range r.Overrides {
		w.overrides[name] = override{input: &Input{Ref: ref}, commandLine: true}
	}
	root := &Node{Tree: tree, Ref: ref, Dir: ref.Dir()}
	if err := w.flake(ctx, root, "", nil); err != nil {
		return nil, err
	}
	if err := w.connect(root); err != nil {
		return nil, err
	}
	return &Graph{Root: root, Unused: w.unused()}, nil
}

// walk is the state of one Resolve. Input paths are names joined by "/".
type walk struct {
	*Resolver
	overrides map[string]override
	nodes     map[string]*Node
	follows   map[string]string // input path -> the input path it follows
}

type override struct {
	input *Input
	// prefix is the input path of the flake that declared the override.
	prefix      string
	used        bool
	commandLine bool
}

// flake resolves the inputs that the flake of node declares. chain are the
// trees around it, to notice a flake that takes in itself.
func (w *walk) flake(ctx context.Context, node *Node, prefix string, chain []string) error {
	place := path.Join(node.Tree.Path, node.Dir)
	if slices.Contains(chain, place) {
		return fmt.Errorf("flake '%s' takes in itself by the input '%s'", node.Ref, prefix)
	}
	inputs, err := w.Declaration.Inputs(ctx, path.Join(place, "flake.nix"))
	if err != nil {
		return err
	}
	node.Inputs = map[string]*Node{}
	names := slices.Sorted(maps.Keys(inputs))
	for _, name := range names {
		w.declareOverrides(join(prefix, name), prefix, inputs[name].Inputs)
	}
	for _, name := range names {
		if err := w.input(ctx, node, join(prefix, name), name, prefix, inputs[name], append(chain, place)); err != nil {
			return err
		}
	}
	return nil
}

// declareOverrides notes the overrides inside an input. Those of a flake
// further out, noted before, win.
func (w *walk) declareOverrides(at, prefix string, inputs map[string]*Input) {
	for name, input := range inputs {
		target := join(at, name)
		if _, ok := w.overrides[target]; !ok && (input.Ref != nil || input.Follows != nil) {
			w.overrides[target] = override{input: input, prefix: prefix}
		}
		w.declareOverrides(target, prefix, input.Inputs)
	}
}

func (w *walk) input(ctx context.Context, parent *Node, at, name, prefix string, input *Input, chain []string) error {
	noFlake := input.NoFlake
	if o, ok := w.overrides[at]; ok {
		o.used = true
		w.overrides[at] = o
		input, prefix = o.input, o.prefix
		noFlake = noFlake || input.NoFlake
	}
	if input.Follows != nil {
		w.follows[at] = join(prefix, strings.Join(input.Follows, "/"))
		parent.Inputs[name] = nil
		return nil
	}
	ref := input.Ref
	if ref == nil {
		ref = Reference{"type": TypeIndirect, "id": name}
	}
	node, err := w.node(ctx, parent, ref)
	if err != nil {
		return fmt.Errorf("input '%s': %w", at, err)
	}
	node.NoFlake = noFlake
	w.nodes[at] = node
	parent.Inputs[name] = node
	if noFlake {
		return nil
	}
	return w.flake(ctx, node, at, chain)
}

// node makes the node of a reference. A relative path names a folder of the
// parent's own tree or, if it leads out of that, one beside it on disk.
func (w *walk) node(ctx context.Context, parent *Node, ref Reference) (*Node, error) {
	if ref.Type() == TypePath && !path.IsAbs(ref["path"]) {
		inside := path.Join(parent.Dir, ref["path"])
		if !strings.HasPrefix(inside+"/", "../") {
			return &Node{Tree: parent.Tree, Ref: ref, Dir: strings.TrimPrefix(path.Join(inside, ref.Dir()), ".")}, nil
		}
		if parent.Tree.Origin == "" {
			return nil, fmt.Errorf("the path '%s' leads out of the source tree of '%s'", ref["path"], parent.Ref)
		}
		absolute := maps.Clone(ref)
		absolute["path"] = path.Join(parent.Tree.Origin, inside)
		ref = absolute
	}
	tree, err := w.Source.Tree(ctx, ref)
	if err != nil {
		return nil, err
	}
	return &Node{Tree: tree, Ref: ref, Dir: ref.Dir()}, nil
}

// connect fills in the inputs that follow others.
func (w *walk) connect(root *Node) error {
	for at := range w.follows {
		target, err := w.target(at, root, nil)
		if err != nil {
			return err
		}
		parent := root
		if dir := path.Dir(at); dir != "." {
			parent = w.nodes[dir]
		}
		parent.Inputs[path.Base(at)] = target
	}
	return nil
}

// target finds the node that the input at a path is in the end.
func (w *walk) target(at string, root *Node, chain []string) (*Node, error) {
	if at == "" {
		return root, nil
	}
	if slices.Contains(chain, at) {
		return nil, fmt.Errorf("input '%s' follows itself (%s)", at, strings.Join(append(chain, at), " → "))
	}
	if next, ok := w.follows[at]; ok {
		return w.target(next, root, append(chain, at))
	}
	if node, ok := w.nodes[at]; ok {
		return node, nil
	}
	// A step on the way may itself follow something else.
	if dir := path.Dir(at); dir != "." {
		if next, ok := w.follows[dir]; ok {
			return w.target(join(next, path.Base(at)), root, append(chain, at))
		}
	}
	follower := at
	if len(chain) > 0 {
		follower = chain[0]
	}
	return nil, fmt.Errorf("input '%s' follows a non-existent input '%s'", follower, at)
}

func (w *walk) unused() []string {
	var names []string
	for at, o := range w.overrides {
		if !o.used {
			names = append(names, at)
		}
	}
	slices.Sort(names)
	return names
}

func join(prefix, name string) string {
	if prefix == "" {
		return name
	}
	return prefix + "/" + name
}
