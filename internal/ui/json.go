package ui

import (
	"encoding/json"
	"io"
	"time"
)

// jsonRenderer prints one object per line.
type jsonRenderer struct {
	encoder *json.Encoder
	// progressed is when the progress of an activity was printed last.
	progressed map[int64]time.Time
}

// jsonInterval is how often the progress of one activity is printed.
const jsonInterval = 200 * time.Millisecond

func newJSONRenderer(w io.Writer) *jsonRenderer {
	encoder := json.NewEncoder(w)
	encoder.SetEscapeHTML(false)
	return &jsonRenderer{encoder: encoder, progressed: map[int64]time.Time{}}
}

// show drops write errors: who listens has gone, and the work goes on.
func (r *jsonRenderer) show(e Event) {
	switch e.Kind {
	case KindProgress:
		if e.Time.Sub(r.progressed[e.Activity]) < jsonInterval {
			return
		}
		r.progressed[e.Activity] = e.Time
	case KindEnded:
		delete(r.progressed, e.Activity)
	}
	_ = r.encoder.Encode(e)
}

func (r *jsonRenderer) tick(time.Time) {}
func (r *jsonRenderer) close()         {}
