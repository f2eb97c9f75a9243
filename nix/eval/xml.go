package eval

import (
	"strings"

	"berth.dev/nix/diagnostic"
)

// xmlWriter writes values as XML.
type xmlWriter struct {
	t       *thread
	out     strings.Builder
	depth   int
	strict  bool
	place   bool // tell where attributes were defined
	context contextUnion
	drvs    map[string]bool // derivations written so far
}

// toXML writes a value as builtins.toXML and `nix-instantiate --xml` do.
func (t *thread) toXML(c *Value, strict, place bool) (string, *Context) {
	w := xmlWriter{t: t, strict: strict, place: place, drvs: map[string]bool{}}
	w.out.WriteString("<?xml version='1.0' encoding='utf-8'?>\n")
	w.element("expr", nil, func() { w.cell(c) })
	return w.out.String(), w.context.context()
}

// property is an attribute of an XML element.
type property struct{ name, value string }

func (w *xmlWriter) open(name string, properties []property, end string) {
	w.indent()
	w.out.WriteString("<" + name)
	for _, p := range properties {
		w.out.WriteString(" " + p.name + `="`)
		w.out.WriteString(escapeXML(p.value))
		w.out.WriteByte('"')
	}
	w.out.WriteString(end + "\n")
}

func (w *xmlWriter) indent() {
	for range w.depth {
		w.out.WriteString("  ")
	}
}

func (w *xmlWriter) element(name string, properties []property, content func()) {
	w.t.nestCall()
	w.open(name, properties, ">")
	w.depth++
	content()
	w.depth--
	w.indent()
	w.out.WriteString("</" + name + ">\n")
	w.t.unnest()
}

func (w *xmlWriter) empty(name string, properties ...property) { w.open(name, properties, " />") }

func escapeXML(s string) string {
	return strings.NewReplacer(`"`, "&quot;", "<", "&lt;", ">", "&gt;", "&", "&amp;", "\n", "&#xA;").Replace(s)
}

func (w *xmlWriter) cell(c *Value) {
	v := *c
	if !v.evaluated() && w.strict {
		v = w.t.force(c)
	}
	switch v.tag() {
	case tagNull:
		w.empty("null")
	case tagBool:
		w.empty("bool", property{"value", map[bool]string{true: "true", false: "false"}[v.bool()]})
	case tagInt, tagBigInt:
		w.empty("int", property{"value", itoa(v.int())})
	case tagFloat:
		w.empty("float", property{"value", formatGeneral(v.float())})
	case tagString, tagContextual:
		w.context.add(v.context())
		w.empty("string", property{"value", v.text()})
	case tagPath:
		w.empty("path", property{"value", v.bytes()})
	case tagList:
		w.element("list", nil, func() {
			for _, e := range v.list() {
				w.cell(e)
			}
		})
	case tagAttrs:
		w.set(v.attrs())
	case tagLambda:
		w.function(v)
	default:
		w.empty("unevaluated")
	}
}

func (w *xmlWriter) set(set *attrSet) {
	if !w.t.isDerivation(set) {
		w.element("attrs", nil, func() { w.attrs(set) })
		return
	}
	var properties []property
	drv, ok := w.stringAttr(set, w.t.ev.names.drvPath)
	if ok {
		properties = append(properties, property{"drvPath", drv})
	}
	if out, ok := w.stringAttr(set, w.t.ev.names.outPath); ok {
		properties = append(properties, property{"outPath", out})
	}
	w.element("derivation", properties, func() {
		if drv != "" && !w.drvs[drv] {
			w.drvs[drv] = true
			w.attrs(set)
		} else {
			w.empty("repeated")
		}
	})
}

// stringAttr returns an attribute if it is a string.
func (w *xmlWriter) stringAttr(set *attrSet, name Symbol) (text string, ok bool) {
	c := set.get(name)
	if c == nil {
		return "", false
	}
	v := *c
	if w.strict {
		v = w.t.force(c)
	}
	if !v.isString() {
		return "", false
	}
	return v.text(), true
}

func (w *xmlWriter) attrs(set *attrSet) {
	for _, i := range w.t.byName(set) {
		properties := w.places(set.shape.position(int(i)), property{"name", w.t.ev.symbols.Name(set.shape.symbols[i])})
		w.element("attr", properties, func() { w.cell(set.cell(int(i))) })
	}
}

// places adds column, line and path to a property, in alphabetical order.
func (w *xmlWriter) places(at Pos, own ...property) []property {
	where, ok := w.t.ev.sources.Locate(at)
	if !w.place || !ok {
		return own
	}
	properties := []property{{"column", itoa(int64(where.Column))}, {"line", itoa(int64(where.Line))}}
	properties = append(properties, own...)
	if where.Origin.Kind == diagnostic.OriginFile {
		properties = append(properties, property{"path", strings.TrimPrefix(where.Origin.Name, internalMark)})
	}
	return properties
}

func (w *xmlWriter) function(v Value) {
	index, _ := v.lambda()
	l := w.t.lambdas[index]
	w.element("function", w.places(l.at), func() {
		name := w.t.ev.symbols.Name
		if l.formals == nil {
			w.empty("varpat", property{"name", name(l.arg)})
			return
		}
		var properties []property
		if l.formals.ellipsis {
			properties = append(properties, property{"ellipsis", "1"})
		}
		if l.arg != 0 {
			properties = append(properties, property{"name", name(l.arg)})
		}
		w.element("attrspat", properties, func() {
			for _, i := range l.formals.byName(w.t) {
				w.empty("attr", property{"name", name(l.formals.list[i].name)})
			}
		})
	})
}
