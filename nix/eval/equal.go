package eval

// equal compares two evaluated values as == does.
func (t *thread) equal(a, b Value) bool {
	if a.tag() == tagString && b.tag() == tagString {
		return a.bytes() == b.bytes()
	}
	if a.tag() == tagInt && b.tag() == tagInt {
		return a.w == b.w
	}
	if (a.isInt() || a.tag() == tagFloat) && (b.isInt() || b.tag() == tagFloat) {
		return equalNumbers(a, b)
	}
	if a.isString() && b.isString() {
		return a.text() == b.text()
	}
	if a.tag() != b.tag() {
		return false
	}
	switch a.tag() {
	case tagBool:
		return a.w == b.w
	case tagNull:
		return true
	case tagPath:
		return a.bytes() == b.bytes()
	case tagList:
		return t.equalLists(a.list(), b.list())
	case tagAttrs:
		return t.equalAttrs(a.attrs(), b.attrs())
	default:
		return false
	}
}

func equalNumbers(a, b Value) bool {
	if a.isInt() && b.isInt() {
		return a.int() == b.int()
	}
	return a.number() == b.number()
}

// equalCells compares what two cells hold. One cell equals itself, even if it
// holds a function.
func (t *thread) equalCells(a, b *Value) bool {
	va, vb := t.force(a), t.force(b)
	return a == b || t.equal(va, vb)
}

func (t *thread) equalLists(a, b []*Value) bool {
	if len(a) != len(b) {
		return false
	}
	t.nestCall()
	defer t.unnest()
	for i := range a {
		if !t.equalCells(a[i], b[i]) {
			return false
		}
	}
	return true
}

func (t *thread) equalAttrs(a, b *attrSet) bool {
	t.nestCall()
	defer t.unnest()
	if t.isDerivation(a) && t.isDerivation(b) {
		pa, pb := a.get(t.ev.names.outPath), b.get(t.ev.names.outPath)
		if pa != nil && pb != nil {
			return t.equalCells(pa, pb)
		}
	}
	if a.len() != b.len() {
		return false
	}
	ca, cb := a.cells(), b.cells()
	for i, name := range a.shape.symbols {
		if b.shape.symbols[i] != name || !t.equalCells(ca[i], cb[i]) {
			return false
		}
	}
	return true
}

// isDerivation reports whether a set calls itself one.
func (t *thread) isDerivation(a *attrSet) bool {
	c := a.get(t.ev.names.typ)
	if c == nil {
		return false
	}
	v := t.force(c)
	return v.isString() && v.text() == "derivation"
}

// less compares two values as < does.
func (t *thread) less(a, b Value, at Pos) bool {
	number := func(v Value) bool { return v.isInt() || v.tag() == tagFloat }
	switch {
	case a.isInt() && b.isInt():
		return a.int() < b.int()
	case number(a) && number(b):
		return a.number() < b.number()
	case a.isString() && b.isString():
		return a.text() < b.text()
	case a.tag() == tagPath && b.tag() == tagPath:
		return a.bytes() < b.bytes()
	case a.tag() == tagList && b.tag() == tagList:
		return t.lessList(a.list(), b.list(), at)
	}
	t.failIncomparable(a, b, at)
	return false
}

func (t *thread) failIncomparable(a, b Value, at Pos) {
	if a.kind() == b.kind() {
		t.fail(ErrType, at, "cannot compare %s with %s; values of that type are incomparable (values are %s and %s)",
			t.kindOf(a), t.kindOf(b), t.brief(a), t.brief(b))
	}
	t.fail(ErrType, at, "cannot compare %s with %s; values are %s and %s", t.kindOf(a), t.kindOf(b), t.brief(a), t.brief(b))
}

func (t *thread) lessList(a, b []*Value, at Pos) bool {
	t.nestCall()
	defer t.unnest()
	for i := 0; ; i++ {
		if i == len(b) {
			return false
		}
		if i == len(a) {
			return true
		}
		if !t.equalCells(a[i], b[i]) {
			return t.less(t.force(a[i]), t.force(b[i]), at)
		}
	}
}
