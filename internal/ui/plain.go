package ui

import (
	"io"
	"strings"
	"time"
)

// plainRenderer writes lines that never change: for files, pipes and build
// logs. Many small activities give few lines.
type plainRenderer struct {
	config     Config
	palette    Palette
	activities *activities
}

func newPlainRenderer(config Config) *plainRenderer {
	return &plainRenderer{config: config, palette: NewPalette(config.Colour), activities: newActivities()}
}

// plainInterval is how often a plain display says how far it is.
const plainInterval = 5 * time.Second

func (r *plainRenderer) show(e Event) {
	all := r.activities.lines(e, r.config, r.palette)
	switch t := r.activities.totals[e.Verb]; {
	case e.Kind == KindBegun && t.begun == 1:
		// The first of its kind is shown at once: something is going on.
		all = append(all, e.Verb.doing()+" "+clean(e.Text))
	case e.Kind == KindEnded && t.active == 0 && t.count() > 1 && t.ended == t.count():
		all = append(all, r.phrase(e.Verb, t, e.Time)...)
	}
	r.write(all)
}

// phrase says how far a kind of activity is, once per state, and not if all of
// it took no time worth speaking of.
func (r *plainRenderer) phrase(verb Verb, t *total, now time.Time) []string {
	phrase := t.phrase(verb)
	if phrase == t.shown || now.Sub(t.shownAt) < time.Second {
		return nil
	}
	t.shown, t.shownAt = phrase, now
	return []string{phrase}
}

func (r *plainRenderer) tick(now time.Time) {
	for _, verb := range r.activities.order {
		if t := r.activities.totals[verb]; t.active > 0 && t.count() > 1 && now.Sub(t.shownAt) >= plainInterval {
			r.write(r.phrase(verb, t, now))
		}
	}
}

func (r *plainRenderer) close() {}

func (r *plainRenderer) write(all []string) {
	if len(all) > 0 {
		_, _ = io.WriteString(r.config.Writer, strings.Join(all, "\n")+"\n")
	}
}
