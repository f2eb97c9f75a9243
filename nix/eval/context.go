package eval

import (
	"cmp"
	"slices"
	"strings"
)

// ContextKind tells how a string refers to a store object.
type ContextKind uint8

// The kinds of reference.
const (
	// ContextPath is a store object as it is: a source, or a .drv file.
	ContextPath ContextKind = iota
	// ContextDeep is a derivation together with everything it is built from.
	ContextDeep
	// ContextOutput is an output of a derivation.
	ContextOutput
)

// ContextElement is one reference of a string to the store.
type ContextElement struct {
	Kind   ContextKind
	Path   string // store path; of the derivation for ContextOutput and ContextDeep
	Output string // only for ContextOutput
}

// String writes the element as Nix does: `path`, `!output!drv` or `=drv`.
func (e ContextElement) String() string {
	switch e.Kind {
	case ContextOutput:
		return "!" + e.Output + "!" + e.Path
	case ContextDeep:
		return "=" + e.Path
	default:
		return e.Path
	}
}

// display writes the element as messages do.
func (e ContextElement) display() string {
	switch e.Kind {
	case ContextOutput:
		return e.Path + "^" + e.Output
	case ContextDeep:
		return e.Path + " (deep)"
	default:
		return e.Path
	}
}

func (e ContextElement) compare(other ContextElement) int {
	return cmp.Or(cmp.Compare(e.Kind, other.Kind), strings.Compare(e.Path, other.Path),
		strings.Compare(e.Output, other.Output))
}

// Context is the set of references of a string; it is immutable and shared.
// nil is the empty context.
type Context struct{ elements []ContextElement } // sorted

// NewContext makes a context from elements in any order.
func NewContext(elements ...ContextElement) *Context {
	if len(elements) == 0 {
		return nil
	}
	sorted := slices.Clone(elements)
	slices.SortFunc(sorted, ContextElement.compare)
	return &Context{slices.Compact(sorted)}
}

// Elements returns the references in a fixed order. The caller must not change
// the slice.
func (c *Context) Elements() []ContextElement {
	if c == nil {
		return nil
	}
	return c.elements
}

// merge returns the union; the common cases allocate nothing.
func (c *Context) merge(other *Context) *Context {
	switch {
	case other == nil || c == other:
		return c
	case c == nil:
		return other
	case c.includes(other):
		return c
	case other.includes(c):
		return other
	}
	joined := make([]ContextElement, 0, len(c.elements)+len(other.elements))
	a, b := c.elements, other.elements
	for len(a) > 0 && len(b) > 0 {
		switch order := a[0].compare(b[0]); {
		case order < 0:
			joined, a = append(joined, a[0]), a[1:]
		case order > 0:
			joined, b = append(joined, b[0]), b[1:]
		default:
			joined, a, b = append(joined, a[0]), a[1:], b[1:]
		}
	}
	return &Context{append(append(joined, a...), b...)}
}

// includes reports whether every element of other is in c.
func (c *Context) includes(other *Context) bool {
	if len(other.elements) > len(c.elements) {
		return false
	}
	rest := c.elements
	for _, e := range other.elements {
		i, found := slices.BinarySearchFunc(rest, e, ContextElement.compare)
		if !found {
			return false
		}
		rest = rest[i+1:]
	}
	return true
}

// contextUnion collects the contexts of many strings. Joining them one by one
// would take time in the square of their number.
type contextUnion struct {
	first *Context
	more  []*Context
}

func (u *contextUnion) add(c *Context) {
	switch {
	case c == nil || c == u.first:
	case u.first == nil:
		u.first = c
	case len(u.more) > 0 && u.more[len(u.more)-1] == c:
	default:
		u.more = append(u.more, c)
	}
}

// context returns the union of all that was added.
func (u *contextUnion) context() *Context {
	if len(u.more) < fewContexts {
		joined := u.first
		for _, c := range u.more {
			joined = joined.merge(c)
		}
		return joined
	}
	elements := slices.Clone(u.first.elements)
	for _, c := range u.more {
		elements = append(elements, c.elements...)
	}
	return NewContext(elements...)
}

// fewContexts is how many contexts are joined one by one: the result is often
// one of them.
const fewContexts = 4
