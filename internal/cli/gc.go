package cli

import (
	"bytes"
	"context"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"berth.dev/internal/root"
	"berth.dev/internal/store"
	"berth.dev/internal/ui"
	"berth.dev/nix/storepath"
	"github.com/spf13/cobra"
)

// What is made again cheaply stays so long after its last use.
const (
	layersUnused     = 30 * 24 * time.Hour
	downloadsAbandon = 7 * 24 * time.Hour
)

type gcOptions struct {
	dryRun    bool
	json      bool
	keepSince string
	maxFreed  string
}

func (a *app) gcCommand() *cobra.Command {
	o := &gcOptions{}
	cmd := &cobra.Command{
		Use:   "gc",
		Short: "Remove everything from the store that nothing needs",
		Long: "gc removes the store paths that no root reaches: no result link, no generation, no kept\n" +
			"machine and no running berth. It also removes generated layers of roots that were not\n" +
			"used for a month, and downloads given up a week ago. Other commands may run meanwhile.",
		Example: "  berth gc --dry-run\n  berth gc --keep-since 14d\n  berth gc --max-freed 2G",
		GroupID: groupPackages,
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			what, err := o.collection(time.Now())
			if err != nil {
				return &usageError{err, "berth gc"}
			}
			return a.withStore(false, func(s *store.Store) error { return a.collect(cmd.Context(), s, o, what) })
		},
	}
	flags := cmd.Flags()
	flags.BoolVar(&o.dryRun, "dry-run", false, "only say what would go")
	flags.BoolVar(&o.json, "json", false, "print JSON")
	flags.StringVar(&o.keepSince, "keep-since", "", "keep what was added in the last DURATION, such as 12h, 14d or 3w")
	flags.StringVar(&o.maxFreed, "max-freed", "", "stop when so many bytes are freed, such as 500M or 2G")
	return cmd
}

func (o *gcOptions) collection(now time.Time) (store.Collection, error) {
	what := store.Collection{DryRun: o.dryRun}
	if o.keepSince != "" {
		age, err := parseAge(o.keepSince)
		if err != nil {
			return what, err
		}
		what.KeepSince = now.Add(-age)
	}
	if o.maxFreed != "" {
		var err error
		if what.MaxFreed, err = parseSize(o.maxFreed); err != nil {
			return what, err
		}
	}
	return what, nil
}

// parseAge reads a duration that may also be in days or weeks.
func parseAge(text string) (time.Duration, error) {
	for unit, length := range map[string]time.Duration{"d": 24 * time.Hour, "w": 7 * 24 * time.Hour} {
		if number, ok := strings.CutSuffix(text, unit); ok {
			n, err := strconv.ParseFloat(number, 64)
			if err != nil || n < 0 {
				return 0, fmt.Errorf("'%s' is no duration; write 12h, 14d or 3w", text)
			}
			return time.Duration(n * float64(length)), nil
		}
	}
	age, err := time.ParseDuration(text)
	if err != nil || age < 0 {
		return 0, fmt.Errorf("'%s' is no duration; write 12h, 14d or 3w", text)
	}
	return age, nil
}

// parseSize reads a number of bytes with a binary unit.
func parseSize(text string) (int64, error) {
	number, shift := strings.TrimSuffix(text, "B"), 0
	number = strings.TrimSuffix(number, "i")
	for i, unit := range []string{"K", "M", "G", "T"} {
		if rest, ok := strings.CutSuffix(number, unit); ok {
			number, shift = rest, 10*(i+1)
			break
		}
	}
	n, err := strconv.ParseFloat(number, 64)
	if err != nil || n <= 0 {
		return 0, fmt.Errorf("'%s' is no size; write 500M or 2G", text)
	}
	return int64(n * float64(int64(1)<<shift)), nil
}

// collected is the record of a collection.
type collected struct {
	DryRun bool             `json:"dryRun"`
	Paths  []storepath.Path `json:"paths"`
	Bytes  int64            `json:"bytes"`
	Layers int              `json:"layers"`
	Files  int              `json:"downloads"`
}

func (a *app) collect(ctx context.Context, s *store.Store, o *gcOptions, what store.Collection) error {
	removed, err := s.Collect(ctx, what)
	if err != nil {
		return err
	}
	record := collected{DryRun: o.dryRun, Paths: removed.Paths, Bytes: removed.Bytes}
	if !o.dryRun && len(what.Only) == 0 {
		if record.Layers, record.Files, err = sweepCaches(s.Dir()); err != nil {
			return err
		}
	}
	if o.json {
		if record.Paths == nil {
			record.Paths = []storepath.Path{}
		}
		return a.printJSON(record)
	}
	return a.printCollected(record)
}

func (a *app) printCollected(record collected) error {
	if record.DryRun {
		for _, p := range record.Paths {
			fmt.Fprintln(a.Stdout, p)
		}
	}
	did := "removed"
	if record.DryRun {
		did = "would remove"
	}
	text := fmt.Sprintf("%s %d store paths (%s)", did, len(record.Paths), ui.Bytes(record.Bytes))
	if record.Layers > 0 {
		text += fmt.Sprintf(", %d unused layers", record.Layers)
	}
	if record.Files > 0 {
		text += fmt.Sprintf(", %d abandoned downloads", record.Files)
	}
	_, err := fmt.Fprintln(a.Stderr, text)
	return err
}

// sweepCaches removes what is beside the store and nobody used for long.
func sweepCaches(stateDir string) (layers, downloads int, err error) {
	roots := filepath.Join(stateDir, "cache", "roots")
	inUse, err := layersInUse(stateDir, roots)
	if err != nil {
		return 0, 0, err
	}
	if layers, err = root.Sweep(roots, time.Now().Add(-layersUnused), inUse); err != nil {
		return layers, 0, err
	}
	downloads, err = sweepDownloads(filepath.Join(stateDir, "cache"))
	return layers, downloads, err
}

// layersInUse finds the layers that running machines have mounted, or that
// kept ones have written down.
func layersInUse(stateDir, roots string) ([]string, error) {
	var files []string
	for _, pattern := range []string{"/proc/[0-9]*/mountinfo", stateDir + "/run/*/*.json", stateDir + "/machines/*/*.json"} {
		found, err := filepath.Glob(pattern)
		if err != nil {
			return nil, err
		}
		files = append(files, found...)
	}
	used := map[string]bool{}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			continue // the process has ended, or is somebody else's
		}
		for rest := text; ; {
			_, after, found := bytes.Cut(rest, []byte(roots+"/"))
			if !found {
				break
			}
			end := bytes.IndexAny(after, "/:,\" \n")
			if end < 0 {
				end = len(after)
			}
			used[filepath.Join(roots, string(after[:end]))] = true
			rest = after
		}
	}
	inUse := make([]string, 0, len(used))
	for dir := range used {
		inUse = append(inUse, dir)
	}
	return inUse, nil
}

// sweepDownloads removes partial files that nobody continued for long.
func sweepDownloads(cache string) (removed int, err error) {
	err = filepath.WalkDir(cache, func(name string, entry fs.DirEntry, err error) error {
		if os.IsNotExist(err) || entry != nil && entry.IsDir() && name == filepath.Join(cache, "roots") {
			return filepath.SkipDir
		}
		if err != nil || !strings.HasSuffix(name, ".partial") {
			return err
		}
		info, err := entry.Info()
		if err == nil && time.Since(info.ModTime()) > downloadsAbandon && os.Remove(name) == nil {
			removed++
		}
		return nil
	})
	return removed, err
}
