package cli

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"berth.dev/nix/diagnostic"
	"berth.dev/nix/format"
	"github.com/spf13/cobra"
)

func (a *app) fmtCommand() *cobra.Command {
	var check bool
	cmd := &cobra.Command{
		Use:   "fmt [FILE|DIR]...",
		Short: "Format Nix files",
		Long: "fmt lays out Nix files in the style of RFC 166. Of a folder, it formats all *.nix files.\n" +
			"Without arguments it formats the current folder; - is standard input, written to standard\n" +
			"output. The names of files that changed are printed.",
		Example: "  berth fmt\n  berth fmt --check flake.nix modules/",
		GroupID: groupLanguage,
		RunE: func(_ *cobra.Command, args []string) error {
			if len(args) == 0 {
				args = []string{"."}
			}
			return a.format(args, check)
		},
	}
	cmd.Flags().BoolVar(&check, "check", false, "change nothing; fail if a file is not formatted")
	return cmd
}

// format formats what the arguments name. A file with an error does not keep
// the others from being formatted.
func (a *app) format(args []string, check bool) error {
	var failed bool
	changed := 0
	for _, arg := range args {
		if arg == "-" {
			return a.formatStream(check)
		}
		files, err := nixFiles(a.path(arg))
		if err != nil {
			return fmt.Errorf("looking for Nix files: %w", err)
		}
		for _, file := range files {
			different, err := a.formatFile(file, check)
			if err != nil {
				failed = true
				report(a.Stderr, err)
			}
			if different {
				changed++
				fmt.Fprintln(a.Stdout, a.relative(file))
			}
		}
	}
	if failed || check && changed > 0 {
		return &silentError{exitError}
	}
	return nil
}

// nixFiles returns the Nix files in a folder and below, or the file itself.
func nixFiles(name string) ([]string, error) {
	info, err := os.Stat(name)
	if err != nil {
		return nil, err
	}
	if !info.IsDir() {
		return []string{name}, nil
	}
	var files []string
	err = filepath.WalkDir(name, func(file string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && file != name && strings.HasPrefix(entry.Name(), "."):
			return fs.SkipDir
		case entry.Type().IsRegular() && filepath.Ext(file) == ".nix":
			files = append(files, file)
		}
		return nil
	})
	return files, err
}

// formatFile formats one file and reports whether it was, or is to be, changed.
func (a *app) formatFile(file string, check bool) (bool, error) {
	before, err := os.ReadFile(file)
	if err != nil {
		return false, err
	}
	after, err := a.formatted(before, diagnostic.File(a.relative(file)))
	if err != nil || bytes.Equal(before, after) || check {
		return err == nil && !bytes.Equal(before, after), err
	}
	return true, replaceFile(file, after)
}

func (a *app) formatted(text []byte, origin diagnostic.Origin) ([]byte, error) {
	sources := diagnostic.NewTable()
	result, err := format.Source(text, origin, sources)
	var found *diagnostic.Diagnostic
	if err != nil && !errors.As(err, &found) {
		return nil, fmt.Errorf("formatting %s: %w", origin, err)
	}
	return result, a.explainSyntax(err, sources)
}

func (a *app) formatStream(check bool) error {
	before, err := io.ReadAll(a.Stdin)
	if err != nil {
		return fmt.Errorf("reading standard input: %w", err)
	}
	after, err := a.formatted(before, diagnostic.Origin{Kind: diagnostic.OriginStdin})
	switch {
	case err != nil:
		return err
	case check && !bytes.Equal(before, after):
		return &silentError{exitError}
	case check:
		return nil
	}
	_, err = a.Stdout.Write(after)
	return err
}

// relative shows a file from the working directory if it is in there.
func (a *app) relative(file string) string {
	if name, err := filepath.Rel(a.dir, file); err == nil && !strings.HasPrefix(name, "..") {
		return name
	}
	return file
}

// replaceFile changes a file at once, so that an interruption does not leave
// half of it. It keeps the permissions; a link stays a link.
func replaceFile(name string, text []byte) error {
	target, err := filepath.EvalSymlinks(name)
	if err != nil {
		return err
	}
	info, err := os.Stat(target)
	if err != nil {
		return err
	}
	temp, err := os.CreateTemp(filepath.Dir(target), ".berth-fmt-*")
	if err != nil {
		return err
	}
	defer os.Remove(temp.Name())
	_, err = temp.Write(text)
	if err := errors.Join(err, temp.Chmod(info.Mode().Perm()), temp.Close()); err != nil {
		return fmt.Errorf("writing %s: %w", name, err)
	}
	return os.Rename(temp.Name(), target)
}
