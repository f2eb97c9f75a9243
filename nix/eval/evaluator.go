package eval

import (
	"errors"
	"runtime/debug"
	"time"

	"berth.dev/nix/derivation"
	"berth.dev/nix/diagnostic"
	"berth.dev/nix/eval/ere"
	"berth.dev/nix/storepath"
	"berth.dev/nix/syntax"
)

// Config is what an Evaluator is made from. Files is required; everything else
// has a meaning when left out.
type Config struct {
	Files       Files
	Store       Store   // nil: a MemoryStore
	Fetcher     Fetcher // nil: fetching fails
	Environment Environment
	Embedded    Embedded
	Settings    Settings
	// Sources and Symbols may be shared with other users of the parser.
	Sources *diagnostic.Table
	Symbols *syntax.SymbolTable
	// Trace and Warn get what trace and warn print; nil drops it.
	Trace func(message string)
	Warn  func(message string)
}

// Environment is the surroundings that a program may ask about.
type Environment struct {
	Getenv     func(name string) string // nil: all variables are empty
	Now        func() time.Time         // nil: the epoch
	System     string                   // currentSystem
	Home       string                   // what ~ stands for
	SearchPath []SearchPathEntry        // nixPath
}

// SearchPathEntry is one place where <name> is looked for.
type SearchPathEntry struct{ Prefix, Path string }

// Embedded describes files that belong to the program. They see identifiers
// that no other file does.
type Embedded struct {
	Prefix string // absolute path of the directory they appear in
	// Globals returns the identifiers; it is called at most once.
	Globals func(*Evaluator) map[string]*Value
}

// Settings are the switches of evaluation.
type Settings struct {
	PureEval     bool // no access to environment, time, or unlocked sources
	RestrictEval bool // only files of the search path and the store
	AllowedPaths []string
	ForbidIFD    bool // building during evaluation is an error
	TraceVerbose bool
	MaxCallDepth int // 0: 10 000
	// PipeOperators accepts |> and <| in programs.
	PipeOperators bool
	// DynamicDerivations and CADerivations unlock what their names say.
	CADerivations      bool
	DynamicDerivations bool
}

const defaultCallDepth = 10_000

// stackLimit is the largest stack Go may grow for an evaluation. The limits on
// depth are reached long before.
const stackLimit = 8 << 30

// Evaluator evaluates programs. It must be used by one goroutine at a time.
type Evaluator struct {
	files       Files
	store       Store
	fetcher     Fetcher
	environment Environment
	embedded    Embedded
	settings    Settings
	sources     *diagnostic.Table
	symbols     *syntax.SymbolTable
	onTrace     func(string)
	onWarn      func(string)

	names      names
	globals    map[Symbol]*Value
	extra      map[Symbol]*Value // see Embedded; nil until needed
	builtins   *Value
	emptyAttrs Value
	emptyList  *Value
	symbolText []*Value // by Symbol: its name as a string

	loaded   map[string]*Value         // files read, by given and by resolved path
	copied   map[string]storepath.Path // source paths copied to the store
	regexes  map[string]*ere.Regexp
	hashes   derivation.Hashes
	thread   *thread
	resolved map[string]string // directories without links, by their given name
}

// New returns an evaluator. It raises the limit Go sets for stacks, which is
// one of the whole process.
func New(c Config) *Evaluator {
	debug.SetMaxStack(stackLimit)
	ev := &Evaluator{
		files: c.Files, store: c.Store, fetcher: c.Fetcher, environment: c.Environment,
		embedded: c.Embedded, settings: c.Settings, sources: c.Sources, symbols: c.Symbols,
		onTrace: c.Trace, onWarn: c.Warn,
		globals: map[Symbol]*Value{}, loaded: map[string]*Value{}, copied: map[string]storepath.Path{},
		regexes: map[string]*ere.Regexp{}, resolved: map[string]string{},
	}
	ev.setDefaults()
	ev.thread = &thread{ev: ev, code: make([]codeEntry, 1)}
	ev.emptyList = &Value{}
	*ev.emptyList = mkList(nil)
	ev.emptyAttrs = mkAttrs(ev.thread.slab.attrs(&shape{}))
	ev.names = newNames(ev.symbols)
	ev.hashes.Load = ev.store.ReadDerivation
	ev.defineGlobals()
	return ev
}

func (ev *Evaluator) setDefaults() {
	if ev.store == nil {
		ev.store = NewMemoryStore()
	}
	if ev.sources == nil {
		ev.sources = diagnostic.NewTable()
	}
	if ev.symbols == nil {
		ev.symbols = syntax.NewSymbolTable()
	}
	if ev.settings.MaxCallDepth == 0 {
		ev.settings.MaxCallDepth = defaultCallDepth
	}
	if ev.environment.Getenv == nil {
		ev.environment.Getenv = func(string) string { return "" }
	}
	if ev.onTrace == nil {
		ev.onTrace = func(string) {}
	}
	if ev.onWarn == nil {
		ev.onWarn = func(string) {}
	}
}

// Sources returns the texts that positions in errors refer to.
func (ev *Evaluator) Sources() *diagnostic.Table { return ev.sources }

// Symbols returns the table of interned names.
func (ev *Evaluator) Symbols() *syntax.SymbolTable { return ev.symbols }

// names are the symbols the evaluator itself looks for.
type names struct {
	column, file, line                                Symbol
	name, value, typ, underscoreType                  Symbol
	outPath, drvPath, functor, toString, overrides    Symbol
	right, wrong, success, key, operator, startSet    Symbol
	version, path, prefix, outputs, allOutputs        Symbol
	system, builder, args, ignoreNulls, structured    Symbol
	outputHash, outputHashAlgo, outputHashMode        Symbol
	contentAddressed, impure, json                    Symbol
	allowedReferences, allowedRequisites              Symbol
	disallowedReferences, disallowedRequisites        Symbol
	maxSize, maxClosureSize                           Symbol
	filter, recursive, sha256, hash, hashAlgo, format Symbol
}

func newNames(s *syntax.SymbolTable) names {
	in := s.Intern
	in("") // C++ Nix knows these first, too: see derivationNames
	in("or")
	return names{
		column: in("column"), file: in("file"), line: in("line"),
		name: in("name"), value: in("value"), typ: in("type"), underscoreType: in("_type"),
		outPath: in("outPath"), drvPath: in("drvPath"), functor: in("__functor"),
		toString: in("__toString"), overrides: in("__overrides"),
		right: in("right"), wrong: in("wrong"), success: in("success"), key: in("key"),
		operator: in("operator"), startSet: in("startSet"),
		version: in("version"), path: in("path"), prefix: in("prefix"), outputs: in("outputs"),
		allOutputs: in("allOutputs"),
		system:     in("system"), builder: in("builder"), args: in("args"), ignoreNulls: in("__ignoreNulls"),
		structured: in("__structuredAttrs"), outputHash: in("outputHash"),
		outputHashAlgo: in("outputHashAlgo"), outputHashMode: in("outputHashMode"),
		contentAddressed: in("__contentAddressed"), impure: in("__impure"), json: in("__json"),
		allowedReferences: in("allowedReferences"), allowedRequisites: in("allowedRequisites"),
		disallowedReferences: in("disallowedReferences"), disallowedRequisites: in("disallowedRequisites"),
		maxSize: in("maxSize"), maxClosureSize: in("maxClosureSize"),
		filter: in("filter"), recursive: in("recursive"), sha256: in("sha256"), hash: in("hash"),
		hashAlgo: in("hashAlgo"), format: in("toHashFormat"),
	}
}

// symbolValue returns the shared string cell of a name.
func (ev *Evaluator) symbolValue(s Symbol) *Value {
	if int(s) >= len(ev.symbolText) {
		grown := make([]*Value, ev.symbols.Len()+256)
		copy(grown, ev.symbolText)
		ev.symbolText = grown
	}
	if ev.symbolText[s] == nil {
		ev.symbolText[s] = ev.thread.cell(mkString(ev.symbols.Name(s)))
	}
	return ev.symbolText[s]
}

// placeName writes a position as messages do.
func (ev *Evaluator) placeName(at Pos) string {
	where, ok := ev.sources.Locate(at)
	if !ok {
		return "«none»"
	}
	return where.Origin.String() + ":" + itoa(int64(where.Line)) + ":" + itoa(int64(where.Column))
}

// parse reads a text and binds it.
func (t *thread) parse(text []byte, origin diagnostic.Origin, base string, outer *scope, extra map[Symbol]*Value) node {
	e, err := syntax.Parse(text, syntax.Options{
		Origin: origin, BasePath: base, Home: t.ev.environment.Home,
		Symbols: t.ev.symbols, Positions: t.ev.sources, PipeOperators: t.ev.settings.PipeOperators,
	})
	if err != nil {
		failure := &Error{Class: ErrSyntax, Cause: err}
		failure.Message = err.Error()
		var d *diagnostic.Diagnostic
		if errors.As(err, &d) {
			failure.Diagnostic = *d
		}
		panic(failure)
	}
	b := &binder{t: t, scope: outer, extra: extra}
	return b.bind(e)
}

// EvalString evaluates a text; relative paths in it start at a directory.
func (ev *Evaluator) EvalString(text, directory string) (*Value, error) {
	return ev.EvalText([]byte(text), diagnostic.Origin{Kind: diagnostic.OriginString, Name: text}, directory)
}

// EvalText evaluates a text that comes from somewhere.
func (ev *Evaluator) EvalText(text []byte, origin diagnostic.Origin, directory string) (*Value, error) {
	var result *Value
	err := ev.run(func(t *thread) {
		n := t.parse(text, origin, directory, nil, nil)
		result = t.cell(n.eval(t, nil))
	})
	return result, err
}

// EvalFile evaluates a file, or default.nix in a directory.
func (ev *Evaluator) EvalFile(path string) (*Value, error) {
	var result *Value
	err := ev.run(func(t *thread) { result = t.cell(t.load(path)) })
	return result, err
}

// Interrupt makes the evaluation in progress fail soon, or the next one if there
// is none. It may be called from any goroutine, and undone with Resume.
func (ev *Evaluator) Interrupt() { ev.thread.interrupted.Store(true) }

// Resume allows evaluation again after an Interrupt.
func (ev *Evaluator) Resume() { ev.thread.interrupted.Store(false) }

// run evaluates on behalf of Go code. It may be used inside a built-in function.
func (ev *Evaluator) run(f func(t *thread)) error {
	t := ev.thread
	if err := t.catch(func() { f(t) }); err != nil {
		return err
	}
	return nil
}
