package lsp

import (
	"errors"
	"net/url"
	"path/filepath"
	"strings"
	"unicode/utf8"

	"berth.dev/nix/diagnostic"
	"berth.dev/nix/format"
	"berth.dev/nix/syntax"
)

// document is a text that an editor has open.
type document struct {
	uri    string
	text   string
	tokens []syntax.Token
	// analysis is that of the last text that was a program; offsets in it may
	// be off by what was typed since.
	analysis *analysis
	problem  *diagnostic.Diagnostic // of the parser
}

// firstByte is the position of the first byte of the only text in a table.
const firstByte diagnostic.Pos = 1

func newDocument(uri, text string) *document {
	d := &document{uri: uri, analysis: &analysis{}}
	d.set(text)
	return d
}

// path returns the file of the document, or an empty string.
func (d *document) path() string {
	u, err := url.Parse(d.uri)
	if err != nil || u.Scheme != "file" {
		return ""
	}
	return u.Path
}

func (d *document) set(text string) {
	d.text, d.tokens = text, syntax.Tokens(text)
	var found *analysis
	if found, d.problem = d.parse(text); found != nil {
		d.analysis = found
	}
}

// parse analyses a text that stands in the place of the document.
func (d *document) parse(text string) (*analysis, *diagnostic.Diagnostic) {
	symbols, positions := syntax.NewSymbolTable(), diagnostic.NewTable()
	base := "/"
	if file := d.path(); file != "" {
		base = filepath.Dir(file)
	}
	tree, err := syntax.Parse([]byte(text), syntax.Options{
		BasePath: base, Home: "/~", Symbols: symbols, Positions: positions, PipeOperators: true,
	})
	var problem *diagnostic.Diagnostic
	switch {
	case errors.As(err, &problem):
		return nil, problem
	case err != nil:
		return nil, diagnostic.New(firstByte, err.Error())
	}
	return analyse(tree, symbols, firstByte), nil
}

// whileTyping analyses the document as if the word that is being typed at a
// byte was there already.
func (d *document) whileTyping(offset int) *analysis {
	if d.problem == nil {
		return d.analysis
	}
	for _, word := range []string{"x", "x;"} {
		if found, _ := d.parse(d.text[:offset] + word + d.text[offset:]); found != nil {
			return found
		}
	}
	return d.analysis
}

// findings returns what is wrong with the text.
func (d *document) findings(globals map[string]bool) []finding {
	found := []finding{}
	if d.problem != nil {
		at := 0
		if d.problem.Pos >= firstByte {
			at = int(d.problem.Pos - firstByte)
		}
		message := strings.Join(append([]string{d.problem.Message}, d.problem.Hints...), "\n")
		return append(found, finding{d.wordAt(at), severityError, "berth", message})
	}
	for _, u := range d.analysis.uses {
		if u.binding == nil && !u.open && !globals[u.name] && !strings.HasPrefix(u.name, "__") {
			found = append(found, finding{d.span(u.start, u.end), severityError, "berth", "undefined variable '" + u.name + "'"})
		}
	}
	return found
}

// wordAt returns the token that starts at a byte, or the byte itself.
func (d *document) wordAt(at int) span {
	for _, token := range d.tokens {
		if token.Start == at && token.End > at {
			return d.span(token.Start, min(token.End, d.endOfLine(at)))
		}
	}
	return d.span(at, at)
}

func (d *document) endOfLine(at int) int {
	if n := strings.IndexByte(d.text[at:], '\n'); n >= 0 {
		return at + n
	}
	return len(d.text)
}

func (d *document) span(start, end int) span {
	at := lines{d.text}
	return span{at.position(start), at.position(end)}
}

// lines converts between bytes and positions, whose characters are units of
// UTF-16.
type lines struct{ text string }

func (l lines) position(offset int) position {
	offset = min(max(offset, 0), len(l.text))
	before := l.text[:offset]
	start := strings.LastIndexByte(before, '\n') + 1
	return position{strings.Count(before, "\n"), units(before[start:])}
}

func (l lines) offset(p position) int {
	at := 0
	for range p.Line {
		n := strings.IndexByte(l.text[at:], '\n')
		if n < 0 {
			return len(l.text)
		}
		at += n + 1
	}
	for left := p.Character; left > 0 && at < len(l.text) && l.text[at] != '\n'; {
		c, size := utf8.DecodeRuneInString(l.text[at:])
		left -= unitsOf(c)
		at += size
	}
	return at
}

func units(text string) (n int) {
	for _, c := range text {
		n += unitsOf(c)
	}
	return n
}

func unitsOf(c rune) int {
	if c > 0xFFFF {
		return 2
	}
	return 1
}

// formatting answers with one edit that replaces the lines that change.
func (s *Server) formatting(p struct {
	Document documentID `json:"textDocument"`
}) (*[]textEdit, error) {
	d := s.documents[p.Document.URI]
	if d == nil {
		return nil, &responseError{codeInvalidParams, "the document is not open"}
	}
	if d.problem != nil {
		return nil, &responseError{codeInvalidRequest, "the document cannot be formatted: " + d.problem.Message}
	}
	out, err := format.Source([]byte(d.text), diagnostic.Origin{Kind: diagnostic.OriginStdin}, diagnostic.NewTable())
	if err != nil {
		return nil, err
	}
	edits := []textEdit{}
	after := string(out)
	if after == d.text {
		return &edits, nil
	}
	start := commonLines(d.text, after)
	before := d.text[start:]
	after = after[start:]
	end := commonEnd(before, after)
	edits = append(edits, textEdit{d.span(start, start+len(before)-end), after[:len(after)-end]})
	return &edits, nil
}

// commonLines returns the length of the lines that two texts start with alike.
func commonLines(a, b string) int {
	n := 0
	for i := 0; i < len(a) && i < len(b) && a[i] == b[i]; i++ {
		if a[i] == '\n' {
			n = i + 1
		}
	}
	return n
}

// commonEnd returns the length of the lines that two texts end with alike.
func commonEnd(a, b string) int {
	n := 0
	for i := 1; i <= len(a) && i <= len(b) && a[len(a)-i] == b[len(b)-i]; i++ {
		if a[len(a)-i] == '\n' {
			n = i - 1
		}
	}
	return n
}
