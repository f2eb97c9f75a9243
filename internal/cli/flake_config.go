package cli

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"berth.dev/internal/instantiate"
	"berth.dev/nix/eval"
	"berth.dev/nix/flake"
	"golang.org/x/term"
)

// A flake.nix can ask for settings by its attribute nixConfig. Since they could
// make berth trust others, the user is asked, once for each value.

// harmless settings only change what is shown.
var harmless = []string{"bash-prompt", "bash-prompt-prefix", "bash-prompt-suffix", "commit-lock-file-summary", "commit-lockfile-summary"}

// flakeGraph evaluates a flake as the flags, and its own settings, say.
func (w *workspace) flakeGraph(ctx context.Context, ref flake.Reference) (*eval.Value, *flake.Graph, error) {
	graph, err := w.lockFlake(ctx, ref)
	if err != nil {
		return nil, nil, err
	}
	if changed, err := w.configure(ctx, graph); err != nil {
		return nil, nil, err
	} else if changed {
		if graph, err = w.lockFlake(ctx, ref); err != nil {
			return nil, nil, err
		}
	}
	value, err := graph.Value(w.session.Evaluator)
	return value, graph, err
}

// configure applies the settings of a flake that the user agrees to. It
// reports whether the evaluator is another one now.
func (w *workspace) configure(ctx context.Context, g *flake.Graph) (changed bool, err error) {
	file, err := g.Root.Declared()
	if err != nil {
		return false, err
	}
	asked, err := w.session.Reader().Settings(file)
	if err != nil || len(asked) == 0 {
		return false, err
	}
	w.recorder.Spoil() // what the user agrees to may change
	settings, err := w.consented(asked)
	if err != nil {
		return false, err
	}
	w.flakeConfig = settings
	var features []string
	for _, name := range []string{"experimental-features", "extra-experimental-features"} {
		for feature := range strings.FieldsSeq(settings[name]) {
			if experimentalFeatures[feature] != nil && !slices.Contains(w.flags.features, feature) {
				features = append(features, feature)
			}
		}
	}
	if len(features) == 0 {
		return false, nil
	}
	w.flags.features = append(slices.Clone(w.flags.features), features...)
	config, err := w.sessionConfig(w.config)
	if err != nil {
		return false, err
	}
	w.session, err = instantiate.NewSession(ctx, config)
	return true, err
}

// consented returns the settings that the user agrees to: now, earlier, or by a
// flag.
func (w *workspace) consented(asked map[string]string) (map[string]string, error) {
	trusted, err := w.trustedSettings()
	if err != nil {
		return nil, err
	}
	agreed := map[string]string{}
	for _, name := range slices.Sorted(maps.Keys(asked)) {
		value := asked[name]
		answer, known := trusted[name][value]
		switch {
		case slices.Contains(harmless, name):
			answer = true
		case w.flags.acceptConfig:
			answer = true
		case !known:
			if answer, err = w.askConsent(trusted, name, value); err != nil {
				return nil, err
			}
		}
		if answer {
			agreed[name] = value
		} else {
			w.notice(fmt.Sprintf("ignoring untrusted flake configuration setting '%s'; pass --accept-flake-config to trust it", name))
		}
	}
	return agreed, nil
}

// trustedSettings is what the user agreed to for good: by name and value.
type trustedSettings map[string]map[string]bool

// trustedFile is where that is kept; Nix and berth share it.
func (a *app) trustedFile() string {
	dir := a.Getenv("XDG_DATA_HOME")
	if dir == "" {
		dir = filepath.Join(a.Getenv("HOME"), ".local", "share")
	}
	return filepath.Join(dir, "nix", "trusted-settings.json")
}

func (a *app) trustedSettings() (trustedSettings, error) {
	trusted := trustedSettings{}
	text, err := os.ReadFile(a.trustedFile())
	if errors.Is(err, fs.ErrNotExist) {
		return trusted, nil
	} else if err != nil {
		return nil, err
	}
	if err := json.Unmarshal(text, &trusted); err != nil {
		return nil, fmt.Errorf("%s is damaged: %w", a.trustedFile(), err)
	}
	return trusted, nil
}

// askConsent asks the user on a terminal; elsewhere the answer is no.
func (w *workspace) askConsent(trusted trustedSettings, name, value string) (bool, error) {
	if w.Stdin == nil || !term.IsTerminal(int(w.Stdin.Fd())) {
		return false, nil
	}
	in := bufio.NewReader(w.Stdin)
	ask := func(question string) (bool, error) {
		fmt.Fprint(w.Stderr, question+" (y/N)? ")
		line, err := in.ReadString('\n')
		return strings.HasPrefix(strings.ToLower(line), "y"), err
	}
	yes, err := ask(fmt.Sprintf("the flake wants the configuration setting '%s' to be '%s'; allow that", name, value))
	if err != nil {
		return false, nil
	}
	always, err := ask("remember this answer")
	if err != nil || !always {
		return yes, nil
	}
	if trusted[name] == nil {
		trusted[name] = map[string]bool{}
	}
	trusted[name][value] = yes
	return yes, w.saveTrusted(trusted)
}

func (a *app) saveTrusted(trusted trustedSettings) error {
	text, err := json.Marshal(trusted)
	if err != nil {
		return err
	}
	name := a.trustedFile()
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		return err
	}
	return os.WriteFile(name, text, 0o644)
}
