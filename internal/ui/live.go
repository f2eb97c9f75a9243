package ui

import (
	"fmt"
	"io"
	"strings"
	"time"
)

// liveRenderer writes the log as it comes and keeps an area below it that
// shows what is going on now. Each change is one write: erase the area, print
// what is new, draw the area again.
type liveRenderer struct {
	config     Config
	palette    Palette
	activities *activities
	// steps are the open steps of a test script.
	steps []running
	// drawn is how many lines the area has on the screen, frame what they say.
	drawn int
	frame string
	ticks int
}

// liveLines is how many activities the area names.
const liveLines = 5

func newLiveRenderer(config Config) *liveRenderer {
	return &liveRenderer{config: config, palette: NewPalette(config.Colour), activities: newActivities()}
}

func (r *liveRenderer) show(e Event) {
	all := r.activities.lines(e, r.config, r.palette)
	switch e.Kind {
	case KindOpened:
		r.steps = append(r.steps, running{Event: e, begun: e.Time})
	case KindClosed:
		r.closeStep(e)
	}
	if len(all) > 0 {
		r.draw(strings.Join(all, "\n")+"\n", e.Time)
	} else if e.Kind == KindBegun && r.drawn == 0 {
		r.draw("", e.Time)
	}
}

// closeStep forgets the innermost step of that name.
func (r *liveRenderer) closeStep(e Event) {
	for i := len(r.steps) - 1; i >= 0; i-- {
		if r.steps[i].Machine == e.Machine && r.steps[i].Text == e.Text {
			r.steps = append(r.steps[:i], r.steps[i+1:]...)
			return
		}
	}
}

func (r *liveRenderer) tick(now time.Time) {
	r.ticks++
	if r.drawn > 0 || len(r.activities.running) > 0 || len(r.steps) > 0 {
		r.draw("", now)
	}
}

func (r *liveRenderer) close() {
	r.activities.running, r.steps = nil, nil
	_, _ = io.WriteString(r.config.Writer, r.erase())
	r.drawn = 0
}

// draw prints new log text above the area. Without any, an area that has not
// changed is left alone.
func (r *liveRenderer) draw(log string, now time.Time) {
	area := r.area(now)
	frame := strings.Join(area, "\n")
	if log == "" && frame == r.frame && len(area) == r.drawn {
		return
	}
	text := r.erase() + log
	if len(area) > 0 {
		text += frame + "\n"
	}
	r.drawn, r.frame = len(area), frame
	_, _ = io.WriteString(r.config.Writer, text)
}

// erase moves to the first line of the area and clears all below.
func (r *liveRenderer) erase() string {
	if r.drawn == 0 {
		return ""
	}
	return fmt.Sprintf("\x1b[%dA\r\x1b[J", r.drawn)
}

// area is the lines that say what is going on.
func (r *liveRenderer) area(now time.Time) []string {
	columns := r.config.Width() - 1
	var all []string
	active := r.activities.oldest()
	if len(active) > 0 {
		if summary := r.activities.summary(); summary != "" {
			all = append(all, r.palette.Paint(Bold, cut(summary, columns)))
		}
	}
	for i, a := range active {
		if i == liveLines {
			all = append(all, fmt.Sprintf("  and %d more", len(active)-liveLines))
			break
		}
		all = append(all, r.spinner()+a.describe(now, columns-2))
	}
	for _, s := range r.steps[max(0, len(r.steps)-liveLines):] {
		if now.Sub(s.begun) >= time.Second {
			took := seconds(now.Sub(s.begun))
			text := cut(about(s.Machine, oneLine(s.Text))[0], columns-2-width(took))
			all = append(all, r.spinner()+text+took)
		}
	}
	return all
}

// spinner moves, so that a long silence is seen to be alive.
func (r *liveRenderer) spinner() string {
	frames := []string{"⠋ ", "⠙ ", "⠹ ", "⠸ ", "⠼ ", "⠴ ", "⠦ ", "⠧ ", "⠇ ", "⠏ "}
	return r.palette.Paint(Green, frames[r.ticks%len(frames)])
}
