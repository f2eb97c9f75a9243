package cli

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"berth.dev/internal/build"
	"berth.dev/internal/debian"
	"berth.dev/internal/lockfile"
	"berth.dev/internal/store"
	"berth.dev/internal/ui"
	"berth.dev/nix/storepath"
	"github.com/spf13/cobra"
)

type verifyOptions struct {
	evalFlags
	contents bool
	repair   bool
	json     bool
}

func (a *app) storeVerifyCommand() *cobra.Command {
	o := &verifyOptions{}
	cmd := &cobra.Command{
		Use:   "verify",
		Short: "Check the database and the objects of the store",
		Long: "verify checks the database and that every valid path is there, with --check-contents also\n" +
			"that its contents are what was registered. --repair builds or fetches damaged paths again.\n" +
			"The exit status is 1 when damage is left.",
		Example: "  berth store verify\n  berth store verify --check-contents --repair",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return a.verify(cmd.Context(), o)
		},
	}
	flags := cmd.Flags()
	flags.BoolVar(&o.contents, "check-contents", false, "compare all contents with their digests")
	flags.BoolVar(&o.repair, "repair", false, "make damaged paths again")
	flags.BoolVar(&o.json, "json", false, "print JSON")
	flags.StringVar(&o.mirror, "mirror", "", "URL of the Debian mirror (or BERTH_MIRROR)")
	return cmd
}

// damage is a damaged path and what became of it.
type damage struct {
	Path     storepath.Path `json:"path"`
	Problem  string         `json:"problem"`
	Repaired bool           `json:"repaired"`
	Failure  string         `json:"failure,omitempty"`
}

func (a *app) verify(ctx context.Context, o *verifyOptions) error {
	return a.withStore(!o.repair, func(s *store.Store) error {
		found, err := s.Verify(ctx, o.contents)
		if err != nil {
			return err
		}
		damaged := make([]*damage, len(found))
		for i, d := range found {
			damaged[i] = &damage{Path: d.Path, Problem: d.Problem}
		}
		if o.repair && len(found) > 0 {
			if err := a.repair(ctx, o, s, found, damaged); err != nil {
				return err
			}
		}
		return a.reportDamage(ctx, s, o, damaged)
	})
}

// repair makes damaged paths again, as far as their derivations are there.
func (a *app) repair(ctx context.Context, o *verifyOptions, s *store.Store, found []store.Damage, damaged []*damage) error {
	repairable, _, err := build.Damaged(ctx, s, found)
	if err != nil {
		return err
	}
	w := &workspace{app: a, flags: &o.evalFlags, stateDir: s.Dir(), store: s, lock: &lockfile.File{},
		notice: func(message string) { fmt.Fprintln(a.Stderr, "note: "+message) }}
	if w.archive, err = debian.Open(ctx, w.archiveConfig()); err != nil {
		return err
	}
	defer w.archive.Close()
	display := ui.New(ui.Detect(a.Stderr, a.Getenv))
	defer display.Close()
	realiser := w.realiser(display)
	for _, derivation := range slices.SortedFunc(maps.Keys(repairable), storepath.Path.Compare) {
		err := realiser.Repair(ctx, derivation, repairable[derivation]...)
		if errors.Is(err, context.Canceled) {
			return err
		}
		for _, d := range damaged {
			if slices.Contains(repairable[derivation], d.Path) {
				d.Repaired = err == nil
				if err != nil {
					d.Failure = err.Error()
				}
			}
		}
	}
	return nil
}

func (a *app) reportDamage(ctx context.Context, s *store.Store, o *verifyOptions, damaged []*damage) error {
	all, err := s.All(ctx)
	if err != nil {
		return err
	}
	left := 0
	for _, d := range damaged {
		if !d.Repaired {
			left++
		}
	}
	if o.json {
		err = a.printJSON(struct {
			Checked int       `json:"checked"`
			Damaged []*damage `json:"damaged"`
		}{len(all), damaged})
	} else {
		a.printDamage(damaged)
		_, err = fmt.Fprintf(a.Stderr, "checked %d paths: %d damaged, %d repaired\n", len(all), len(damaged), len(damaged)-left)
	}
	if err == nil && left > 0 {
		err = &silentError{exitError}
	}
	return err
}

func (a *app) printDamage(damaged []*damage) {
	for _, d := range damaged {
		outcome := ""
		switch {
		case d.Repaired:
			outcome = " (repaired)"
		case d.Failure != "":
			outcome = " (not repaired: " + d.Failure + ")"
		}
		fmt.Fprintf(a.Stdout, "%s: %s%s\n", d.Path, d.Problem, outcome)
	}
}

func (a *app) storeOptimiseCommand() *cobra.Command {
	asJSON := false
	cmd := &cobra.Command{
		Use:     "optimise",
		Aliases: []string{"optimize"},
		Short:   "Keep equal files of the store only once on the disk",
		Long:    "optimise replaces files with equal contents by hard links to one of them.",
		Example: "  berth store optimise",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return a.withStore(false, func(s *store.Store) error {
				saved, err := s.Deduplicate(cmd.Context())
				if err != nil {
					return err
				}
				if asJSON {
					return a.printJSON(saved)
				}
				_, err = fmt.Fprintf(a.Stderr, "linked %d files together, %s freed\n", saved.Files, ui.Bytes(saved.Bytes))
				return err
			})
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return cmd
}
