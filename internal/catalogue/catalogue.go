package catalogue

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"berth.dev/nix/eval"
)

// Option is one option of a system.
type Option struct {
	Name         string   `json:"name"`
	Type         string   `json:"type"`
	Default      string   `json:"default,omitempty"` // an expression
	Example      string   `json:"example,omitempty"` // likewise
	Description  string   `json:"description"`
	Declarations []string `json:"declarations"`
	ReadOnly     bool     `json:"readOnly"`
}

// Package is one package that has a name of its own.
type Package struct {
	Name        string `json:"name"`
	Version     string `json:"version"`
	Description string `json:"description"`
}

// Options returns all public options of a system, by name.
func Options(ev *eval.Evaluator, embedded, system string) ([]Option, error) {
	var options []Option
	text := fmt.Sprintf(
		`((import %s/flake.nix).outputs { self = { }; }).lib.nixos.optionList { system = %q; }`, embedded, system)
	if err := decode(ev, text, &options); err != nil {
		return nil, fmt.Errorf("listing the options: %w", err)
	}
	for i := range options {
		o := &options[i]
		o.Description = strings.TrimSpace(o.Description)
		for j, file := range o.Declarations {
			if inner, ok := strings.CutPrefix(file, embedded+"/"); ok {
				file = "nixpkgs/" + inner
			}
			o.Declarations[j] = file
		}
	}
	options = slices.DeleteFunc(options, func(o Option) bool { return strings.Contains(o.Name, "_module.") })
	slices.SortFunc(options, func(a, b Option) int { return strings.Compare(a.Name, b.Name) })
	return options, nil
}

// packageList evaluates to the packages that can be described at all.
const packageList = `
let
  pkgs = import %s { system = %q; };
  describe = name:
    let
      package = pkgs.${name};
      attempt = builtins.tryEval (
        if builtins.isAttrs package && package.type or null == "derivation" then
          [ { inherit name; version = package.version or ""; description = package.meta.description or ""; } ]
        else
          [ ]
      );
    in
    if attempt.success then attempt.value else [ ];
in
builtins.concatMap describe (builtins.attrNames pkgs)`

// Packages returns the packages of the embedded set that have names of their
// own, by name.
func Packages(ev *eval.Evaluator, embedded, system string) ([]Package, error) {
	var packages []Package
	if err := decode(ev, fmt.Sprintf(packageList, embedded, system), &packages); err != nil {
		return nil, fmt.Errorf("listing the packages: %w", err)
	}
	return packages, nil
}

func decode(ev *eval.Evaluator, text string, result any) error {
	v, err := ev.EvalString(text, "/")
	if err != nil {
		return err
	}
	data, err := ev.JSON(v, true)
	if err != nil {
		return err
	}
	return json.Unmarshal([]byte(data), result)
}

// Find returns what contains all words of a query in its name or description:
// names that begin with the query first, then other names, then descriptions.
func Find[T any](all []T, query []string, describe func(T) (name, text string)) []T {
	whole := strings.ToLower(strings.Join(query, " "))
	var ranked [3][]T
	for _, one := range all {
		name, text := describe(one)
		name, text = strings.ToLower(name), strings.ToLower(text)
		rank := 0
		switch {
		case strings.HasPrefix(name, whole):
		case containsAll(name, query):
			rank = 1
		case containsAll(name+" "+text, query):
			rank = 2
		default:
			continue
		}
		ranked[rank] = append(ranked[rank], one)
	}
	return slices.Concat(ranked[0], ranked[1], ranked[2])
}

func containsAll(text string, words []string) bool {
	for _, word := range words {
		if !strings.Contains(text, strings.ToLower(word)) {
			return false
		}
	}
	return true
}
