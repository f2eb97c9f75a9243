package lsp

import (
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"berth.dev/internal/catalogue"
	"berth.dev/nix/eval"
	"berth.dev/nix/syntax"
)

func fileURI(file string) string { return (&url.URL{Scheme: "file", Path: file}).String() }

// definition answers where a variable, an attribute, an option or a file is
// defined.
func (s *Server) definition(p placeParams) (*location, error) {
	d, offset, err := s.document(p)
	if err != nil {
		return nil, err
	}
	if file := d.fileAt(offset); file != "" {
		return &location{URI: fileURI(file)}, nil
	}
	if u := d.analysis.useAt(offset); u != nil && u.binding != nil {
		b := u.binding
		return &location{d.uri, d.span(b.start, b.start+len(b.name))}, nil
	}
	if path := d.cursorAt(offset).optionPath(); path != nil {
		if o, ok := s.option(path); ok {
			return s.declaration(o), nil
		}
	}
	return nil, nil
}

// fileAt returns the file that a path literal at a byte names.
func (d *document) fileAt(offset int) string {
	for i, token := range d.tokens {
		if token.Class != syntax.TokenPath || offset < token.Start || offset > token.End || d.path() == "" {
			continue
		}
		name := d.word(i)
		if !filepath.IsAbs(name) {
			name = filepath.Join(filepath.Dir(d.path()), name)
		}
		info, err := os.Stat(name)
		switch {
		case err != nil:
			return ""
		case info.IsDir():
			return filepath.Join(name, "default.nix")
		}
		return name
	}
	return ""
}

// optionPath returns the path of the option that the word at the cursor may
// name: an attribute in a module, or a part of `config.x.y`. It is nil for
// anything else.
func (c cursor) optionPath() []string {
	word := strings.Trim(c.d.text[c.start:c.end], `"`)
	switch {
	case word == "":
		return nil
	case c.isName && c.opener != "let":
		return slices.Concat(c.outer, c.chain, []string{word})
	case len(c.chain) > 0 && (c.chain[0] == "config" || c.chain[0] == "options"):
		return append(slices.Clone(c.chain[1:]), word)
	}
	return nil
}

// hover describes what is at a place.
func (s *Server) hover(p placeParams) (*hover, error) {
	d, offset, err := s.document(p)
	if err != nil {
		return nil, err
	}
	c := d.cursorAt(offset)
	if c.start == c.end {
		return nil, nil
	}
	text := s.describe(d, c, offset)
	if text == "" {
		return nil, nil
	}
	at := d.span(c.start, c.end)
	return &hover{markdown(text), &at}, nil
}

func (s *Server) describe(d *document, c cursor, offset int) string {
	word := strings.Trim(d.text[c.start:c.end], `"`)
	if path := c.optionPath(); path != nil {
		if o, ok := s.option(path); ok {
			return describeOption(o)
		}
	}
	if len(c.chain) == 1 && (c.chain[0] == "pkgs" || c.chain[0] == "builtins") || len(c.chain) == 0 && c.packages {
		if text := s.describeMember(c, word); text != "" {
			return text
		}
	}
	u := d.analysis.useAt(offset)
	switch {
	case u != nil && u.binding != nil:
		return d.describeBinding(u.binding)
	case u != nil && s.globals[word]:
		return describeBuiltin(strings.TrimPrefix(word, "__"))
	}
	return ""
}

func (s *Server) describeMember(c cursor, word string) string {
	if len(c.chain) == 1 && c.chain[0] == "builtins" {
		return describeBuiltin(word)
	}
	for _, p := range s.catalogue.Packages() {
		if p.Name == word {
			return fmt.Sprintf("**%s** %s\n\n%s", p.Name, p.Version, p.Description)
		}
	}
	return ""
}

func describeBuiltin(name string) string {
	doc, ok := eval.DescribeBuiltin(name)
	if !ok {
		return ""
	}
	return fmt.Sprintf("```nix\n%s\n```\n\n%s", doc.Synopsis(), doc.Text)
}

// describeBinding shows the line that defines a name.
func (d *document) describeBinding(b *binding) string {
	if b.start >= len(d.text) {
		return ""
	}
	line := strings.TrimSpace(d.text[b.start:d.endOfLine(b.start)])
	return fmt.Sprintf("%s `%s`\n```nix\n%s\n```", b.what, b.name, line)
}

// completion proposes words for a place.
func (s *Server) completion(p placeParams) (*completionList, error) {
	d, offset, err := s.document(p)
	if err != nil {
		return nil, err
	}
	c := d.cursorAt(offset)
	if c.start > offset {
		c.start, c.end = offset, offset
	}
	typed := strings.TrimPrefix(d.text[c.start:max(c.start, offset)], `"`)
	known := *d
	known.analysis = d.whileTyping(offset)
	proposals := s.proposals(&known, c, typed)
	list := &completionList{Items: []completionItem{}}
	at := d.span(c.start, max(c.end, offset))
	for _, item := range proposals {
		if strings.HasPrefix(item.Label, typed) {
			item.Edit = &textEdit{at, syntax.QuoteName(item.Label)}
			if item.Kind == kindKeyword {
				item.Edit.NewText = item.Label
			}
			list.Items = append(list.Items, item)
		}
	}
	slices.SortFunc(list.Items, func(a, b completionItem) int { return strings.Compare(a.Label, b.Label) })
	list.Items = slices.CompactFunc(list.Items, func(a, b completionItem) bool { return a.Label == b.Label })
	if len(list.Items) > maxProposals {
		list.Items, list.Incomplete = list.Items[:maxProposals], true
	}
	return list, nil
}

// maxProposals bounds an answer; editors ask again when more was typed.
const maxProposals = 500

func (s *Server) proposals(d *document, c cursor, typed string) []completionItem {
	switch {
	case c.isName && c.opener != "let":
		return s.proposeOptions(slices.Concat(c.outer, c.chain))
	case len(c.chain) > 0:
		return s.proposeMembers(d, c, typed)
	case c.packages:
		return append(s.proposePackages(), s.proposeVariables(d)...)
	}
	return s.proposeVariables(d)
}

func (s *Server) proposeOptions(path []string) []completionItem {
	var items []completionItem
	for name, o := range s.optionMembers(path) {
		item := completionItem{Label: name, Kind: kindModule}
		if strings.HasSuffix(o.Name, "."+name) || o.Name == name {
			text := markdown(describeOption(o))
			item.Kind, item.Detail, item.Documentation = kindProperty, o.Type, &text
		}
		items = append(items, item)
	}
	if len(path) == 0 {
		for _, name := range []string{"config", "imports", "options"} {
			items = append(items, completionItem{Label: name, Kind: kindModule})
		}
	}
	return items
}

// proposeMembers completes what stands behind a dot.
func (s *Server) proposeMembers(d *document, c cursor, typed string) []completionItem {
	var items []completionItem
	switch first := c.chain[0]; {
	case first == "config":
		return s.proposeOptions(c.chain[1:])
	case first == "builtins" && len(c.chain) == 1:
		for name := range s.globals {
			if name = strings.TrimPrefix(name, "__"); name != "builtins" {
				items = append(items, builtinItem(name))
			}
		}
	case first == "lib" && len(c.chain) == 1:
		for _, name := range s.catalogue.Library() {
			items = append(items, completionItem{Label: name, Kind: kindFunction})
		}
	case first == "pkgs" && len(c.chain) == 1:
		return s.proposePackages()
	case first == "pkgs" && len(c.chain) == 2 && c.chain[1] == "debian":
		for _, name := range s.catalogue.DebianNames(typed) {
			items = append(items, completionItem{Label: name, Kind: kindModule})
		}
	default:
		return d.proposeAttributes(c.chain)
	}
	return items
}

func builtinItem(name string) completionItem {
	item := completionItem{Label: name, Kind: kindVariable}
	if doc, ok := eval.DescribeBuiltin(name); ok {
		text := markdown(describeBuiltin(name))
		item.Documentation = &text
		if len(doc.Arguments) > 0 {
			item.Kind, item.Detail = kindFunction, strings.Join(doc.Arguments, " ")
		}
	}
	return item
}

func (s *Server) proposePackages() []completionItem {
	items := []completionItem{{Label: "debian", Kind: kindModule, Detail: "every package of Debian"}}
	for _, p := range s.catalogue.Packages() {
		items = append(items, packageItem(p))
	}
	return items
}

func packageItem(p catalogue.Package) completionItem {
	text := markdown(p.Description)
	return completionItem{Label: p.Name, Kind: kindModule, Detail: p.Version, Documentation: &text}
}

// proposeAttributes completes the attributes of a set that is written in the
// document.
func (d *document) proposeAttributes(chain []string) []completionItem {
	var items []completionItem
	for _, b := range d.analysis.bindings {
		set, ok := b.value.(*syntax.Attrs)
		if b.name != chain[0] || !ok {
			continue
		}
		for _, name := range d.analysis.members(set, chain[1:]) {
			items = append(items, completionItem{Label: name, Kind: kindProperty})
		}
	}
	return items
}

func (s *Server) proposeVariables(d *document) []completionItem {
	var items []completionItem
	for _, b := range d.analysis.bindings {
		items = append(items, completionItem{Label: b.name, Kind: kindVariable, Detail: b.what})
	}
	for name := range s.globals {
		if !strings.HasPrefix(name, "__") {
			items = append(items, builtinItem(name))
		}
	}
	for _, word := range []string{"assert", "else", "if", "in", "inherit", "let", "rec", "then", "with"} {
		items = append(items, completionItem{Label: word, Kind: kindKeyword})
	}
	return items
}
