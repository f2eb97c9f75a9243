package instantiate

import (
	"context"
	"fmt"
	"io"
	"slices"
	"sync"

	"berth.dev/internal/store"
	"berth.dev/nix/derivation"
	"berth.dev/nix/eval"
	"berth.dev/nix/hash"
	"berth.dev/nix/nar"
	"berth.dev/nix/storepath"
)

// Realiser makes outputs of derivations valid. The derivations and sources
// they need are in the store by then.
type Realiser func(ctx context.Context, wanted []eval.ContextElement) error

// Store implements [eval.Store] over a physical store. What evaluation adds
// gets its exact path at once but is only written by Flush, all together: most
// evaluations add what an earlier one has added already.
type Store struct {
	ctx      context.Context
	physical *store.Store
	mounts   *Mounts
	realise  Realiser

	mu          sync.Mutex
	texts       []store.Text
	trees       []pendingTree
	added       map[storepath.Path]bool // everything in texts and trees
	derivations map[storepath.Path]*derivation.Derivation
}

// pendingTree is a source tree to be copied.
type pendingTree struct {
	path   storepath.Path
	name   string
	method storepath.Method
	tree   nar.Tree
	filter nar.Filter
}

// NewStore returns a store that writes to a physical one. The context bounds
// everything that evaluation makes it do.
func NewStore(ctx context.Context, physical *store.Store, mounts *Mounts, realise Realiser) *Store {
	return &Store{
		ctx: ctx, physical: physical, mounts: mounts, realise: realise,
		added:       map[storepath.Path]bool{},
		derivations: map[storepath.Path]*derivation.Derivation{},
	}
}

// AddText implements [eval.Store].
func (s *Store) AddText(name, text string, references []storepath.Path) (storepath.Path, error) {
	p, err := storepath.Text(name, text, references)
	if err != nil {
		return p, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.addText(p, store.Text{Name: name, Content: text, References: references})
	return p, nil
}

func (s *Store) addText(p storepath.Path, text store.Text) {
	if s.added[p] {
		return
	}
	s.added[p] = true
	for _, reference := range text.References {
		s.addMount(reference)
	}
	s.texts = append(s.texts, text)
}

// addMount makes sure that a mounted tree that something refers to is written.
func (s *Store) addMount(p storepath.Path) {
	mount, _, ok := s.mounts.find(p.String())
	if !ok || s.added[p] {
		return
	}
	s.added[p] = true
	s.trees = append(s.trees, pendingTree{path: p, name: p.Name(), method: mount.method, tree: nar.FS(mount.tree, ".")})
}

// AddTree implements [eval.Store].
func (s *Store) AddTree(name string, tree nar.Tree, filter nar.Filter, method storepath.Method) (storepath.Path, error) {
	kept, filter := remember(filter)
	content, err := digest(tree, filter, method)
	if err != nil {
		return storepath.Path{}, err
	}
	p, err := storepath.Address{Method: method, Hash: content}.Path(name, storepath.References{})
	if err != nil {
		return p, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.added[p] {
		s.added[p] = true
		s.trees = append(s.trees, pendingTree{path: p, name: name, method: method, tree: tree, filter: kept})
	}
	return p, nil
}

// remember returns a filter that notes what another one keeps, and one that
// later gives the same answers without asking again: the first may be a
// function of the language.
func remember(filter nar.Filter) (later, now nar.Filter) {
	if filter == nil {
		return nil, nil
	}
	kept := map[string]bool{}
	now = func(path string, kind nar.Kind) (bool, error) {
		keep, err := filter(path, kind)
		kept[path] = keep
		return keep, err
	}
	later = func(path string, _ nar.Kind) (bool, error) { return kept[path], nil }
	return later, now
}

// digest computes what the address of a tree is made from.
func digest(tree nar.Tree, filter nar.Filter, method storepath.Method) (hash.Hash, error) {
	if method != storepath.FlatMethod {
		content, _, err := nar.Digest(hash.SHA256, tree, filter)
		return content, err
	}
	file, err := tree.Open("")
	if err != nil {
		return hash.Hash{}, err
	}
	defer file.Close()
	w := hash.NewWriter(hash.SHA256)
	if _, err := io.Copy(w, file); err != nil {
		return hash.Hash{}, err
	}
	return w.Sum(), nil
}

// AddDerivation implements [eval.Store].
func (s *Store) AddDerivation(d *derivation.Derivation) (storepath.Path, error) {
	text := store.Text{Name: d.Name + derivation.Extension, Content: d.String(), References: d.References()}
	p, err := storepath.Text(text.Name, text.Content, text.References)
	if err != nil {
		return p, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.derivations[p] = d
	s.addText(p, text)
	return p, nil
}

// ReadDerivation implements [eval.Store].
func (s *Store) ReadDerivation(p storepath.Path) (*derivation.Derivation, error) {
	s.mu.Lock()
	d, ok := s.derivations[p]
	s.mu.Unlock()
	if ok {
		return d, nil
	}
	return s.physical.ReadDerivation(p)
}

// Closure implements [eval.Store].
func (s *Store) Closure(p storepath.Path) ([]storepath.Path, error) {
	if err := s.Flush(); err != nil {
		return nil, err
	}
	return s.physical.Closure(s.ctx, p)
}

// written makes sure that an object that evaluation added can be read.
func (s *Store) written(p storepath.Path) error {
	s.mu.Lock()
	pending := s.added[p] && len(s.texts)+len(s.trees) > 0
	s.mu.Unlock()
	if !pending {
		return nil
	}
	return s.Flush()
}

// Contains implements [eval.Store].
func (s *Store) Contains(p storepath.Path) (bool, error) {
	s.mu.Lock()
	added := s.added[p]
	s.mu.Unlock()
	if _, _, mounted := s.mounts.find(p.String()); added || mounted {
		return true, nil
	}
	return s.physical.IsValid(s.ctx, p)
}

// Realise implements [eval.Store]: it builds during evaluation.
func (s *Store) Realise(references []eval.ContextElement) (map[eval.ContextElement]storepath.Path, error) {
	if err := s.Flush(); err != nil {
		return nil, err
	}
	wanted := slices.DeleteFunc(slices.Clone(references), func(e eval.ContextElement) bool { return e.Kind != eval.ContextOutput })
	if len(wanted) == 0 {
		return nil, nil
	}
	if s.realise == nil {
		return nil, fmt.Errorf("'%s' would have to be built, which this command does not do", wanted[0].Path)
	}
	return nil, s.realise(s.ctx, wanted)
}

// Flush writes what evaluation added and the store does not have yet.
func (s *Store) Flush() error {
	s.mu.Lock()
	texts, trees := s.texts, s.trees
	s.texts, s.trees = nil, nil
	s.mu.Unlock()
	if err := s.writeTrees(trees); err != nil {
		return err
	}
	if len(texts) == 0 {
		return nil
	}
	_, err := s.physical.AddTexts(s.ctx, texts)
	return err
}

func (s *Store) writeTrees(trees []pendingTree) error {
	if len(trees) == 0 {
		return nil
	}
	wanted := make([]storepath.Path, len(trees))
	for i, t := range trees {
		wanted[i] = t.path
	}
	if err := s.physical.AddTempRoots(s.ctx, wanted...); err != nil {
		return err
	}
	valid, err := s.physical.Valid(s.ctx, wanted)
	if err != nil {
		return err
	}
	for _, t := range trees {
		if valid[t.path] {
			continue
		}
		got, err := s.physical.AddTree(s.ctx, t.name, t.method, t.tree, t.filter)
		if err != nil {
			return fmt.Errorf("adding the source '%s' to the store: %w", t.name, err)
		}
		if got != t.path {
			return fmt.Errorf("the source '%s' changed while it was read; run the command again", t.name)
		}
	}
	return nil
}

// pathStore is the store of a session that writes nothing: it computes paths,
// and knows the mounted trees.
type pathStore struct {
	*eval.MemoryStore
	mounts *Mounts
}

// Contains implements [eval.Store].
func (s pathStore) Contains(p storepath.Path) (bool, error) {
	if _, _, mounted := s.mounts.find(p.String()); mounted {
		return true, nil
	}
	return s.MemoryStore.Contains(p)
}
