// Package cli runs command lines as scripts: arguments, files, output and exit
// status in one text each, see testdata.
package cli

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"berth.dev/internal/build"
	"berth.dev/internal/cli"
	"berth.dev/internal/isolate"
	"berth.dev/test/oracle"
	"github.com/rogpeppe/go-internal/testscript"
)

func TestMain(m *testing.M) {
	if status, ok := isolate.Dispatch(os.Args, isolate.Stages(), build.Stages()); ok {
		os.Exit(status)
	}
	testscript.Main(m, map[string]func(){
		"berth": func() {
			os.Exit(cli.Run(context.Background(), cli.Process{
				Args: os.Args[1:], Stdin: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr, Getenv: os.Getenv,
			}))
		},
	})
}

// TestScripts shares a store with the other tests, so that the Debian index is
// fetched once. The command "exit" asserts an exact exit status.
func TestScripts(t *testing.T) {
	cache, err := oracle.CacheDir()
	if err != nil {
		t.Fatal(err)
	}
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata",
		RequireExplicitExec: true,
		Setup: func(env *testscript.Env) error {
			env.Setenv("BERTH_STATE_DIR", filepath.Join(cache, "state"))
			env.Setenv("HOME", env.WorkDir)
			return nil
		},
		Condition: func(name string) (bool, error) { return name == "root" && os.Geteuid() == 0, nil },
	})
}
