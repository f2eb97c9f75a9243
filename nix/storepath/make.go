package storepath

import (
	"fmt"
	"slices"
	"strings"

	"berth.dev/nix/hash"
)

// Make computes the path of an object from its kind ("text", "source",
// "output:<name>" and so on, with references behind colons), digest and name.
func Make(kind string, digest hash.Hash, name string) (Path, error) {
	return fromFingerprint(kind+":"+digest.String(), name)
}

func fromFingerprint(start, name string) (Path, error) {
	sum := hash.SumString(hash.SHA256, start+":"+Dir+":"+name)
	return withCheckedName(hash.EncodeNix32(compress(sum.Bytes(), digestBytes)) + "-" + name)
}

// compress folds a digest to size bytes by exclusive or.
func compress(digest []byte, size int) []byte {
	folded := make([]byte, size)
	for i, b := range digest {
		folded[i%size] ^= b
	}
	return folded
}

// References are the store paths an object refers to; Self says that it refers to itself.
type References struct {
	Others []Path
	Self   bool
}

// IsEmpty reports whether there is no reference at all.
func (r References) IsEmpty() bool { return len(r.Others) == 0 && !r.Self }

func (r References) appendTo(kind string) string {
	sorted := slices.Clone(r.Others)
	slices.SortFunc(sorted, Path.Compare)
	var b strings.Builder
	b.WriteString(kind)
	for _, p := range slices.Compact(sorted) {
		b.WriteString(":" + p.String())
	}
	if r.Self {
		b.WriteString(":self")
	}
	return b.String()
}

// Text computes the path of a text file (a derivation, or what toFile writes).
func Text(name, content string, references []Path) (Path, error) {
	return Address{Method: TextMethod, Hash: hash.SumString(hash.SHA256, content)}.Path(name, References{Others: references})
}

// Source computes the path of a file tree that was added with the SHA-256 of its NAR.
func Source(name string, narHash hash.Hash, references References) (Path, error) {
	return Address{Method: NARMethod, Hash: narHash}.Path(name, references)
}

// Output computes the path of an input-addressed output from the hash of its
// derivation modulo fixed outputs.
func Output(outputName string, derivationHash hash.Hash, derivationName string) (Path, error) {
	return Make("output:"+outputName, derivationHash, OutputPathName(derivationName, outputName))
}

// OutputPathName returns the name of an output's store object: that of the
// derivation for "out", else with the output behind a dash.
func OutputPathName(derivationName, outputName string) string {
	if outputName == "out" {
		return derivationName
	}
	return derivationName + "-" + outputName
}

// Method says what a content address is the digest of.
type Method uint8

// The methods, by what is digested: the bytes of one regular file, the NAR of
// the tree, text whose references are part of the path, or a git tree.
const (
	FlatMethod Method = iota
	NARMethod
	TextMethod
	GitMethod
)

// ParseMethod reads an outputHashMode.
func ParseMethod(mode string) (Method, error) {
	switch mode {
	case "flat":
		return FlatMethod, nil
	case "recursive", "nar":
		return NARMethod, nil
	case "text":
		return TextMethod, nil
	case "git":
		return GitMethod, nil
	}
	return 0, fmt.Errorf("invalid value '%s' for 'outputHashMode' attribute", mode)
}

// Prefix returns the mark of the method before an algorithm's name, as in "r:sha256".
func (m Method) Prefix() string {
	switch m {
	case NARMethod:
		return "r:"
	case TextMethod:
		return "text:"
	case GitMethod:
		return "git:"
	}
	return ""
}

// CutMethod separates the mark of the method from an algorithm's name.
func CutMethod(text string) (Method, string) {
	for _, m := range []Method{NARMethod, TextMethod, GitMethod} {
		if rest, ok := strings.CutPrefix(text, m.Prefix()); ok {
			return m, rest
		}
	}
	return FlatMethod, text
}

// Address is a content address: it fixes the path of an object by its contents alone.
type Address struct {
	Method Method
	Hash   hash.Hash
}

// IsZero reports whether there is no content address.
func (a Address) IsZero() bool { return a.Hash.IsZero() }

// String returns the form kept in the store database and in .narinfo files.
func (a Address) String() string {
	if a.IsZero() {
		return ""
	}
	digest := a.Hash.Algorithm().String() + ":" + a.Hash.Nix32()
	if a.Method == TextMethod {
		return "text:" + digest
	}
	return "fixed:" + a.Method.Prefix() + digest
}

// ParseAddress reads what [Address.String] writes; empty text is no address.
func ParseAddress(text string) (Address, error) {
	if text == "" {
		return Address{}, nil
	}
	kind, rest, _ := strings.Cut(text, ":")
	a := Address{Method: TextMethod}
	if kind == "fixed" {
		a.Method, rest = CutMethod(rest)
	} else if kind != "text" {
		return Address{}, fmt.Errorf("content address '%s' is neither 'text:' nor 'fixed:'", text)
	}
	h, err := hash.Parse(rest, 0)
	if err != nil {
		return Address{}, fmt.Errorf("content address '%s': %w", text, err)
	}
	a.Hash = h
	return a, nil
}

// Path computes the path of the object with this content address.
func (a Address) Path(name string, references References) (Path, error) {
	switch {
	case a.Method == TextMethod:
		return Make(References{Others: references.Others}.appendTo("text"), a.Hash, name)
	case a.Method == NARMethod && a.Hash.Algorithm() == hash.SHA256:
		return Make(references.appendTo("source"), a.Hash, name)
	case !references.IsEmpty():
		return Path{}, fmt.Errorf("fixed output derivation '%s' is not allowed to refer to other store paths.\nYou may need to use the 'unsafeDiscardReferences' derivation attribute, see the manual for more details.", name)
	}
	inner := hash.SumString(hash.SHA256, "fixed:out:"+a.Method.Prefix()+a.Hash.String()+":")
	return Make("output:out", inner, name)
}

// Placeholder returns the string that stands for an output's own path inside
// its derivation as long as that path is not known.
func Placeholder(outputName string) string {
	return "/" + hash.SumString(hash.SHA256, "nix-output:"+outputName).Nix32()
}

// UpstreamPlaceholder stands for the path of an output of another derivation
// that is known only after that has been built.
func UpstreamPlaceholder(derivation Path, outputName string) string {
	name := strings.TrimSuffix(derivation.Name(), ".drv")
	text := "nix-upstream-output:" + derivation.Digest() + ":" + OutputPathName(name, outputName)
	return "/" + hash.SumString(hash.SHA256, text).Nix32()
}
