package system

import (
	"fmt"
	"path"
	"strings"

	"berth.dev/internal/debian"
	"berth.dev/nix/derivation"
	"berth.dev/nix/hash"
	"berth.dev/nix/storepath"
)

// A Part is the pair of derivations that a package of Debian becomes: its
// fetch, and the unpacking of what was fetched. They are the ones that
// nixpkgs/pkgs/debian-packages.nix makes, so that a description written by hand
// and an evaluated one share what is in the store.
type Part struct {
	Fetch, Unpack         *derivation.Derivation
	FetchPath, UnpackPath storepath.Path
	// Output is the unpacked part.
	Output storepath.Path
}

// nameReplacer maps what a file of the archive may be called to what a store
// object may be called.
var nameReplacer = strings.NewReplacer(":", "_", "~", "_", "%", "_")

// MakePart returns the derivations of a package for a platform.
func MakePart(hashes *derivation.Hashes, record debian.Record, platform string) (*Part, error) {
	file := nameReplacer.Replace(path.Base(record.Path))
	digest, err := hash.Parse(record.SHA256, hash.SHA256)
	if err != nil {
		return nil, fmt.Errorf("package %s: %w", record.Name, err)
	}
	p := &Part{}
	p.Fetch = &derivation.Derivation{
		Name: file, System: platform, Builder: "builtin:debian-fetch",
		Outputs: []derivation.Output{{Name: "out", Method: storepath.FlatMethod, Algorithm: hash.SHA256, Hash: digest}},
		Environment: []derivation.Variable{
			{Name: "builder", Value: "builtin:debian-fetch"},
			{Name: "name", Value: file},
			{Name: "outputHash", Value: record.SHA256},
			{Name: "outputHashAlgo", Value: "sha256"},
			{Name: "outputHashMode", Value: "flat"},
			{Name: "path", Value: record.Path},
			{Name: "size", Value: fmt.Sprint(record.Size)},
			{Name: "system", Value: platform},
		},
	}
	if p.FetchPath, err = finish(hashes, p.Fetch); err != nil {
		return nil, fmt.Errorf("package %s: %w", record.Name, err)
	}
	source := p.Fetch.Outputs[0].Path
	p.Unpack = &derivation.Derivation{
		Name: strings.TrimSuffix(file, ".deb"), System: platform, Builder: "builtin:debian-unpack",
		Outputs: []derivation.Output{{Name: "out"}},
		Inputs:  []derivation.Input{{Path: p.FetchPath, Outputs: []string{"out"}}},
		Environment: []derivation.Variable{
			{Name: "builder", Value: "builtin:debian-unpack"},
			{Name: "name", Value: strings.TrimSuffix(file, ".deb")},
			{Name: "rules", Value: debian.UnpackRules},
			{Name: "src", Value: source.String()},
			{Name: "system", Value: platform},
		},
	}
	if p.UnpackPath, err = finish(hashes, p.Unpack); err != nil {
		return nil, fmt.Errorf("package %s: %w", record.Name, err)
	}
	p.Output = p.Unpack.Outputs[0].Path
	return p, nil
}

// finish computes the outputs of a derivation and its own path.
func finish(hashes *derivation.Hashes, d *derivation.Derivation) (storepath.Path, error) {
	if err := hashes.FillOutputs(d); err != nil {
		return storepath.Path{}, err
	}
	p, err := d.Path()
	if err != nil {
		return p, err
	}
	return p, hashes.Add(p, d)
}
