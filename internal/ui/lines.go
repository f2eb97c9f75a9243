package ui

import (
	"fmt"
	"strings"
)

// lines writes events of the log as text, one or more lines each; other events
// give none.
func lines(e Event, palette Palette) []string {
	switch e.Kind {
	case KindMessage:
		return about(e.Machine, message(e, palette))
	case KindReport:
		return []string{reported(e.Text, palette)}
	case KindPrinted:
		return about("", clean(e.Text))
	case KindOutput, KindLog:
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
			return []string{palette.Paint(Red, clean(fmt.Sprintf("failed to %s %s: %s", e.Verb, e.Text, oneLine(e.Error))))}
		}
	}
	return nil
}

// lines takes an event into account and returns its text: logs of activities
// are shown as they come, or when one has failed.
func (a *activities) lines(e Event, config Config, palette Palette) []string {
	log := a.add(e)
	if e.Kind == KindLog && !config.Logs {
		return nil
	}
	all := lines(e, palette)
	if config.Logs {
		return all
	}
	for _, line := range log {
		all = append(all, "    "+clean(line))
	}
	return all
}

// reported sets off the lines of a traceback.
func reported(line string, palette Palette) string {
	if strings.HasPrefix(line, "!!! ") {
		return palette.Paint(Red, clean(line))
	}
	return clean(line)
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
