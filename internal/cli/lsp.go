package cli

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"berth.dev/internal/catalogue"
	"berth.dev/internal/lsp"
	"berth.dev/nix/eval"
	"berth.dev/nixpkgs"
	"github.com/spf13/cobra"
)

func (a *app) lspCommand() *cobra.Command {
	o := &evalFlags{}
	cmd := &cobra.Command{
		Use:   "lsp",
		Short: "Serve an editor over the Language Server Protocol",
		Long: "lsp talks to an editor on standard input and output: it reports mistakes, finds definitions,\n" +
			"describes and completes options, packages and built-in functions, and formats. See\n" +
			"docs/editor.md for the configuration of editors.",
		Example: "  berth lsp   # started by the editor",
		GroupID: groupLanguage,
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			known := &editorCatalogue{app: a, ctx: cmd.Context(), flags: o}
			err := lsp.New(a.Stdin, a.Stdout, known, version()).Run(cmd.Context())
			return errors.Join(err, known.Close())
		},
	}
	o.registerSource(cmd)
	return cmd
}

// editorCatalogue answers a language server from the embedded set. It is made
// when it is first asked; what cannot be had is told once on standard error,
// and missing from the answers.
type editorCatalogue struct {
	*app
	ctx   context.Context
	flags *evalFlags

	once     sync.Once
	w        *workspace
	options  []catalogue.Option
	packages []catalogue.Package
	library  []string
}

func (c *editorCatalogue) load() {
	c.once.Do(func() {
		w, err := c.open(c.ctx, workspaceConfig{flags: c.flags, readOnly: true, notice: func(string) {}})
		if err != nil {
			c.tell(err)
			return
		}
		c.w = w
		ev, dir := w.session.Evaluator, w.session.EmbeddedDir()
		if c.options, err = catalogue.Options(ev, dir, nixSystem()); err != nil {
			c.tell(w.explain(err))
		}
		if c.packages, err = catalogue.Packages(ev, dir, nixSystem()); err != nil {
			c.tell(w.explain(err))
		}
		if c.library, err = attributeNames(ev, "import "+dir+"/lib"); err != nil {
			c.tell(w.explain(err))
		}
	})
}

func attributeNames(ev *eval.Evaluator, expression string) ([]string, error) {
	v, err := ev.EvalString(expression, "/")
	if err != nil {
		return nil, err
	}
	if err := ev.Force(v); err != nil || v.Kind() != eval.KindAttrs {
		return nil, err
	}
	var names []string
	for _, attr := range ev.Attrs(v) {
		names = append(names, attr.Name)
	}
	return names, nil
}

func (c *editorCatalogue) tell(err error) { fmt.Fprintf(c.Stderr, "berth lsp: %v\n", err) }

// Close releases the workspace, if there is one.
func (c *editorCatalogue) Close() error {
	if c.w == nil {
		return nil
	}
	return c.w.Close()
}

// Options implements [lsp.Catalogue].
func (c *editorCatalogue) Options() []catalogue.Option {
	c.load()
	return c.options
}

// Packages implements [lsp.Catalogue].
func (c *editorCatalogue) Packages() []catalogue.Package {
	c.load()
	return c.packages
}

// Library implements [lsp.Catalogue].
func (c *editorCatalogue) Library() []string {
	c.load()
	return c.library
}

// DebianNames implements [lsp.Catalogue].
func (c *editorCatalogue) DebianNames(prefix string) []string {
	if c.load(); c.w == nil {
		return nil
	}
	names, err := c.w.archive.Names(prefix)
	if err != nil {
		c.tell(err)
	}
	return names
}

// SourceFile implements [lsp.Catalogue]. Files of the embedded set are written
// beside the store, so that editors can open them.
func (c *editorCatalogue) SourceFile(declaration string) (string, bool) {
	inner, ok := strings.CutPrefix(declaration, "nixpkgs/")
	if !ok {
		return declaration, filepath.IsAbs(declaration)
	}
	if c.load(); c.w == nil {
		return "", false
	}
	dir := filepath.Join(c.w.stateDir, "cache", "embedded", filepath.Base(c.w.session.EmbeddedDir()))
	file := filepath.Join(dir, filepath.FromSlash(inner))
	text, err := fs.ReadFile(nixpkgs.FS, inner)
	if err == nil {
		err = os.MkdirAll(filepath.Dir(file), 0o755)
	}
	if err == nil {
		err = os.WriteFile(file, text, 0o644)
	}
	if err != nil {
		c.tell(err)
	}
	return file, err == nil
}
