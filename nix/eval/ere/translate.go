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
	groups  int
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
	groups := t.groups
	if err := t.atom(); err != nil {
		return err
	}
	atom := t.out.String()
	for t.more() {
		repeat, err := t.repetition()
		if err != nil {
			return err
		}
		if repeat == (bounds{}) {
			break
		}
		if atom, err = repeated(atom, repeat, t.groups > groups); err != nil {
			return err
		}
	}
	t.out.Reset()
	t.out.WriteString(before)
	t.out.WriteString(atom)
	return nil
}

// bounds says how often something may stand in a row; high is -1 for any number.
type bounds struct{ low, high int }

// repetition reads what repeats an atom; the zero bounds mean nothing does,
// which `{0}` spells as well: it is returned as {-1, 0}.
func (t *translator) repetition() (bounds, error) {
	switch t.peek() {
	case '*':
		t.pos++
		return bounds{0, -1}, nil
	case '+':
		t.pos++
		return bounds{1, -1}, nil
	case '?':
		t.pos++
		return bounds{0, 1}, nil
	case '{':
		t.pos++
		return t.interval()
	}
	return bounds{}, nil
}

// interval reads `n}`, `n,}` or `n,m}`.
func (t *translator) interval() (bounds, error) {
	low, ok := t.number()
	if !ok {
		return bounds{}, ErrInvalid
	}
	b := bounds{low, low}
	if t.peek() == ',' {
		t.pos++
		if b.high, ok = t.number(); !ok {
			b.high = -1
		} else if b.high < low {
			return bounds{}, ErrInvalid
		}
	}
	if t.peek() != '}' {
		return bounds{}, ErrInvalid
	}
	t.pos++
	if b == (bounds{}) {
		b.low = -1
	}
	return b, nil
}

// Go allows this many repetitions at once; libstdc++ this many states.
const (
	chunk      = 1000
	maxRepeats = 30_000
)

// repeated writes a repetition. A large one becomes several, which is not
// possible around groups.
func repeated(atom string, b bounds, hasGroup bool) (string, error) {
	atom = "(?:" + atom + ")"
	low := max(b.low, 0)
	if b.high <= chunk && low <= chunk {
		switch b.high {
		case -1:
			return fmt.Sprintf("%s{%d,}", atom, low), nil
		default:
			return fmt.Sprintf("%s{%d,%d}", atom, low, b.high), nil
		}
	}
	if hasGroup || low > maxRepeats || b.high > maxRepeats {
		return "", ErrTooLarge
	}
	var out strings.Builder
	write := func(n int, format string) {
		for ; n > 0; n -= chunk {
			fmt.Fprintf(&out, format, atom, min(n, chunk))
		}
	}
	write(low, "%s{%d}")
	if b.high < 0 {
		out.WriteString(atom + "*")
	} else {
		write(b.high-low, "%s{0,%d}")
	}
	return "(?:" + out.String() + ")", nil
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
	t.groups++
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
