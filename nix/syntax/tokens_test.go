package syntax

import (
	"strings"
	"testing"
)

func TestTokens(t *testing.T) {
	for _, c := range []struct{ source, want string }{
		{`{ a = "x${"}"}" ; }`, `{|a|=|"x${"}"}"|;|}|`},
		{"''a ''${ ${''b''} '''c''", "''a ''${ ${''b''} '''c''|"},
		{"./a${b}/c/d <x/y> http://e # f", "./a${b}/c/d|<x/y>|http://e|"},
		{"a/*c*/.b or -1.5", "a|.|b|or|-|1.5|"},
		{`"open ${ { a`, `"open ${ { a|`},
		{"a ~ ^ b", "a|~|^|b|"},
		{"'' open", "'' open|"},
	} {
		var got []string
		for _, token := range Tokens(c.source) {
			got = append(got, c.source[token.Start:token.End])
		}
		if joined := strings.Join(got, "|"); joined != c.want {
			t.Errorf("tokens of %s are %s, want %s", c.source, joined, c.want)
		}
	}
}

func TestInterpolations(t *testing.T) {
	source := `a "${b} $${c} ${"${d}"}" ''${e} ''${f} ${g}''`
	var got []string
	for _, token := range Tokens(source) {
		for _, hole := range Interpolations(source, token) {
			got = append(got, source[hole.Start:hole.End])
		}
	}
	if joined := strings.Join(got, " "); joined != `${b} ${"${d}"} ${e} ${g}` {
		t.Errorf("interpolations are %s", joined)
	}
}

// FuzzTokens checks that tokens cover a text in order, whatever it is.
func FuzzTokens(f *testing.F) {
	f.Add(`"a${''b${c`)
	f.Add("./a${")
	f.Add("\x00'' ''\\")
	f.Fuzz(func(t *testing.T, source string) {
		end := 0
		for _, token := range Tokens(source) {
			if token.Start < end || token.End < token.Start || token.End > len(source) {
				t.Fatalf("token %v behind %d in %q", token, end, source)
			}
			end = token.End
		}
	})
}
