package ui

// Style is a way to set off text.
type Style string

// The styles. Meaning never depends on them alone.
const (
	Bold      Style = "1"
	Dim       Style = "2"
	Red       Style = "31"
	Green     Style = "32"
	Yellow    Style = "33"
	BoldGreen Style = "1;32"
	BoldRed   Style = "1;31"
)

// Palette sets text off, or leaves it as it is.
type Palette struct{ on bool }

// NewPalette returns a palette that colours or does not.
func NewPalette(colour bool) Palette { return Palette{colour} }

// Paint sets text off.
func (p Palette) Paint(style Style, text string) string {
	if !p.on || text == "" {
		return text
	}
	return "\x1b[" + string(style) + "m" + text + "\x1b[0m"
}
