package syntax

import (
	"cmp"
	"slices"
)

// bind adds an attribute to the set that is being read.
func (p *parser) bind(b *literal, path []AttrName, value Expr) {
	head := path[0]
	if head.Expr != nil {
		p.bindDynamic(b.set, path, 0, value)
		return
	}
	if value := p.place(p.find(b, head.Name), path, 0, value); value != nil {
		p.insert(b, Attr{At: head.At, Name: head.Name, Value: value})
	}
}

// bindNested adds the attribute named by path[i:] to a set made by an attribute
// path, or to one read before that an attribute path goes through.
func (p *parser) bindNested(set *Attrs, path []AttrName, i int, value Expr) {
	if path[i].Expr != nil {
		p.bindDynamic(set, path, i, value)
		return
	}
	name := path[i].Name
	if value := p.place(set.find(name), path, i, value); value != nil {
		set.insert(Attr{At: path[0].At, Name: name, Value: value})
	}
}

func (p *parser) bindDynamic(set *Attrs, path []AttrName, i int, value Expr) {
	if i < len(path)-1 {
		value = p.nested(path, i, value)
	}
	set.Dynamic = append(set.Dynamic, DynamicAttr{At: path[0].At, Name: path[i].Expr, Value: value})
}

// nested makes the set that path[i] names for the rest of the path.
func (p *parser) nested(path []AttrName, i int, value Expr) Expr {
	set := p.nodes.attrs.one()
	set.At = path[0].At
	p.bindNested(set, path, i+1, value)
	return set
}

// place returns the value that the attribute path[i] is to have. If there is
// one already, found, the new value is merged with it and the result is nil.
func (p *parser) place(found *Attr, path []AttrName, i int, value Expr) Expr {
	last := i == len(path)-1
	switch {
	case found == nil && last:
		setName(value, path[i].Name)
		return value
	case found == nil:
		return p.nested(path, i, value)
	case last:
		p.merge(found, path, path[0].At, value)
		return nil
	}
	set, ok := found.Value.(*Attrs)
	if !ok {
		p.duplicate(path[:i+1], path[0].At, found.At)
	}
	p.bindNested(set, path, i+1, value)
	return nil
}

// merge adds the attributes of value to those of the attribute found, whose
// path is given for messages. Both must be literal sets. Whether the result is
// recursive is decided by the one that came first.
func (p *parser) merge(found *Attr, path []AttrName, at Pos, value Expr) {
	into, ok := found.Value.(*Attrs)
	from, also := value.(*Attrs)
	if !ok || !also {
		p.duplicate(path, at, found.At)
	}
	offset := len(into.InheritFrom)
	for _, a := range from.Attrs {
		if a.Kind == AttrInheritedFrom {
			a.From += offset
		}
		if twin := into.find(a.Name); twin != nil {
			longer := append(path[:len(path):len(path)], AttrName{At: a.At, Name: a.Name})
			p.merge(twin, longer, a.At, a.Value)
		} else {
			into.insert(a)
		}
	}
	into.Dynamic = append(into.Dynamic, from.Dynamic...)
	into.InheritFrom = append(into.InheritFrom, from.InheritFrom...)
}

// setName tells functions the name of the attribute they are the value of.
func setName(value Expr, name Symbol) {
	for {
		lambda, ok := value.(*Lambda)
		if !ok {
			return
		}
		lambda.Name = name
		value = lambda.Body
	}
}

func (p *parser) duplicate(path []AttrName, at, before Pos) {
	place := ""
	if l, ok := p.positions.Locate(before); ok {
		place = l.String()
	}
	printer := printer{symbols: p.symbols}
	printer.path(path)
	fail(at, "attribute '"+printer.text.String()+"' already defined at "+place)
}

// find returns the attribute of a name, or nil.
func (e *Attrs) find(name Symbol) *Attr {
	i, ok := e.search(name)
	if !ok {
		return nil
	}
	return &e.Attrs[i]
}

func (e *Attrs) insert(a Attr) {
	i, _ := e.search(a.Name)
	e.Attrs = slices.Insert(e.Attrs, i, a)
}

func (e *Attrs) search(name Symbol) (int, bool) {
	return slices.BinarySearchFunc(e.Attrs, name, func(a Attr, name Symbol) int {
		return cmp.Compare(a.Name, name)
	})
}
