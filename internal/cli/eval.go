package cli

import (
	"context"
	"fmt"
	"strings"

	"berth.dev/nix/eval"
	"github.com/spf13/cobra"
)

// evalOptions are the flags of eval and instantiate.
type evalOptions struct {
	evalFlags
	expressions bool
	attributes  []string
	strict      bool
	json        bool
	xml         bool
	raw         bool
	readWrite   bool
}

func (o *evalOptions) registerSelection(cmd *cobra.Command) {
	o.registerExpression(cmd)
	cmd.Flags().BoolVarP(&o.expressions, "expr", "E", false, "the arguments are expressions, not files")
	cmd.Flags().StringArrayVarP(&o.attributes, "attr", "A", nil, "select the attribute ATTR (may be given several times)")
}

func (a *app) evalCommand() *cobra.Command {
	o := &evalOptions{}
	cmd := &cobra.Command{
		Use:   "eval FILE... | FLAKE#ATTR... | -E EXPR...",
		Short: "Evaluate Nix expressions and print the values",
		Long: "eval prints values as nix-instantiate --eval does. An argument is a flake if it has a #\n" +
			"or is a folder with a flake.nix, else a file; - is standard input.",
		Example: "  berth eval -E '1 + 2'\n" +
			"  berth eval --json --strict ./config.nix -A services\n" +
			"  berth eval ./examples/tutorial#checks.x86_64-linux.default.name",
		GroupID: groupLanguage,
		Args:    cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			for _, arg := range args {
				if err := a.printArgument(cmd.Context(), o, arg); err != nil {
					return err
				}
			}
			return nil
		},
	}
	o.registerSelection(cmd)
	flags := cmd.Flags()
	flags.BoolVar(&o.strict, "strict", false, "evaluate everything inside lists and attribute sets too")
	flags.BoolVar(&o.json, "json", false, "print JSON")
	flags.BoolVar(&o.xml, "xml", false, "print XML")
	flags.BoolVar(&o.raw, "raw", false, "print a string as it is, without quotes and newline")
	flags.BoolVar(&o.readWrite, "read-write-mode", false, "write derivations and sources to the store, and build during evaluation where needed")
	return cmd
}

// printArgument prints the values of one argument, from an earlier run if
// nothing has changed since.
func (a *app) printArgument(ctx context.Context, o *evalOptions, arg string) error {
	target, err := a.parseTarget(arg, o.expressions)
	if err != nil {
		return err
	}
	w, err := a.openTarget(ctx, o, target, !o.readWrite && target.file != "-")
	if err != nil {
		return err
	}
	defer w.Close()
	var texts []string
	command := []any{"eval", target.ref, target.file, target.fragment, target.expression, o.attributes, o.strict, o.json, o.xml, o.raw}
	recalled, err := w.remember(ctx, command, &texts, func() bool { return true }, func() error {
		return w.eachAttribute(ctx, o, target, func(w *workspace, v *eval.Value) error {
			text, err := w.format(o, v)
			if err != nil {
				return err
			}
			texts = append(texts, text)
			_, err = fmt.Fprint(w.Stdout, text)
			return err
		})
	})
	if err == nil && recalled {
		_, err = fmt.Fprint(w.Stdout, strings.Join(texts, ""))
	}
	if err != nil {
		return err
	}
	return w.saveLock()
}

// format writes a value as the flags want it.
func (w *workspace) format(o *evalOptions, v *eval.Value) (text string, err error) {
	ev := w.session.Evaluator
	switch {
	case o.raw:
		text, _, err = ev.String(v)
		return text, err
	case o.json:
		text, err = ev.JSON(v, o.strict)
	case o.xml:
		text, err = ev.XML(v, o.strict)
		text = strings.TrimSuffix(text, "\n")
	default:
		if o.strict {
			err = ev.ForceDeep(v)
		}
		if err == nil {
			text, err = ev.Print(v, eval.PrintInstantiate)
		}
	}
	return text + "\n", err
}

// eachValue evaluates every argument, and every attribute asked of it.
func (a *app) eachValue(ctx context.Context, o *evalOptions, args []string, use func(*workspace, *eval.Value) error) error {
	for _, arg := range args {
		if err := a.oneArgument(ctx, o, arg, use); err != nil {
			return err
		}
	}
	return nil
}

func (a *app) oneArgument(ctx context.Context, o *evalOptions, arg string, use func(*workspace, *eval.Value) error) (err error) {
	target, err := a.parseTarget(arg, o.expressions)
	if err != nil {
		return err
	}
	w, err := a.openTarget(ctx, o, target, false)
	if err != nil {
		return err
	}
	defer w.Close()
	if err := w.eachAttribute(ctx, o, target, use); err != nil {
		return err
	}
	return w.saveLock()
}

func (a *app) openTarget(ctx context.Context, o *evalOptions, t target, remember bool) (*workspace, error) {
	a.delayCollection()
	return a.open(ctx, workspaceConfig{
		flags: &o.evalFlags, lockDir: t.lockDir(), readOnly: !o.readWrite, pure: t.ref != nil, remember: remember,
	})
}

// eachAttribute evaluates a target and every attribute asked of it.
func (w *workspace) eachAttribute(ctx context.Context, o *evalOptions, target target, use func(*workspace, *eval.Value) error) error {
	top, err := w.evaluate(ctx, target)
	if err != nil {
		return w.explain(err)
	}
	attributes := o.attributes
	if len(attributes) == 0 {
		attributes = []string{""}
	}
	for _, attribute := range attributes {
		v, err := w.selectAttribute(top, joinAttribute(target.fragment, attribute), target)
		if err == nil {
			err = use(w, v)
		}
		if err != nil {
			return w.explain(err)
		}
	}
	return nil
}

// target is what one argument names: an expression, a file or a flake.
type target struct {
	installable
	expression string
	isExpr     bool
}

func (a *app) parseTarget(arg string, expression bool) (target, error) {
	if expression {
		return target{expression: arg, isExpr: true}, nil
	}
	if arg == "-" {
		return target{installable: installable{file: "-"}}, nil
	}
	i, err := a.parseInstallable(arg)
	return target{installable: i}, err
}

// evaluate evaluates a target and passes the arguments of the command line.
func (w *workspace) evaluate(ctx context.Context, t target) (*eval.Value, error) {
	if t.ref != nil {
		return w.flakeValue(ctx, t.ref)
	}
	v, err := w.program(t)
	if err != nil {
		return nil, err
	}
	return w.applyArguments(v)
}

func (w *workspace) program(t target) (*eval.Value, error) {
	if t.isExpr || t.file == "-" {
		arg := t.file
		if t.isExpr {
			arg = t.expression
		}
		text, err := w.readSource(arg, t.isExpr)
		if err != nil {
			return nil, err
		}
		return w.session.Evaluator.EvalText(text.bytes, text.origin, text.base)
	}
	return w.session.Evaluator.EvalFile(t.file)
}

// applyArguments calls a function that takes an attribute set with those of
// --arg and --argstr that it names.
func (w *workspace) applyArguments(v *eval.Value) (*eval.Value, error) {
	ev := w.session.Evaluator
	arguments := map[string]*eval.Value{}
	for _, p := range w.flags.args.pairs {
		value, err := ev.EvalString(p.value, w.dir)
		if err != nil {
			return nil, err
		}
		arguments[p.name] = value
	}
	for _, p := range w.flags.argStrings.pairs {
		arguments[p.name] = eval.NewString(p.value)
	}
	call, err := ev.EvalString(autoCall, "/")
	if err != nil {
		return nil, err
	}
	return ev.Call(call, ev.NewAttrs(arguments), v)
}

// autoCall calls functions of an attribute set with what they name, as
// nix-instantiate does with its arguments.
const autoCall = `arguments: value:
  if builtins.isFunction value && !(builtins.isAttrs value) && builtins.functionArgs value != { } then
    value (builtins.intersectAttrs (builtins.functionArgs value) arguments)
  else
    value`

// selectAttribute follows an attribute path such as a.b."c d". In a flake, the
// first of its usual places that has the path wins.
func (w *workspace) selectAttribute(v *eval.Value, path string, t target) (*eval.Value, error) {
	names, err := splitAttributePath(path)
	if err != nil {
		return nil, err
	}
	if t.ref == nil {
		return w.follow(v, names, path)
	}
	for _, prefix := range [][]string{nil, {"packages", nixSystem()}, {"legacyPackages", nixSystem()}, {"checks", nixSystem()}} {
		if found, err := w.follow(v, append(prefix, names...), path); err == nil {
			return found, nil
		} else if _, missing := err.(*missingAttributeError); !missing {
			return nil, err
		}
	}
	return nil, w.noSuchOutput(v, names, t)
}

// missingAttributeError says that an attribute path leads nowhere.
type missingAttributeError struct{ name, path string }

func (e *missingAttributeError) Error() string {
	return fmt.Sprintf("attribute '%s' in selection path '%s' not found", e.name, e.path)
}

func (w *workspace) follow(v *eval.Value, names []string, path string) (*eval.Value, error) {
	ev := w.session.Evaluator
	for _, name := range names {
		if err := ev.Force(v); err != nil {
			return nil, err
		}
		if v.Kind() != eval.KindAttrs {
			return nil, fmt.Errorf("the expression selected by the selection path '%s' should be a set but is %s", path, v.Kind())
		}
		next, err := ev.Get(v, name)
		if err != nil {
			return nil, err
		}
		if next == nil {
			return nil, &missingAttributeError{name, path}
		}
		v = next
	}
	return w.applyArguments(v)
}

func joinAttribute(a, b string) string {
	if a == "" || b == "" {
		return a + b
	}
	return a + "." + b
}

// splitAttributePath splits a.b."c.d" into its names.
func splitAttributePath(path string) ([]string, error) {
	var names []string
	var name strings.Builder
	quoted, any := false, false
	for _, c := range path {
		switch {
		case c == '"':
			quoted, any = !quoted, true
		case c == '.' && !quoted:
			if !any {
				return nil, fmt.Errorf("empty attribute name in selection path '%s'", path)
			}
			names = append(names, name.String())
			name.Reset()
			any = false
		default:
			name.WriteRune(c)
			any = true
		}
	}
	switch {
	case quoted:
		return nil, fmt.Errorf("missing closing quote in selection path '%s'", path)
	case any:
		names = append(names, name.String())
	case path != "":
		return nil, fmt.Errorf("empty attribute name in selection path '%s'", path)
	}
	return names, nil
}
