package eval

// concatNode is `a + b`, or a path with interpolated parts: the first part
// decides what the result is.
type concatNode struct {
	delayed
	parts []part
}

// part is one operand of a concatenation.
type part struct {
	node node
	at   Pos
}

func (n *concatNode) eval(t *thread, f *frame) Value {
	left := n.parts[0].node.eval(t, f)
	if len(n.parts) == 2 && left.tag() == tagInt {
		right := n.parts[1].node.eval(t, f)
		if right.tag() == tagInt {
			if l, r := left.int(), right.int(); l+r <= smallIntMax && l+r >= smallIntMin {
				return plain(tagInt, uint64(l+r)&payloadMask)
			}
		}
		return t.sum(left, right, n.parts[1].at)
	}
	switch {
	case left.isInt() || left.tag() == tagFloat:
		for i := 1; i < len(n.parts); i++ {
			left = t.sum(left, n.parts[i].node.eval(t, f), n.parts[i].at)
		}
		return left
	case left.tag() == tagPath:
		return n.extendPath(t, f, left.bytes())
	}
	return n.concatStrings(t, f, left)
}

// sum adds two numbers.
func (t *thread) sum(left, right Value, at Pos) Value {
	if !right.isInt() && right.tag() != tagFloat {
		t.fail(ErrType, at, "cannot add %s to %s", t.kindOf(right), t.kindOf(left))
	}
	return t.arithmetic(add, left, right, at)
}

// extendPath appends strings to a path.
func (n *concatNode) extendPath(t *thread, f *frame, text string) Value {
	var context *Context
	for i := 1; i < len(n.parts); i++ {
		s, c := t.coerceNested(n.parts[i].node.eval(t, f), n.parts[i].at, coercion{})
		text += s
		context = context.merge(c)
	}
	if context != nil {
		t.fail(ErrType, n.at, "a string that refers to a store path cannot be appended to a path")
	}
	return mkPath(cleanPath(text))
}

// concatStrings joins strings and what can be made one.
func (n *concatNode) concatStrings(t *thread, f *frame, left Value) Value {
	// A set on the left may become a string of its own accord, as may what
	// stands right of it; paths are copied to the store only next to strings.
	mode := coercion{copy: left.isString()}
	text, context := t.coerceNested(left, n.at, mode)
	if len(n.parts) == 2 {
		s, c := t.coerceNested(n.parts[1].node.eval(t, f), n.parts[1].at, mode)
		return mkContextString(text+s, context.merge(c))
	}
	buffer := []byte(text)
	union := contextUnion{first: context}
	for i := 1; i < len(n.parts); i++ {
		s, c := t.coerceNested(n.parts[i].node.eval(t, f), n.parts[i].at, mode)
		buffer = append(buffer, s...)
		union.add(c)
	}
	return mkContextString(string(buffer), union.context())
}

// interpolationNode is a string with `${}` parts.
type interpolationNode struct {
	delayed
	parts []part
}

func (n *interpolationNode) eval(t *thread, f *frame) Value {
	var context *Context
	if len(n.parts) <= smallInterpolation {
		var texts [smallInterpolation]string
		for i := range n.parts {
			p := &n.parts[i]
			s, c := t.interpolate(p, f)
			texts[i] = s
			if c != nil {
				context = context.merge(c)
			}
		}
		return mkContextString(joinSmall(texts[:len(n.parts)]), context)
	}
	buffer := make([]byte, 0, 128)
	var union contextUnion
	for i := range n.parts {
		s, c := t.interpolate(&n.parts[i], f)
		buffer = append(buffer, s...)
		if c != nil {
			union.add(c)
		}
	}
	return mkContextString(string(buffer), union.context())
}

const smallInterpolation = 4

func joinSmall(texts []string) string {
	switch len(texts) {
	case 1:
		return texts[0]
	case 2:
		return texts[0] + texts[1]
	case 3:
		return texts[0] + texts[1] + texts[2]
	default:
		return texts[0] + texts[1] + texts[2] + texts[3]
	}
}

func (t *thread) interpolate(p *part, f *frame) (string, *Context) {
	v := p.node.eval(t, f)
	if v.tag() == tagString {
		return v.bytes(), nil
	}
	return t.coerceNested(v, p.at, coercion{copy: true})
}
