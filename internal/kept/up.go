package kept

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"
)

// Outcome says what [Yard.Up] did.
type Outcome string

// The outcomes.
const (
	Started   Outcome = "started"
	Unchanged Outcome = "unchanged"
	Applied   Outcome = "applied"
	Rebooted  Outcome = "rebooted"
)

// UpOptions are what Up tells and asks meanwhile.
type UpOptions struct {
	// Planned is called with what will be done to a running machine before
	// it is done.
	Planned func(*Plan)
	// Console gets the lines of a machine that boots.
	Console func(line string)
	// Command gets what is done in a running machine, as it is done.
	Command func(line string)
	// Patience is how long a machine may take to stop where that is needed.
	Patience time.Duration
}

// Up makes a machine be what a launch says: starts it, changes the running one,
// or leaves it alone. When that fails the machine is what it was before. The
// caller has the lock.
func (y *Yard) Up(ctx context.Context, l *Launch, o UpOptions) (Outcome, error) {
	before, err := y.Launch(l.Name)
	switch {
	case errors.Is(err, ErrUnknown):
		return Started, y.first(ctx, l, o)
	case err != nil:
		return "", err
	case !y.Supervised(l.Name):
		return Started, y.again(ctx, before, l, o)
	case before.Equal(l):
		return Unchanged, nil
	}
	plan, err := y.Plan(ctx, l)
	if err != nil {
		return "", err
	}
	o.Planned(plan)
	if len(plan.Reboot) == 0 {
		return Applied, y.Apply(ctx, before, l, plan, o)
	}
	return Rebooted, y.replace(ctx, before, l, o)
}

// first starts a machine that there was not. If it does not boot there is none
// again.
func (y *Yard) first(ctx context.Context, l *Launch, o UpOptions) error {
	err := y.Start(ctx, l)
	if err == nil {
		_, err = y.WaitBoot(ctx, l.Name, o.Console)
	}
	if err != nil {
		return errors.Join(err, y.discard(ctx, l.Name))
	}
	return nil
}

// discard removes a machine that never was.
func (y *Yard) discard(ctx context.Context, name string) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Minute)
	defer cancel()
	err := y.Stop(ctx, name, time.Second)
	if errors.Is(err, ErrUnknown) {
		err = nil
	}
	return errors.Join(err, os.RemoveAll(y.Directory(name)))
}

// again starts a machine that is down, with its state.
func (y *Yard) again(ctx context.Context, before, l *Launch, o UpOptions) error {
	if err := y.supersede(before, l); err != nil {
		return err
	}
	err := y.Start(ctx, l)
	if err == nil {
		_, err = y.WaitBoot(ctx, l.Name, o.Console)
	}
	if err == nil {
		return nil
	}
	// Down it was, and down it will be.
	back, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Minute)
	defer cancel()
	return errors.Join(err, y.Stop(back, l.Name, time.Second), y.supersede(l, before), y.writeLaunch(before))
}

// replace boots a running machine anew from another launch, and from its own
// when that fails.
func (y *Yard) replace(ctx context.Context, before, l *Launch, o UpOptions) error {
	if err := y.Stop(ctx, l.Name, o.Patience); err != nil {
		return err
	}
	err := y.again(ctx, before, l, o)
	if err == nil {
		return nil
	}
	back, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Minute)
	defer cancel()
	restored := y.Start(back, before)
	if restored == nil {
		_, restored = y.WaitBoot(back, l.Name, func(string) {})
	}
	if restored != nil {
		return errors.Join(err, fmt.Errorf("go back to what ran before: %w", restored))
	}
	return fmt.Errorf("%w (what ran before runs again)", err)
}

// Restart stops a machine that runs, and starts it from its launch.
func (y *Yard) Restart(ctx context.Context, name string, o UpOptions) error {
	l, err := y.Launch(name)
	if err != nil {
		return err
	}
	if !y.Supervised(name) {
		return y.again(ctx, l, l, o)
	}
	if l.Ephemeral {
		_, err = y.Boot(ctx, name, o.Patience, o.Console)
		return err
	}
	if err := y.Stop(ctx, name, o.Patience); err != nil {
		return err
	}
	return y.again(ctx, l, l, o)
}
