package root

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"path/filepath"
)

// layerRules changes when the rules by which layers are generated change.
const layerRules = "berth root 2"

// packageFacts is what the parts say about a root beyond their files: input
// for every configuration over them.
type packageFacts struct {
	Accounts accountRequests `json:"accounts"`
	Units    shippedUnits    `json:"units"`
	// Owned are directories and files of recipes; their owners have numbers
	// only once a configuration is known.
	Owned  []recipeFile `json:"owned"`
	Shells string       `json:"shells"`
	Python bool         `json:"python"`
}

// packageLayer returns the layer that depends on the set of parts alone.
func (a *assembly) packageLayer(ctx context.Context) (*layer[packageFacts], error) {
	key := keyOf(layerRules, "packages", recipesText, partNames(a.Parts), a.LeaveOwners)
	return cachedLayer(&a.Config, key, func(t *tree) (packageFacts, error) {
		v, err := a.view()
		if err != nil {
			return packageFacts{}, err
		}
		a.log("generating what %d packages need", len(v.parts))
		return a.writePackages(ctx, t, v)
	})
}

func (a *assembly) writePackages(ctx context.Context, t *tree, v *view) (packageFacts, error) {
	facts := packageFacts{Units: findShippedUnits(v), Shells: shells(v), Python: len(v.glob("usr/lib/python3*")) > 0}
	recipes, err := recipesFor(v)
	if err != nil {
		return facts, err
	}
	requests, err := requestedAccounts(v, recipes)
	if err != nil {
		return facts, err
	}
	facts.Accounts = *requests
	steps := []func() error{
		func() error { return t.specials(v) },
		t.skeleton, // some special directories, such as /var/lock, become links
		func() error { return t.certificates(v) },
		func() error { return t.defaults(v) },
		func() error { return t.alternatives(v, recipes) },
	}
	for _, step := range steps {
		if err := step(); err != nil {
			return facts, err
		}
	}
	for _, r := range recipes {
		if err := t.recipe(v, r, &facts); err != nil {
			return facts, err
		}
	}
	facts.Owned = append(facts.Owned, stateDirectories(v, requests)...)
	return facts, a.packageCommands(ctx, t, v, recipes)
}

// recipe applies the parts of a recipe that need no account and notes the
// others.
func (t *tree) recipe(v *view, r recipe, facts *packageFacts) error {
	for name, target := range r.Links {
		if err := t.link(name, target); err != nil {
			return err
		}
	}
	for _, f := range r.Files {
		if f.Copy != "" {
			text, ok := v.read(f.Copy)
			if !ok {
				continue // a version of the package without the template
			}
			f.Text, f.Copy = text, ""
		}
		if err := t.file(f.Path, f.Text, parseMode(f.Mode, 0o644), owner{}); err != nil {
			return err
		}
		if f.User != "" || f.Group != "" {
			facts.Owned = append(facts.Owned, recipeFile{Path: f.Path, Mode: f.Mode, User: f.User, Group: f.Group, Text: f.Text})
		}
	}
	for _, d := range r.Directories {
		d.Text = ""
		facts.Owned = append(facts.Owned, d)
	}
	for _, m := range r.Modes {
		for _, found := range v.glob(clean(m.Path)) {
			facts.Owned = append(facts.Owned, recipeFile{Path: found.name, Mode: m.Mode, User: m.User, Group: m.Group, Copy: found.physical})
		}
	}
	return nil
}

// stateDirectories finds the shipped directories below /var that bear the name
// of an account: they belong to it.
func stateDirectories(v *view, requests *accountRequests) []recipeFile {
	var owned []recipeFile
	for _, parent := range []string{"var/lib", "var/log", "var/cache", "var/spool"} {
		for _, u := range requests.Users {
			_, shipped := v.find(parent + "/" + u.Name)
			if shipped && (u.UID == nil || *u.UID != 0) {
				owned = append(owned, recipeFile{Path: parent + "/" + u.Name, Mode: "0755", User: u.Name, Group: u.Group})
			}
		}
	}
	return owned
}

// partNames are the names of parts in the store, which identify their content.
func partNames(parts []string) []string {
	names := make([]string, len(parts))
	for i, p := range parts {
		names[i] = filepath.Base(p)
	}
	return names
}

// keyOf derives the name of a cache entry from everything it is made from.
func keyOf(from ...any) string {
	h := sha256.New()
	for _, f := range from {
		text, err := json.Marshal(f)
		if err != nil {
			panic(fmt.Sprintf("key from %T: %v", f, err)) // only plain data is passed
		}
		fmt.Fprintf(h, "%d:%s,", len(text), text)
	}
	return hex.EncodeToString(h.Sum(nil))[:32]
}
