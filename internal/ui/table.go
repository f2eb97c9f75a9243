package ui

import (
	"bufio"
	"io"
	"strings"
)

// Table is a borderless table: columns are separated by two spaces, so that
// the output can be read by people and cut by programs.
type Table struct {
	// Header names the columns; empty for none.
	Header []string
	// Right marks columns that are aligned at their right side.
	Right []bool
	Rows  [][]string
}

// Write prints the table. With a columns other than zero the last column is
// cut there, which only a terminal wants.
func (t *Table) Write(w io.Writer, columns int, palette Palette) error {
	widths := t.widths()
	out := bufio.NewWriter(w)
	if len(t.Header) > 0 {
		out.WriteString(palette.Paint(Bold, t.line(t.Header, widths, columns)) + "\n")
	}
	for _, row := range t.Rows {
		out.WriteString(t.line(row, widths, columns) + "\n")
	}
	return out.Flush()
}

func (t *Table) widths() []int {
	var widths []int
	for _, row := range append([][]string{t.Header}, t.Rows...) {
		for i, cell := range row {
			if i == len(widths) {
				widths = append(widths, 0)
			}
			widths[i] = max(widths[i], width(clean(cell)))
		}
	}
	return widths
}

func (t *Table) line(row []string, widths []int, columns int) string {
	var b strings.Builder
	for i, cell := range row {
		cell = clean(cell)
		padding := strings.Repeat(" ", widths[i]-width(cell))
		if i > 0 {
			b.WriteString("  ")
		}
		if i < len(t.Right) && t.Right[i] {
			b.WriteString(padding + cell)
		} else {
			b.WriteString(cell + padding)
		}
	}
	line := strings.TrimRight(b.String(), " ")
	if columns > 0 {
		line = cut(line, columns)
	}
	return line
}
