package root

import (
	"context"
	"fmt"
	"slices"

	"berth.dev/internal/description"
)

// SetUp returns the generated directories that stand above packages without a
// system around them, as in an image, topmost first: the accounts that the
// packages ask for, and what their maintainer scripts would have made. Of the
// configuration, the parts, the cache and the ways to run commands are used.
func SetUp(ctx context.Context, config Config) ([]string, error) {
	a := assembly{Config: config}
	a.Parts, a.System = slices.Clone(a.Parts), &description.System{}
	slices.Sort(a.Parts)
	packages, err := a.packageLayer(ctx)
	if err != nil {
		return nil, fmt.Errorf("setting up packages: %w", err)
	}
	accounts, err := a.accountLayer(packages)
	if err != nil {
		return nil, fmt.Errorf("setting up packages: %w", err)
	}
	return []string{accounts, packages.tree}, nil
}

// accountLayer returns the layer with the accounts and what belongs to them.
func (a *assembly) accountLayer(packages *layer[packageFacts]) (string, error) {
	key := keyOf(layerRules, "accounts", packages.key, a.LeaveOwners)
	l, err := cachedLayer(&a.Config, key, func(t *tree) (struct{}, error) {
		c := configuration{assembly: a, tree: t, facts: packages.result}
		ids, err := readIDs("")
		if err != nil {
			return struct{}{}, err
		}
		if c.accounts, err = mergeAccounts(a.System, &c.facts.Accounts, ids, c.password); err != nil {
			return struct{}{}, err
		}
		if err := c.accounts.write(t, nil); err != nil {
			return struct{}{}, err
		}
		return struct{}{}, c.owned()
	})
	if err != nil {
		return "", err
	}
	return l.tree, nil
}
