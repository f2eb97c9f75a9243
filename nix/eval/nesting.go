package eval

// nestCall is nest for recursion that C++ Nix counts as calls: comparing,
// coercing, and writing or evaluating everything in a value. A program can tell
// by the depth that data without end is given up at.
func (t *thread) nestCall() {
	t.nesting++
	if t.nesting+t.depth > t.ev.settings.MaxCallDepth {
		t.fail(ErrDepth, t.here(), "stack overflow; max-call-depth exceeded")
	}
}
