package ere

import (
	"fmt"
	"strings"
)

// byteSet is a set of bytes, as a bracket expression describes it.
type byteSet [256]bool

func (s *byteSet) addRange(low, high byte) {
	for c := int(low); c <= int(high); c++ {
		s[c] = true
	}
}

// String writes the set in Go's syntax.
func (s *byteSet) String() string {
	var b strings.Builder
	for low := 0; low < len(s); low++ {
		if !s[low] {
			continue
		}
		high := low
		for high+1 < len(s) && s[high+1] {
			high++
		}
		fmt.Fprintf(&b, `\x{%x}-\x{%x}`, low, high)
		low = high
	}
	if b.Len() == 0 {
		return `[^\x00-\x{10FFFF}]`
	}
	return "[" + b.String() + "]"
}

// bracketState is what the item before a `-` was.
type bracketState int

const (
	afterNothing bracketState = iota
	afterByte
	afterClass
	afterRange
)

// bracket reads a bracket expression whose `[` has been read.
func (t *translator) bracket() (*byteSet, error) {
	set := &byteSet{}
	negated := t.peek() == '^'
	if negated {
		t.pos++
	}
	state, last := afterNothing, byte(0)
	for first := true; ; first = false {
		if !t.more() {
			return set, ErrInvalid
		}
		c := t.peek()
		t.pos++
		switch {
		case c == ']' && !first:
			if negated {
				for i := range set {
					set[i] = !set[i]
				}
			}
			return set, nil
		case c == '[' && t.more() && strings.IndexByte(".:=", t.peek()) >= 0:
			var err error
			if state, last, err = t.named(set); err != nil {
				return set, err
			}
		case c == '-' && state != afterNothing && t.peek() != ']':
			if state != afterByte {
				return set, ErrInvalid
			}
			high, err := t.rangeEnd()
			if err != nil || high < last {
				return set, ErrInvalid
			}
			set.addRange(last, high)
			state = afterRange
		default:
			set[c] = true
			state, last = afterByte, c
		}
	}
}

// rangeEnd reads what stands behind the `-` of a range.
func (t *translator) rangeEnd() (byte, error) {
	if !t.more() {
		return 0, ErrInvalid
	}
	c := t.peek()
	t.pos++
	if c == '[' && t.more() && strings.IndexByte(".:=", t.peek()) >= 0 {
		state, end, err := t.named(&byteSet{})
		if state != afterByte {
			return 0, ErrInvalid
		}
		return end, err
	}
	return c, nil
}

// named reads `[:class:]`, `[.name.]` or `[=name=]` and adds it to a set.
func (t *translator) named(set *byteSet) (bracketState, byte, error) {
	mark := t.peek()
	t.pos++
	end := strings.Index(t.pattern[t.pos:], string(mark)+"]")
	if end < 0 {
		return 0, 0, ErrInvalid
	}
	name := t.pattern[t.pos : t.pos+end]
	t.pos += end + 2
	if mark == ':' {
		class := classOf(strings.ToLower(name))
		if class == nil {
			return 0, 0, ErrInvalid
		}
		for i := range set {
			set[i] = set[i] || i < 0x80 && class(byte(i))
		}
		return afterClass, 0, nil
	}
	c, ok := collatingElement(name)
	if !ok {
		return 0, 0, ErrInvalid
	}
	set[c] = true
	if mark == '=' {
		return afterClass, 0, nil
	}
	return afterByte, c, nil
}

func classOf(name string) func(byte) bool {
	lower := func(c byte) bool { return c >= 'a' && c <= 'z' }
	upper := func(c byte) bool { return c >= 'A' && c <= 'Z' }
	digit := func(c byte) bool { return c >= '0' && c <= '9' }
	alpha := func(c byte) bool { return lower(c) || upper(c) }
	graph := func(c byte) bool { return c > ' ' && c < 0x7f }
	switch name {
	case "alpha":
		return alpha
	case "digit", "d":
		return digit
	case "alnum":
		return func(c byte) bool { return alpha(c) || digit(c) }
	case "w":
		return func(c byte) bool { return alpha(c) || digit(c) || c == '_' }
	case "upper":
		return upper
	case "lower":
		return lower
	case "space", "s":
		return func(c byte) bool { return c == ' ' || c >= '\t' && c <= '\r' }
	case "blank":
		return func(c byte) bool { return c == ' ' || c == '\t' }
	case "punct":
		return func(c byte) bool { return graph(c) && !alpha(c) && !digit(c) }
	case "graph":
		return graph
	case "print":
		return func(c byte) bool { return graph(c) || c == ' ' }
	case "cntrl":
		return func(c byte) bool { return c < ' ' || c == 0x7f }
	case "xdigit":
		return func(c byte) bool { return digit(c) || c|0x20 >= 'a' && c|0x20 <= 'f' }
	}
	return nil
}

// collatingElement returns the character that a POSIX name stands for.
func collatingElement(name string) (byte, bool) {
	if len(name) == 1 && (name[0]|0x20 >= 'a' && name[0]|0x20 <= 'z') {
		return name[0], true
	}
	const first = ' '
	names := strings.Fields("space exclamation-mark quotation-mark number-sign dollar-sign percent-sign ampersand apostrophe " +
		"left-parenthesis right-parenthesis asterisk plus-sign comma hyphen period slash zero one two three four five six " +
		"seven eight nine colon semicolon less-than-sign equals-sign greater-than-sign question-mark commercial-at")
	for i, n := range names {
		if n == name {
			return first + byte(i), true
		}
	}
	others := map[string]byte{
		"NUL": 0, "alert": '\a', "backspace": '\b', "tab": '\t', "newline": '\n', "vertical-tab": '\v',
		"form-feed": '\f', "carriage-return": '\r',
		"left-square-bracket": '[', "backslash": '\\', "right-square-bracket": ']', "circumflex": '^',
		"underscore": '_', "grave-accent": '`', "left-curly-bracket": '{', "vertical-line": '|',
		"right-curly-bracket": '}', "tilde": '~', "DEL": 0x7f,
	}
	c, ok := others[name]
	return c, ok
}
