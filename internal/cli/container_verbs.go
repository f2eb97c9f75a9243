package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"berth.dev/internal/kept"
	"berth.dev/internal/ui"
	"github.com/spf13/cobra"
)

// containerVerb is a verb that takes the name of a container and little else.
type containerVerb struct {
	use, short string
	args       cobra.PositionalArgs
	run        func(ctx context.Context, args []string) error
}

func (v containerVerb) command(a *app) *cobra.Command {
	return &cobra.Command{
		Use: v.use, Short: v.short, Args: v.args, Example: "  berth container " + v.use,
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := needRoot("container"); err != nil {
				return err
			}
			return v.run(cmd.Context(), args)
		},
	}
}

func (a *app) containerVerbs() []containerVerb {
	one := cobra.ExactArgs(1)
	return []containerVerb{
		{"start NAME", "Start a container", one, a.nativeStart},
		{"restart NAME", "Stop a container and start it again", one, func(ctx context.Context, args []string) error {
			return errors.Join(a.nativeStop(ctx, args), a.nativeStart(ctx, args))
		}},
		{"status NAME", "Print up, down, or gone", one, a.nativeStatus},
		{"show-ip NAME", "Print the address of a container", one, a.nativeAddress},
		{"root-login NAME", "Get a shell of root in a container", one, func(ctx context.Context, args []string) error {
			return a.exec(ctx, &execOptions{terminal: true}, args[0], []string{"/bin/bash", "--login"})
		}},
		{"destroy NAME", "Remove a container with its state", one, a.nativeDestroy},
	}
}

func (a *app) nativeStart(ctx context.Context, args []string) error {
	yard, lock, _, err := a.lockContainer(args[0])
	if err != nil {
		return err
	}
	defer lock.Release()
	display := ui.New(ui.Detect(a.Stderr, a.Getenv))
	defer display.Close()
	return explainBoot(display, yard.StartAgain(ctx, args[0], kept.UpOptions{Console: func(string) {}}))
}

func (a *app) nativeStop(ctx context.Context, args []string) error {
	yard, lock, _, err := a.lockContainer(args[0])
	if err != nil {
		return err
	}
	defer lock.Release()
	return yard.Stop(ctx, args[0], time.Minute)
}

func (a *app) nativeStatus(_ context.Context, args []string) error {
	yard, err := a.yard()
	if err != nil {
		return err
	}
	_, err = yard.Launch(args[0])
	switch {
	case errors.Is(err, kept.ErrUnknown):
		fmt.Fprintln(a.Stdout, "gone")
		return &silentError{exitError}
	case err != nil:
		return err
	case yard.Supervised(args[0]):
		fmt.Fprintln(a.Stdout, "up")
	default:
		fmt.Fprintln(a.Stdout, "down")
	}
	return nil
}

func (a *app) nativeAddress(_ context.Context, args []string) error {
	yard, err := a.yard()
	if err != nil {
		return err
	}
	l, err := yard.Launch(args[0])
	if err != nil {
		return err
	}
	if l.Addresses.Guest == "" {
		return fmt.Errorf("%s has no address of its own choice", args[0])
	}
	fmt.Fprintln(a.Stdout, l.Addresses.Guest)
	return nil
}

// nativeLogin asks who it is, as a console does.
func (a *app) nativeLogin(ctx context.Context, args []string) error {
	return a.exec(ctx, &execOptions{terminal: true}, args[0], []string{"/bin/login"})
}

// nativeRun gives the command a login's environment.
func (a *app) nativeRun(ctx context.Context, args []string) error {
	if len(args) < 2 {
		return &usageError{err: errors.New("which command?"), command: "berth container run"}
	}
	argv := append([]string{"/bin/bash", "--login", "-c", `exec "$@"`, "bash"}, args[1:]...)
	return a.exec(ctx, &execOptions{}, args[0], argv)
}

// nativeDestroy succeeds for a container that is gone.
func (a *app) nativeDestroy(ctx context.Context, args []string) error {
	yard, lock, _, err := a.lockContainer(args[0])
	if errors.Is(err, kept.ErrUnknown) {
		return nil
	} else if err != nil {
		return err
	}
	defer lock.Release()
	if err := yard.Stop(ctx, args[0], time.Minute); err != nil {
		return err
	}
	return errors.Join(os.RemoveAll(yard.Directory(args[0])), a.unprotect(args[0]))
}
