package syntax

import (
	"math"
	"strconv"
	"strings"
)

// word scans what starts with a letter, a digit or one of `._-+`: a name, a
// number, a path, a URI or an operator.
func (s *scanner) word(c byte) {
	i := s.start
	if classes[c]&classNameStart == 0 {
		if s.path(i) {
			return
		}
		s.numberOrOperator(c)
		return
	}
	end := s.run(i+1, className)
	switch s.byteAt(end) {
	case '/', '.', '+':
		if s.path(i) || s.uri(i) {
			return
		}
	case ':':
		if s.uri(i) {
			return
		}
	}
	s.set(tokIdentifier, end-i)
	if end-i <= len("inherit") {
		s.kind = keyword(s.src[i:end])
	}
}

func (s *scanner) numberOrOperator(c byte) {
	switch {
	case c == '.' && s.byteAt(s.start+1) == '.' && s.byteAt(s.start+2) == '.':
		s.set(tokEllipsis, 3)
	case classes[c]&classDigit != 0 || c == '.' && s.is(s.start+1, classDigit):
		s.number()
	case c == '.':
		s.set(tokDot, 1)
	case c == '+' && s.byteAt(s.start+1) == '+':
		s.set(tokAppend, 2)
	case c == '+':
		s.set(tokPlus, 1)
	case s.byteAt(s.start+1) == '>':
		s.set(tokImplies, 2)
	default:
		s.set(tokMinus, 1)
	}
}

// number scans an integer or a floating point literal. The latter has a point
// and, before it, nothing, a single zero, or digits that start with another one.
func (s *scanner) number() {
	i := s.run(s.start, classDigit)
	whole := s.src[s.start:i]
	fraction := s.byteAt(i) == '.' && (whole != "" && whole[0] != '0' ||
		len(whole) <= 1 && s.is(i+1, classDigit))
	if !fraction {
		s.set(tokInt, len(whole))
		value, err := strconv.ParseInt(whole, 10, 64)
		if err != nil {
			fail(s.pos(s.start), "invalid integer '"+whole+"'")
		}
		s.integer = value
		return
	}
	i = s.run(i+1, classDigit)
	if c := s.byteAt(i); c == 'e' || c == 'E' {
		digits := i + 1
		if c := s.byteAt(digits); c == '+' || c == '-' {
			digits++
		}
		if s.is(digits, classDigit) {
			i = s.run(digits, classDigit)
		}
	}
	s.set(tokFloat, i-s.start)
	s.float = s.parseFloat(s.text())
}

// smallestNormal is the least positive float64 with full precision. C's strtod
// reports results below it as out of range.
const smallestNormal = 0x1p-1022

func (s *scanner) parseFloat(text string) float64 {
	value, err := strconv.ParseFloat(text, 64)
	mantissa := text
	if i := strings.IndexAny(text, "eE"); i >= 0 {
		mantissa = text[:i]
	}
	tiny := math.Abs(value) < smallestNormal && strings.Trim(mantissa, "0.") != ""
	if err != nil || tiny {
		fail(s.pos(s.start), "invalid float '"+text+"'")
	}
	return value
}

// path scans the first token of a path: at least one segment behind a slash, or
// one slash before an interpolation.
func (s *scanner) path(i int) bool {
	end := s.runFrom(&s.pathRun, i, classPath)
	if s.byteAt(end) != '/' {
		return false
	}
	if s.is(end+1, classPath) {
		s.set(tokPath, s.segments(end)-i)
		return true
	}
	if s.byteAt(end+1) == '$' && s.byteAt(end+2) == '{' {
		s.set(tokPath, end+1-i)
		return true
	}
	return false
}

// segments returns the end of the `/segment` repetitions that start at i, with a
// slash that may follow them.
func (s *scanner) segments(i int) int {
	for s.byteAt(i) == '/' && s.is(i+1, classPath) {
		i = s.run(i+1, classPath)
	}
	if s.byteAt(i) == '/' {
		i++
	}
	return i
}

func (s *scanner) uri(i int) bool {
	if !s.is(i, classLetter) {
		return false
	}
	colon := s.runFrom(&s.schemeRun, i, classScheme)
	if s.byteAt(colon) != ':' || !s.is(colon+1, classURI) {
		return false
	}
	s.set(tokURI, s.run(colon+1, classURI)-i)
	return true
}

func (s *scanner) homePath() bool {
	i := s.start + 1
	switch {
	case s.byteAt(i) != '/':
		return false
	case s.is(i+1, classPath):
		s.set(tokHomePath, s.segments(i)-s.start)
		return true
	case s.byteAt(i+1) == '$' && s.byteAt(i+2) == '{':
		s.set(tokHomePath, 2)
		return true
	}
	return false
}

func (s *scanner) searchPath() bool {
	i := s.start + 1
	for {
		end := s.run(i, classPath)
		if end == i {
			return false
		}
		switch s.byteAt(end) {
		case '/':
			i = end + 1
		case '>':
			s.set(tokSearchPath, end+1-s.start)
			return true
		default:
			return false
		}
	}
}
