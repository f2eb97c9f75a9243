// Package instantiate is the one place that knows both the language and the
// store: it answers the evaluator's questions.
//
// In come a physical store (or none), a package archive and settings; out
// comes a [Session], whose evaluator reads files, flakes and the embedded set,
// and whose derivations end up in the store. Building them is left to the
// caller, who passes a function for the case that evaluation itself needs it.
package instantiate

import (
	"context"
	"io/fs"
	"os"
	"slices"
	"strings"

	"berth.dev/internal/evalcache"
	"berth.dev/internal/fetch"
	"berth.dev/internal/store"
	"berth.dev/nix/eval"
	"berth.dev/nix/flake"
)

// Config is what a Session is made from.
type Config struct {
	// Store is where derivations go; nil computes their paths only.
	Store *store.Store
	// Realise builds during evaluation; nil makes that an error.
	Realise     Realiser
	Packages    Packages
	Environment eval.Environment
	Settings    eval.Settings
	RealInputs  bool
	// Fetch gets sources.
	Fetch *fetch.Fetcher
	// Images pins inputs that are container images.
	Images flake.Images
	// Registries say what references by name stand for.
	Registries Registries
	// Version is what the embedded set knows berth's version as.
	Version string
	// Recorder listens to what the evaluation asks of the world; nil for none.
	Recorder *evalcache.Recorder
	// Notice, Trace and Warn get messages for people.
	Notice, Trace, Warn func(message string)
}

// Session is one evaluation and everything it reads and adds.
type Session struct {
	Evaluator *eval.Evaluator
	Mounts    *Mounts
	// Store is nil when nothing is written.
	Store *Store

	sources  *Sources
	files    *Files
	images   flake.Images
	getenv   func(string) string
	packages Packages
	pure     bool
	embedded string // where the embedded set appears
}

// IsEmbedded reports whether a file belongs to the embedded set.
func (s *Session) IsEmbedded(file string) bool {
	return strings.HasPrefix(file, s.embedded+"/")
}

// NewSession prepares an evaluation.
func NewSession(ctx context.Context, c Config) (*Session, error) {
	s := &Session{Mounts: NewMounts(), pure: c.Settings.PureEval, images: c.Images, getenv: c.Environment.Getenv, packages: c.Packages}
	s.sources = &Sources{
		Mounts: s.Mounts, Fetch: c.Fetch, Registries: c.Registries, RealInputs: c.RealInputs, Notice: c.Notice,
		recorder: c.Recorder,
	}
	c = recorded(c)
	embedded, err := s.Mounts.Embedded("")
	if err != nil {
		return nil, err
	}
	s.embedded = embedded.Path.String()
	files := &Files{Mounts: s.Mounts}
	s.files = files
	config := eval.Config{
		Files:       c.Recorder.Files(files, s.Mounts.contain),
		Store:       pathStore{eval.NewMemoryStore(), s.Mounts},
		Fetcher:     fetcher{ctx, s, c.Recorder},
		Environment: withEmbedded(c.Environment, c.Settings.PureEval, s.embedded),
		Settings:    c.Settings,
		Embedded:    eval.Embedded{Prefix: s.embedded, Globals: embeddedGlobals(c.Packages, c.Version)},
		Trace:       c.Trace,
		Warn:        c.Warn,
	}
	if c.Store != nil {
		files.ObjectDir = c.Store.ObjectDir()
		s.Store = NewStore(ctx, c.Store, s.Mounts, c.Realise)
		config.Store = s.Store
		files.Written = s.Store.written
	}
	s.Evaluator = eval.New(config)
	return s, nil
}

// withEmbedded lets <nixpkgs> be the embedded set unless the user's search path
// has one.
func withEmbedded(e eval.Environment, pure bool, embedded string) eval.Environment {
	hasOwn := slices.ContainsFunc(e.SearchPath, func(s eval.SearchPathEntry) bool { return s.Prefix == "nixpkgs" })
	if !pure && !hasOwn {
		e.SearchPath = append(slices.Clip(e.SearchPath), eval.SearchPathEntry{Prefix: "nixpkgs", Path: embedded})
	}
	return e
}

// Locker returns what resolves flakes with the sources of the session.
func (s *Session) Locker() *flake.Locker {
	return &flake.Locker{Source: s.sources, Declaration: s.Reader(), Images: s.images}
}

// Reader returns what reads flake.nix files.
func (s *Session) Reader() *flake.Reader {
	return &flake.Reader{Evaluator: s.Evaluator, Files: s.files}
}

// Tree fetches the source tree of a reference of the command line.
func (s *Session) Tree(ctx context.Context, ref flake.Reference) (*flake.Tree, error) {
	return s.sources.Tree(ctx, ref, flake.AllRegistries)
}

// Folder shows a folder that the evaluator reads as a file system.
func (s *Session) Folder(name string) (fs.FS, error) {
	if mount, inner, ok := s.Mounts.find(name); ok {
		return fs.Sub(mount.tree, inner)
	}
	physical, err := s.files.onDisk(name)
	if err != nil {
		return nil, err
	}
	return os.DirFS(physical), nil
}
