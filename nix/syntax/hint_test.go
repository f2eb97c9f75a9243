package syntax

import (
	"errors"
	"strings"
	"testing"

	"berth.dev/nix/diagnostic"
)

func TestHints(t *testing.T) {
	for _, c := range []struct{ source, want string }{
		{"{\n a = 1;\n", "'{' at line 1, column 1 is not closed"},
		{"{ a = [ (b ] }", "'(' at line 1, column 9 is not closed"},
		{"[ { } ( a\n [ b ]", "'(' at line 1, column 7 is not closed"},
		{"{ a = \"b${c}", "'\"' at line 1, column 7 is not closed"},
		{"{ a = ''b${c}", "start of an indented string at line 1, column 7 is not closed"},
		{"\"b${c", "'${' at line 1, column 3 is not closed"},
		{"{ a }: { b, c", "'{' at line 1, column 8 is not closed"},
		{"{ a ? { }, b", "'{' at line 1, column 1 is not closed"},
		{"rec { a.\"b\" = ./c/${d};", "'{' at line 1, column 5 is not closed"},
		{"{\n  a = b c # d\n  ;e = 1\n}", "a ';' is missing behind line 3, column 8"},
		{"with a\n\nthen", "a ';' is missing behind line 1, column 6"},
		{"a é b", "'é' (U+00E9) stands only in strings and comments"},
		{"a \xff b", "byte 0xFF is not UTF-8"},
		{"[ -1 ]", "in a list, put operations and functions into parentheses"},
		{"[ (a - b) - c ]", "in a list, put operations and functions into parentheses"},
		{"[ a: b ]", "in a list, put operations and functions into parentheses"},
		{"a = 1", "bindings stand between '{' and '}' or behind 'let'; '==' compares"},
		{"(a = 1)", ""},
		{"a b", ""},
	} {
		_, err := newReader().parse(c.source)
		d := new(diagnostic.Diagnostic)
		errors.As(err, &d)
		if got := strings.Join(d.Hints, "\n"); got != c.want {
			t.Errorf("%q: hint is %q, want %q", c.source, got, c.want)
		}
	}
}
