package eval

import (
	"slices"
	"strings"

	"berth.dev/nix/derivation"
	"berth.dev/nix/hash"
	"berth.dev/nix/storepath"
)

func derivationBuiltins() []*PrimOp {
	return []*PrimOp{
		primop1("derivationStrict", derivationStrict),
		primop1("placeholder", func(t *thread, a *Value) Value {
			return mkString(storepath.Placeholder(t.stringNoContext(a)))
		}),
	}
}

// recipe collects what a derivation is made of.
type recipe struct {
	t       *thread
	drv     *derivation.Derivation
	context contextUnion

	structured  *jsonWriter // nil unless __structuredAttrs
	outputs     []string
	ignoreNulls bool
	floating    bool // __contentAddressed
	impure      bool
	hash        *string // outputHash
	algorithm   hash.Algorithm
	method      storepath.Method
	methodSet   bool
}

// derivationStrict makes a derivation of a set and stores it. The result has
// the paths of the derivation and its outputs.
func derivationStrict(t *thread, a *Value) Value {
	set, n := t.attrsOf(a), &t.ev.names
	r := &recipe{t: t, drv: &derivation.Derivation{}, outputs: []string{"out"}}
	r.drv.Name = t.stringNoContext(t.required(set, n.name))
	if c := set.get(n.structured); c != nil && t.boolOf(c) {
		r.structured = &jsonWriter{t: t, strict: true, copy: true}
	}
	if c := set.get(n.ignoreNulls); c != nil {
		r.ignoreNulls = t.boolOf(c)
	}
	if err := storepath.CheckName(r.drv.Name); err != nil {
		t.failCause(err, "invalid derivation name: %s. Please pass a different 'name'.", err)
	}
	r.readAttrs(set)
	if r.structured != nil {
		r.context.add(r.structured.context.context())
		r.variable("__json", "{"+string(r.structured.out)+"}")
	}
	r.checkRequired()
	r.addInputs()
	r.addOutputs()
	return r.store()
}

func (r *recipe) variable(name, value string) {
	r.drv.Environment = append(r.drv.Environment, derivation.Variable{Name: name, Value: value})
}

// readAttrs reads the attributes in the order of their names.
func (r *recipe) readAttrs(set *attrSet) {
	t, n := r.t, &r.t.ev.names
	for _, i := range t.byName(set) {
		name, c := set.shape.symbols[i], set.cell(int(i))
		if name == n.ignoreNulls || r.ignoreNulls && t.force(c).tag() == tagNull {
			continue
		}
		switch name {
		case n.contentAddressed:
			if r.floating = t.boolOf(c); r.floating && !t.ev.settings.CADerivations {
				t.failFeature("ca-derivations", "")
			}
		case n.impure:
			if r.impure = t.boolOf(c); r.impure {
				t.failFeature("impure-derivations", "")
			}
		case n.args:
			r.readArgs(c)
		default:
			if r.structured != nil {
				r.readStructured(name, c)
			} else {
				r.readPlain(name, c)
			}
		}
	}
}

func (t *thread) failFeature(feature, what string) {
	t.failHere(ErrOther, "experimental Nix feature '%s' is disabled%s; add '--extra-experimental-features %[1]s' to enable it", feature, what)
}

func (r *recipe) readArgs(c *Value) {
	for _, e := range r.t.listOf(c) {
		r.drv.Args = append(r.drv.Args, r.coerce(e))
	}
}

func (r *recipe) coerce(c *Value) string {
	s, context := r.t.coerce(c, coercion{copy: true, more: true})
	r.context.add(context)
	return s
}

// readPlain makes an attribute a variable of the environment.
func (r *recipe) readPlain(name Symbol, c *Value) {
	s, n := r.coerce(c), &r.t.ev.names
	r.variable(r.t.ev.symbols.Name(name), s)
	switch name {
	case n.builder:
		r.drv.Builder = s
	case n.system:
		r.drv.System = s
	case n.outputHash:
		r.hash = &s
	case n.outputHashAlgo:
		r.setAlgorithm(s)
	case n.outputHashMode:
		r.setMethod(s)
	case n.outputs:
		r.setOutputs(strings.Fields(s))
	case n.json:
		r.t.ev.onWarn("In derivation '" + r.drv.Name + "': setting structured attributes via '__json' is deprecated, and may be disallowed in future versions of Nix. Set '__structuredAttrs = true' instead.")
		r.checkJSON(s)
	}
}

// checkJSON refuses a hand-made __json that is no JSON.
func (r *recipe) checkJSON(text string) {
	if err := r.t.catch(func() { r.t.fromJSON(text) }); err != nil {
		r.t.failHere(ErrOther, "cannot process __json attribute: %s", err.Message)
	}
}

// readStructured makes an attribute part of the JSON document.
func (r *recipe) readStructured(name Symbol, c *Value) {
	t, n := r.t, &r.t.ev.names
	if name == n.structured {
		return
	}
	w := r.structured
	if len(w.out) > 0 {
		w.out = append(w.out, ',')
	}
	w.str(t.ev.symbols.Name(name))
	w.out = append(w.out, ':')
	w.cell(c)
	switch name {
	case n.builder:
		s, context := t.stringOf(c)
		r.drv.Builder = s
		r.context.add(context)
	case n.system:
		r.drv.System = t.stringNoContext(c)
	case n.outputHash:
		s := t.stringNoContext(c)
		r.hash = &s
	case n.outputHashAlgo:
		r.setAlgorithm(t.stringNoContext(c))
	case n.outputHashMode:
		r.setMethod(t.stringNoContext(c))
	case n.outputs:
		var outputs []string
		for _, e := range t.listOf(c) {
			outputs = append(outputs, t.stringNoContext(e))
		}
		r.setOutputs(outputs)
	case n.allowedReferences, n.allowedRequisites, n.disallowedReferences, n.disallowedRequisites, n.maxSize, n.maxClosureSize:
		r.warnIgnored(name)
	}
}

// warnIgnored tells that a check must be asked for in another way.
func (r *recipe) warnIgnored(name Symbol) {
	key := r.t.ev.symbols.Name(name)
	r.t.ev.onWarn("In a derivation named '" + r.drv.Name + "', 'structuredAttrs' disables the effect of the derivation attribute '" +
		key + "'; use 'outputChecks.<output>." + key + "' instead")
}

// setAlgorithm takes an unknown name for none: the hash itself may tell.
func (r *recipe) setAlgorithm(name string) {
	if a, err := hash.ParseAlgorithm(name); err == nil {
		r.algorithm = a
	}
}

func (r *recipe) setMethod(mode string) {
	m, err := storepath.ParseMethod(mode)
	if err != nil {
		r.t.failCause(err, "%s", err)
	}
	settings := &r.t.ev.settings
	switch {
	case m == storepath.TextMethod && !settings.DynamicDerivations:
		r.t.failFeature("dynamic-derivations", " (text-hashed derivation '"+r.drv.Name+"', outputHashMode = \"text\")")
	case m == storepath.GitMethod:
		r.t.failFeature("git-hashing", "")
	}
	r.method, r.methodSet = m, true
}

func (r *recipe) setOutputs(names []string) {
	seen := map[string]bool{}
	for _, name := range names {
		if seen[name] {
			r.t.failHere(ErrOther, "duplicate derivation output '%s'", name)
		}
		if name == "drvPath" {
			r.t.failHere(ErrOther, "invalid derivation output name 'drvPath'")
		}
		seen[name] = true
	}
	if len(names) == 0 {
		r.t.failHere(ErrOther, "derivation cannot have an empty set of outputs")
	}
	r.outputs = names
}

func (r *recipe) checkRequired() {
	if r.drv.Builder == "" {
		r.t.failHere(ErrOther, "required attribute 'builder' missing")
	}
	if r.drv.System == "" {
		r.t.failHere(ErrOther, "required attribute 'system' missing")
	}
	if strings.HasSuffix(r.drv.Name, derivation.Extension) {
		r.t.failHere(ErrOther, "derivation names are allowed to end in '.drv' only if they produce a single derivation file")
	}
}

// addInputs turns the context of all strings into inputs.
func (r *recipe) addInputs() {
	inputs := map[storepath.Path][]string{}
	for _, e := range r.context.context().Elements() {
		p, err := storepath.Parse(e.Path)
		if err != nil {
			r.t.failCause(err, "%s", err)
		}
		switch e.Kind {
		case ContextPath:
			r.drv.Sources = append(r.drv.Sources, p)
		case ContextOutput:
			inputs[p] = append(inputs[p], e.Output)
		default:
			r.addClosure(p, inputs)
		}
	}
	for p, outputs := range inputs {
		r.drv.Inputs = append(r.drv.Inputs, derivation.Input{Path: p, Outputs: slices.Compact(slices.Sorted(slices.Values(outputs)))})
	}
}

// addClosure adds a derivation with all that it is built from: everything its
// file refers to, and the outputs of every derivation among that.
func (r *recipe) addClosure(p storepath.Path, inputs map[storepath.Path][]string) {
	closure, err := r.t.ev.store.Closure(p)
	if err != nil {
		r.t.failCause(err, "%s", err)
	}
	for _, object := range closure {
		r.drv.Sources = append(r.drv.Sources, object)
		if !object.IsDerivation() {
			continue
		}
		d, err := r.t.ev.store.ReadDerivation(object)
		if err != nil {
			r.t.failCause(err, "%s", err)
		}
		inputs[object] = append(inputs[object], d.OutputNames()...)
	}
}

// addOutputs declares the outputs and computes their paths.
func (r *recipe) addOutputs() {
	t := r.t
	switch {
	case r.hash != nil:
		r.addFixedOutput()
	case r.floating:
		r.addFloatingOutputs()
	default:
		for _, name := range r.outputs {
			r.drv.Outputs = append(r.drv.Outputs, derivation.Output{Name: name})
		}
	}
	r.drv.Sort()
	if err := t.ev.hashes.FillOutputs(r.drv); err != nil {
		t.failCause(err, "%s", err)
	}
}

func (r *recipe) addFixedOutput() {
	t := r.t
	if len(r.outputs) != 1 || r.outputs[0] != "out" {
		t.failHere(ErrOther, "multiple outputs are not supported in fixed-output derivations")
	}
	digest := r.expectedHash()
	output := derivation.Output{Name: "out", Method: r.method, Algorithm: digest.Algorithm(), Hash: digest}
	r.drv.Outputs = []derivation.Output{output}
}

// expectedHash reads outputHash; an empty one stands for zeros, so that the
// build tells the right one.
func (r *recipe) expectedHash() hash.Hash {
	t := r.t
	if *r.hash == "" {
		if r.algorithm == 0 {
			t.failHere(ErrOther, "empty hash requires explicit hash algorithm")
		}
		zero := hash.Zero(r.algorithm)
		t.ev.onWarn("found empty hash, assuming '" + zero.SRI() + "'")
		return zero
	}
	h, err := hash.Parse(*r.hash, r.algorithm)
	if err != nil {
		t.failCause(err, "%s", err)
	}
	return h
}

func (r *recipe) addFloatingOutputs() {
	method, algorithm := storepath.NARMethod, hash.SHA256
	if r.methodSet {
		method = r.method
	}
	if r.algorithm != 0 {
		algorithm = r.algorithm
	}
	for _, name := range r.outputs {
		r.drv.Outputs = append(r.drv.Outputs, derivation.Output{Name: name, Method: method, Algorithm: algorithm})
	}
}

// store adds the derivation to the store and returns its paths.
func (r *recipe) store() Value {
	t := r.t
	p, err := t.ev.store.AddDerivation(r.drv)
	if err == nil {
		err = t.ev.hashes.Add(p, r.drv)
	}
	if err != nil {
		t.failCause(err, "%s", err)
	}
	deep := NewContext(ContextElement{Kind: ContextDeep, Path: p.String()})
	list := []attribute{{name: t.ev.names.drvPath, value: t.cell(mkContextString(p.String(), deep))}}
	for _, o := range r.drv.Outputs {
		reference := NewContext(ContextElement{Kind: ContextOutput, Path: p.String(), Output: o.Name})
		text := storepath.UpstreamPlaceholder(p, o.Name)
		if !o.Path.IsZero() {
			text = o.Path.String()
		}
		list = append(list, attribute{name: t.ev.symbols.Intern(o.Name), value: t.cell(mkContextString(text, reference))})
	}
	return t.attrsFrom(list)
}
