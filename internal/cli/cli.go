// Package cli is berth's command line: one file per command.
//
// In come the arguments, the environment and the standard streams of the
// process; out goes an exit status (see the table in exit.go). Commands print
// results on standard output and everything else on standard error. What a
// command does is left to the packages below; here flags become configuration
// and errors become sentences.
package cli

import (
	"context"
	"io"
	"os"

	"github.com/spf13/cobra"
)

// Process is what a run of the command line gets from its process. Nothing
// else in berth reads the environment or the working directory.
type Process struct {
	Args   []string // without the name of the program
	Stdin  *os.File
	Stdout io.Writer
	Stderr io.Writer
	Getenv func(string) string
	// Dir is the working directory; empty means that of the process.
	Dir string
}

// Run executes one command line and returns the exit status.
func Run(ctx context.Context, process Process) int {
	app, err := newApp(process)
	if err != nil {
		return report(process.Stderr, err)
	}
	args, err := joinPairs(process.Args)
	if err != nil {
		return report(process.Stderr, err)
	}
	root := app.rootCommand()
	root.SetArgs(args)
	root.SetOut(process.Stdout)
	root.SetErr(process.Stderr)
	root.SetIn(process.Stdin)
	return report(process.Stderr, root.ExecuteContext(ctx))
}

// rootCommand builds the tree of commands.
func (a *app) rootCommand() *cobra.Command {
	root := &cobra.Command{
		Use:   "berth",
		Short: "NixOS-style declarative containers on any Linux machine",
		Long: "berth reads a configuration in the Nix language that says which services run and how,\n" +
			"builds what they need, and runs, tests or keeps them on any Linux machine.",
		SilenceUsage:  true,
		SilenceErrors: true,
		Args:          cobra.NoArgs,
		Version:       version(),
		RunE: func(cmd *cobra.Command, _ []string) error {
			return cmd.Help()
		},
	}
	root.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error {
		return &usageError{err: err, command: cmd.CommandPath()}
	})
	root.AddGroup(
		&cobra.Group{ID: groupMachines, Title: "Machines and tests:"},
		&cobra.Group{ID: groupPackages, Title: "Packages and the store:"},
		&cobra.Group{ID: groupLanguage, Title: "The Nix language:"},
	)
	root.AddCommand(a.commands()...)
	return root
}

// The groups of commands in the help text.
const (
	groupMachines = "machines"
	groupPackages = "packages"
	groupLanguage = "language"
)
