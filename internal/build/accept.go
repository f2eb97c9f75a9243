package build

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"

	"berth.dev/internal/store"
	"berth.dev/nix/derivation"
	"berth.dev/nix/storepath"
)

// accept checks what the builder made, moves it into the store and registers
// all outputs together.
func (w *work) accept(ctx context.Context) error {
	infos := make([]store.Info, len(w.drv.Outputs))
	for i, o := range w.drv.Outputs {
		info, err := w.inspect(ctx, o)
		if err != nil {
			return err
		}
		infos[i] = info
	}
	if err := checkCycles(w.path, infos); err != nil {
		return err
	}
	for _, info := range infos {
		if err := w.checkReferences(ctx, info, infos); err != nil {
			return err
		}
	}
	var register []store.Info
	for _, info := range infos {
		if w.valid[info.Path] {
			continue
		}
		if err := w.realiser.Store.Install(w.stagedPath(info.Path), info.Path); err != nil {
			return err
		}
		register = append(register, info)
	}
	return w.realiser.Store.Register(ctx, register...)
}

// inspect scans one output and, if its contents are fixed, compares them.
func (w *work) inspect(ctx context.Context, o derivation.Output) (store.Info, error) {
	physical := w.stagedPath(o.Path)
	stat, err := os.Lstat(physical)
	if errors.Is(err, fs.ErrNotExist) {
		return store.Info{}, fmt.Errorf("builder for '%s' failed to produce output path for output '%s' at '%s'", w.path, o.Name, o.Path)
	}
	if err != nil {
		return store.Info{}, err
	}
	candidates := append(slices.Clone(w.closure), w.outputPaths()...)
	scanned, err := w.realiser.Store.Scan(ctx, physical, candidates)
	if err != nil {
		return store.Info{}, fmt.Errorf("scanning output '%s' of '%s': %w", o.Name, w.path, err)
	}
	info := store.Info{Path: o.Path, NARHash: scanned.NARHash, NARSize: scanned.NARSize,
		References: scanned.References, Deriver: w.path, Ultimate: true}
	if o.IsFixed() {
		info.Ultimate, info.Address = false, o.Address()
		err = w.checkFixed(o, stat, scanned)
	}
	return info, err
}

func (w *work) checkFixed(o derivation.Output, stat fs.FileInfo, scanned store.Scanned) error {
	got := scanned.NARHash
	if o.Method == storepath.NARMethod && o.Algorithm != got.Algorithm() {
		digest, err := store.HashTree(o.Algorithm, w.stagedPath(o.Path))
		if err != nil {
			return err
		}
		got = digest
	}
	if o.Method == storepath.FlatMethod {
		if !stat.Mode().IsRegular() || stat.Mode()&0o111 != 0 {
			return fmt.Errorf("output path '%s' should be a non-executable regular file since recursive hashing is not enabled (one of outputHashMode={flat,text} is true)", o.Path)
		}
		digest, err := store.HashFile(o.Algorithm, w.stagedPath(o.Path))
		if err != nil {
			return err
		}
		got = digest
	}
	if got != o.Hash {
		return &MismatchError{w.path, o.Hash, got}
	}
	if len(scanned.References) > 0 {
		return fmt.Errorf("fixed-output derivations must not reference store paths: '%s' references %d distinct paths, e.g. '%s'",
			w.path, len(scanned.References), scanned.References[0])
	}
	return nil
}

// checkCycles refuses outputs that refer to each other in a circle, which
// could not be registered one after the other.
func checkCycles(derivation storepath.Path, infos []store.Info) error {
	byPath := map[storepath.Path]store.Info{}
	for _, info := range infos {
		byPath[info.Path] = info
	}
	state := map[storepath.Path]int{} // 1 while its references are followed, 2 after
	var follow func(from, p storepath.Path) error
	follow = func(from, p storepath.Path) error {
		info, own := byPath[p]
		if !own || state[p] == 2 {
			return nil
		}
		if state[p] == 1 {
			return fmt.Errorf("cycle detected in build of '%s' in the references of output '%s' from output '%s'", derivation, from, p)
		}
		state[p] = 1
		for _, reference := range info.References {
			if reference != p {
				if err := follow(p, reference); err != nil {
					return err
				}
			}
		}
		state[p] = 2
		return nil
	}
	for _, info := range infos {
		if err := follow(info.Path, info.Path); err != nil {
			return err
		}
	}
	return nil
}

// referenceRule is one of the attributes that bound what outputs refer to.
type referenceRule struct {
	attribute string
	allowed   bool // the list is of what is allowed, else of what is not
	closure   bool // it is about everything reached, not only direct references
}

// checkReferences applies allowedReferences and its three relatives.
func (w *work) checkReferences(ctx context.Context, info store.Info, own []store.Info) error {
	for _, rule := range []referenceRule{
		{"allowedReferences", true, false}, {"allowedRequisites", true, true},
		{"disallowedReferences", false, false}, {"disallowedRequisites", false, true},
	} {
		listed, ok, err := w.referenceList(rule.attribute, info)
		if err != nil {
			return err
		}
		if !ok {
			continue
		}
		reached := info.References
		if rule.closure {
			if reached, err = w.reach(ctx, info, own); err != nil {
				return err
			}
		}
		var bad []string
		for _, p := range reached {
			if slices.Contains(listed, p) != rule.allowed {
				bad = append(bad, "\n  "+p.String())
			}
		}
		if len(bad) > 0 {
			return fmt.Errorf("output '%s' is not allowed to refer to the following paths:%s", info.Path, strings.Join(bad, ""))
		}
	}
	return nil
}

// referenceList reads store paths and output names.
func (w *work) referenceList(attribute string, info store.Info) ([]storepath.Path, bool, error) {
	attributes, err := w.attributes()
	if err != nil {
		return nil, false, err
	}
	words, ok := attributes.list(attribute)
	if per, has := attributes.outputCheck(w.outputName(info.Path), attribute); has {
		words, ok = per, true
	}
	var listed []storepath.Path
	for _, word := range words {
		if o, isOutput := w.drv.Output(word); isOutput {
			listed = append(listed, o.Path)
			continue
		}
		p, _, err := storepath.Split(word)
		if err != nil {
			return nil, false, fmt.Errorf("derivation '%s' lists an illegal reference '%s' in '%s'", w.path, word, attribute)
		}
		listed = append(listed, p)
	}
	return listed, ok, nil
}

func (w *work) outputName(p storepath.Path) string {
	for _, o := range w.drv.Outputs {
		if o.Path == p {
			return o.Name
		}
	}
	return ""
}

// reach returns everything an output refers to, also through its siblings, which are not valid yet.
func (w *work) reach(ctx context.Context, info store.Info, own []store.Info) ([]storepath.Path, error) {
	seen := map[storepath.Path]bool{}
	var outside []storepath.Path
	var visit func(info store.Info)
	visit = func(info store.Info) {
		for _, p := range info.References {
			if seen[p] {
				continue
			}
			seen[p] = true
			if i := slices.IndexFunc(own, func(o store.Info) bool { return o.Path == p }); i >= 0 {
				visit(own[i])
			} else {
				outside = append(outside, p)
			}
		}
	}
	visit(info)
	closure, err := w.realiser.Store.Closure(ctx, outside...)
	for _, p := range closure {
		seen[p] = true
	}
	reached := make([]storepath.Path, 0, len(seen))
	for p := range seen {
		reached = append(reached, p)
	}
	slices.SortFunc(reached, storepath.Path.Compare)
	return reached, err
}
