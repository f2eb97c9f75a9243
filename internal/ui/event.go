package ui

import (
	"slices"
	"time"
)

// Kind is the kind of an event.
type Kind string

// The kinds of events, as JSON names them.
const (
	// KindMessage is a sentence of berth's.
	KindMessage Kind = "message"
	// KindOutput is a line of a machine's console or journal.
	KindOutput Kind = "output"
	// KindPrinted is a line that a test script printed.
	KindPrinted Kind = "printed"
	// KindOpened and KindClosed enclose a step of a test script.
	KindOpened Kind = "opened"
	KindClosed Kind = "closed"
	// KindBooted says that a machine is ready.
	KindBooted Kind = "booted"
	// KindReport is a line of a report about a failure.
	KindReport Kind = "report"
	// KindPlanned says how many activities there will be, and of how many
	// bytes.
	KindPlanned Kind = "planned"
	// KindBegun, KindProgress, KindLog and KindEnded are the life of an
	// activity.
	KindBegun    Kind = "begun"
	KindLog      Kind = "log"
	KindProgress Kind = "progress"
	KindEnded    Kind = "ended"
)

// Level is the importance of a message.
type Level string

// The levels, least important first.
const (
	Debug   Level = "debug"
	Info    Level = "info"
	Warning Level = "warning"
	Error   Level = "error"
)

// rank orders levels.
func (l Level) rank() int {
	switch l {
	case Debug:
		return 0
	case Warning:
		return 2
	case Error:
		return 3
	}
	return 1
}

// Event is one thing that happened. Its JSON form is what the JSON rendering
// prints.
type Event struct {
	Time    time.Time `json:"time"`
	Kind    Kind      `json:"event"`
	Machine string    `json:"machine,omitempty"`
	Level   Level     `json:"level,omitempty"`
	Text    string    `json:"text,omitempty"`
	// Activity numbers an activity, Verb says what it does, such as "fetch".
	Activity int64  `json:"activity,omitempty"`
	Verb     Verb   `json:"verb,omitempty"`
	Count    int    `json:"count,omitempty"`
	Done     int64  `json:"done,omitempty"`
	Total    int64  `json:"total,omitempty"`
	Error    string `json:"error,omitempty"`
	// Seconds is how long what ended has taken.
	Seconds float64 `json:"seconds,omitempty"`
}

// Verb says what an activity does.
type Verb string

// The verbs of activities.
const (
	Evaluate Verb = "evaluate"
	Fetch    Verb = "fetch"
	Unpack   Verb = "unpack"
	Build    Verb = "build"
	Prepare  Verb = "prepare"
	Boot     Verb = "boot"
	Send     Verb = "send"
)

// rank orders verbs as the work goes.
func (v Verb) rank() int {
	return slices.Index([]Verb{Evaluate, Fetch, Unpack, Build, Prepare, Boot, Send}, v)
}

// doing is the verb while it goes on, done when it is over.
func (v Verb) doing() string {
	switch v {
	case Evaluate, Prepare:
		return string(v[:len(v)-1]) + "ing"
	}
	return string(v) + "ing"
}

func (v Verb) done() string {
	switch v {
	case Evaluate, Prepare:
		return string(v) + "d"
	case Build:
		return "built"
	case Send:
		return "sent"
	}
	return string(v) + "ed"
}
