package instantiate

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"berth.dev/internal/debian"
	"berth.dev/internal/evalcache"
	"berth.dev/nix/eval"
	"berth.dev/nix/flake"
)

// The kinds of questions that a session asks of the world, besides those about
// files and variables.
const (
	askTree      = "tree"
	askLookup    = "package"
	askResolve   = "packages"
	askEssential = "essential packages"
	askSuggest   = "similar packages"
	askNames     = "packages by prefix"
)

// recorded lets the recorder of a configuration listen to everything in it.
func recorded(c Config) Config {
	r := c.Recorder
	if r == nil {
		return c
	}
	c.Packages = recordedPackages{c.Packages, r}
	c.Environment.Getenv = r.Getenv(c.Environment.Getenv)
	if now := c.Environment.Now; now != nil {
		c.Environment.Now = func() time.Time { r.Spoil(); return now() }
	}
	if realise := c.Realise; realise != nil {
		c.Realise = func(ctx context.Context, e []eval.ContextElement) error { r.Spoil(); return realise(ctx, e) }
	}
	c.Trace, c.Warn = spoiling(r, c.Trace), spoiling(r, c.Warn)
	return c
}

// spoiling makes a message that a later run would not show a reason to evaluate
// again.
func spoiling(r *evalcache.Recorder, tell func(string)) func(string) {
	return func(message string) {
		r.Spoil()
		if tell != nil {
			tell(message)
		}
	}
}

// Ask answers again what an earlier session was recorded to have asked.
func (s *Session) Ask(ctx context.Context) evalcache.Ask {
	return func(kind, question string) ([]byte, error) {
		switch kind {
		case askTree:
			return s.askTree(ctx, question)
		case evalcache.Variable:
			if s.getenv == nil {
				return nil, nil
			}
			return []byte(s.getenv(question)), nil
		}
		if answer, ok := evalcache.AskFiles(s.files, kind, question); ok {
			return answer, nil
		}
		return askPackages(s.packages, kind, question)
	}
}

// treeQuestion is a reference as it was asked for.
type treeQuestion struct {
	Reference  flake.Reference
	Registries flake.Registries
}

func noteTree(r *evalcache.Recorder, ref flake.Reference, use flake.Registries, tree *flake.Tree, err error) {
	question, failed := json.Marshal(treeQuestion{ref, use})
	answer, unknown := json.Marshal(tree)
	if err != nil || failed != nil || unknown != nil {
		r.Spoil()
		return
	}
	r.Note(askTree, string(question), answer)
}

func (s *Session) askTree(ctx context.Context, question string) ([]byte, error) {
	var q treeQuestion
	if err := json.Unmarshal([]byte(question), &q); err != nil {
		return nil, err
	}
	tree, err := s.sources.tree(ctx, q.Reference, q.Registries)
	if err != nil {
		return nil, err
	}
	return json.Marshal(tree)
}

// recordedPackages listens to what is asked of a package archive.
type recordedPackages struct {
	Packages
	recorder *evalcache.Recorder
}

func (p recordedPackages) note(kind, question string, err error, answer ...any) {
	text, failed := json.Marshal(answer)
	if err != nil || failed != nil {
		p.recorder.Spoil()
		return
	}
	p.recorder.Note(kind, question, text)
}

// Lookup implements Packages.
func (p recordedPackages) Lookup(name string) (debian.Record, bool, error) {
	record, ok, err := p.Packages.Lookup(name)
	p.note(askLookup, name, err, record, ok)
	return record, ok, err
}

// Resolve implements Packages.
func (p recordedPackages) Resolve(names []string) ([]debian.Record, error) {
	records, err := p.Packages.Resolve(names)
	question, failed := json.Marshal(names)
	if failed != nil {
		p.recorder.Spoil()
	}
	p.note(askResolve, string(question), err, records)
	return records, err
}

// Essential implements Packages.
func (p recordedPackages) Essential() ([]string, error) {
	names, err := p.Packages.Essential()
	p.note(askEssential, "", err, names)
	return names, err
}

// Suggest implements Packages.
func (p recordedPackages) Suggest(name string) []string {
	names := p.Packages.Suggest(name)
	p.note(askSuggest, name, nil, names)
	return names
}

// Names implements Packages.
func (p recordedPackages) Names(prefix string) ([]string, error) {
	names, err := p.Packages.Names(prefix)
	p.note(askNames, prefix, err, names)
	return names, err
}

// askPackages answers what recordedPackages noted.
func askPackages(p Packages, kind, question string) ([]byte, error) {
	switch kind {
	case askLookup:
		record, ok, err := p.Lookup(question)
		return answerOf(err, record, ok)
	case askResolve:
		var names []string
		if err := json.Unmarshal([]byte(question), &names); err != nil {
			return nil, err
		}
		records, err := p.Resolve(names)
		return answerOf(err, records)
	case askEssential:
		names, err := p.Essential()
		return answerOf(err, names)
	case askSuggest:
		return answerOf(nil, p.Suggest(question))
	case askNames:
		names, err := p.Names(question)
		return answerOf(err, names)
	}
	return nil, fmt.Errorf("nobody answers questions of the kind '%s'", kind)
}

func answerOf(err error, answer ...any) ([]byte, error) {
	if err != nil {
		return nil, err
	}
	return json.Marshal(answer)
}
