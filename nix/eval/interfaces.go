package eval

import (
	"io"

	"berth.dev/nix/derivation"
	"berth.dev/nix/nar"
	"berth.dev/nix/storepath"
)

// Files is how the evaluator reads source files. Paths are absolute and clean;
// those below the store directory are logical, wherever the store really is.
// Errors about absent files match fs.ErrNotExist.
type Files interface {
	// Lstat describes a file without following a link.
	Lstat(path string) (nar.Node, error)
	// ReadDir lists a directory in any order.
	ReadDir(path string) ([]DirEntry, error)
	// ReadFile reads a whole file, following links.
	ReadFile(path string) ([]byte, error)
	// Open reads a regular file piece by piece.
	Open(path string) (io.ReadCloser, error)
}

// DirEntry is a name in a directory.
type DirEntry struct {
	Name string
	Kind nar.Kind
}

// Store is what the evaluator asks of the store.
type Store interface {
	// AddText stores a text file.
	AddText(name, text string, references []storepath.Path) (storepath.Path, error)
	// AddTree stores a file tree under the path that its contents, digested by
	// the method and algorithm, give it.
	AddTree(name string, tree nar.Tree, filter nar.Filter, method storepath.Method) (storepath.Path, error)
	// AddDerivation stores a derivation whose outputs are filled in.
	AddDerivation(d *derivation.Derivation) (storepath.Path, error)
	// Closure returns an object and everything that it refers to, directly or
	// not.
	Closure(path storepath.Path) ([]storepath.Path, error)
	// ReadDerivation reads a derivation that this evaluation did not make.
	ReadDerivation(path storepath.Path) (*derivation.Derivation, error)
	// Contains reports whether a store object is there and complete.
	Contains(path storepath.Path) (bool, error)
	// Realise builds or fetches what the references name, so that it can be
	// read. It returns the paths of outputs that only a build can tell.
	Realise(references []ContextElement) (map[ContextElement]storepath.Path, error)
}

// Fetcher gets sources from elsewhere and knows about flakes.
type Fetcher interface {
	// Fetch carries out one of the built-in functions fetchurl, fetchTarball,
	// fetchGit, fetchMercurial, fetchTree, getFlake, parseFlakeRef and
	// flakeRefToString. An error becomes one of the calling expression.
	Fetch(ev *Evaluator, builtin string, argument *Value) (*Value, error)
}
