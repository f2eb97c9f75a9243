package build

import "berth.dev/nix/storepath"

// Kind says what a step does, in the words of the user interface.
type Kind string

// The kinds of steps.
const (
	Fetch  Kind = "fetch"
	Unpack Kind = "unpack"
	Build  Kind = "build"
)

// Step is the making of one derivation's outputs.
type Step struct {
	Kind       Kind
	Derivation storepath.Path
	Name       string
	// Size is how much will be downloaded, where that is known before.
	Size int64
}

// Events hears what a Realiser does. It is called from several goroutines.
type Events interface {
	// Planned is called before anything begins.
	Planned(steps []Step)
	// Start is called when a step begins.
	Start(Step) Activity
}

// Activity hears how one step goes on.
type Activity interface {
	// Progress tells how many bytes of how many are done; total may be 0.
	Progress(done, total int64)
	// Log is one line that the builder printed.
	Log(line string)
	// Done ends the activity; err is nil when it succeeded.
	Done(err error)
}

// silent hears nothing.
type silent struct{}

func (silent) Planned([]Step)        {}
func (silent) Start(Step) Activity   { return silent{} }
func (silent) Progress(int64, int64) {}
func (silent) Log(string)            {}
func (silent) Done(error)            {}
