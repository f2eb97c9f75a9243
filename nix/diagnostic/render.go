package diagnostic

import (
	"strconv"
	"strings"
	"unicode/utf8"
)

// Style holds the terminal sequences put around the parts of a rendering. The
// zero Style adds nothing.
type Style struct {
	Error, Warning, Place, Caret, Hint, Reset string
}

// ANSI returns a style for terminals that understand ANSI colours.
func ANSI() Style {
	return Style{
		Error: "\x1b[1;31m", Warning: "\x1b[1;35m", Place: "\x1b[36m",
		Caret: "\x1b[1;31m", Hint: "\x1b[32m", Reset: "\x1b[0m",
	}
}

func (s Style) paint(sequence, text string) string {
	if sequence == "" {
		return text
	}
	return sequence + text + s.Reset
}

// Renderer turns diagnostics into text.
type Renderer struct {
	Table *Table
	Style Style
	Trace bool // show the whole trace, not only the finding
}

// Error renders a diagnostic as an error, ending with a newline.
func (r Renderer) Error(d *Diagnostic) string {
	return r.render(r.Style.paint(r.Style.Error, "error:"), d)
}

// Warning renders a diagnostic as a warning, ending with a newline.
func (r Renderer) Warning(d *Diagnostic) string {
	return r.render(r.Style.paint(r.Style.Warning, "warning:"), d)
}

func (r Renderer) render(label string, d *Diagnostic) string {
	var b strings.Builder
	b.WriteString(label + " " + indentRest(d.Message) + "\n")
	r.place(&b, d.Pos)
	for _, hint := range d.Hints {
		b.WriteString(indent + r.Style.paint(r.Style.Hint, "hint:") + " " + indentRest(hint) + "\n")
	}
	if r.Trace {
		for _, frame := range d.Trace {
			b.WriteString(indent + "… " + indentRest(frame.Message) + "\n")
			r.place(&b, frame.Pos)
		}
	}
	return b.String()
}

const indent = "       "

func indentRest(text string) string {
	text = strings.ReplaceAll(strings.TrimRight(text, "\n"), "\n", "\n"+indent)
	return strings.ReplaceAll(text, indent+"\n", "\n")
}

// place writes where a position is, and the line it is in between its
// neighbours, with a caret below the byte meant.
func (r Renderer) place(b *strings.Builder, p Pos) {
	source := r.Table.source(p)
	if source == nil {
		return
	}
	at := source.locate(p)
	b.WriteString(indent + "at " + r.Style.paint(r.Style.Place, at.String()) + ":\n")
	r.excerpt(b, source, at.Line-1)
	r.excerpt(b, source, at.Line)
	text, _ := source.Line(at.Line)
	before := text[:min(at.Column-1, len(text))]
	b.WriteString(indent + gutter("") + blank(before) + r.Style.paint(r.Style.Caret, "^") + "\n")
	r.excerpt(b, source, at.Line+1)
}

func (r Renderer) excerpt(b *strings.Builder, s *Source, line int) {
	text, ok := s.Line(line)
	if !ok || text == "" && line == s.lastLine() {
		return
	}
	b.WriteString(strings.TrimRight(indent+gutter(strconv.Itoa(line))+text, " \t") + "\n")
}

// gutter returns what stands left of a line of source text.
func gutter(number string) string {
	const width = 6
	return strings.Repeat(" ", max(0, width-len(number))) + number + "| "
}

// source is Source for renderers without a table.
func (t *Table) source(p Pos) *Source {
	if t == nil {
		return nil
	}
	return t.Source(p)
}

// blank returns white space as wide as text on a terminal.
func blank(text string) string {
	var b strings.Builder
	for len(text) > 0 {
		c, size := utf8.DecodeRuneInString(text)
		if c == '\t' {
			b.WriteByte('\t')
		} else {
			b.WriteByte(' ')
		}
		text = text[size:]
	}
	return b.String()
}
