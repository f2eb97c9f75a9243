package cli

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"berth.dev/internal/build"
	"berth.dev/internal/description"
	"berth.dev/internal/store"
	"berth.dev/internal/system"
	"berth.dev/internal/testdriver"
	"berth.dev/internal/ui"
	"berth.dev/nix/derivation"
	"berth.dev/nix/storepath"
)

// isDescription recognises a test description written by hand: the right half
// of berth needs no language.
func isDescription(arg string) bool { return filepath.Ext(arg) == ".json" }

// runDescription runs a test description from a file.
func (r *checkRun) runDescription(ctx context.Context, file string) error {
	text, err := os.ReadFile(file)
	if err != nil {
		return fmt.Errorf("reading a test description: %w", err)
	}
	test, err := description.DecodeTest(text, file)
	if err != nil {
		return err
	}
	r.results = append(r.results, r.outcome(test.Name, func() (*testdriver.Result, error) {
		if r.handwritten, err = r.deployments(ctx, test); err != nil {
			return nil, err
		}
		return r.runTest(ctx, test)
	}))
	return r.report()
}

// deployments realises the packages of a test that names them itself.
func (r *checkRun) deployments(ctx context.Context, test *description.Test) (map[string]*system.Deployment, error) {
	done := r.times.start("realise")
	defer done()
	made := map[string]*system.Deployment{}
	for name, m := range test.Machines {
		if m.Description == nil {
			continue
		}
		parts, err := r.realisePackages(ctx, r.display, m.Description.DebianPackages)
		if err != nil {
			return nil, fmt.Errorf("machine %s: %w", name, err)
		}
		made[name] = &system.Deployment{System: m.Description, Parts: parts}
	}
	return made, nil
}

// realisePackages fetches and unpacks the dependency closure of Debian
// packages and returns the parts.
func (w *workspace) realisePackages(ctx context.Context, display *ui.Display, names []string) ([]storepath.Path, error) {
	records, err := w.archive.Resolve(names)
	if err != nil {
		return nil, err
	}
	hashes := &derivation.Hashes{}
	var texts []store.Text
	var wanted []build.Wanted
	var outputs []storepath.Path
	for _, record := range records {
		part, err := system.MakePart(hashes, record, nixSystem())
		if err != nil {
			return nil, err
		}
		for _, d := range []*derivation.Derivation{part.Fetch, part.Unpack} {
			texts = append(texts, store.Text{Name: d.Name + derivation.Extension, Content: d.String(), References: d.References()})
		}
		wanted = append(wanted, build.Wanted{Derivation: part.UnpackPath})
		outputs = append(outputs, part.Output)
	}
	if _, err := w.store.AddTexts(ctx, texts); err != nil {
		return nil, err
	}
	if _, err := w.realiser(display).Realise(ctx, wanted...); err != nil {
		return nil, err
	}
	slices.SortFunc(outputs, storepath.Path.Compare)
	return outputs, nil
}
