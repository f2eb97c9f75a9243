package cli

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"

	"berth.dev/internal/debian"
	"berth.dev/internal/evalcache"
	"berth.dev/internal/instantiate"
	"berth.dev/internal/lockfile"
	"berth.dev/internal/store"
	"berth.dev/nix/eval"
	"berth.dev/nix/flake"
	"github.com/spf13/cobra"
)

// evalFlags are the flags of every command that evaluates.
type evalFlags struct {
	lockFlags
	overrides    pairsFlag
	args         pairsFlag
	argStrings   pairsFlag
	realInputs   bool
	showTrace    bool
	traceVerbose bool
	features     []string
	release      string
	mirror       string
	offline      bool
	staleIndex   bool
	impure       bool
	noEvalCache  bool
}

func (f *evalFlags) register(cmd *cobra.Command) {
	f.overrides.words, f.args.words, f.argStrings.words = "NAME REF", "NAME EXPR", "NAME STRING"
	f.lockFlags.register(cmd)
	flags := cmd.Flags()
	flags.Var(&f.overrides, "override-input", "take the flake input NAME from REF")
	flags.BoolVar(&f.realInputs, "real-inputs", false, "fetch nixpkgs and flake-utils instead of using the embedded ones")
	flags.BoolVar(&f.showTrace, "show-trace", false, "show the whole trace of an evaluation error")
	flags.StringVar(&f.mirror, "mirror", "", "URL of the Debian mirror (or BERTH_MIRROR)")
	flags.StringVar(&f.release, "debian-release", "", "Debian release that packages come from (default "+debian.DefaultRelease+")")
	flags.BoolVar(&f.offline, "offline", false, "use what is in the caches; do not touch the network")
	flags.StringSliceVar(&f.features, "extra-experimental-features", nil, "accept experimental features of the language, by Nix's names: "+strings.Join(slices.Sorted(maps.Keys(experimentalFeatures)), ", "))
	flags.BoolVar(&f.impure, "impure", false, "let a flake see the environment and files outside of it")
	flags.BoolVar(&f.noEvalCache, "no-eval-cache", false, "evaluate even if nothing has changed since an earlier run")
	flags.BoolVar(&f.staleIndex, "accept-stale-index", false, "use a package index long past its expiry date")
}

// experimentalFeatures are the features that change the language.
var experimentalFeatures = map[string]func(*eval.Settings){
	"pipe-operators":      func(s *eval.Settings) { s.PipeOperators = true },
	"ca-derivations":      func(s *eval.Settings) { s.CADerivations = true },
	"dynamic-derivations": func(s *eval.Settings) { s.DynamicDerivations = true },
}

// settings are the switches of evaluation that the flags say.
func (w *workspace) settings(pure bool) eval.Settings {
	s := eval.Settings{PureEval: pure && !w.flags.impure, TraceVerbose: w.flags.traceVerbose}
	for _, name := range strings.Fields(strings.Join(w.flags.features, " ")) {
		switch enable := experimentalFeatures[name]; {
		case enable != nil:
			enable(&s)
		case name == "flakes" || name == "nix-command":
			// always there
		default:
			w.notice(fmt.Sprintf("there is no experimental feature '%s'", name))
		}
	}
	return s
}

func (f *evalFlags) registerExpression(cmd *cobra.Command) {
	f.register(cmd)
	flags := cmd.Flags()
	flags.Var(&f.args, "arg", "pass EXPR as the argument NAME of a function")
	flags.Var(&f.argStrings, "argstr", "pass STRING as the argument NAME of a function")
	flags.BoolVar(&f.traceVerbose, "trace-verbose", false, "print what builtins.traceVerbose says")
}

// workspace is everything an evaluating command works with.
type workspace struct {
	*app
	flags    *evalFlags
	stateDir string
	store    *store.Store // nil for commands that write nothing
	archive  *debian.Source
	lock     *lockfile.File
	lockDir  string // of berth.lock; empty when there is none
	session  *instantiate.Session
	notice   func(string)
	config   workspaceConfig
	// pinnedImages says that berth.lock has new pins of images.
	pinnedImages bool
	// flakeConfig are the settings of the flake that the user agreed to.
	flakeConfig map[string]string
	// recorder listens to the evaluation if its result may be kept.
	recorder *evalcache.Recorder
	// keepPins leaves pins alone that this evaluation did not need.
	keepPins bool
}

// workspaceConfig says what a command needs of its workspace.
type workspaceConfig struct {
	flags *evalFlags
	// lockDir is the folder of berth.lock, empty for none.
	lockDir string
	// readOnly computes paths without writing to the store.
	readOnly bool
	realise  instantiate.Realiser
	pure     bool
	// unlocked resolves packages from the index alone.
	unlocked bool
	// remember keeps the result of the evaluation for the next run.
	remember bool
	// notice gets sentences for the user; nil prints them on standard error.
	notice func(string)
}

// open prepares the store, the archive and the evaluator.
func (a *app) open(ctx context.Context, c workspaceConfig) (*workspace, error) {
	w := &workspace{app: a, flags: c.flags, lockDir: c.lockDir, lock: &lockfile.File{}, notice: c.notice, keepPins: !c.unlocked, config: c}
	if w.notice == nil {
		w.notice = func(message string) { fmt.Fprintln(w.Stderr, "note: "+message) }
	}
	if c.remember && !c.flags.noEvalCache {
		w.recorder = &evalcache.Recorder{}
	}
	var err error
	if w.stateDir, err = a.stateDir(); err != nil {
		return nil, err
	}
	if c.lockDir != "" {
		if w.lock, err = lockfile.Read(c.lockDir); err != nil {
			return nil, err
		}
	}
	if !c.readOnly {
		if w.store, err = store.Open(store.Config{Dir: w.stateDir}); err != nil {
			return nil, &statusError{exitUnavailable, err}
		}
	}
	archive := w.archiveConfig()
	if c.unlocked {
		archive.Lock = nil
	}
	if w.archive, err = debian.Open(ctx, archive); err != nil {
		return nil, errors.Join(err, w.Close())
	}
	config, err := w.sessionConfig(c)
	if err != nil {
		return nil, errors.Join(err, w.Close())
	}
	if w.session, err = instantiate.NewSession(ctx, config); err != nil {
		return nil, errors.Join(err, w.Close())
	}
	return w, nil
}

func (w *workspace) archiveConfig() debian.Config {
	mirror := w.flags.mirror
	if mirror == "" {
		mirror = w.Getenv("BERTH_MIRROR")
	}
	return debian.Config{
		CacheDir:     filepath.Join(w.stateDir, "cache", "debian"),
		Release:      w.flags.release,
		Architecture: runtime.GOARCH,
		Mirror:       mirror,
		AptDir:       "/etc/apt",
		ListsDir:     "/var/lib/apt/lists",
		Lock:         w.lock.Debian,
		Offline:      w.flags.offline,
		AcceptStale:  w.flags.staleIndex,
		RefreshAfter: refreshIndexAfter,
		Proxy:        http.ProxyFromEnvironment,
	}
}

// refreshIndexAfter is the age at which a cached package index is fetched anew
// when it is needed and can be had.
const refreshIndexAfter = 7 * 24 * time.Hour

// warnOfAge tells when the package index in use is past its expiry date.
func (w *workspace) warnOfAge() {
	for _, f := range w.archive.Freshness() {
		if f.Expired > 0 {
			w.notice(fmt.Sprintf("the package index of Debian %s expired %d days ago; security updates may be missing", f.Suite, int(f.Expired.Hours()/24)))
		}
	}
}

func (w *workspace) sessionConfig(c workspaceConfig) (instantiate.Config, error) {
	registries, err := w.registries()
	return instantiate.Config{
		Fetch:       w.fetcher(),
		Registries:  registries,
		Images:      w,
		Store:       w.store,
		Realise:     c.realise,
		Recorder:    w.recorder,
		Packages:    w.archive,
		Environment: w.environment(c.pure && !w.flags.impure),
		Settings:    w.settings(c.pure),
		RealInputs:  w.flags.realInputs,
		Version:     version(),
		Notice:      w.notice,
		Trace:       func(message string) { fmt.Fprintln(w.Stderr, "trace: "+w.readable(message)) },
		Warn:        func(message string) { fmt.Fprintln(w.Stderr, "evaluation warning: "+w.readable(message)) },
	}, err
}

// environment is what a program may ask about its surroundings.
func (w *workspace) environment(pure bool) eval.Environment {
	e := eval.Environment{System: nixSystem(), Home: w.Getenv("HOME")}
	if pure {
		return e
	}
	e.Getenv, e.Now = w.Getenv, time.Now
	for entry := range strings.SplitSeq(w.Getenv("NIX_PATH"), ":") {
		if entry == "" {
			continue
		}
		prefix, path, ok := strings.Cut(entry, "=")
		if !ok {
			prefix, path = "", entry
		}
		e.SearchPath = append(e.SearchPath, eval.SearchPathEntry{Prefix: prefix, Path: path})
	}
	return e
}

// nixSystem is the system double of this machine.
func nixSystem() string {
	if runtime.GOARCH == "arm64" {
		return "aarch64-" + runtime.GOOS
	}
	return "x86_64-" + runtime.GOOS
}

// Close releases the store and the archive.
func (w *workspace) Close() error {
	var errs []error
	if w.archive != nil {
		errs = append(errs, w.archive.Close())
	}
	if w.store != nil {
		errs = append(errs, w.store.Close())
	}
	return errors.Join(errs...)
}

// installable is a flake and an attribute, or a file and an attribute.
type installable struct {
	ref      flake.Reference // nil for a file
	file     string
	fragment string
}

// parseInstallable reads what names a thing on the command line: FLAKE#ATTR, a
// folder with flake.nix, or a Nix file.
func (a *app) parseInstallable(text string) (installable, error) {
	body, fragment, err := flake.SplitFragment(text)
	if err != nil {
		return installable{}, err
	}
	isFlake := strings.Contains(text, "#") || strings.Contains(body, ":")
	name := a.path(body)
	info, statErr := os.Stat(name)
	switch {
	case !isFlake && statErr == nil && !info.IsDir():
		return installable{file: name}, nil
	case !isFlake && statErr == nil && !hasFlake(name):
		return installable{file: name}, nil
	case body == "" || statErr == nil && info.IsDir():
		ref, err := instantiate.LocalFlake(name)
		return installable{ref: ref, fragment: fragment}, err
	case strings.HasPrefix(body, ".") || strings.HasPrefix(body, "/"):
		ref, err := a.localFlake(body)
		return installable{ref: ref, fragment: fragment}, err
	}
	ref, err := flake.ParseReference(body, a.dir)
	return installable{ref: ref, fragment: fragment}, err
}

func hasFlake(dir string) bool {
	_, err := os.Stat(filepath.Join(dir, "flake.nix"))
	return err == nil
}

// lockDir returns the folder where berth.lock of a flake is kept: beside its
// flake.nix, if that is on this disk.
func (i installable) lockDir() string {
	switch i.ref.Type() {
	case flake.TypePath:
		return filepath.Join(i.ref["path"], i.ref.Dir())
	case flake.TypeGit:
		if top, ok := strings.CutPrefix(i.ref["url"], "file://"); ok && i.ref["rev"] == "" && i.ref["ref"] == "" {
			return filepath.Join(top, i.ref.Dir())
		}
	}
	return ""
}

// parseOverrides reads the values of --override-input.
func (w *workspace) parseOverrides() (map[string]flake.Reference, error) {
	overrides := map[string]flake.Reference{}
	for _, p := range w.flags.overrides.pairs {
		ref, err := flake.ParseReference(p.value, w.dir)
		if err != nil {
			return nil, &usageError{err: err, command: "berth"}
		}
		overrides[p.name] = ref
	}
	return overrides, nil
}

// flakeValue evaluates a flake with the overrides of the command line.
func (w *workspace) flakeValue(ctx context.Context, ref flake.Reference) (*eval.Value, error) {
	value, _, err := w.flakeGraph(ctx, ref)
	return value, err
}

// saveLock writes what the evaluation used into berth.lock.
func (w *workspace) saveLock() error {
	w.warnOfAge()
	if w.lockDir == "" {
		return nil
	}
	used := w.archive.UsedLock()
	if len(used.Packages) == 0 && !w.pinnedImages {
		return nil
	}
	if len(used.Packages) > 0 {
		if w.keepPins {
			used = used.Merge(w.lock.Debian)
		}
		w.lock.Debian = used
	}
	_, err := w.lock.Write(w.lockDir)
	return err
}
