package kept

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"berth.dev/internal/kept/diff"
	"berth.dev/internal/machine"
)

// changeDirectory is where a change is put for the machine, in the directory
// that it shares with the host; changeInside is the same place inside.
const (
	changeDirectory = "host/change"
	changeInside    = "/run/berth/host/change"
	changeName      = "change.json"
)

// changeFormat is the version of the files that a change consists of. The
// program inside a machine may be older than this one.
const changeFormat = 1

// change is what a machine is told to make of its own root.
type change struct {
	Format int `json:"format"`
	treeChanges
	// Links are those in /run, by path below it.
	Links map[string]string `json:"links,omitempty"`
	// MutableUsers says that accounts may be changed inside.
	MutableUsers bool `json:"mutableUsers,omitempty"`
}

// Apply carries out a plan in a machine that runs. When the machine's files
// cannot be changed, everything is as it was. Units that do not stop or start
// make it fail, too, but their new definitions stay.
func (y *Yard) Apply(ctx context.Context, before, l *Launch, p *Plan, o UpOptions) error {
	a := application{yard: y, name: l.Name, tell: o.Command}
	if a.tell == nil {
		a.tell = func(string) {}
	}
	if p.Firewall || len(p.Ports) > 0 {
		a.tell("change firewall and ports")
		if err := y.changeNetwork(ctx, before, l); err != nil {
			return err
		}
	}
	a.systemctl(ctx, "stop", p.Stop)
	if err := a.files(ctx, before, l); err != nil {
		back := context.WithoutCancel(ctx)
		undone := errors.Join(a.files(back, l, before), y.changeNetwork(back, l, before))
		a.systemctl(back, "start", p.Stop)
		return errors.Join(fmt.Errorf("change %s: %w", l.Name, err), undone)
	}
	if err := y.writeLaunch(l); err != nil {
		return err
	}
	if len(l.Containers) > 0 {
		if err := machine.RefreshContainers(y.Directory(l.Name), l.Store, l.System, l.Containers); err != nil {
			return err
		}
	}
	if l.System.ActivationScript != "" {
		a.run(ctx, l.System.ActivationScript)
	}
	a.run(ctx, "systemctl", "reset-failed")
	a.run(ctx, "systemctl", "daemon-reload")
	if slices.ContainsFunc(p.Etc, isTemporaryFiles) || len(p.Users) > 0 {
		a.run(ctx, "systemd-tmpfiles", "--create")
	}
	a.systemctl(ctx, "reload-or-restart", p.Reload)
	a.systemctl(ctx, "restart", p.Restart)
	a.systemctl(ctx, "start", p.Start)
	a.systemctl(ctx, "start", p.Targets)
	return errors.Join(a.failures...)
}

// changeNetwork has the supervisor take firewall and ports over from a launch,
// or from the one before when that fails.
func (y *Yard) changeNetwork(ctx context.Context, before, l *Launch) error {
	answered := func(Event) bool { return true }
	if err := y.writeLaunch(l); err != nil {
		return err
	}
	err := y.follow(ctx, l.Name, request{Do: askNetwork}, answered)
	if err == nil {
		return nil
	}
	back := context.WithoutCancel(ctx)
	return errors.Join(err, y.writeLaunch(before), y.follow(back, l.Name, request{Do: askNetwork}, answered))
}

// application carries out commands one after the other and goes on after one
// that fails.
type application struct {
	yard     *Yard
	name     string
	tell     func(string)
	failures []error
}

func (a *application) systemctl(ctx context.Context, verb string, units []string) {
	if len(units) > 0 {
		a.run(ctx, append([]string{"systemctl", verb, "--"}, units...)...)
	}
}

func (a *application) run(ctx context.Context, argv ...string) {
	a.tell(strings.Join(slices.DeleteFunc(slices.Clone(argv), func(s string) bool { return s == "--" }), " "))
	if _, err := a.yard.output(ctx, a.name, argv...); err != nil {
		a.failures = append(a.failures, err)
	}
}

// files puts the difference between two configurations before the machine and
// has it take that over.
func (a *application) files(ctx context.Context, before, after *Launch) error {
	differences, err := compareTrees(before.Root.Generated[0], after.Root.Generated[0])
	if err != nil {
		return err
	}
	c := change{Format: changeFormat, treeChanges: *differences, Links: maps.Clone(after.Root.RunLinks), MutableUsers: after.System.MutableUsers}
	directory := filepath.Join(a.yard.Directory(a.name), changeDirectory)
	defer os.RemoveAll(directory)
	if err := c.write(directory, before.Root.Generated[0], after.Root.Generated[0]); err != nil {
		return err
	}
	_, err = a.yard.output(ctx, a.name, "/run/berth/berth", applyStage, changeInside)
	return err
}

// write puts the changed files into a directory: "new" as they are to be, and
// "old" the account files as they were.
func (c *change) write(directory, before, after string) error {
	if err := os.RemoveAll(directory); err != nil {
		return err
	}
	for _, name := range c.Write {
		if err := stage(after, filepath.Join(directory, "new"), name); err != nil {
			return err
		}
		if _, err := os.Stat(filepath.Join(before, name)); isAccountFile(name) && err == nil {
			if err := stage(before, filepath.Join(directory, "old"), name); err != nil {
				return err
			}
		}
	}
	text, err := json.Marshal(c)
	if err != nil {
		return err
	}
	return writeFile(filepath.Join(directory, changeName), text)
}

// stage copies one path of a layer with the directories that lead to it.
func stage(from, to, name string) error {
	if parent := path.Dir(name); parent != "." {
		if _, err := os.Lstat(filepath.Join(to, parent)); err != nil {
			if err := stage(from, to, parent); err != nil {
				return err
			}
		}
	} else if err := os.MkdirAll(to, 0o700); err != nil {
		return err
	}
	return copyEntry(filepath.Join(from, name), filepath.Join(to, name))
}

// isTemporaryFiles finds rules of tmpfiles.d(5).
func isTemporaryFiles(c diff.Change) bool { return strings.HasPrefix(c.Name, "tmpfiles.d/") }
