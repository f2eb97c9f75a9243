package derivation

import (
	"cmp"
	"fmt"
	"slices"
	"sync"

	"berth.dev/nix/hash"
	"berth.dev/nix/storepath"
)

// Modulo is the hash of a derivation "modulo fixed outputs": what decides the
// paths of its outputs. Derivations that differ only in how they obtain inputs
// with fixed contents have the same one.
type Modulo struct {
	Hash hash.Hash
	// Deferred says that it depends on outputs whose paths are known only after
	// a build, and therefore does not decide any path yet.
	Deferred bool
}

// Hashes computes and remembers the [Modulo] of derivations. It may be used
// from several goroutines.
type Hashes struct {
	// Load reads an input derivation that was not added before.
	Load func(storepath.Path) (*Derivation, error)

	known sync.Map // storepath.Path to Modulo
}

// Add remembers the hash of a derivation whose outputs are filled in, so that
// derivations that use it need not load it.
func (h *Hashes) Add(path storepath.Path, d *Derivation) error {
	m, err := h.modulo(d, false)
	if err == nil {
		h.known.Store(path, m)
	}
	return err
}

// Of returns the hash of a derivation, which identifies outputs whose paths
// are known only after the build.
func (h *Hashes) Of(path storepath.Path) (Modulo, error) { return h.of(path) }

func (h *Hashes) of(path storepath.Path) (Modulo, error) {
	if m, ok := h.known.Load(path); ok {
		return m.(Modulo), nil
	}
	if h.Load == nil {
		return Modulo{}, fmt.Errorf("derivation '%s' is not known", path)
	}
	d, err := h.Load(path)
	if err != nil {
		return Modulo{}, err
	}
	if err := h.Add(path, d); err != nil {
		return Modulo{}, err
	}
	m, _ := h.known.Load(path)
	return m.(Modulo), nil
}

// modulo hashes a derivation. Its own outputs are masked when their paths are
// to be computed, and take part when it is the input of another one.
func (h *Hashes) modulo(d *Derivation, masked bool) (Modulo, error) {
	if d.IsFixed() {
		o := d.Outputs[0]
		text := "fixed:out:" + o.methodAlgorithm() + ":" + o.Hash.Base16() + ":" + o.Path.String()
		return Modulo{Hash: hash.SumString(hash.SHA256, text)}, nil
	}
	m := Modulo{}
	for _, o := range d.Outputs {
		m.Deferred = m.Deferred || o.IsFloating() || (!masked && o.IsDeferred())
	}
	inputs, deferred, err := h.inputTexts(d)
	if err != nil {
		return Modulo{}, err
	}
	m.Deferred = m.Deferred || deferred
	m.Hash = hash.Sum(hash.SHA256, d.appendText(nil, masked, inputs))
	return m, nil
}

// inputTexts replaces input derivations by their hashes; those with equal
// hashes become one.
func (h *Hashes) inputTexts(d *Derivation) (texts []inputText, deferred bool, err error) {
	merged := make(map[hash.Hash][]string, len(d.Inputs))
	for _, input := range d.Inputs {
		m, err := h.of(input.Path)
		if err != nil {
			return nil, false, err
		}
		deferred = deferred || m.Deferred
		merged[m.Hash] = append(merged[m.Hash], input.Outputs...)
	}
	texts = make([]inputText, 0, len(merged))
	for digest, outputs := range merged {
		slices.Sort(outputs)
		texts = append(texts, inputText{digest.Base16(), slices.Compact(outputs)})
	}
	slices.SortFunc(texts, func(a, b inputText) int { return cmp.Compare(a.derivation, b.derivation) })
	return texts, deferred, nil
}

// FillOutputs computes the paths of all outputs and sets the variables of the
// environment named after them. Kinds must be set before: fixed outputs by
// their Hash, floating ones by their Algorithm. A floating output's variable
// becomes its placeholder, a deferred one's stays empty.
func (h *Hashes) FillOutputs(d *Derivation) error {
	for i := range d.Outputs {
		o := &d.Outputs[i]
		o.Path = storepath.Path{}
		switch {
		case o.IsFixed():
			path, err := o.Address().Path(storepath.OutputPathName(d.Name, o.Name), storepath.References{})
			if err != nil {
				return err
			}
			o.Path = path
			d.Set(o.Name, path.String())
		case o.IsFloating():
			d.Set(o.Name, storepath.Placeholder(o.Name))
		default:
			d.Set(o.Name, "")
		}
	}
	if slices.ContainsFunc(d.Outputs, Output.IsDeferred) {
		return h.fillByInputs(d)
	}
	return nil
}

func (h *Hashes) fillByInputs(d *Derivation) error {
	m, err := h.modulo(d, true)
	if err != nil || m.Deferred {
		return err
	}
	for i := range d.Outputs {
		o := &d.Outputs[i]
		if o.Path, err = storepath.Output(o.Name, m.Hash, d.Name); err != nil {
			return err
		}
		d.Set(o.Name, o.Path.String())
	}
	return nil
}
