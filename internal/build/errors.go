package build

import (
	"fmt"
	"strings"

	"berth.dev/nix/hash"
	"berth.dev/nix/storepath"
)

// FailedError says that a builder did not do its work.
type FailedError struct {
	Derivation storepath.Path
	Outputs    []storepath.Path
	Reason     string
	// LogTail holds the last lines that the builder printed.
	LogTail []string
	// Kept is the directory of the failed build, if it was to be kept.
	Kept string
	// Cause is what went wrong in a builder that is part of this program.
	Cause error
}

func (e *FailedError) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "Cannot build '%s'.\nReason: %s.\nOutput paths:", e.Derivation, e.Reason)
	for _, path := range e.Outputs {
		fmt.Fprintf(&b, "\n  %s", path)
	}
	if len(e.LogTail) > 0 {
		fmt.Fprintf(&b, "\nLast %d log lines:", len(e.LogTail))
		for _, line := range e.LogTail {
			fmt.Fprintf(&b, "\n> %s", line)
		}
	}
	if e.Kept != "" {
		fmt.Fprintf(&b, "\nThe build directory was kept in '%s'.", e.Kept)
	}
	return b.String()
}

func (e *FailedError) Unwrap() error { return e.Cause }

// DependencyError says that a derivation was not built because others failed.
type DependencyError struct {
	Derivation storepath.Path
	Failed     int
}

func (e *DependencyError) Error() string {
	dependencies := "1 dependency"
	if e.Failed > 1 {
		dependencies = fmt.Sprintf("%d dependencies", e.Failed)
	}
	return fmt.Sprintf("Cannot build '%s'.\nReason: %s failed.", e.Derivation, dependencies)
}

// MismatchError says that a fixed output has other contents than it must have.
type MismatchError struct {
	Derivation     storepath.Path
	Specified, Got hash.Hash
}

func (e *MismatchError) Error() string {
	return fmt.Sprintf("hash mismatch in fixed-output derivation '%s':\n  specified: %s\n     got:    %s", e.Derivation, e.Specified.SRI(), e.Got.SRI())
}

// TimeoutError says that a build took too long.
type TimeoutError struct {
	Derivation storepath.Path
	Limit      string // such as "10 seconds" or "10 seconds of silence"
}

func (e *TimeoutError) Error() string {
	return fmt.Sprintf("building '%s': timed out after %s", e.Derivation, e.Limit)
}
