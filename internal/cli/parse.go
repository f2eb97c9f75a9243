package cli

import (
	"fmt"
	"io"
	"os"
	"path/filepath"

	"berth.dev/nix/diagnostic"
	"berth.dev/nix/syntax"
	"github.com/spf13/cobra"
)

func (a *app) parseCommand() *cobra.Command {
	var expressions, pipes bool
	cmd := &cobra.Command{
		Use:   "parse FILE... | -E EXPR...",
		Short: "Print the syntax tree of Nix expressions",
		Long: "parse prints each expression fully parenthesised, as nix-instantiate --parse does.\n" +
			"A file named - is standard input.",
		Example: "  berth parse ./flake.nix\n  berth parse -E '1 + 2 * 3'",
		GroupID: groupLanguage,
		Args:    cobra.MinimumNArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			for _, arg := range args {
				if err := a.parse(arg, expressions, pipes); err != nil {
					return err
				}
			}
			return nil
		},
	}
	cmd.Flags().BoolVarP(&expressions, "expr", "E", false, "the arguments are expressions, not files")
	cmd.Flags().BoolVar(&pipes, "pipe-operators", false, "accept |> and <|")
	return cmd
}

func (a *app) parse(arg string, expression, pipes bool) error {
	text, err := a.readSource(arg, expression)
	if err != nil {
		return err
	}
	options := syntax.Options{
		Origin: text.origin, BasePath: text.base, Home: a.Getenv("HOME"),
		Symbols: syntax.NewSymbolTable(), Positions: diagnostic.NewTable(), PipeOperators: pipes,
	}
	tree, err := syntax.Parse(text.bytes, options)
	if err != nil {
		return a.explainSyntax(err, options.Positions)
	}
	fmt.Fprintln(a.Stdout, syntax.Print(tree, options.Symbols))
	return nil
}

// sourceText is a program, and what relative paths in it start from.
type sourceText struct {
	bytes  []byte
	origin diagnostic.Origin
	base   string
}

// readSource reads an argument that is an expression, a file, or - for
// standard input.
func (a *app) readSource(arg string, expression bool) (sourceText, error) {
	switch {
	case expression:
		return sourceText{[]byte(arg), diagnostic.Origin{Kind: diagnostic.OriginString, Name: arg}, a.dir}, nil
	case arg == "-":
		text, err := io.ReadAll(a.Stdin)
		return sourceText{text, diagnostic.Origin{Kind: diagnostic.OriginStdin}, a.dir}, err
	}
	file := a.path(arg)
	if info, err := os.Stat(file); err == nil && info.IsDir() {
		file = filepath.Join(file, "default.nix")
	}
	text, err := os.ReadFile(file)
	if err != nil {
		return sourceText{}, fmt.Errorf("reading a Nix expression: %w", err)
	}
	return sourceText{text, diagnostic.File(file), filepath.Dir(file)}, nil
}
