package repl

import (
	"fmt"
	"strconv"
	"strings"

	"berth.dev/nix/eval"
	"berth.dev/nix/syntax"
)

// everything is the depth that is never reached.
const everything = 1 << 30

// print shows a value down to a depth.
func (s *Session) print(v *eval.Value, depth int) error {
	if err := s.Evaluator.Force(v); err != nil {
		return err
	}
	p := printer{s: s, depth: depth, seen: map[*eval.Value]bool{}}
	text, err := p.value(v, 0)
	if err != nil {
		return err
	}
	fmt.Fprintln(s.Out, text)
	return nil
}

// printer writes values in the syntax of the language, with one item to a line
// where there are several.
type printer struct {
	s     *Session
	depth int
	seen  map[*eval.Value]bool // on the way to the current value
}

func (p *printer) paint(colour, text string) string {
	if !p.s.Colour {
		return text
	}
	return "\x1b[" + colour + "m" + text + "\x1b[0m"
}

// The colours of kinds of values.
const (
	colourText  = "35"
	colourPlain = "36"
	colourPath  = "32"
	colourOther = "34"
	colourError = "31"
)

// value writes an evaluated value.
func (p *printer) value(v *eval.Value, level int) (string, error) {
	switch v.Kind() {
	case eval.KindList:
		return p.list(v, level)
	case eval.KindAttrs:
		return p.attrs(v, level)
	}
	text, err := p.s.Evaluator.Print(v, eval.PrintEval)
	if err != nil {
		return "", err
	}
	switch v.Kind() {
	case eval.KindString:
		return p.paint(colourText, text), nil
	case eval.KindPath:
		return p.paint(colourPath, text), nil
	case eval.KindFunction:
		return p.paint(colourOther, text), nil
	}
	return p.paint(colourPlain, text), nil
}

// inner writes a value that may have to be computed first. What cannot be
// computed shows its error in place, except for interrupts.
func (p *printer) inner(v *eval.Value, level int) (string, error) {
	if p.seen[v] {
		return p.paint(colourOther, "«repeated»"), nil
	}
	err := p.s.Evaluator.Force(v)
	if err == nil {
		p.seen[v] = true
		defer delete(p.seen, v)
		return p.value(v, level)
	}
	if interrupted(err) {
		return "", err
	}
	first, _, _ := strings.Cut(err.Error(), "\n")
	return p.paint(colourError, "«error: "+first+"»"), nil
}

func (p *printer) list(v *eval.Value, level int) (string, error) {
	elements := v.List()
	switch {
	case len(elements) == 0:
		return "[ ]", nil
	case level >= p.depth:
		return "[ ... ]", nil
	}
	var items []string
	for _, element := range elements {
		text, err := p.inner(element, level+1)
		if err != nil {
			return "", err
		}
		items = append(items, text)
	}
	return joined("[", items, "]", len(items) == 1 && !nested(elements[0])), nil
}

func (p *printer) attrs(v *eval.Value, level int) (string, error) {
	ev := p.s.Evaluator
	if is, err := ev.IsDerivation(v); err != nil {
		return "", err
	} else if is {
		text, err := ev.Print(v, eval.PrintEval)
		return p.paint(colourPath, text), err
	}
	attrs := ev.Attrs(v)
	switch {
	case len(attrs) == 0:
		return "{ }", nil
	case level >= p.depth:
		return "{ ... }", nil
	}
	var items []string
	for _, attr := range attrs {
		text, err := p.inner(attr.Value, level+1)
		if err != nil {
			return "", err
		}
		items = append(items, syntax.QuoteName(attr.Name)+" = "+text+";")
	}
	return joined("{", items, "}", len(items) == 1 && !nested(attrs[0].Value)), nil
}

// nested reports whether a value has others inside.
func nested(v *eval.Value) bool {
	return (v.Kind() == eval.KindAttrs || v.Kind() == eval.KindList) && v.Len() > 0
}

// joined puts items between brackets, each on a line of its own unless they
// are short.
func joined(open string, items []string, closing string, oneLine bool) string {
	if oneLine {
		return open + " " + items[0] + " " + closing
	}
	text := strings.ReplaceAll(strings.Join(items, "\n"), "\n", "\n  ")
	return open + "\n  " + text + "\n" + closing
}

// describe names a kind of value in a sentence.
func describe(k eval.Kind) string {
	switch k {
	case eval.KindNull:
		return "null"
	case eval.KindBool:
		return "a Boolean"
	case eval.KindInt:
		return "an integer"
	case eval.KindFloat:
		return "a float"
	case eval.KindAttrs:
		return "a set"
	case eval.KindFunction:
		return "a function"
	}
	return "a " + k.String()
}

// describeValue adds what is known of a value besides its kind.
func (s *Session) describeValue(v *eval.Value) string {
	switch v.Kind() {
	case eval.KindAttrs:
		if is, err := s.Evaluator.IsDerivation(v); err == nil && is {
			return "a set that is a derivation"
		}
		return "a set of " + count(v.Len(), "attribute")
	case eval.KindList:
		return "a list of " + count(v.Len(), "element")
	case eval.KindFunction:
		f, _ := s.Evaluator.Function(v)
		switch {
		case f.Builtin != "":
			return "the built-in function " + f.Builtin
		case len(f.Arguments) > 0:
			return "a function of { " + strings.Join(f.Arguments, ", ") + " }"
		}
	}
	return describe(v.Kind())
}

func count(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return strconv.Itoa(n) + " " + what + "s"
}
