// Package ere matches POSIX extended regular expressions as C++ Nix does: over
// bytes, with libstdc++'s idea of what is valid.
//
// In comes a pattern; it is checked and translated to Go's syntax, whose
// matcher then does the work, with the leftmost longest match winning. Out come
// byte offsets. Text that is not ASCII is matched as Latin-1, one rune a byte.
package ere

import (
	"errors"
	"regexp"
	"strings"
)

// ErrInvalid is returned for a pattern that is no extended regular expression.
var ErrInvalid = errors.New("invalid regular expression")

// ErrTooLarge is returned for a pattern whose repetitions are too many.
var ErrTooLarge = errors.New("regular expression too large")

// Regexp is a compiled pattern.
type Regexp struct {
	whole *regexp.Regexp // matches a text from end to end
	part  *regexp.Regexp // finds a match
	rest  *regexp.Regexp // the same where `^` cannot match any more
}

// Compile checks and translates a pattern.
func Compile(pattern string) (*Regexp, error) {
	source, err := translate(pattern, `\A`)
	if err != nil {
		return nil, err
	}
	later, err := translate(pattern, `[^\x00-\x{10FFFF}]`)
	if err != nil {
		return nil, err
	}
	r := &Regexp{}
	for target, source := range map[**regexp.Regexp]string{&r.whole: `\A(?:` + source + `)\z`, &r.part: source, &r.rest: later} {
		compiled, err := regexp.Compile(source)
		if err != nil {
			return nil, ErrTooLarge
		}
		compiled.Longest()
		*target = compiled
	}
	return r, nil
}

// Match matches a whole text. The result holds start and end of each group in
// turn, from the whole match on; -1 for a group that took no part. It is nil if
// the text does not match.
func (r *Regexp) Match(text string) []int { return find(r.whole, text, 0) }

// Find returns all matches in a text, one after the other, each as Match does.
// An empty match may directly follow another one that is not empty.
func (r *Regexp) Find(text string) [][]int {
	subject := newSubject(text)
	var matches [][]int
	matcher := r.part
	for from := 0; from <= len(text); matcher = r.rest {
		m := subject.find(matcher, from)
		if m == nil {
			break
		}
		matches = append(matches, m)
		from = m[1]
		if m[0] == m[1] {
			from++
		}
	}
	return matches
}

func find(re *regexp.Regexp, text string, from int) []int { return newSubject(text).find(re, from) }

// subject is a text to match: as it is if it is ASCII, else as runes that stand
// for its bytes.
type subject struct {
	text    string
	offsets []int // of each byte in text; nil for ASCII
	bytes   map[int]int
}

func newSubject(text string) *subject {
	ascii := true
	for i := 0; i < len(text) && ascii; i++ {
		ascii = text[i] < 0x80
	}
	if ascii {
		return &subject{text: text}
	}
	var b strings.Builder
	s := &subject{offsets: make([]int, 0, len(text)+1), bytes: make(map[int]int, len(text)+1)}
	for i := 0; i <= len(text); i++ {
		s.offsets = append(s.offsets, b.Len())
		s.bytes[b.Len()] = i
		if i < len(text) {
			b.WriteRune(rune(text[i]))
		}
	}
	s.text = b.String()
	return s
}

// find looks for a match from a byte on.
func (s *subject) find(re *regexp.Regexp, from int) []int {
	start := from
	if s.offsets != nil {
		start = s.offsets[from]
	}
	m := re.FindStringSubmatchIndex(s.text[start:])
	for i, at := range m {
		if at < 0 {
			continue
		}
		m[i] = start + at
		if s.offsets != nil {
			m[i] = s.bytes[start+at]
		}
	}
	return m
}
