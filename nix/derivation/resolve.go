package derivation

import (
	"slices"
	"strings"

	"berth.dev/nix/storepath"
)

// Resolve returns the derivation with the outputs of others that it uses in the
// place of these derivations. What an output is, find tells. Paths that were
// deferred are known then; those of floating outputs still are not.
func (d *Derivation) Resolve(find func(derivation storepath.Path, output string) (storepath.Path, error)) (*Derivation, error) {
	resolved := *d
	resolved.Inputs, resolved.Sources = nil, slices.Clone(d.Sources)
	resolved.Outputs = slices.Clone(d.Outputs)
	var pairs []string
	for _, input := range d.Inputs {
		for _, output := range input.Outputs {
			p, err := find(input.Path, output)
			if err != nil {
				return nil, err
			}
			resolved.Sources = append(resolved.Sources, p)
			pairs = append(pairs, storepath.UpstreamPlaceholder(input.Path, output), p.String())
		}
	}
	known := strings.NewReplacer(pairs...)
	resolved.Builder = known.Replace(d.Builder)
	resolved.Args = make([]string, len(d.Args))
	for i, arg := range d.Args {
		resolved.Args[i] = known.Replace(arg)
	}
	resolved.Environment = make([]Variable, len(d.Environment))
	for i, v := range d.Environment {
		resolved.Environment[i] = Variable{known.Replace(v.Name), known.Replace(v.Value)}
	}
	resolved.Sort()
	if slices.ContainsFunc(resolved.Outputs, Output.IsDeferred) {
		var hashes Hashes
		return &resolved, hashes.FillOutputs(&resolved)
	}
	return &resolved, nil
}

// HasUnknownOutputs reports whether some paths are known only after a build.
func (d *Derivation) HasUnknownOutputs() bool {
	return slices.ContainsFunc(d.Outputs, func(o Output) bool { return o.Path.IsZero() })
}
