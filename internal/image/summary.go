package image

import (
	"encoding/json"
	"maps"
	"slices"

	v1 "github.com/google/go-containerregistry/pkg/v1"
)

// A Summary says for people what an image is.
type Summary struct {
	Name         string          `json:"name"`
	ID           v1.Hash         `json:"id"`
	OS           string          `json:"os"`
	Architecture string          `json:"architecture"`
	Created      string          `json:"created"`
	Config       json.RawMessage `json:"config"`
	// Size is that of the layers, as they are kept where the image is.
	Size     int64          `json:"size"`
	Strategy string         `json:"strategy,omitempty"`
	Layers   []LayerSummary `json:"layers"`
	Packages []Package      `json:"packages,omitempty"`
}

// A LayerSummary says what a layer holds.
type LayerSummary struct {
	Digest v1.Hash  `json:"digest"`
	Size   int64    `json:"size"`
	Kind   Kind     `json:"kind,omitempty"`
	Why    string   `json:"why,omitempty"`
	Paths  []string `json:"paths,omitempty"`
}

// Summary describes an image made by berth.
func (b *Built) Summary() *Summary {
	s := &Summary{
		Name: b.Tag, ID: b.ID, OS: b.Plan.OS, Architecture: b.Plan.Architecture, Created: b.Plan.Created,
		Config: b.Plan.Config, Size: b.Size(), Strategy: b.Plan.Strategy, Packages: b.Plan.Packages,
	}
	for _, l := range b.Layers {
		s.Layers = append(s.Layers, LayerSummary{l.DiffID, l.Size, l.Kind, l.Why, l.Paths})
	}
	return s
}

// Summarize describes an image from elsewhere, as far as it says itself.
func Summarize(image v1.Image, name string) (*Summary, error) {
	text, err := image.RawConfigFile()
	if err != nil {
		return nil, err
	}
	var c struct {
		configFile
		History []struct {
			CreatedBy  string `json:"created_by"`
			EmptyLayer bool   `json:"empty_layer"`
		} `json:"history"`
	}
	if err := json.Unmarshal(text, &c); err != nil {
		return nil, err
	}
	s := &Summary{Name: name, ID: hashOf(text), OS: c.OS, Architecture: c.Architecture, Created: c.Created, Config: c.Config}
	m, err := image.Manifest()
	if err != nil {
		return nil, err
	}
	var whys []string
	for _, h := range c.History {
		if !h.EmptyLayer {
			whys = append(whys, h.CreatedBy)
		}
	}
	for i, l := range m.Layers {
		layer := LayerSummary{Digest: l.Digest, Size: l.Size}
		if len(whys) == len(m.Layers) {
			layer.Why = whys[i]
		}
		s.Layers = append(s.Layers, layer)
		s.Size += l.Size
	}
	return s, nil
}

// A Difference says how an image became another.
type Difference struct {
	Config   []Change       `json:"config"`
	Packages []Change       `json:"packages"`
	Removed  []LayerSummary `json:"removed"`
	Added    []LayerSummary `json:"added"`
	Same     int            `json:"same"`
	// Moved is how many bytes a place with the first image lacks.
	Moved int64 `json:"moved"`
}

// A Change is a value before and after; an empty one was or is not there.
type Change struct {
	Key    string `json:"key"`
	Before string `json:"before,omitempty"`
	After  string `json:"after,omitempty"`
}

// Diff compares two images.
func Diff(before, after *Summary) *Difference {
	d := &Difference{
		Config:   changes(configValues(before), configValues(after)),
		Packages: changes(versions(before), versions(after)),
	}
	has := func(s *Summary, h v1.Hash) bool {
		return slices.ContainsFunc(s.Layers, func(l LayerSummary) bool { return l.Digest == h })
	}
	for _, l := range before.Layers {
		if !has(after, l.Digest) {
			d.Removed = append(d.Removed, l)
		}
	}
	for _, l := range after.Layers {
		if has(before, l.Digest) {
			d.Same++
			continue
		}
		d.Added = append(d.Added, l)
		d.Moved += l.Size
	}
	return d
}

func configValues(s *Summary) map[string]string {
	fields := map[string]json.RawMessage{}
	_ = json.Unmarshal(s.Config, &fields) // what is no set has no values
	values := map[string]string{"architecture": s.Architecture}
	for key, text := range fields {
		values[key] = string(text)
	}
	return values
}

// versions returns the versions of packages by name; several of one name are
// listed together.
func versions(s *Summary) map[string]string {
	found := map[string]string{}
	for _, p := range s.Packages {
		text := p.Version
		if !p.Debian {
			text = nameOf(p.Path) + " (" + p.Path[len("/nix/store/"):][:8] + ")"
		}
		if before, ok := found[p.Name]; ok {
			text = before + ", " + text
		}
		found[p.Name] = text
	}
	return found
}

func changes(before, after map[string]string) []Change {
	var all []Change
	keys := maps.Clone(before)
	maps.Copy(keys, after)
	for _, key := range slices.Sorted(maps.Keys(keys)) {
		if before[key] != after[key] {
			all = append(all, Change{key, before[key], after[key]})
		}
	}
	return all
}
