package cli

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"strings"

	"berth.dev/internal/fetch"
	"berth.dev/nix/eval"
	"berth.dev/nixpkgs"
	"github.com/spf13/cobra"
)

// initOptions are the flags of "flake init" and "flake new".
type initOptions struct {
	evalFlags
	template string
	json     bool
}

// defaultTemplate is what init takes when none is named.
const defaultTemplate = "service"

func (o *initOptions) register(cmd *cobra.Command) {
	o.evalFlags.register(cmd)
	flags := cmd.Flags()
	flags.StringVarP(&o.template, "template", "t", defaultTemplate, "one of "+strings.Join(templateNames(), ", ")+"; or FLAKE#NAME")
	flags.BoolVar(&o.json, "json", false, "print what was written as JSON")
}

// templateNames lists the embedded templates.
func templateNames() []string {
	entries, _ := fs.ReadDir(nixpkgs.Templates, "templates")
	var names []string
	for _, entry := range entries {
		names = append(names, entry.Name())
	}
	return names
}

const initLong = "The folder gets the files of a template: one that berth has built in, by its name, or an\n" +
	"output templates.NAME of any flake. Files that are there and differ are never overwritten.\n" +
	"In a Git work tree the new files are tracked, since flakes see tracked files only."

// initCommand is "berth init", short for "berth flake init".
func (a *app) initCommand() *cobra.Command {
	cmd := a.flakeInitCommand()
	cmd.GroupID = groupPackages
	cmd.Example = strings.ReplaceAll(cmd.Example, "berth flake init", "berth init")
	return cmd
}

func (a *app) flakeInitCommand() *cobra.Command {
	o := &initOptions{}
	cmd := &cobra.Command{
		Use:     "init",
		Short:   "Make a flake in this folder from a template",
		Long:    initLong,
		Example: "  berth flake init\n  berth flake init --template integration-test\n  berth flake init -t github:example/flakes#web",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return a.initFlake(cmd.Context(), o, a.dir)
		},
	}
	o.register(cmd)
	return cmd
}

func (a *app) flakeNewCommand() *cobra.Command {
	o := &initOptions{}
	cmd := &cobra.Command{
		Use:     "new FOLDER",
		Short:   "Make a flake in a new folder from a template",
		Long:    initLong,
		Example: "  berth flake new ./shop --template containers",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			dir := a.path(args[0])
			if err := os.MkdirAll(dir, 0o755); err != nil {
				return err
			}
			return a.initFlake(cmd.Context(), o, dir)
		},
	}
	o.register(cmd)
	return cmd
}

// template is a folder that new flakes are made from.
type template struct {
	files       fs.FS
	description string
	welcome     string
}

func (a *app) initFlake(ctx context.Context, o *initOptions, dir string) error {
	t, closing, err := a.findTemplate(ctx, o)
	if err != nil {
		return err
	}
	defer closing()
	written, err := instantiateTemplate(t.files, dir)
	if err != nil {
		return err
	}
	if err := a.track(ctx, dir, written); err != nil {
		return err
	}
	if o.json {
		return printJSON(a.Stdout, struct {
			Folder  string   `json:"folder"`
			Written []string `json:"written"`
		}{dir, append([]string{}, written...)})
	}
	for _, name := range written {
		fmt.Fprintln(a.Stderr, "wrote: "+filepath.Join(dir, name))
	}
	if t.welcome != "" {
		fmt.Fprintln(a.Stdout, strings.TrimRight(t.welcome, "\n"))
	}
	return nil
}

// findTemplate finds an embedded template by its name, or one of a flake.
func (a *app) findTemplate(ctx context.Context, o *initOptions) (*template, func(), error) {
	nothing := func() {}
	if !strings.ContainsAny(o.template, "#:/.") {
		files, err := fs.Sub(nixpkgs.Templates, path.Join("templates", o.template))
		if err == nil {
			_, err = fs.Stat(files, "flake.nix")
		}
		if err != nil {
			return nil, nothing, fmt.Errorf("there is no template '%s'; there are %s, and those of flakes, as FLAKE#NAME", o.template, strings.Join(templateNames(), ", "))
		}
		return &template{files: files}, nothing, nil
	}
	w, target, err := a.openFlake(ctx, &flakeOptions{evalFlags: o.evalFlags}, o.template)
	if err != nil {
		return nil, nothing, err
	}
	t, err := w.flakeTemplate(ctx, target)
	if err != nil {
		err = errors.Join(w.explain(err), w.Close())
		return nil, nothing, err
	}
	return t, func() { _ = w.Close() }, nil
}

// flakeTemplate finds a template of a flake.
func (w *workspace) flakeTemplate(ctx context.Context, target installable) (*template, error) {
	top, _, err := w.flakeGraph(ctx, target.ref)
	if err != nil {
		return nil, err
	}
	paths := [][]string{{"templates", "default"}, {"defaultTemplate"}}
	if target.fragment != "" {
		names, err := splitAttributePath(target.fragment)
		if err != nil {
			return nil, err
		}
		paths = [][]string{append([]string{"templates"}, names...), names}
	}
	for _, names := range paths {
		v, err := w.follow(top, names, strings.Join(names, "."))
		if _, missing := err.(*missingAttributeError); missing {
			continue
		} else if err != nil {
			return nil, err
		}
		return w.templateOf(v)
	}
	return nil, fmt.Errorf("flake '%s' has no template '%s'", target.ref, strings.Join(paths[0], "."))
}

// templateOf reads what a flake says about one of its templates.
func (w *workspace) templateOf(v *eval.Value) (*template, error) {
	ev := w.session.Evaluator
	if err := ev.Force(v); err != nil {
		return nil, err
	}
	if v.Kind() != eval.KindAttrs {
		return nil, fmt.Errorf("a template must be an attribute set, it is %s", v.Kind())
	}
	t := &template{}
	for _, attr := range ev.Attrs(v) {
		var err error
		switch attr.Name {
		case "path":
			err = w.readTemplatePath(t, attr.Value)
		case "description":
			t.description, _, err = ev.String(attr.Value)
		case "welcomeText":
			t.welcome, _, err = ev.String(attr.Value)
		default:
			err = fmt.Errorf("a template has path, description and welcomeText, not '%s'", attr.Name)
		}
		if err != nil {
			return nil, err
		}
	}
	if t.files == nil {
		return nil, errors.New("a template needs the attribute 'path'")
	}
	return t, nil
}

func (w *workspace) readTemplatePath(t *template, v *eval.Value) error {
	ev := w.session.Evaluator
	if err := ev.Force(v); err != nil {
		return err
	}
	name := ""
	if v.Kind() == eval.KindPath {
		name = v.Text()
	} else {
		var err error
		if name, _, err = ev.String(v); err != nil {
			return err
		}
	}
	files, err := w.session.Folder(name)
	t.files = files
	return err
}

// instantiateTemplate copies a template's files; what is there already and
// differs is an error that leaves everything as it was.
func instantiateTemplate(files fs.FS, dir string) ([]string, error) {
	missing, err := missingFiles(files, dir)
	if err != nil {
		return nil, err
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, err
	}
	defer root.Close()
	for _, name := range missing {
		if err := copyInto(root, files, name); err != nil {
			return nil, fmt.Errorf("writing %s: %w", filepath.Join(dir, name), err)
		}
	}
	return missing, nil
}

// missingFiles lists the files and links of a template that a folder lacks.
func missingFiles(files fs.FS, dir string) ([]string, error) {
	var missing, conflicts []string
	err := fs.WalkDir(files, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		there := filepath.Join(dir, name)
		if _, err := os.Lstat(there); errors.Is(err, fs.ErrNotExist) {
			missing = append(missing, name)
			return nil
		} else if err != nil {
			return err
		}
		if same, err := sameFile(files, name, there); err != nil {
			return err
		} else if !same {
			conflicts = append(conflicts, there)
		}
		return nil
	})
	if err == nil && len(conflicts) > 0 {
		err = fmt.Errorf("refusing to overwrite existing files, please merge them by hand or delete them: %s", strings.Join(conflicts, ", "))
	}
	return missing, err
}

func sameFile(files fs.FS, name, there string) (bool, error) {
	if info, err := fs.Lstat(files, name); err != nil {
		return false, err
	} else if info.Mode()&fs.ModeSymlink != 0 {
		want, err := fs.ReadLink(files, name)
		got, linkErr := os.Readlink(there)
		return err == nil && linkErr == nil && want == got, err
	}
	want, err := fs.ReadFile(files, name)
	if err != nil {
		return false, err
	}
	got, err := os.ReadFile(there)
	return err == nil && bytes.Equal(want, got), nil
}

func copyInto(root *os.Root, files fs.FS, name string) error {
	if err := root.MkdirAll(path.Dir(name), 0o755); err != nil {
		return err
	}
	info, err := fs.Lstat(files, name)
	if err != nil {
		return err
	}
	if info.Mode()&fs.ModeSymlink != 0 {
		target, err := fs.ReadLink(files, name)
		if err != nil {
			return err
		}
		return root.Symlink(target, name)
	}
	text, err := fs.ReadFile(files, name)
	if err != nil {
		return err
	}
	mode := fs.FileMode(0o644)
	if info.Mode()&0o100 != 0 {
		mode = 0o755
	}
	return root.WriteFile(name, text, mode)
}

// track makes new files part of the Git work tree that a folder lies in.
func (a *app) track(ctx context.Context, dir string, names []string) error {
	if _, ok := fetch.FindWorkTree(dir); !ok || len(names) == 0 {
		return nil
	}
	cmd := exec.CommandContext(ctx, "git", append([]string{"-C", dir, "add", "--intent-to-add", "--force", "--"}, names...)...)
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("tracking the new files: %w: %s", err, strings.TrimSpace(string(out)))
	}
	return nil
}
