package format

import (
	"math"
	"strings"

	"berth.dev/nix/syntax"
)

// reindent moves the lines of an indented string so that its contents stand one
// level deeper than the given indentation. The value stays the same: all lines
// are moved equally far. Strings that start on the line of their opening quotes
// stay as they are, as do those with an interpolation over several lines.
func reindent(text string, holes []syntax.Token, indent int) string {
	for _, h := range holes {
		if strings.Contains(text[h.Start:h.End], "\n") {
			return text
		}
	}
	lines := strings.Split(text, "\n")
	if len(lines) < 2 || strings.Trim(lines[0][2:], " ") != "" {
		return text
	}
	lines[0] = lines[0][:2]
	common := commonIndent(lines[1:])
	if common == math.MaxInt {
		return text
	}
	last := len(lines) - 1
	if strings.TrimLeft(lines[last], " ") == "''" {
		lines[last] = strings.Repeat(" ", indent) + "''"
		last--
	}
	for i := 1; i <= last; i++ {
		lines[i] = moved(lines[i], common, indent+indentStep)
	}
	return strings.Join(lines, "\n")
}

// commonIndent returns how many blanks all lines start with that have more. The
// closing quotes alone do not count.
func commonIndent(lines []string) int {
	common := math.MaxInt
	for i, line := range lines {
		rest := strings.TrimLeft(line, " ")
		if rest != "" && (i < len(lines)-1 || rest != "''") {
			common = min(common, len(line)-len(rest))
		}
	}
	return common
}

func moved(line string, from, to int) string {
	if len(line) <= from {
		return ""
	}
	return strings.Repeat(" ", to) + line[from:]
}
