package cli

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"berth.dev/internal/evalcache"
	"berth.dev/nix/eval"
	"berth.dev/nix/storepath"
	"golang.org/x/sys/unix"
)

// remember makes the result of an evaluation, or takes that of an earlier run
// if nothing has changed that it depends on and it is still good. The result
// is a pointer to what evaluate fills in.
func (w *workspace) remember(ctx context.Context, command []any, result any, good func() bool, evaluate func() error) (recalled bool, err error) {
	if w.recorder == nil {
		return false, evaluate()
	}
	key, err := w.evaluationKey(command)
	if err != nil {
		return false, err
	}
	cache := evalcache.Cache{Dir: filepath.Join(w.stateDir, "cache", "eval")}
	if cache.Load(key, w.session.Ask(ctx), result) && good() {
		return true, nil
	}
	if err := evaluate(); err != nil {
		return false, err
	}
	if err := cache.Save(key, w.recorder, result); err != nil {
		w.notice("the result of this evaluation cannot be kept for the next run: " + err.Error())
	}
	return false, nil
}

// evaluationKey names an evaluation: the program, what it was told, and what of
// the surroundings is known from the start.
func (w *workspace) evaluationKey(command []any) (evalcache.Key, error) {
	size, changed, err := program()
	if err != nil {
		return "", err
	}
	return evalcache.NewKey(
		version(), size, changed, w.dir, w.stateDir, w.lock, command, fmt.Sprintf("%+v", *w.flags),
		nixSystem(), w.Getenv("HOME"), w.Getenv("NIX_PATH"),
	)
}

// program tells builds apart that have the same version.
func program() (size int64, changed time.Time, err error) {
	name, err := os.Executable()
	if err != nil {
		return 0, time.Time{}, err
	}
	info, err := os.Stat(name)
	if err != nil {
		return 0, time.Time{}, err
	}
	return info.Size(), info.ModTime(), nil
}

// delayCollection lets an evaluation that fits into memory end without
// collecting garbage. A user who sets Go's variables knows better.
func (a *app) delayCollection() {
	if a.Getenv("GOGC") != "" || a.Getenv("GOMEMLIMIT") != "" {
		return
	}
	const threshold, percent = 1 << 30, 150
	limit := int64(threshold)
	var host unix.Sysinfo_t
	if unix.Sysinfo(&host) == nil {
		limit = min(limit, int64(host.Totalram)*int64(host.Unit)/4)
	}
	eval.DelayCollection(limit, percent)
}

// recalledChecks is what check remembers of an evaluation.
type recalledChecks struct {
	Checks  []recalledCheck
	Skipped []checkResult
}

type recalledCheck struct{ Name, Derivation string }

// rememberChecks is findChecks for a project that may be unchanged.
func (r *checkRun) rememberChecks(ctx context.Context, t target) ([]check, error) {
	var found []check
	var result recalledChecks
	recalled, err := r.remember(ctx, []any{"check", t.ref, t.file, t.fragment}, &result,
		func() bool { return r.allValid(ctx, result.Checks) },
		func() error {
			var err error
			if found, err = r.findChecks(ctx, t); err != nil {
				return err
			}
			for _, c := range found {
				result.Checks = append(result.Checks, recalledCheck{c.name, c.derivation.String()})
			}
			result.Skipped = r.results
			return nil
		})
	if err != nil || !recalled {
		return found, err
	}
	r.results = append(r.results, result.Skipped...)
	for _, c := range result.Checks {
		p, err := storepath.Parse(c.Derivation)
		if err != nil {
			return nil, err
		}
		found = append(found, check{c.Name, p})
	}
	return found, nil
}

// allValid reports whether the store still has the derivations, and so all that
// they refer to.
func (r *checkRun) allValid(ctx context.Context, checks []recalledCheck) bool {
	for _, c := range checks {
		p, err := storepath.Parse(c.Derivation)
		if err != nil {
			return false
		}
		if valid, err := r.store.IsValid(ctx, p); err != nil || !valid {
			return false
		}
	}
	return true
}
