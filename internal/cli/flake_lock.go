package cli

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"strings"

	"berth.dev/internal/fetch"
	"berth.dev/internal/instantiate"
	"berth.dev/nix/flake"
	"github.com/spf13/cobra"
)

// lockFlags say how references and lock files of flakes are treated.
type lockFlags struct {
	updates      []string
	recreate     bool
	noWrite      bool
	noUpdate     bool
	noRegistry   bool
	commit       bool
	allowDirty   bool
	refresh      bool
	acceptConfig bool
	overrideTo   pairsFlag
}

func (f *lockFlags) register(cmd *cobra.Command) {
	f.overrideTo.words = "NAME REF"
	flags := cmd.Flags()
	flags.StringArrayVar(&f.updates, "update-input", nil, "lock the flake input INPUT anew")
	flags.BoolVar(&f.recreate, "recreate-lock-file", false, "lock all flake inputs anew")
	flags.BoolVar(&f.noWrite, "no-write-lock-file", false, "leave flake.lock as it is")
	flags.BoolVar(&f.noUpdate, "no-update-lock-file", false, "fail if flake.lock does not fit flake.nix")
	flags.BoolVar(&f.commit, "commit-lock-file", false, "commit changes of flake.lock")
	flags.BoolVar(&f.allowDirty, "allow-dirty-locks", false, "write locks of Git work trees with changes")
	flags.BoolVar(&f.refresh, "refresh", false, "ask again where branches are, even if that was asked within the hour")
	flags.BoolVar(&f.acceptConfig, "accept-flake-config", false, "agree to the settings that a flake asks for by nixConfig")
	flags.Var(&f.overrideTo, "override-flake", "let the registry name NAME stand for REF")
	flags.BoolVar(&f.noRegistry, "no-registries", false, "know no names but those of berth itself")
	for _, name := range []string{"recreate-lock-file", "no-update-lock-file", "allow-dirty-locks", "no-registries"} {
		_ = flags.MarkHidden(name)
	}
}

// lockOptions returns what the flags say about lock files.
func (w *workspace) lockOptions() (instantiate.LockOptions, error) {
	overrides, err := w.parseOverrides()
	f := w.flags
	return instantiate.LockOptions{
		Overrides: overrides, Updates: f.updates, Recreate: f.recreate,
		NoWrite: f.noWrite, NoUpdate: f.noUpdate, Commit: f.commit, AllowDirty: f.allowDirty,
	}, err
}

// fetcher returns what fetches sources.
func (w *workspace) fetcher() *fetch.Fetcher {
	return fetch.New(fetch.Config{
		CacheDir: filepath.Join(w.stateDir, "cache", "sources"),
		Environ:  os.Environ(),
		Offline:  w.flags.offline,
		Refresh:  w.flags.refresh,
		Client:   &http.Client{Transport: &http.Transport{Proxy: http.ProxyFromEnvironment}},
		Tokens:   w.accessTokens(),
		Warn:     w.notice,
	})
}

// accessTokens reads the setting access-tokens of Nix: HOST=TOKEN words.
func (w *workspace) accessTokens() map[string]string {
	tokens := map[string]string{}
	files := []string{"/etc/nix/nix.conf", filepath.Join(w.configDir(), "nix", "nix.conf")}
	texts := []string{}
	for _, name := range files {
		if text, err := os.ReadFile(name); err == nil {
			texts = append(texts, string(text))
		}
	}
	for _, text := range append(texts, w.Getenv("NIX_CONFIG")) {
		maps.Copy(tokens, tokensIn(text))
	}
	return tokens
}

func tokensIn(text string) map[string]string {
	tokens := map[string]string{}
	for line := range strings.Lines(text) {
		line, _, _ = strings.Cut(line, "#")
		key, value, _ := strings.Cut(line, "=")
		if key = strings.TrimSpace(key); key != "access-tokens" && key != "extra-access-tokens" {
			continue
		}
		for word := range strings.FieldsSeq(value) {
			if host, token, ok := strings.Cut(word, "="); ok {
				tokens[host] = token
			}
		}
	}
	return tokens
}

// configDir returns where the user's settings are.
func (a *app) configDir() string {
	if dir := a.Getenv("XDG_CONFIG_HOME"); dir != "" {
		return dir
	}
	return filepath.Join(a.Getenv("HOME"), ".config")
}

// registries returns what names stand for by flags and the user's registry,
// which is Nix's.
func (w *workspace) registries() (instantiate.Registries, error) {
	var r instantiate.Registries
	for _, p := range w.flags.overrideTo.pairs {
		from, err := flake.ParseReference(p.name, w.dir)
		if err != nil {
			return r, &usageError{err: err, command: "berth"}
		}
		to, err := w.commandLineReference(p.value)
		if err != nil {
			return r, &usageError{err: err, command: "berth"}
		}
		r.Flags = append(r.Flags, flake.RegistryEntry{From: from, To: to})
	}
	if w.flags.noRegistry {
		return r, nil
	}
	name := filepath.Join(w.configDir(), "nix", "registry.json")
	text, err := os.ReadFile(name)
	if errors.Is(err, fs.ErrNotExist) {
		return r, nil
	} else if err != nil {
		return r, err
	}
	if r.User, err = flake.ParseRegistry(text); err != nil {
		return r, fmt.Errorf("%s: %w", name, err)
	}
	return r, nil
}

// commandLineReference reads a reference; a path of a flake in a Git work tree
// means the work tree.
func (a *app) commandLineReference(text string) (flake.Reference, error) {
	if strings.HasPrefix(text, ".") || strings.HasPrefix(text, "/") {
		return a.localFlake(text)
	}
	return flake.ParseReference(text, a.dir)
}

// localFlake reads a path with parameters behind it.
func (a *app) localFlake(text string) (flake.Reference, error) {
	name, query, hasQuery := strings.Cut(text, "?")
	name = a.path(name)
	if _, err := os.Stat(name); err != nil {
		return nil, fmt.Errorf("'%s' does not exist", name)
	}
	if !hasQuery {
		return instantiate.LocalFlake(name)
	}
	given, err := flake.ParseReference("path:"+name+"?"+query, "")
	if err != nil {
		return nil, err
	}
	ref, err := instantiate.LocalFlake(filepath.Join(name, given.Dir()))
	if err != nil {
		return nil, err
	}
	for key, value := range given.Without("type", "path", "dir") {
		ref[key] = value
	}
	return ref, nil
}
