package repl

import (
	"errors"
	"strings"

	"berth.dev/nix/diagnostic"
	"berth.dev/nix/syntax"
)

// complete reports whether a text needs no further lines: it is a command, a
// program, or wrong before its end.
func complete(text string) bool {
	trimmed := strings.TrimSpace(text)
	if strings.HasPrefix(trimmed, ":") {
		_, trimmed, _ = strings.Cut(trimmed, " ")
	}
	if trimmed == "" {
		return true
	}
	if _, ok := asBindings(trimmed); ok {
		return true
	}
	if startsBinding(trimmed) {
		trimmed = "{ " + trimmed
	}
	return !endsEarly(trimmed)
}

// endsEarly reports whether a program is fine as far as it goes.
func endsEarly(text string) bool {
	err := parse(text)
	var found *diagnostic.Diagnostic
	return errors.As(err, &found) && strings.HasPrefix(found.Message, "syntax error, unexpected end of file")
}

func parse(text string) error {
	_, err := syntax.Parse([]byte(text), syntax.Options{
		BasePath: "/", Home: "/", Symbols: syntax.NewSymbolTable(), Positions: diagnostic.NewTable(), PipeOperators: true,
	})
	return err
}

// startsBinding reports whether a text begins like `a.b =` or `inherit`.
func startsBinding(text string) bool {
	tokens := syntax.Tokens(text)
	if text[:tokens[0].End] == "inherit" {
		return true
	}
	for i, token := range tokens {
		switch word := text[token.Start:token.End]; {
		case i%2 == 0 && (token.Class == syntax.TokenName || token.Class == syntax.TokenString):
		case i%2 == 1 && word == ".":
		default:
			return i%2 == 1 && word == "="
		}
	}
	return false
}

// asBindings returns a text as the inside of a set, if that is what it is.
func asBindings(text string) (string, bool) {
	if !startsBinding(text) {
		return "", false
	}
	for _, candidate := range []string{text, text + "\n;"} {
		if parse("{ "+candidate+" }") == nil {
			return candidate, true
		}
	}
	return "", false
}
