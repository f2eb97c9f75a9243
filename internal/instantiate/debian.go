package instantiate

import (
	"errors"
	"fmt"

	"berth.dev/internal/debian"
	"berth.dev/nix/eval"
)

// Packages answers what the embedded files ask about the package archive. It
// is implemented by [debian.Source].
type Packages interface {
	Lookup(name string) (debian.Record, bool, error)
	Resolve(names []string) ([]debian.Record, error)
	Essential() ([]string, error)
	Suggest(name string) []string
	Names(prefix string) ([]string, error)
}

// embeddedGlobals returns the identifier that only files of the embedded tree
// see: __berth, whose functions reach the package archive.
func embeddedGlobals(packages Packages, version string) func(*eval.Evaluator) map[string]*eval.Value {
	return func(ev *eval.Evaluator) map[string]*eval.Value {
		archive := ev.NewAttrs(map[string]*eval.Value{
			"resolve": eval.NewPrimOp("resolve", 1, func(ev *eval.Evaluator, args []*eval.Value) (*eval.Value, error) {
				return resolvePackages(ev, packages, args[0])
			}),
			"lookup": eval.NewPrimOp("lookup", 1, func(ev *eval.Evaluator, args []*eval.Value) (*eval.Value, error) {
				return lookupPackage(ev, packages, args[0])
			}),
			"suggest": eval.NewPrimOp("suggest", 1, func(ev *eval.Evaluator, args []*eval.Value) (*eval.Value, error) {
				name, _, err := ev.String(args[0])
				return stringList(packages.Suggest(name)), err
			}),
			"names": eval.NewPrimOp("names", 1, func(ev *eval.Evaluator, args []*eval.Value) (*eval.Value, error) {
				prefix, _, err := ev.String(args[0])
				if err != nil {
					return nil, err
				}
				names, err := packages.Names(prefix)
				return stringList(names), err
			}),
			"essential": eval.NewLazy(func(*eval.Evaluator) (*eval.Value, error) {
				names, err := packages.Essential()
				return stringList(names), err
			}),
		})
		return map[string]*eval.Value{"__berth": ev.NewAttrs(map[string]*eval.Value{
			"version": eval.NewString(version),
			"debian":  archive,
		})}
	}
}

// resolvePackages takes { packages = [ names ]; } and returns the records of
// their dependency closure.
func resolvePackages(ev *eval.Evaluator, packages Packages, argument *eval.Value) (*eval.Value, error) {
	if err := ev.ForceDeep(argument); err != nil {
		return nil, err
	}
	list, err := ev.Get(argument, "packages")
	if err != nil {
		return nil, err
	}
	if list == nil || list.Kind() != eval.KindList {
		return nil, errors.New("resolve takes { packages = [ names ]; }")
	}
	var names []string
	for _, element := range list.List() {
		name, _, err := ev.String(element)
		if err != nil {
			return nil, err
		}
		names = append(names, name)
	}
	records, err := packages.Resolve(names)
	if err != nil {
		return nil, fmt.Errorf("Debian packages: %w", err)
	}
	values := make([]*eval.Value, len(records))
	for i, record := range records {
		values[i] = ev.NewAttrs(recordAttrs(record))
	}
	return eval.NewList(values), nil
}

func lookupPackage(ev *eval.Evaluator, packages Packages, argument *eval.Value) (*eval.Value, error) {
	name, _, err := ev.String(argument)
	if err != nil {
		return nil, err
	}
	record, ok, err := packages.Lookup(name)
	if err != nil {
		return nil, fmt.Errorf("Debian package '%s': %w", name, err)
	}
	if !ok {
		return eval.NewNull(), nil
	}
	attrs := recordAttrs(record)
	attrs["description"] = eval.NewString(record.Description)
	attrs["section"] = eval.NewString(record.Section)
	attrs["homepage"] = eval.NewString(record.Homepage)
	attrs["provides"] = eval.NewString(record.Provides)
	return ev.NewAttrs(attrs), nil
}

func recordAttrs(r debian.Record) map[string]*eval.Value {
	return map[string]*eval.Value{
		"name":         eval.NewString(r.Name),
		"version":      eval.NewString(r.Version),
		"architecture": eval.NewString(r.Architecture),
		"sha256":       eval.NewString(r.SHA256),
		"size":         eval.NewInt(r.Size),
		"path":         eval.NewString(r.Path),
	}
}

func stringList(texts []string) *eval.Value {
	values := make([]*eval.Value, len(texts))
	for i, text := range texts {
		values[i] = eval.NewString(text)
	}
	return eval.NewList(values)
}
