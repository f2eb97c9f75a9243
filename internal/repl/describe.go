package repl

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"berth.dev/nix/diagnostic"
	"berth.dev/nix/eval"
	"berth.dev/nix/syntax"
)

// docCommand explains a function: a built-in one from its documentation,
// others from the comment in front of them.
func (s *Session) docCommand(_ context.Context, argument string) error {
	v, err := s.evaluate(argument)
	if err == nil {
		err = s.Evaluator.Force(v)
	}
	if err != nil {
		return err
	}
	f, ok := s.Evaluator.Function(v)
	if !ok {
		return fmt.Errorf("only functions are documented, and this is %s", s.describeValue(v))
	}
	if doc, ok := eval.DescribeBuiltin(f.Builtin); ok {
		fmt.Fprintf(s.Out, "%s\n\n%s\n", doc.Synopsis(), doc.Text)
		return nil
	}
	comment := DocComment(s.Evaluator.Sources(), f.Pos)
	if comment == "" {
		return errors.New("this function has no comment in front of it")
	}
	if at, ok := s.Evaluator.Sources().Locate(f.Pos); ok {
		fmt.Fprintf(s.Out, "%s, at %s\n\n", strings.TrimSpace("Function "+f.Name), at)
	}
	fmt.Fprintln(s.Out, comment)
	return nil
}

// DocComment returns the comment in front of the function at a position, or in
// front of the attribute that the function is the value of.
func DocComment(sources *diagnostic.Table, at diagnostic.Pos) string {
	source := sources.Source(at)
	if source == nil {
		return ""
	}
	offset := int(at - source.Base)
	tokens := syntax.Tokens(source.Text)
	start := 0
	for i, token := range tokens {
		if token.Start >= offset {
			break
		}
		start = i + 1
	}
	for i := start; i >= 0 && i < len(tokens); i-- {
		if text := commentBefore(source.Text, tokens, i); text != "" {
			return text
		}
		if i == 0 || !belongsToBinding(source.Text, tokens[i-1]) {
			break
		}
	}
	return ""
}

// belongsToBinding reports whether a token may stand between the start of a
// binding and its value.
func belongsToBinding(text string, token syntax.Token) bool {
	switch word := text[token.Start:token.End]; token.Class {
	case syntax.TokenName, syntax.TokenString:
		return true
	default:
		return word == "=" || word == "." || word == "("
	}
}

// commentBefore returns the comment right in front of a token, without what
// makes it one.
func commentBefore(text string, tokens []syntax.Token, i int) string {
	from := 0
	if i > 0 {
		from = tokens[i-1].End
	}
	gap := text[from:tokens[i].Start]
	if start := strings.LastIndex(gap, "/*"); start >= 0 {
		if end := strings.Index(gap[start:], "*/"); end >= 0 {
			return cleaned(strings.Split(strings.TrimLeft(gap[start:start+end], "/*"), "\n"))
		}
	}
	var lines []string
	for n, line := range strings.Split(gap, "\n") {
		trimmed := strings.TrimSpace(line)
		switch {
		case strings.HasPrefix(trimmed, "#") && (n > 0 || from == 0):
			lines = append(lines, strings.TrimPrefix(strings.TrimLeft(trimmed, "#"), " "))
		case trimmed == "" && n < strings.Count(gap, "\n"):
			lines = nil
		}
	}
	return cleaned(lines)
}

// cleaned removes the common indentation of lines and the stars in front.
func cleaned(lines []string) string {
	for i, line := range lines {
		lines[i] = strings.TrimPrefix(strings.TrimPrefix(strings.TrimSpace(line), "* "), "*")
	}
	return strings.TrimSpace(strings.Join(lines, "\n"))
}

// editCommand opens a function, a package, or a path.
func (s *Session) editCommand(_ context.Context, argument string) error {
	v, err := s.evaluate(argument)
	if err == nil {
		err = s.Evaluator.Force(v)
	}
	if err != nil {
		return err
	}
	if v.Kind() == eval.KindPath || v.Kind() == eval.KindString {
		return s.Host.Edit(v.Text(), 1)
	}
	at, ok := s.place(v)
	if !ok || at.Origin.Kind != diagnostic.OriginFile {
		return fmt.Errorf("no file is known to define this: it is %s", s.describeValue(v))
	}
	return s.Host.Edit(at.Origin.Name, at.Line)
}

// place returns where a function, or the description of a package, stands.
func (s *Session) place(v *eval.Value) (diagnostic.Location, bool) {
	if f, ok := s.Evaluator.Function(v); ok {
		return s.Evaluator.Sources().Locate(f.Pos)
	}
	if v.Kind() != eval.KindAttrs {
		return diagnostic.Location{}, false
	}
	attrs := s.Evaluator.Attrs(v)
	for _, attr := range attrs {
		if attr.Name == "meta" || attr.Name == "name" {
			if at, ok := s.Evaluator.Sources().Locate(attr.Pos); ok {
				return at, true
			}
		}
	}
	return diagnostic.Location{}, false
}
