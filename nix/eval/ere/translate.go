package ere

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

// special lists the characters that a backslash makes ordinary.
const special = `.[\()*+?{|^$`

// translator reads a pattern and writes Go's syntax.
type translator struct {
	pattern string
	pos     int
	depth   int // of parentheses
	begin   string
	out     strings.Builder
}

// maxDepth bounds nested parentheses.
const maxDepth = 500

// translate returns a pattern in Go's syntax; begin is what `^` becomes.
func translate(pattern, begin string) (string, error) {
	t := translator{pattern: pattern, begin: begin}
	if err := t.alternatives(); err != nil {
		return "", err
	}
	if t.pos < len(pattern) {
		return "", ErrInvalid
	}
	return t.out.String(), nil
}

func (t *translator) more() bool { return t.pos < len(t.pattern) }

func (t *translator) peek() byte {
	if !t.more() {
		return 0
	}
	return t.pattern[t.pos]
}

func (t *translator) alternatives() error {
	for {
		if err := t.branch(); err != nil {
			return err
		}
		if !t.more() || t.peek() != '|' {
			return nil
		}
		t.pos++
		t.out.WriteByte('|')
	}
}

// branch reads what stands between bars.
func (t *translator) branch() error {
	for t.more() {
		switch c := t.peek(); c {
		case '|':
			return nil
		case ')':
			if t.depth == 0 {
				return ErrInvalid
			}
			return nil
		case '*', '+', '?', '{':
			return ErrInvalid // nothing to repeat
		case '^', '$':
			t.pos++
			if c == '^' {
				t.out.WriteString(t.begin)
			} else {
				t.out.WriteString(`\z`)
			}
		default:
			if err := t.piece(); err != nil {
				return err
			}
		}
	}
	return nil
}

// piece reads an atom and what repeats it.
func (t *translator) piece() error {
	before := t.out.String()
	t.out.Reset()
	if err := t.atom(); err != nil {
		return err
	}
	atom := t.out.String()
	for t.more() {
		repeat, err := t.repetition()
		if err != nil {
			return err
		}
		if repeat == "" {
			break
		}
		atom = "(?:" + atom + ")" + repeat
	}
	t.out.Reset()
	t.out.WriteString(before)
	t.out.WriteString(atom)
	return nil
}

func (t *translator) repetition() (string, error) {
	switch c := t.peek(); c {
	case '*', '+', '?':
		t.pos++
		return string(c), nil
	case '{':
		t.pos++
		return t.interval()
	}
	return "", nil
}

// interval reads `n}`, `n,}` or `n,m}`.
func (t *translator) interval() (string, error) {
	low, ok := t.number()
	if !ok {
		return "", ErrInvalid
	}
	high, comma := low, false
	if t.peek() == ',' {
		t.pos++
		comma = true
		if high, ok = t.number(); ok && high < low {
			return "", ErrInvalid
		}
	}
	if t.peek() != '}' {
		return "", ErrInvalid
	}
	t.pos++
	switch {
	case comma && !ok:
		return fmt.Sprintf("{%d,}", low), nil
	case comma:
		return fmt.Sprintf("{%d,%d}", low, high), nil
	}
	return fmt.Sprintf("{%d}", low), nil
}

func (t *translator) number() (int, bool) {
	start := t.pos
	for t.more() && t.peek() >= '0' && t.peek() <= '9' {
		t.pos++
	}
	n, err := strconv.Atoi(t.pattern[start:t.pos])
	return n, err == nil
}

func (t *translator) atom() error {
	c := t.peek()
	t.pos++
	switch c {
	case '(':
		return t.group()
	case '[':
		set, err := t.bracket()
		t.out.WriteString(set.String())
		return err
	case '.':
		t.out.WriteString(`[^\x00]`)
		return nil
	case '\\':
		if c = t.peek(); !t.more() || strings.IndexByte(special, c) < 0 {
			return ErrInvalid
		}
		t.pos++
	}
	t.literal(c)
	return nil
}

func (t *translator) literal(c byte) { t.out.WriteString(regexp.QuoteMeta(string(rune(c)))) }

func (t *translator) group() error {
	if t.depth++; t.depth > maxDepth {
		return ErrTooLarge
	}
	t.out.WriteByte('(')
	if err := t.alternatives(); err != nil {
		return err
	}
	if t.peek() != ')' {
		return ErrInvalid
	}
	t.pos++
	t.depth--
	t.out.WriteByte(')')
	return nil
}
