package ui

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"time"
)

// lines writes events of the log as text, one or more lines each; other events
// give none.
func lines(e Event, palette Palette) []string {
	switch e.Kind {
	case KindMessage:
		return about(e.Machine, message(e, palette))
	case KindPrinted:
		return about("", clean(e.Text))
	case KindOutput:
		return []string{palette.Paint(Dim, clean(e.Machine+" # "+e.Text))}
	case KindOpened:
		return about(e.Machine, painted(BoldGreen, e.Text, palette))
	case KindBooted:
		return about(e.Machine, fmt.Sprintf("booted in %.2f seconds", e.Seconds))
	case KindClosed:
		if e.Error == "" {
			return about(e.Machine, fmt.Sprintf("(finished: %s, in %.2f seconds)", oneLine(e.Text), e.Seconds))
		}
	case KindEnded:
		if e.Error != "" {
			return []string{palette.Paint(Red, clean(fmt.Sprintf("failed to %s %s: %s", e.Verb, e.Text, e.Error)))}
		}
	}
	return nil
}

func message(e Event, palette Palette) string {
	switch e.Level {
	case Warning:
		return palette.Paint(Yellow, "warning: ") + cleanLines(e.Text)
	case Error:
		return palette.Paint(BoldRed, "error: ") + cleanLines(e.Text)
	}
	return cleanLines(e.Text)
}

// about puts a machine's name before each line of a text.
func about(machine, text string) []string {
	all := strings.Split(strings.TrimRight(text, "\n"), "\n")
	if machine == "" {
		return all
	}
	for i := range all {
		all[i] = machine + ": " + all[i]
	}
	return all
}

// painted sets off each line of a text.
func painted(style Style, text string, palette Palette) string {
	all := strings.Split(text, "\n")
	for i := range all {
		all[i] = palette.Paint(style, clean(all[i]))
	}
	return strings.Join(all, "\n")
}

func cleanLines(text string) string {
	all := strings.Split(text, "\n")
	for i := range all {
		all[i] = clean(all[i])
	}
	return strings.Join(all, "\n")
}

// oneLine is the first line of a text, with a sign that there are more.
func oneLine(text string) string {
	first, rest, more := strings.Cut(strings.TrimSpace(text), "\n")
	if more && rest != "" {
		first += " …"
	}
	return clean(first)
}

// jsonRenderer prints one object per line.
type jsonRenderer struct{ encoder *json.Encoder }

func newJSONRenderer(w io.Writer) *jsonRenderer {
	encoder := json.NewEncoder(w)
	encoder.SetEscapeHTML(false)
	return &jsonRenderer{encoder}
}

// show drops write errors: who listens has gone, and the work goes on.
func (r *jsonRenderer) show(e Event)   { _ = r.encoder.Encode(e) }
func (r *jsonRenderer) tick(time.Time) {}
func (r *jsonRenderer) close()         {}
