package cli

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"berth.dev/internal/kept"
	"berth.dev/internal/store"
	"berth.dev/internal/ui"
	"github.com/spf13/cobra"
)

// downOptions are the flags of down.
type downOptions struct {
	all      bool
	remove   bool
	patience time.Duration
}

func (a *app) downCommand() *cobra.Command {
	o := &downOptions{}
	cmd := &cobra.Command{
		Use:     "down NAME... | --all",
		Short:   "Stop machines that are kept",
		Long:    "down powers machines off. Their state stays for the next 'berth up', unless --remove is given.",
		Example: "  berth down server\n  berth down --remove server\n  berth down --all",
		GroupID: groupMachines,
		RunE: func(cmd *cobra.Command, args []string) error {
			if o.all == (len(args) > 0) {
				return &usageError{err: errors.New("down takes names, or --all"), command: "berth down"}
			}
			return a.down(cmd.Context(), o, args)
		},
	}
	flags := cmd.Flags()
	flags.BoolVar(&o.all, "all", false, "stop all machines")
	flags.BoolVar(&o.remove, "remove", false, "remove their state, too")
	flags.DurationVar(&o.patience, "patience", time.Minute, "how long a machine may take before it is killed")
	return cmd
}

func (a *app) down(ctx context.Context, o *downOptions, names []string) error {
	if err := needRoot("down"); err != nil {
		return err
	}
	yard, err := a.yard()
	if err != nil {
		return err
	}
	if o.all {
		if names, err = yard.Names(); err != nil {
			return err
		}
	}
	display := ui.New(ui.Detect(a.Stderr, a.Getenv))
	defer display.Close()
	errs := make([]error, len(names))
	var each sync.WaitGroup
	for i, name := range names {
		each.Go(func() { errs[i] = a.downOne(ctx, yard, display, o, name) })
	}
	each.Wait()
	return errors.Join(errs...)
}

func (a *app) downOne(ctx context.Context, yard *kept.Yard, display *ui.Display, o *downOptions, name string) error {
	lock, err := yard.Lock(name)
	if err != nil {
		return err
	}
	defer lock.Release()
	l, err := yard.Launch(name)
	if err != nil {
		return err
	}
	ran, begun := yard.Supervised(name), time.Now()
	if err := yard.Stop(ctx, name, o.patience); err != nil {
		return err
	}
	if ran {
		display.Note(fmt.Sprintf("%s is down after %s", name, ui.Duration(time.Since(begun))))
	}
	if o.remove && !l.Ephemeral {
		if err := yard.Remove(name); err != nil {
			return err
		}
	}
	if o.remove || l.Ephemeral {
		return a.unprotect(name)
	}
	return nil
}

// unprotect lets the store collect what a machine booted from.
func (a *app) unprotect(name string) error {
	stateDir, err := a.stateDir()
	if err != nil {
		return err
	}
	s, err := store.Open(store.Config{Dir: stateDir})
	if err != nil {
		return err
	}
	defer s.Close()
	return s.RemoveRoots(rootsOf(name))
}
