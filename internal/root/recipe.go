package root

import (
	_ "embed"
	"encoding/json"
	"fmt"
)

// recipesText is the table of what single packages need beyond the generic
// rules.
//
//go:embed recipes.json
var recipesText []byte

// A recipe says what a package's maintainer scripts would have done that
// matters. Recipes apply when the package is part of the closure.
type recipe struct {
	// Why is told to readers of the table.
	Why string `json:"why"`
	// Users and Groups are system accounts.
	Users  []recipeUser `json:"users,omitempty"`
	Groups []string     `json:"groups,omitempty"`
	// Directories are made with a mode and owner.
	Directories []recipeFile `json:"directories,omitempty"`
	// Files are written from text or copied from another path of the root.
	Files []recipeFile `json:"files,omitempty"`
	// Modes copy a file of the package to give it a mode and owner.
	Modes []recipeFile `json:"modes,omitempty"`
	// Links maps paths to link targets.
	Links map[string]string `json:"links,omitempty"`
	// Alternatives stand for computed calls of update-alternatives.
	Alternatives []recipeAlternative `json:"alternatives,omitempty"`
	// Commands run once per set of packages in a sandbox over the parts; what
	// they write becomes part of the root.
	Commands [][]string `json:"commands,omitempty"`
}

type recipeUser struct {
	Name   string   `json:"name"`
	UID    *uint32  `json:"uid,omitempty"`
	Group  string   `json:"group,omitempty"` // default: one of the same name
	Home   string   `json:"home,omitempty"`  // default: /nonexistent
	Shell  string   `json:"shell,omitempty"` // default: /usr/sbin/nologin
	Groups []string `json:"groups,omitempty"`
}

type recipeFile struct {
	Path  string `json:"path"` // a pattern in modes
	Mode  string `json:"mode"`
	User  string `json:"user,omitempty"`
	Group string `json:"group,omitempty"`
	Text  string `json:"text,omitempty"`
	Copy  string `json:"copy,omitempty"`
}

type recipeAlternative struct {
	Link     string `json:"link"`
	Path     string `json:"path"` // a pattern
	Priority int    `json:"priority"`
}

// recipesFor returns the recipes of the packages of a view, in order of names.
func recipesFor(v *view) ([]recipe, error) {
	var table map[string]recipe
	if err := json.Unmarshal(recipesText, &table); err != nil {
		return nil, fmt.Errorf("read recipes: %w", err)
	}
	var list []recipe
	for _, p := range v.parts {
		if r, ok := table[p.manifest.Name]; ok {
			list = append(list, r)
		}
	}
	return list, nil
}
