package derivation

import (
	"fmt"
	"slices"
	"strings"
	"unsafe"

	"berth.dev/nix/hash"
	"berth.dev/nix/storepath"
)

// String returns the text of the .drv file.
func (d *Derivation) String() string {
	text := d.Append(nil)
	return unsafe.String(unsafe.SliceData(text), len(text)) // nobody else has the bytes
}

// Append adds the text of the .drv file to a buffer.
func (d *Derivation) Append(b []byte) []byte { return d.appendText(b, false, d.inputTexts()) }

// inputText is an input as it stands in the text: the path of a derivation, or
// in its place a digest.
type inputText struct {
	derivation string
	outputs    []string
}

func (d *Derivation) inputTexts() []inputText {
	texts := make([]inputText, len(d.Inputs))
	for i, input := range d.Inputs {
		texts[i] = inputText{input.Path.String(), input.Outputs}
	}
	return texts
}

// appendText writes the text; with masked outputs their paths are left empty,
// also in the environment.
func (d *Derivation) appendText(b []byte, masked bool, inputs []inputText) []byte {
	b = append(slices.Grow(b, d.textSize(len(inputs))), "Derive("...)
	b = appendList(b, d.Outputs, func(b []byte, o Output) []byte { return o.appendTo(b, masked) })
	b = append(b, ',')
	b = appendList(b, inputs, func(b []byte, in inputText) []byte {
		b = appendPlain(append(b, '('), in.derivation)
		return append(appendList(append(b, ','), in.outputs, appendPlain), ')')
	})
	b = append(b, ',')
	b = appendList(b, d.Sources, appendPath)
	b = appendPlain(append(b, ','), d.System)
	b = appendQuoted(append(b, ','), d.Builder)
	b = append(b, ',')
	b = appendList(b, d.Args, appendQuoted)
	b = append(b, ',')
	b = appendList(b, d.Environment, func(b []byte, v Variable) []byte {
		if _, isOutput := d.Output(v.Name); masked && isOutput {
			v.Value = ""
		}
		b = appendQuoted(append(b, '('), v.Name)
		return append(appendQuoted(append(b, ','), v.Value), ')')
	})
	return append(b, ')')
}

// textSize is about how long the text will be; escapes are few.
func (d *Derivation) textSize(inputs int) int {
	const perReference, perOutput, perVariable = 90, 140, 8
	size := 64 + len(d.System) + len(d.Builder) + perReference*(inputs+len(d.Sources)) + perOutput*len(d.Outputs)
	for _, a := range d.Args {
		size += perVariable + len(a)
	}
	for _, v := range d.Environment {
		size += perVariable + len(v.Name) + len(v.Value) + len(v.Value)/16
	}
	return size
}

func (o Output) appendTo(b []byte, masked bool) []byte {
	path, digest := o.Path.String(), ""
	if masked {
		path = ""
	}
	if o.IsFixed() {
		digest = o.Hash.Base16()
	}
	b = append(b, '(')
	for i, field := range []string{o.Name, path, o.methodAlgorithm(), digest} {
		if i > 0 {
			b = append(b, ',')
		}
		b = appendPlain(b, field)
	}
	return append(b, ')')
}

func appendList[T any](b []byte, items []T, appendItem func([]byte, T) []byte) []byte {
	b = append(b, '[')
	for i, item := range items {
		if i > 0 {
			b = append(b, ',')
		}
		b = appendItem(b, item)
	}
	return append(b, ']')
}

func appendPath(b []byte, p storepath.Path) []byte {
	b = append(b, `"`+storepath.Dir+"/"...)
	return append(append(b, p.Base()...), '"')
}

func appendPlain(b []byte, s string) []byte { return append(append(append(b, '"'), s...), '"') }

func appendQuoted(b []byte, s string) []byte {
	b = append(b, '"')
	for {
		i := strings.IndexAny(s, "\"\\\n\r\t")
		if i < 0 {
			return append(append(b, s...), '"')
		}
		b = append(append(b, s[:i]...), '\\')
		switch s[i] {
		case '\n':
			b = append(b, 'n')
		case '\r':
			b = append(b, 'r')
		case '\t':
			b = append(b, 't')
		default:
			b = append(b, s[i])
		}
		s = s[i+1:]
	}
}

// Parse reads the text of the .drv file of a package of the given name.
func Parse(text, name string) (*Derivation, error) {
	p := parser{text: text}
	d := p.derivation()
	if p.err == nil && p.at != len(text) {
		p.fail("end of text")
	}
	if p.err != nil {
		return nil, fmt.Errorf("error parsing derivation '%s': %w", name, p.err)
	}
	d.Name = name
	d.Sort()
	return d, nil
}

// parser reads from left to right; after the first error it does nothing more.
type parser struct {
	text string
	at   int
	err  error
}

func (p *parser) fail(wanted string) {
	if p.err == nil {
		p.err = fmt.Errorf("expected %s at byte %d", wanted, p.at)
	}
}

func (p *parser) derivation() *Derivation {
	d := &Derivation{}
	p.expect("Derive(")
	d.Outputs = list(p, (*parser).output)
	p.expect(",")
	d.Inputs = list(p, (*parser).input)
	p.expect(",")
	d.Sources = list(p, (*parser).path)
	p.expect(",")
	d.System = p.quoted()
	p.expect(",")
	d.Builder = p.quoted()
	p.expect(",")
	d.Args = list(p, (*parser).quoted)
	p.expect(",")
	d.Environment = list(p, (*parser).variable)
	p.expect(")")
	return d
}

func (p *parser) output() Output {
	var fields [4]string
	p.expect("(")
	for i := range fields {
		if i > 0 {
			p.expect(",")
		}
		fields[i] = p.quoted()
	}
	p.expect(")")
	if p.err != nil {
		return Output{}
	}
	o, err := newOutput(fields[0], fields[1], fields[2], fields[3])
	p.err = err
	return o
}

func newOutput(name, path, algorithm, digest string) (Output, error) {
	o := Output{Name: name}
	var err error
	if path != "" {
		if o.Path, err = storepath.Parse(path); err != nil {
			return o, err
		}
	}
	if algorithm == "" {
		if digest != "" {
			return o, fmt.Errorf("output '%s' has a digest without an algorithm", name)
		}
		return o, nil
	}
	o.Method, algorithm = storepath.CutMethod(algorithm)
	if o.Algorithm, err = hash.ParseAlgorithm(algorithm); err != nil {
		return o, err
	}
	if digest != "" {
		if o.Hash, err = hash.ParseUnprefixed(digest, o.Algorithm); err != nil {
			return o, err
		}
	}
	if (digest == "") != (path == "") {
		return o, fmt.Errorf("output '%s' has only one of digest and path", name)
	}
	return o, nil
}

func (p *parser) input() Input {
	var in Input
	p.expect("(")
	in.Path = p.path()
	p.expect(",")
	in.Outputs = list(p, (*parser).quoted)
	p.expect(")")
	return in
}

func (p *parser) variable() Variable {
	var v Variable
	p.expect("(")
	v.Name = p.quoted()
	p.expect(",")
	v.Value = p.quoted()
	p.expect(")")
	return v
}

func (p *parser) path() storepath.Path {
	text := p.quoted()
	if p.err != nil {
		return storepath.Path{}
	}
	path, err := storepath.Parse(text)
	p.err = err
	return path
}

func (p *parser) quoted() string {
	p.expect(`"`)
	if p.err != nil {
		return ""
	}
	rest := p.text[p.at:]
	end := strings.IndexAny(rest, "\"\\")
	if end >= 0 && rest[end] == '"' {
		p.at += end + 1
		return rest[:end]
	}
	return p.escaped(rest)
}

func (p *parser) escaped(rest string) string {
	var b strings.Builder
	for i := 0; i < len(rest); i++ {
		c := rest[i]
		if c == '"' {
			p.at += i + 1
			return b.String()
		}
		if c == '\\' && i+1 < len(rest) {
			i++
			switch c = rest[i]; c {
			case 'n':
				c = '\n'
			case 'r':
				c = '\r'
			case 't':
				c = '\t'
			}
		}
		b.WriteByte(c)
	}
	p.at = len(p.text)
	p.fail("end of string")
	return ""
}

func (p *parser) expect(token string) {
	if p.err == nil && !strings.HasPrefix(p.text[p.at:], token) {
		p.fail(fmt.Sprintf("'%s'", token))
	}
	if p.err == nil {
		p.at += len(token)
	}
}

func list[T any](p *parser, item func(*parser) T) []T {
	p.expect("[")
	var items []T
	for p.err == nil && !strings.HasPrefix(p.text[p.at:], "]") {
		if len(items) > 0 {
			p.expect(",")
		}
		items = append(items, item(p))
	}
	p.expect("]")
	return items
}
