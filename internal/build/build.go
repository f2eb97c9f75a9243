// Package build makes outputs of derivations valid.
//
// In come derivations that are in the store and the names of wanted outputs;
// out come valid store paths. What is valid already is found with few
// questions to the database; the rest is put in order and made with as much
// happening at once as is useful: downloads, builders that are part of this
// program ("builtin:..."), and builders that are programs, each in a sandbox
// of its own. What came about is checked, scanned for references and
// registered. Evaluating is left to others, and so is showing progress: the
// caller passes [Events].
package build

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"runtime"
	"time"

	"berth.dev/internal/store"
	"berth.dev/nix/derivation"
	"berth.dev/nix/storepath"
)

// Config is what a Realiser is made from. Only Store is required.
type Config struct {
	Store *store.Store
	// Archive fetches files of the Debian archive.
	Archive Archive
	// Builders are added to the ones of this package, by the name behind "builtin:".
	Builders map[string]Builder
	// Client does the downloads of builtin:fetchurl.
	Client *http.Client
	Events Events
	// Substituter, if there is one, is asked for outputs before they are built.
	Substituter Substituter

	// System is the platform that derivations are built for, by default this machine's.
	System string
	// Builds and Downloads bound how many of each go on at once.
	Builds, Downloads int
	// Cores is how many processors one build is told to use; 0 means all.
	Cores int
	// Timeout bounds a build, SilentTimeout the time it prints nothing; 0 is no bound.
	Timeout, SilentTimeout time.Duration
	// KeepGoing builds what does not depend on a failed derivation.
	KeepGoing bool
	// KeepFailed leaves the build directory of a failed build for inspection.
	KeepFailed bool
	// Impure holds the variables of the caller's environment that
	// fixed-output derivations may ask for with impureEnvVars, such as proxies.
	Impure map[string]string
	// Executable is a program that has the stages of package isolate; by
	// default this one.
	Executable string
}

// Archive is where the files of Debian packages come from.
type Archive interface {
	// Fetch downloads the file at a path of the pool to target and checks its
	// size and SHA-256, given in base 16.
	Fetch(ctx context.Context, path, sha256 string, size int64, target string, progress func(done, total int64)) error
}

// Substituter gets outputs from where they were built before.
type Substituter interface {
	// Substitute makes those of the paths valid that can be had, with
	// everything they refer to. The others are no error.
	Substitute(ctx context.Context, wanted []storepath.Path) error
}

// Realiser builds derivations. It may be used from several goroutines.
type Realiser struct {
	Config
	builders map[string]Builder
	hashes   *derivation.Hashes
	building chan struct{} // one token per build that may run
	fetching chan struct{}
}

// New returns a Realiser.
func New(c Config) *Realiser {
	r := &Realiser{Config: c, builders: standardBuilders(), hashes: &derivation.Hashes{Load: c.Store.ReadDerivation}}
	maps.Copy(r.builders, c.Builders)
	if r.Events == nil {
		r.Events = silent{}
	}
	if r.System == "" {
		r.System = HostSystem()
	}
	if r.Builds <= 0 {
		r.Builds = runtime.NumCPU()
	}
	if r.Downloads <= 0 {
		r.Downloads = 8
	}
	if r.Client == nil {
		r.Client = http.DefaultClient
	}
	r.building = make(chan struct{}, r.Builds)
	r.fetching = make(chan struct{}, r.Downloads)
	return r
}

// HostSystem returns Nix's name for this machine, such as "x86_64-linux".
func HostSystem() string {
	arch := map[string]string{"amd64": "x86_64", "arm64": "aarch64", "386": "i686", "riscv64": "riscv64", "ppc64le": "powerpc64le"}[runtime.GOARCH]
	if arch == "" {
		arch = runtime.GOARCH
	}
	return arch + "-" + runtime.GOOS
}

// Wanted names outputs of a derivation; without names it means all of them.
type Wanted struct {
	Derivation storepath.Path
	Outputs    []string
}

// Realised is one output that is valid now.
type Realised struct {
	Derivation storepath.Path
	Output     string
	Path       storepath.Path
}

// Realise makes all wanted outputs valid. It returns them in the order wanted.
func (r *Realiser) Realise(ctx context.Context, wanted ...Wanted) ([]Realised, error) {
	p, err := r.plan(ctx, wanted, r.Substituter)
	if err != nil {
		return nil, err
	}
	if steps := p.steps(); len(steps) > 0 {
		if r.Store.ReadOnly() {
			return nil, fmt.Errorf("%d derivations have to be built, but the store in '%s' is read-only", len(steps), r.Store.Dir())
		}
		r.Events.Planned(steps)
		if err := r.execute(ctx, p); err != nil {
			return nil, err
		}
	}
	for i := range p.realised {
		if one := &p.realised[i]; one.Path.IsZero() { // known only now
			if one.Path, err = r.inputPath(ctx, one.Derivation, one.Output); err != nil {
				return nil, err
			}
		}
	}
	return p.realised, nil
}

// Plan returns what Realise would do, in an order in which it could be done.
func (r *Realiser) Plan(ctx context.Context, wanted ...Wanted) ([]Step, error) {
	p, err := r.plan(ctx, wanted, nil)
	if err != nil {
		return nil, err
	}
	return p.steps(), nil
}
