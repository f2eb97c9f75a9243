package eval

import (
	"math"
	"strings"
)

func versionBuiltins() []*PrimOp {
	return []*PrimOp{
		primop1("parseDrvName", func(t *thread, a *Value) Value {
			name, version := parseDrvName(t.stringNoContext(a))
			return t.attrsFrom([]attribute{
				{name: t.ev.names.name, value: t.cell(mkString(name))},
				{name: t.ev.names.version, value: t.cell(mkString(version))},
			})
		}),
		primop2("compareVersions", func(t *thread, a, b *Value) Value {
			first := t.stringNoContext(a)
			return mkInt(int64(compareVersions(first, t.stringNoContext(b))))
		}),
		primop1("splitVersion", func(t *thread, a *Value) Value {
			rest := t.stringNoContext(a)
			var cells []*Value
			for rest != "" {
				var component string
				if component, rest = nextComponent(rest); component != "" {
					cells = append(cells, t.cell(mkString(component)))
				}
			}
			return mkList(cells)
		}),
	}
}

// parseDrvName splits at the first dash that no letter follows.
func parseDrvName(s string) (name, version string) {
	for i := 0; i+1 < len(s); i++ {
		if s[i] == '-' && !isLetter(s[i+1]) {
			return s[:i], s[i+1:]
		}
	}
	return s, ""
}

func isLetter(c byte) bool { return c|0x20 >= 'a' && c|0x20 <= 'z' }
func isDigit(c byte) bool  { return c >= '0' && c <= '9' }

// nextComponent takes a run of digits, or a run of other characters, off a
// version; dots and dashes separate.
func nextComponent(s string) (component, rest string) {
	s = strings.TrimLeft(s, ".-")
	n := 0
	if s != "" && isDigit(s[0]) {
		for n < len(s) && isDigit(s[n]) {
			n++
		}
	} else {
		for n < len(s) && !isDigit(s[n]) && s[n] != '.' && s[n] != '-' {
			n++
		}
	}
	return s[:n], s[n:]
}

// compareVersions returns -1, 0 or 1.
func compareVersions(a, b string) int {
	for a != "" || b != "" {
		var ca, cb string
		ca, a = nextComponent(a)
		cb, b = nextComponent(b)
		switch {
		case componentLess(ca, cb):
			return -1
		case componentLess(cb, ca):
			return 1
		}
	}
	return 0
}

// componentLess orders components: "pre" comes before everything, then an
// absent one, then words, then numbers.
func componentLess(a, b string) bool {
	na, aIsNumber := parseComponent(a)
	nb, bIsNumber := parseComponent(b)
	switch {
	case aIsNumber && bIsNumber:
		return na < nb
	case a == "" && bIsNumber:
		return true
	case a == "pre" && b != "pre":
		return true
	case b == "pre":
		return false
	case bIsNumber:
		return true
	case aIsNumber:
		return false
	default:
		return a < b
	}
}

// parseComponent reads a number that fits 31 bits; a larger one is a word.
func parseComponent(s string) (n int64, ok bool) {
	for i := 0; i < len(s); i++ {
		if !isDigit(s[i]) {
			return 0, false
		}
		if n = n*10 + int64(s[i]-'0'); n > math.MaxInt32 {
			return 0, false
		}
	}
	return n, s != ""
}
