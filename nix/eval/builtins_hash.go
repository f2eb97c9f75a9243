package eval

import "berth.dev/nix/hash"

func hashBuiltins() []*PrimOp {
	return []*PrimOp{
		primop2("hashString", func(t *thread, a, b *Value) Value {
			algorithm := t.algorithm(t.stringNoContext(a))
			s, _ := t.stringOf(b)
			return mkString(hash.SumString(algorithm, s).Base16())
		}),
		primop2("hashFile", func(t *thread, a, b *Value) Value {
			algorithm := t.algorithm(t.stringNoContext(a))
			data := t.readFile(t.realisePath(b))
			return mkString(hash.Sum(algorithm, data).Base16())
		}),
		primop1("convertHash", convertHash),
	}
}

func (t *thread) algorithm(name string) hash.Algorithm {
	algorithm, err := hash.ParseAlgorithm(name)
	if name == "blake3" {
		t.failFeature("blake3-hashes", "")
	}
	if err != nil {
		t.failHere(ErrOther, "unknown hash algorithm '%s', expect 'blake3', 'md5', 'sha1', 'sha256', or 'sha512'", name)
	}
	return algorithm
}

func convertHash(t *thread, a *Value) Value {
	set := t.attrsOf(a)
	text := t.stringNoContext(t.required(set, t.ev.names.hash))
	var algorithm hash.Algorithm
	if c := set.get(t.ev.names.hashAlgo); c != nil {
		algorithm = t.algorithm(t.stringNoContext(c))
	}
	write := t.hashFormat(t.stringNoContext(t.required(set, t.ev.names.format)))
	h, err := hash.Parse(text, algorithm)
	if err != nil {
		t.failCause(err, "%s", err)
	}
	return mkString(write(h))
}

func (t *thread) hashFormat(name string) func(hash.Hash) string {
	switch name {
	case "base16":
		return hash.Hash.Base16
	case "nix32":
		return hash.Hash.Nix32
	case "base32":
		t.ev.onWarn(`"base32" is a deprecated alias for hash format "nix32".`)
		return hash.Hash.Nix32
	case "base64":
		return hash.Hash.Base64
	case "sri":
		return hash.Hash.SRI
	}
	t.failHere(ErrOther, "unknown hash format '%s', expect 'base16', 'base32', 'base64', or 'sri'", name)
	return nil
}
