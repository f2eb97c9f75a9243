package machine

import (
	"context"
	"fmt"
)

// Attached is a running machine as another process sees it, by the directory
// that [Machine.Directory] returned in the process that runs it.
type Attached struct{ layout layout }

// Attach returns the machine whose files are in a directory.
func Attach(directory string) *Attached { return &Attached{machineLayout(directory, false)} }

// Running reports whether the machine takes commands.
func (a *Attached) Running() bool {
	c, err := dialAgent(a.layout.shared)
	if err != nil {
		return false
	}
	c.Close()
	return true
}

// Exec is [Machine.Exec] for a machine that takes commands already.
func (a *Attached) Exec(ctx context.Context, request ExecRequest) (ExitStatus, error) {
	return execute(ctx, a.layout.shared, request)
}

// Journal delivers the journal from its beginning until the machine ends or
// ctx does; without follow only what is there already.
func (a *Attached) Journal(ctx context.Context, follow bool, deliver func(JournalEntry)) error {
	argv := []string{"/usr/bin/journalctl", "--output=json", "--quiet", "--no-tail"}
	if follow {
		argv = append(argv, "--follow")
	}
	status, err := a.Exec(ctx, ExecRequest{Argv: argv, Stdout: &journalLines{deliver: deliver}})
	if err == nil && status.Status() != 0 {
		err = fmt.Errorf("read journal: journalctl ended with status %d", status.Status())
	}
	return err
}
