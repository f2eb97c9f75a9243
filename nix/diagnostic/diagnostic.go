package diagnostic

// Diagnostic is one finding about a source text: what is wrong, where, and what
// may help.
type Diagnostic struct {
	Pos     Pos
	Message string   // first line of what is shown, without "error: "
	Hints   []string // what the reader can do about it
	Trace   []Frame  // how the program came here, innermost first
}

// Frame is one step on the way to the place of a Diagnostic.
type Frame struct {
	Pos     Pos
	Message string
}

// Error returns the message alone; a Renderer adds the place.
func (d *Diagnostic) Error() string { return d.Message }

// New returns a diagnostic at a position.
func New(pos Pos, message string) *Diagnostic {
	return &Diagnostic{Pos: pos, Message: message}
}
