package cli

import (
	"context"
	"errors"
	"fmt"
	"io/fs"

	"berth.dev/internal/build"
	"berth.dev/internal/store"
	"berth.dev/nix/storepath"
	"github.com/spf13/cobra"
)

func (a *app) logCommand() *cobra.Command {
	asJSON := false
	cmd := &cobra.Command{
		Use:   "log DERIVATION|PATH...",
		Short: "Show what a build printed",
		Long: "log prints the log of the last build of a derivation, or of the derivation that made a\n" +
			"path. It is there for builds that ran on this machine, also for failed ones.",
		Example: "  berth log ./result\n  berth log /nix/store/...-hello.drv",
		GroupID: groupPackages,
		Args:    cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.withStore(true, func(s *store.Store) error { return a.showLogs(cmd.Context(), s, args, asJSON) })
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return cmd
}

// shownLog is one log as JSON.
type shownLog struct {
	Derivation storepath.Path `json:"derivation"`
	Log        string         `json:"log"`
}

func (a *app) showLogs(ctx context.Context, s *store.Store, args []string, asJSON bool) error {
	var logs []shownLog
	for _, arg := range args {
		p, err := a.storePath(ctx, s, arg)
		if err != nil {
			return err
		}
		log, err := findLog(ctx, s, p)
		if err != nil {
			return err
		}
		logs = append(logs, log)
	}
	if asJSON {
		return a.printJSON(struct {
			Logs []shownLog `json:"logs"`
		}{logs})
	}
	for _, log := range logs {
		if _, err := fmt.Fprint(a.Stdout, log.Log); err != nil {
			return err
		}
	}
	return nil
}

// findLog reads the log of a derivation, or of the first deriver that has one.
func findLog(ctx context.Context, s *store.Store, p storepath.Path) (shownLog, error) {
	derivations := []storepath.Path{p}
	if !p.IsDerivation() {
		var err error
		if derivations, err = s.Derivers(ctx, p); err != nil {
			return shownLog{}, err
		}
		if info, err := s.Query(ctx, p); err == nil && !info.Deriver.IsZero() {
			derivations = append(derivations, info.Deriver)
		}
	}
	for _, d := range derivations {
		text, err := build.ReadLog(s, d)
		if err == nil {
			return shownLog{d, text}, nil
		}
		if !errors.Is(err, fs.ErrNotExist) {
			return shownLog{}, err
		}
	}
	return shownLog{}, fmt.Errorf("there is no build log of '%s': it was not built here, or needed no process", p)
}
