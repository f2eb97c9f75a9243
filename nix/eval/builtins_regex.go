package eval

import (
	"errors"

	"berth.dev/nix/eval/ere"
)

func regexBuiltins() []*PrimOp {
	return []*PrimOp{primop2("match", match), primop2("split", split)}
}

// regex compiles a pattern, once.
func (t *thread) regex(pattern string) *ere.Regexp {
	if r := t.ev.regexes[pattern]; r != nil {
		return r
	}
	r, err := ere.Compile(pattern)
	if errors.Is(err, ere.ErrTooLarge) {
		t.failHere(ErrOther, "memory limit exceeded by regular expression '%s'", pattern)
	}
	if err != nil {
		t.failHere(ErrOther, "invalid regular expression '%s'", pattern)
	}
	t.ev.regexes[pattern] = r
	return r
}

// match returns the groups of a match of the whole string, or null.
func match(t *thread, a, b *Value) Value {
	r := t.regex(t.stringNoContext(a))
	text, _ := t.stringOf(b)
	m := r.Match(text)
	if m == nil {
		return null
	}
	return t.groups(text, m)
}

// groups makes a list of the groups of a match; null for one that took no part.
func (t *thread) groups(text string, m []int) Value {
	cells := t.slab.list(len(m)/2 - 1)
	for i := range cells {
		start, end := m[2*i+2], m[2*i+3]
		if start < 0 {
			cells[i] = t.cell(null)
		} else {
			cells[i] = t.cell(mkString(text[start:end]))
		}
	}
	return mkList(cells)
}

// split returns the text between matches and, in between, their groups. What a
// string refers to is lost.
func split(t *thread, a, b *Value) Value {
	r := t.regex(t.stringNoContext(a))
	text, _ := t.stringOf(b)
	matches := r.Find(text)
	if len(matches) == 0 {
		return mkList([]*Value{t.cell(t.force(b))})
	}
	cells := make([]*Value, 0, 2*len(matches)+1)
	last := 0
	for _, m := range matches {
		cells = append(cells, t.cell(mkString(text[last:m[0]])), t.cell(t.groups(text, m)))
		last = m[1]
	}
	return mkList(append(cells, t.cell(mkString(text[last:]))))
}
