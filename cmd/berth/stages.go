package main

import (
	"fmt"
	"os"

	"berth.dev/internal/build"
	"berth.dev/internal/isolate"
	"berth.dev/internal/kept"
	"berth.dev/internal/machine"
	"berth.dev/internal/testdriver"
)

// runStage runs the stage that berth executes itself as, if args name one.
func runStage(args []string) int {
	status, ok := isolate.Dispatch(args, isolate.Stages(), build.Stages(), machine.Stages(), testdriver.Stages(), kept.Stages())
	if !ok {
		fmt.Fprintf(os.Stderr, "berth: there is no stage %s\n", args[1])
		return 2
	}
	return status
}
