package eval

func fetchBuiltins() []*PrimOp {
	names := []string{
		"fetchurl", "fetchTarball", "fetchGit", "fetchMercurial", "fetchTree", "getFlake",
		"parseFlakeRef", "flakeRefToString",
	}
	ops := make([]*PrimOp, len(names))
	for i, name := range names {
		ops[i] = primop1(name, func(t *thread, a *Value) Value {
			t.force(a)
			if t.ev.fetcher == nil {
				t.failHere(ErrOther, "'%s' is not available: this evaluator was given no fetcher", name)
			}
			v, err := t.ev.fetcher.Fetch(t.ev, name, a)
			if err != nil {
				t.failCause(err, "%s", err)
			}
			return t.force(v)
		})
	}
	return ops
}
