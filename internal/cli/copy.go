package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	"berth.dev/internal/binarycache"
	"berth.dev/internal/store"
	"berth.dev/internal/ui"
	"berth.dev/nix/storepath"
	"github.com/spf13/cobra"
)

type copyOptions struct {
	from, to   string
	keys       []string
	noCheck    bool
	secretKey  string
	derivation bool
	json       bool
}

func (a *app) copyCommand() *cobra.Command {
	o := &copyOptions{}
	cmd := &cobra.Command{
		Use:   "copy [--from STORE] [--to STORE] PATH...",
		Short: "Copy paths and all they need between stores",
		Long: "copy copies store paths with everything they refer to. A STORE is a binary cache\n" +
			"(file:///folder, http://host, https://host), a store behind ssh (ssh://user@host) or the\n" +
			"folder of another store; the one that is not named is this machine's. What comes from\n" +
			"elsewhere must be signed by a trusted key, or its path must follow from its contents.",
		Example: "  berth copy --to file:///srv/cache ./result\n" +
			"  berth copy --from https://cache.example.org --trusted-key 'example-1:...' /nix/store/...\n" +
			"  berth copy --to ssh://root@server ./result",
		GroupID: groupPackages,
		Args:    cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if o.from == "" && o.to == "" {
				return &usageError{errors.New("say where to copy from or to: --from STORE or --to STORE"), "berth copy"}
			}
			return a.copy(cmd.Context(), o, args)
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&o.from, "from", "", "the store to copy from")
	flags.StringVar(&o.to, "to", "", "the store to copy to")
	flags.StringArrayVar(&o.keys, "trusted-key", nil, "a public key whose signatures are trusted (also BERTH_TRUSTED_KEYS)")
	flags.BoolVar(&o.noCheck, "no-check-sigs", false, "take paths without a trusted signature")
	flags.StringVar(&o.secretKey, "secret-key-file", "", "sign what is written to a binary cache with the key in FILE")
	flags.BoolVar(&o.derivation, "derivation", false, "copy the derivations that made the paths too")
	flags.BoolVar(&o.json, "json", false, "print JSON")
	return cmd
}

// place is one end of a copy.
type place interface {
	binarycache.Source
	binarycache.Target
}

func (a *app) copy(ctx context.Context, o *copyOptions, args []string) (err error) {
	own, err := a.openStore(o.from == "")
	if err != nil {
		return err
	}
	defer own.Close()
	paths, err := a.storePaths(ctx, own, args)
	if err != nil {
		return err
	}
	if o.derivation {
		if paths, err = withDerivers(ctx, own, paths); err != nil {
			return err
		}
	}
	from, closeFrom, err := a.openPlace(ctx, o, o.from, own)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, closeFrom()) }()
	to, closeTo, err := a.openPlace(ctx, o, o.to, own)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, closeTo()) }()
	return a.copyBetween(ctx, o, from, to, paths)
}

func (a *app) copyBetween(ctx context.Context, o *copyOptions, from, to place, paths []storepath.Path) error {
	trust, err := a.trust(o.keys)
	if err != nil {
		return err
	}
	_, fromOwn := from.(binarycache.Local)
	trust.Everyone = o.noCheck || fromOwn && o.from == ""
	display := ui.New(ui.Detect(a.Stderr, a.Getenv))
	defer display.Close()
	progress := &copyProgress{display: display}
	copier := &binarycache.Copier{From: []binarycache.Source{from}, To: to, Trust: trust, Progress: progress}
	if err := copier.Copy(ctx, paths...); err != nil {
		return err
	}
	display.Close()
	if o.json {
		return a.printJSON(struct {
			Copied []storepath.Path `json:"copied"`
		}{progress.sorted()})
	}
	_, err = fmt.Fprintf(a.Stderr, "copied %d paths to %s\n", len(progress.sorted()), to.Name())
	return err
}

// withDerivers adds the derivations of paths.
func withDerivers(ctx context.Context, s *store.Store, paths []storepath.Path) ([]storepath.Path, error) {
	all := slices.Clone(paths)
	for _, p := range paths {
		derivers, err := s.Derivers(ctx, p)
		if err != nil {
			return nil, err
		}
		all = append(all, derivers...)
	}
	return all, nil
}

// openPlace opens what an address names; empty is the machine's own store.
func (a *app) openPlace(ctx context.Context, o *copyOptions, address string, own *store.Store) (place, func() error, error) {
	nothing := func() error { return nil }
	switch {
	case address == "":
		return binarycache.Local{Store: own}, nothing, nil
	case strings.HasPrefix(address, "ssh://"):
		command, err := binarycache.RemoteCommand(address)
		if err != nil {
			return nil, nil, err
		}
		remote, err := binarycache.OpenRemote(ctx, address, command, a.Stderr)
		if err != nil {
			return nil, nil, &statusError{exitUnavailable, err}
		}
		return remote, remote.Close, nil
	case strings.Contains(address, "://"):
		cache, err := a.openCache(ctx, o, address)
		if err == nil && address == o.to {
			err = cache.Initialise(ctx)
		}
		if err != nil {
			return nil, nil, &statusError{exitUnavailable, err}
		}
		return cache, nothing, nil
	}
	other, err := store.Open(store.Config{Dir: a.path(address), ReadOnly: address == o.from})
	if err != nil {
		return nil, nil, &statusError{exitUnavailable, err}
	}
	return binarycache.Local{Store: other}, other.Close, nil
}

func (a *app) openCache(ctx context.Context, o *copyOptions, address string) (*binarycache.Cache, error) {
	config := binarycache.CacheConfig{Address: address}
	if o.secretKey != "" {
		key, err := a.readSecretKey(o.secretKey)
		if err != nil {
			return nil, err
		}
		config.Key = &key
	}
	return binarycache.OpenCache(ctx, config)
}

func (a *app) readSecretKey(name string) (binarycache.SecretKey, error) {
	text, err := os.ReadFile(a.path(name))
	if err != nil {
		return binarycache.SecretKey{}, err
	}
	key, err := binarycache.ParseSecretKey(string(text))
	if err != nil {
		return key, fmt.Errorf("reading '%s': %w", name, err)
	}
	return key, nil
}

// trust collects the keys of the command line and of BERTH_TRUSTED_KEYS.
func (a *app) trust(texts []string) (binarycache.Trust, error) {
	var trust binarycache.Trust
	for _, text := range append(slices.Clone(texts), strings.Fields(a.Getenv("BERTH_TRUSTED_KEYS"))...) {
		key, err := binarycache.ParsePublicKey(text)
		if err != nil {
			return trust, &usageError{err, "berth copy"}
		}
		trust.Keys = append(trust.Keys, key)
	}
	return trust, nil
}
