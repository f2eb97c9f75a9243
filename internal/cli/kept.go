package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"berth.dev/internal/build"
	"berth.dev/internal/deploy"
	"berth.dev/internal/description"
	"berth.dev/internal/kept"
	"berth.dev/internal/system"
	"berth.dev/internal/ui"
	"berth.dev/nix/eval"
	"berth.dev/nix/storepath"
)

// yard returns where this user's kept machines are.
func (a *app) yard() (*kept.Yard, error) {
	stateDir, err := a.stateDir()
	if err != nil {
		return nil, err
	}
	_, err = os.Stat("/run/systemd/system")
	return &kept.Yard{Dir: filepath.Join(stateDir, "machines"), RunDirectory: filepath.Join(stateDir, "run"), HostUnits: err == nil}, nil
}

// needRoot refuses what only root can do.
func needRoot(command string) error {
	if os.Geteuid() == 0 {
		return nil
	}
	return &statusError{exitUnavailable, fmt.Errorf("berth %s needs root; run it with sudo", command)}
}

// wantedMachine is a machine that the command line names, realised.
type wantedMachine struct {
	*workspace
	yard       *kept.Yard
	display    *ui.Display
	name       string
	source     string
	deployment *system.Deployment
}

// openMachine evaluates and realises the machine that an argument names. Name
// is its name where that is not the attribute's.
func (a *app) openMachine(ctx context.Context, flags *evalFlags, display *ui.Display, arg, name string) (m *wantedMachine, err error) {
	var t target
	if !isDescription(arg) {
		if t, err = a.parseTarget(arg, false); err != nil {
			return nil, err
		}
	}
	return a.openNamed(ctx, flags, display, t, arg, name)
}

// openNamed is openMachine for an argument that was parsed already.
func (a *app) openNamed(ctx context.Context, flags *evalFlags, display *ui.Display, t target, arg, name string) (m *wantedMachine, err error) {
	m = &wantedMachine{display: display, name: name, source: arg}
	if m.yard, err = a.yard(); err != nil {
		return nil, err
	}
	m.workspace, err = a.open(ctx, workspaceConfig{
		flags: flags, lockDir: t.lockDir(), pure: t.ref != nil, notice: display.Note,
		realise: func(ctx context.Context, e []eval.ContextElement) error {
			return m.realiseDuringEvaluation(display)(ctx, e)
		},
	})
	if err != nil {
		return nil, err
	}
	if isDescription(arg) {
		err = m.readDescription(ctx, a.path(arg))
	} else {
		err = m.evaluateMachine(ctx, t)
	}
	if err == nil {
		err = kept.CheckName(m.name)
	}
	if err != nil {
		return nil, errors.Join(err, m.Close())
	}
	return m, nil
}

// readDescription takes a system's description written by hand.
func (m *wantedMachine) readDescription(ctx context.Context, file string) error {
	text, err := os.ReadFile(file)
	if err != nil {
		return fmt.Errorf("reading a description: %w", err)
	}
	s, err := description.DecodeSystem(text, file)
	if err != nil {
		return err
	}
	if m.name == "" {
		m.name = s.Name
	}
	parts, err := m.realisePackages(ctx, m.display, s.DebianPackages)
	m.deployment = &system.Deployment{System: s, Parts: parts}
	return err
}

// machinesOutput is where flakes have their machines.
const machinesOutput = "nixosConfigurations"

func (m *wantedMachine) evaluateMachine(ctx context.Context, t target) error {
	activity := m.display.Begin(ui.Evaluate, "the configuration")
	derivation, err := m.toplevel(ctx, t)
	if err == nil {
		err = m.session.Store.Flush()
	}
	if err == nil {
		err = m.saveLock()
	}
	if err != nil {
		return m.explain(err)
	}
	activity.Done(nil)
	m.session = nil // the values are not needed any more
	realised, err := m.realiser(m.display).Realise(ctx, build.Wanted{Derivation: derivation, Outputs: []string{"out"}})
	if err != nil {
		return err
	}
	if len(realised) != 1 {
		return fmt.Errorf("'%s' is not one system", m.source)
	}
	m.deployment, err = system.Load(ctx, m.workspace, realised[0].Path)
	return err
}

// toplevel returns the derivation of the machine's system.
func (m *wantedMachine) toplevel(ctx context.Context, t target) (p storepath.Path, err error) {
	top, err := m.evaluate(ctx, t)
	if err != nil {
		return p, err
	}
	configuration, err := m.configuration(top, t)
	if err != nil {
		return p, err
	}
	for _, path := range [][]string{{"config", "system", "build", "toplevel"}, {"system", "build", "toplevel"}} {
		found, err := m.follow(configuration, path, strings.Join(path, "."))
		if _, missing := err.(*missingAttributeError); missing {
			continue
		} else if err != nil {
			return p, err
		}
		text, err := m.derivationPath(found)
		if err != nil {
			return p, err
		}
		return storepath.Parse(text)
	}
	return p, fmt.Errorf("'%s' is not a system: it has no config.system.build.toplevel, which lib.nixosSystem makes", m.source)
}

// configuration selects the system among those of a flake, or takes what a
// file evaluates to.
func (m *wantedMachine) configuration(top *eval.Value, t target) (*eval.Value, error) {
	if t.ref == nil {
		if m.name == "" {
			m.name = strings.TrimSuffix(filepath.Base(t.file), ".nix")
		}
		return m.selectAttribute(top, t.fragment, t)
	}
	all, err := m.session.Evaluator.Get(top, machinesOutput)
	if err != nil {
		return nil, err
	}
	if all == nil {
		return nil, fmt.Errorf("flake '%s' has no machines; one belongs into its output %s.<name>, made by nixpkgs.lib.nixosSystem", m.readable(t.ref.String()), machinesOutput)
	}
	if t.fragment == "" {
		if t.fragment, err = m.onlyMachine(all); err != nil {
			return nil, err
		}
	}
	path, err := splitAttributePath(strings.TrimPrefix(t.fragment, machinesOutput+"."))
	if err != nil {
		return nil, err
	}
	if m.name == "" {
		m.name = path[len(path)-1]
	}
	found, err := m.follow(all, path, t.fragment)
	if _, missing := err.(*missingAttributeError); missing {
		return nil, fmt.Errorf("flake '%s' has no machine '%s'; it has %s", m.readable(t.ref.String()), t.fragment, strings.Join(m.attributeNames(all), ", "))
	}
	return found, err
}

// onlyMachine is the machine that goes without saying.
func (m *wantedMachine) onlyMachine(all *eval.Value) (string, error) {
	if err := m.session.Evaluator.Force(all); err != nil {
		return "", err
	}
	names := m.attributeNames(all)
	if len(names) == 1 {
		return names[0], nil
	}
	return "", fmt.Errorf("name one of the machines behind a '#': %s", strings.Join(names, ", "))
}

func (m *wantedMachine) attributeNames(set *eval.Value) []string {
	var names []string
	for _, attr := range m.session.Evaluator.Attrs(set) {
		names = append(names, attr.Name)
	}
	return names
}

// launch assembles the machine's root. The caller has the machine's lock.
func (m *wantedMachine) launch(ctx context.Context, ephemeral bool, publish []string) (*kept.Launch, error) {
	y := &deploy.Yard{
		ObjectDir: m.store.ObjectDir(),
		CacheDir:  filepath.Join(m.stateDir, "cache", "roots"),
		Log:       func(line string) { m.display.Message("", string(ui.Debug), line) },
	}
	var err error
	if y.MachineID, err = m.yard.MachineID(m.name); err != nil {
		return nil, err
	}
	y.IDDir = m.yard.IDDir(m.name)
	if err := m.yard.AdoptAccounts(m.name); err != nil {
		return nil, err
	}
	config, err := y.Machine(ctx, m.name, m.deployment)
	if err != nil {
		return nil, err
	}
	l := kept.NewLaunch(config)
	l.Source, l.Ephemeral = m.source, ephemeral
	if ephemeral {
		roots, err := m.store.RootPath(rootsOf(m.name))
		if err != nil {
			return nil, err
		}
		l.Discard = []string{roots}
	}
	for _, p := range m.deployment.Parts {
		l.Parts = append(l.Parts, p.Base())
	}
	if m.deployment.Toplevel != (storepath.Path{}) {
		l.Toplevel = m.deployment.Toplevel.String()
	}
	for _, text := range publish {
		p, err := kept.ParsePublish(text)
		if err != nil {
			return nil, &usageError{err: fmt.Errorf("--publish: %w", err), command: "berth up"}
		}
		l.Publish = append(l.Publish, p)
	}
	return l, nil
}

// rootsOf is where the store keeps what a machine needs from collection.
func rootsOf(name string) string { return "machines/" + name }

// protect keeps what the machine boots from in the store.
func (m *wantedMachine) protect() error {
	if m.deployment.Toplevel != (storepath.Path{}) {
		return m.store.AddRoot(rootsOf(m.name)+"/system", m.deployment.Toplevel)
	}
	for _, p := range m.deployment.Parts {
		if err := m.store.AddRoot(rootsOf(m.name)+"/"+p.Base(), p); err != nil {
			return err
		}
	}
	return nil
}
