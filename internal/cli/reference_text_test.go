package cli

import (
	"fmt"
	"io"
	"os"
	"regexp"
	"strings"

	"berth.dev/internal/catalogue"
	"berth.dev/nix/eval"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// The reference in docs/reference is made of what commands, built-in functions
// and options say about themselves. Its test writes the files and fails when
// they are stale.

const generatedNote = "<!-- Made by `make docs`; change what it describes instead. -->\n\n"

// commandReference describes every command.
func commandReference() (string, error) {
	a, err := newApp(Process{Stdin: os.Stdin, Stdout: io.Discard, Stderr: io.Discard, Getenv: func(string) string { return "" }, Dir: "/"})
	if err != nil {
		return "", err
	}
	var b strings.Builder
	b.WriteString("# Commands\n\n" + generatedNote)
	root := a.rootCommand()
	for _, group := range root.Groups() {
		fmt.Fprintf(&b, "## %s\n\n", strings.TrimSuffix(group.Title, ":"))
		for _, cmd := range root.Commands() {
			if cmd.GroupID == group.ID {
				writeCommand(&b, cmd, "###")
			}
		}
	}
	return b.String(), nil
}

func writeCommand(b *strings.Builder, cmd *cobra.Command, level string) {
	if cmd.Hidden {
		return
	}
	text := cmd.Long
	if text == "" {
		text = cmd.Short + "."
	}
	fmt.Fprintf(b, "%s %s\n\n```\n%s\n```\n\n%s\n\n", level, cmd.CommandPath(), cmd.UseLine(), text)
	if cmd.Example != "" {
		fmt.Fprintf(b, "```sh\n%s\n```\n\n", unindented(cmd.Example))
	}
	writeFlags(b, cmd)
	for _, sub := range cmd.Commands() {
		writeCommand(b, sub, level+"#")
	}
}

func unindented(text string) string {
	return strings.TrimPrefix(strings.ReplaceAll(text, "\n  ", "\n"), "  ")
}

func writeFlags(b *strings.Builder, cmd *cobra.Command) {
	any := false
	cmd.LocalFlags().VisitAll(func(f *pflag.Flag) {
		if f.Hidden || f.Name == "help" {
			return
		}
		if !any {
			b.WriteString("| flag | |\n|---|---|\n")
			any = true
		}
		kind, usage := pflag.UnquoteUsage(f)
		name := "`--" + strings.TrimSpace(f.Name+" "+kind) + "`"
		if f.Shorthand != "" {
			name = "`-" + f.Shorthand + "`, " + name
		}
		if f.DefValue != "" && f.DefValue != "false" && f.DefValue != "[]" && f.DefValue != "0" && f.DefValue != "0s" {
			usage += " (default `" + f.DefValue + "`)"
		}
		fmt.Fprintf(b, "| %s | %s |\n", name, inCell(usage))
	})
	if any {
		b.WriteString("\n")
	}
}

func inCell(text string) string {
	return strings.NewReplacer("|", `\|`, "\n", " ").Replace(text)
}

// builtinReference describes every member of builtins.
func builtinReference() string {
	var b strings.Builder
	b.WriteString("# Built-in functions and values\n\n" + generatedNote +
		"These are the members of `builtins`, as in Nix. `berth repl` shows one with `:doc builtins.<name>`.\n\n" +
		"| | |\n|---|---|\n")
	ev := eval.New(eval.Config{})
	for _, attr := range ev.Attrs(ev.Global("builtins")) {
		doc, _ := eval.DescribeBuiltin(attr.Name)
		fmt.Fprintf(&b, "| `%s` | %s |\n", strings.TrimPrefix(doc.Synopsis(), "builtins."), inCell(doc.Text))
	}
	return b.String()
}

// optionReference describes every public option.
func optionReference(options []catalogue.Option) string {
	var b strings.Builder
	b.WriteString("# Options\n\n" + generatedNote +
		"`berth options WORD...` searches this list. Names and meanings are those of NixOS; an option that says\n" +
		"*accepted* changes nothing, so that configurations written for NixOS run as they are.\n")
	group := ""
	for _, o := range options {
		if g := optionGroup(o.Name); g != group {
			group = g
			fmt.Fprintf(&b, "\n## %s\n\n", group)
		}
		fmt.Fprintf(&b, "- **`%s`** — %s", o.Name, o.Type)
		if o.Default != "" {
			fmt.Fprintf(&b, ", default `%s`", shortened(o.Default))
		}
		fmt.Fprintf(&b, "  \n  %s\n", strings.Join(strings.Fields(outsideTags(o.Description)), " "))
	}
	return b.String()
}

// optionGroup is the first two parts of a name.
func optionGroup(name string) string {
	parts := strings.SplitN(name, ".", 3)
	if len(parts) > 1 && !strings.HasPrefix(parts[1], "<") && (parts[0] == "services" || parts[0] == "virtualisation" || parts[0] == "systemd" || parts[0] == "programs") {
		return parts[0] + "." + parts[1]
	}
	return parts[0]
}

var placeholderName = regexp.MustCompile(`<([a-z]+)>`)

// outsideTags keeps <name> from being read as HTML.
func outsideTags(text string) string { return placeholderName.ReplaceAllString(text, `\<$1>`) }
