// Command berth runs NixOS-style declarative containers on any Linux machine.
//
// This package only connects the process to the rest: signals to a context,
// errors to an exit status, and the stages of berth's own small init, which
// run as "berth __<stage>", to the packages that own them.
package main

import (
	"context"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"berth.dev/internal/cli"
)

func main() {
	if len(os.Args) > 1 && strings.HasPrefix(os.Args[1], "__") {
		os.Exit(runStage(os.Args))
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	status := cli.Run(ctx, cli.Process{
		Args:   os.Args[1:],
		Stdin:  os.Stdin,
		Stdout: os.Stdout,
		Stderr: os.Stderr,
		Getenv: os.Getenv,
	})
	stop()
	os.Exit(status)
}
