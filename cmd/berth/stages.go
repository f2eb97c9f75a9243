package main

import (
	"fmt"
	"maps"
	"os"
	"strings"

	"berth.dev/internal/isolate"
	"berth.dev/internal/machine"
)

// runStage runs one of the stages that berth executes itself as.
func runStage(name string, args []string) int {
	stages := isolate.Stages()
	maps.Copy(stages, machine.Stages())
	stage, ok := stages[strings.TrimPrefix(name, "__")]
	if !ok {
		stage, ok = stages[name]
	}
	if !ok {
		fmt.Fprintf(os.Stderr, "berth: there is no stage %s\n", name)
		return 2
	}
	return stage(args)
}
