package eval

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"berth.dev/nix/syntax"
)

// PrintStyle chooses how Print writes a value.
type PrintStyle uint8

// The styles of printing.
const (
	// PrintInstantiate writes as `nix-instantiate --eval`: <CODE>, <LAMBDA>.
	PrintInstantiate PrintStyle = iota
	// PrintEval writes as `nix eval`: «thunk», «lambda f @ place»,
	// «derivation path».
	PrintEval
)

// printer writes values in the syntax of the language. It evaluates nothing
// except, if derivations is set, the path of derivations.
type printer struct {
	t           *thread
	out         strings.Builder
	style       PrintStyle
	derivations bool
	limited     bool // brief, for messages
	attrsLeft   int
	itemsLeft   int
	seen        map[any]bool // *Value of lists, *attrSet
}

// The limits of values in messages.
const (
	briefItems  = 10
	briefDepth  = 10
	briefString = 1024
)

// brief writes a value for a message.
func (t *thread) brief(v Value) string {
	p := printer{t: t, style: PrintEval, limited: true, attrsLeft: briefItems, itemsLeft: briefItems, seen: map[any]bool{}}
	p.value(&v, 0)
	return p.out.String()
}

// show writes a value as a style wants it.
func (t *thread) show(v Value, style PrintStyle) string {
	p := printer{t: t, style: style, derivations: style == PrintEval, seen: map[any]bool{}}
	p.value(&v, 0)
	return p.out.String()
}

// showTraced writes a value for `trace`.
func (t *thread) showTraced(v Value) string {
	p := printer{t: t, style: PrintEval, seen: map[any]bool{}}
	p.value(&v, 0)
	return p.out.String()
}

func (p *printer) value(c *Value, depth int) {
	switch v := *c; v.tag() {
	case tagNull:
		p.out.WriteString("null")
	case tagBool:
		p.out.WriteString(strconv.FormatBool(v.bool()))
	case tagInt, tagBigInt:
		p.out.WriteString(itoa(v.int()))
	case tagFloat:
		p.out.WriteString(formatGeneral(v.float()))
	case tagString, tagContextual:
		p.str(v.text())
	case tagPath:
		p.out.WriteString(v.bytes())
	case tagList:
		p.list(c, depth)
	case tagAttrs:
		p.attrs(v, depth)
	default:
		p.opaque(v)
	}
}

// opaque writes what has no syntax.
func (p *printer) opaque(v Value) {
	names := [...]string{"<LAMBDA>", "<PRIMOP>", "<PRIMOP-APP>", "«potential infinite recursion»", "<CODE>"}
	if p.style == PrintEval {
		names = [...]string{p.lambda(v), p.primop(v), p.partial(v), "«potential infinite recursion»", "«thunk»"}
	}
	switch v.tag() {
	case tagLambda:
		p.out.WriteString(names[0])
	case tagPrimOp:
		p.out.WriteString(names[1])
	case tagPartial:
		p.out.WriteString(names[2])
	case tagBlackhole:
		p.out.WriteString(names[3])
	default:
		p.out.WriteString(names[4])
	}
}

func (p *printer) lambda(v Value) string {
	if v.tag() != tagLambda {
		return ""
	}
	index, _ := v.lambda()
	l := p.t.lambdas[index]
	name := ""
	if l.name != 0 {
		name = p.t.ev.symbols.Name(l.name) + " "
	}
	return "«lambda " + name + "@ " + p.t.ev.placeName(l.at) + "»"
}

func (p *printer) primop(v Value) string {
	if v.tag() != tagPrimOp {
		return ""
	}
	return "«primop " + v.primOp().name + "»"
}

func (p *printer) partial(v Value) string {
	if v.tag() != tagPartial {
		return ""
	}
	return "«partially applied primop " + v.partial().primop.name + "»"
}

func (p *printer) str(s string) {
	if p.limited && len(s) > briefString {
		p.out.WriteString(syntax.Quote(s[:briefString]))
		p.out.WriteString(" «" + counted(len(s)-briefString, "byte") + " elided»")
		return
	}
	p.out.WriteString(syntax.Quote(s))
}

func counted(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return strconv.Itoa(n) + " " + what + "s"
}

// repeated reports whether an object was written before, and writes that. Lists
// are the same only in one cell, sets wherever they are.
func (p *printer) repeated(object any) bool {
	if p.seen[object] {
		p.out.WriteString("«repeated»")
		return true
	}
	p.seen[object] = true
	return false
}

func (p *printer) list(list *Value, depth int) {
	cells := list.list()
	if len(cells) > 0 && p.repeated(list) {
		return
	}
	if p.limited && depth >= briefDepth {
		p.out.WriteString("[ ... ]")
		return
	}
	p.t.nest()
	p.out.WriteString("[ ")
	for i, c := range cells {
		if p.limited && p.itemsLeft <= 0 {
			p.out.WriteString("«" + counted(len(cells)-i, "item") + " elided» ")
			break
		}
		p.value(c, depth+1)
		p.itemsLeft--
		p.out.WriteByte(' ')
	}
	p.out.WriteByte(']')
	p.t.unnest()
}

func (p *printer) attrs(v Value, depth int) {
	set := v.attrs()
	if set.len() > 0 && p.repeated(set) {
		return
	}
	if p.derivations && p.t.isDerivation(set) {
		p.derivation(set)
		return
	}
	if p.limited && depth >= briefDepth {
		p.out.WriteString("{ ... }")
		return
	}
	p.t.nest()
	p.out.WriteString("{ ")
	order := p.order(set)
	for n, i := range order {
		if p.limited && p.attrsLeft <= 0 {
			p.out.WriteString("«" + counted(len(order)-n, "attribute") + " elided» ")
			break
		}
		p.out.WriteString(syntax.QuoteName(p.t.ev.symbols.Name(set.shape.symbols[i])) + " = ")
		p.value(set.cell(int(i)), depth+1)
		p.attrsLeft--
		p.out.WriteString("; ")
	}
	p.out.WriteByte('}')
	p.t.unnest()
}

// order is by name, but what tells the type comes first where not all is shown.
func (p *printer) order(set *attrSet) []int32 {
	names := p.t.byName(set)
	if !p.limited {
		return names
	}
	first, rest := []int32{}, []int32{}
	for _, i := range names {
		if s := set.shape.symbols[i]; s == p.t.ev.names.typ || s == p.t.ev.names.underscoreType {
			first = append(first, i)
		} else {
			rest = append(rest, i)
		}
	}
	return append(first, rest...)
}

func (p *printer) derivation(set *attrSet) {
	path := "???"
	if c := set.get(p.t.ev.names.drvPath); c != nil {
		p.t.quietly(func() { path, _ = p.t.coerceNested(p.t.force(c), p.t.here(), coercion{}) })
	}
	fmt.Fprintf(&p.out, "«derivation %s»", path)
}

// formatGeneral writes a float with six digits, as printing does.
func formatGeneral(f float64) string {
	switch {
	case math.IsNaN(f):
		if math.Signbit(f) {
			return "-nan"
		}
		return "nan"
	case math.IsInf(f, 1):
		return "inf"
	case math.IsInf(f, -1):
		return "-inf"
	}
	return strconv.FormatFloat(f, 'g', 6, 64)
}
