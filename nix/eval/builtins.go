package eval

import (
	"sort"
	"strings"

	"berth.dev/nix/diagnostic"
)

// version is the release of C++ Nix whose behaviour this package has.
const version = "2.34.8"

const languageVersion = 6

// StoreDir is the logical directory of the store.
const StoreDir = "/nix/store"

// primOps lists the built-in functions, by subject.
func primOps() [][]*PrimOp {
	return [][]*PrimOp{
		typeBuiltins(), controlBuiltins(), numberBuiltins(), listBuiltins(), attrBuiltins(),
		stringBuiltins(), versionBuiltins(), regexBuiltins(), contextBuiltins(), pathBuiltins(),
		sourceBuiltins(), importBuiltins(), hashBuiltins(), dataBuiltins(), derivationBuiltins(),
		fetchBuiltins(),
	}
}

// plainGlobal lists the functions that are variables under their own name; all
// others are variables with two underscores in front.
func plainGlobal() map[string]bool {
	names := "abort baseNameOf break derivation derivationStrict dirOf fetchGit fetchMercurial fetchTarball " +
		"fetchTree fromTOML import isNull map placeholder removeAttrs scopedImport throw toString " +
		"true false null builtins"
	set := map[string]bool{}
	for _, name := range strings.Fields(names) {
		set[name] = true
	}
	return set
}

// defineGlobals fills the global scope and `builtins`.
func (ev *Evaluator) defineGlobals() {
	t := ev.thread
	plain := plainGlobal()
	var set []attribute
	define := func(name string, v *Value) {
		set = append(set, attribute{name: ev.symbols.Intern(name), value: v})
		if !plain[name] {
			name = "__" + name
		}
		ev.globals[ev.symbols.Intern(name)] = v
	}
	for _, subject := range primOps() {
		for _, p := range subject {
			define(p.name, t.cell(mkPrimOp(p)))
		}
	}
	for name, v := range ev.constants() {
		define(name, v)
	}
	ev.builtins = t.cell(null)
	define("builtins", ev.builtins)
	define("derivation", t.cell(mkLazy(loadDerivationFunction)))
	*ev.builtins = t.attrsFrom(set)
	for _, name := range strings.Fields(derivationNames) {
		ev.symbols.Intern(name)
	}
}

// derivationNames are identifiers that C++ Nix has read, in its definition of
// `derivation`, before any program. Which attribute of a set is looked at first
// depends on which name was seen first.
const derivationNames = "drvAttrs strict commonAttrs outputsList all x outputToAttrListElement outputName"

// constants are the built-in values that are no functions.
func (ev *Evaluator) constants() map[string]*Value {
	t := ev.thread
	return map[string]*Value{
		"true":        t.cell(mkBool(true)),
		"false":       t.cell(mkBool(false)),
		"null":        t.cell(null),
		"nixVersion":  t.cell(mkString(version)),
		"langVersion": t.cell(mkInt(languageVersion)),
		"storeDir":    t.cell(mkString(StoreDir)),
		"nixPath":     t.cell(t.searchPathValue(ev.environment.SearchPath)),
		"currentTime": t.cell(mkLazy(func(t *thread) Value {
			t.impure("currentTime")
			if t.ev.environment.Now == nil {
				return mkInt(0)
			}
			return mkInt(t.ev.environment.Now().Unix())
		})),
		"currentSystem": t.cell(mkLazy(func(t *thread) Value {
			t.impure("currentSystem")
			return mkString(t.ev.environment.System)
		})),
	}
}

// impure refuses what a pure evaluation must not see.
func (t *thread) impure(name string) {
	if t.ev.settings.PureEval {
		t.fail(ErrMissing, diagnostic.NoPos, "attribute %s missing", quote(name))
	}
}

func (ev *Evaluator) global(name Symbol) *Value { return ev.globals[name] }

func (ev *Evaluator) globalNames() []Symbol {
	names := make([]Symbol, 0, len(ev.globals))
	for s := range ev.globals {
		names = append(names, s)
	}
	sort.Slice(names, func(i, j int) bool { return names[i] < names[j] })
	return names
}

func (t *thread) searchPathValue(entries []SearchPathEntry) Value {
	cells := make([]*Value, len(entries))
	for i, e := range entries {
		cells[i] = t.cell(t.attrsFrom([]attribute{
			{name: t.ev.names.prefix, value: t.cell(mkString(e.Prefix))},
			{name: t.ev.names.path, value: t.cell(mkString(e.Path))},
		}))
	}
	return mkList(cells)
}
