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
	Tree(ctx context.Context, ref Reference, use Registries) (*Tree, error)
	// Embedded reports whether a tree that is built in stands for a
	// reference; such inputs need no lock.
	Embedded(ref Reference) bool
}

// Images pins container images. Pins are not part of flake.lock.
type Images interface {
	// Pin returns the name of an image with its digest: the one it was pinned
	// to before or, if there is none or update is true, the one it has now.
	Pin(ctx context.Context, image string, update bool) (string, error)
}

// Registries says where references by name are looked up.
type Registries int

const (
	// AllRegistries is for references of the command line.
	AllRegistries Registries = iota
	// SharedRegistries is for inputs: what the user's own registry says must
	// not change what a flake means.
	SharedRegistries
	// Literally is for references that the command line puts in the place of
	// others: nothing embedded stands for them.
	Literally
)

// Tree is a source tree that the evaluator can read.
type Tree struct {
	// Path is the store path where the evaluator sees the tree.
	Path string
	// Origin is the directory on disk that the tree was taken from, empty if
	// there is none. Inputs with relative paths that lead out of the tree
	// start there.
	Origin string
	// Locked is the reference that always stands for this tree; where there
	// is none, because a work tree has changes for example, it says as much
	// as is known.
	Locked Reference
	// Resolved is the reference after registries were asked.
	Resolved Reference
	// Info holds what sourceInfo shows besides outPath: narHash,
	// lastModified, lastModifiedDate, rev, shortRev, dirtyRev ... Values are
	// strings, int64 or bool.
	Info map[string]any
}

// Declaration reads what a flake.nix declares, and its lock file.
type Declaration interface {
	// Inputs returns the declared inputs of the flake.nix at a path. Relative
	// paths in references stay relative.
	Inputs(ctx context.Context, file string) (map[string]*Input, error)
	// Lock returns the lock file at a path; one that is absent is empty.
	Lock(ctx context.Context, file string) (*LockNode, error)
}

// Input is one entry of a flake's inputs attribute. At most one of Ref and
// Follows is set; with neither, the input's own name is looked up.
type Input struct {
	Ref     Reference
	Follows []string // names of inputs, from the declaring flake on; nil for none
	NoFlake bool     // flake = false
	// Inputs overrides inputs of this input.
	Inputs map[string]*Input
	// Place names where the input was declared, for messages.
	Place string
}

// Graph is a flake with everything it takes in, resolved.
type Graph struct {
	Root *Node
	// Old and Lock are the lock as it was and as it has to be.
	Old, Lock *LockNode
	// Warnings are sentences about overrides and updates that change nothing.
	Warnings []string
}

// Node is one flake, or one plain source tree, of a graph.
type Node struct {
	NoFlake bool
	Inputs  map[string]*Node

	at      string // its input path
	ref     Reference
	parent  *Node // whose tree a relative path lies in
	fetch   func() (*Tree, error)
	follows map[string][]string
	// image is the name, with its digest, of an input that is a container
	// image.
	image string
	// embedded inputs take no overrides.
	embedded bool
}

// Tree returns the source tree of the node, which is fetched when it is asked
// for first.
func (n *Node) Tree() (*Tree, error) {
	switch {
	case n.parent != nil:
		return n.parent.Tree()
	case n.image != "":
		return nil, fmt.Errorf("the image '%s' is not a source tree", n.image)
	}
	return n.fetch()
}

// Dir returns the folder of flake.nix, or of what a relative path names, below
// the tree; "" is its top.
func (n *Node) Dir() string {
	dir := n.ref.Dir()
	if n.parent != nil {
		dir = path.Join(n.parent.Dir(), n.ref["path"], dir)
	}
	return strings.TrimPrefix(dir, "./")
}

// Declared returns the path of the node's flake.nix.
func (n *Node) Declared() (string, error) {
	tree, err := n.Tree()
	if err != nil {
		return "", err
	}
	return path.Join(tree.Path, n.Dir(), "flake.nix"), nil
}

// connect fills in the inputs that follow others.
func (g *Graph) connect() error {
	c := connector{root: g.Root}
	return c.node(g.Root, map[*Node]bool{})
}

type connector struct{ root *Node }

func (c connector) node(n *Node, seen map[*Node]bool) error {
	if seen[n] {
		return nil
	}
	seen[n] = true
	for _, name := range slices.Sorted(maps.Keys(n.follows)) {
		target, err := c.find(n.follows[name], join(n.at, name), nil)
		if err != nil {
			return err
		}
		n.Inputs[name] = target
	}
	for _, name := range slices.Sorted(maps.Keys(n.Inputs)) {
		if err := c.node(n.Inputs[name], seen); err != nil {
			return err
		}
	}
	return nil
}

// find walks an input path from the root on. chain are the followed paths that
// led here.
func (c connector) find(names []string, follower string, chain []string) (*Node, error) {
	at := strings.Join(names, "/")
	if slices.Contains(chain, at) {
		return nil, fmt.Errorf("follow cycle detected: [%s]", strings.Join(append(chain, at), " -> "))
	}
	chain = append(chain, at)
	n := c.root
	for _, name := range names {
		next, ok := n.Inputs[name], false
		if next != nil {
			ok = true
		} else if follows := n.follows[name]; follows != nil {
			var err error
			if next, err = c.find(follows, join(n.at, name), chain); err != nil {
				return nil, err
			}
			ok = true
		}
		if !ok {
			return nil, missingTarget(n, follower, at)
		}
		n = next
	}
	return n, nil
}

func missingTarget(n *Node, follower, at string) error {
	if n.embedded {
		return fmt.Errorf("input '%s' follows '%s', which the embedded '%s' does not have; use --real-inputs, or override the input", follower, at, n.at)
	}
	return fmt.Errorf("input '%s' follows a non-existent input '%s'", follower, at)
}

func join(prefix, name string) string {
	if prefix == "" {
		return name
	}
	return prefix + "/" + name
}

// split is the inverse of joining names of inputs to a path.
func split(at string) []string {
	if at == "" {
		return []string{}
	}
	return strings.Split(at, "/")
}
