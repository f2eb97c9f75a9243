package flake

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
)

// Registry maps references by name to others.
type Registry []RegistryEntry

// RegistryEntry replaces references that From matches.
type RegistryEntry struct {
	From, To Reference
	// Exact leaves references alone that say more than From.
	Exact bool
}

type registryFile struct {
	Version int                 `json:"version"`
	Flakes  []registryFileEntry `json:"flakes"`
}

type registryFileEntry struct {
	From  map[string]any `json:"from"`
	To    map[string]any `json:"to"`
	Exact bool           `json:"exact,omitempty"`
}

// registryVersion is the format of registry files.
const registryVersion = 2

// ParseRegistry reads a registry in Nix's format.
func ParseRegistry(text []byte) (Registry, error) {
	var file registryFile
	dec := json.NewDecoder(bytes.NewReader(text))
	dec.UseNumber()
	if err := dec.Decode(&file); err != nil {
		return nil, fmt.Errorf("the flake registry is damaged: %w", err)
	}
	if file.Version != registryVersion {
		return nil, fmt.Errorf("the flake registry has version %d, version %d was expected", file.Version, registryVersion)
	}
	var registry Registry
	for _, e := range file.Flakes {
		from, err := FromAttributes(e.From)
		if err != nil {
			return nil, fmt.Errorf("the flake registry: %w", err)
		}
		to, err := FromAttributes(e.To)
		if err != nil {
			return nil, fmt.Errorf("the flake registry: %w", err)
		}
		registry = append(registry, RegistryEntry{from, to, e.Exact})
	}
	return registry, nil
}

// match replaces a reference if the entry is about it. A branch or revision of
// the reference goes with it.
func (e RegistryEntry) match(ref Reference) (Reference, bool) {
	if e.From.Equal(ref.Without("dir")) {
		return e.To.overriddenBy("", "", ref.Dir()), true
	}
	if e.Exact || !e.From.Equal(ref.Without("ref", "rev", "dir")) {
		return nil, false
	}
	return e.To.overriddenBy(ref["ref"], ref["rev"], ref.Dir()), true
}

func (r Reference) overriddenBy(ref, rev, dir string) Reference {
	changed := maps.Clone(r)
	if ref != "" {
		changed["ref"] = ref
	}
	if rev != "" {
		changed["rev"] = rev
	}
	if dir != "" {
		changed["dir"] = dir
	}
	return changed
}

// maxRegistrySteps bounds chains of entries, which may form a circle.
const maxRegistrySteps = 100

// Look replaces a reference by what the registries, the first one first, say
// it stands for, until it says itself where it comes from.
func Look(ref Reference, registries ...Registry) (Reference, error) {
	for range maxRegistrySteps {
		next, ok := lookOnce(ref, registries)
		if !ok {
			return ref, nil
		}
		ref = next
	}
	return nil, fmt.Errorf("the entries of the flake registry for '%s' form a circle", ref)
}

func lookOnce(ref Reference, registries []Registry) (Reference, bool) {
	for _, registry := range registries {
		for _, entry := range registry {
			if next, ok := entry.match(ref); ok {
				return next, true
			}
		}
	}
	return nil, false
}
