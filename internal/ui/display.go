package ui

import (
	"io"
	"os"
	"sync"
	"time"

	"golang.org/x/term"
)

// Mode selects a rendering.
type Mode string

// The renderings.
const (
	Live  Mode = "live"
	Plain Mode = "plain"
	JSON  Mode = "json"
)

// Config says where and how a Display shows events.
type Config struct {
	Writer io.Writer
	Mode   Mode
	Colour bool
	// Width returns the columns of the terminal; live rendering needs it.
	Width func() int
	// Level is the least level of messages that are shown; Info when empty.
	Level Level
	// Quiet leaves out the lines of machines.
	Quiet bool
	// Logs shows the log of every activity, not only of one that fails.
	Logs bool
	// Now is the clock; the real one when nil.
	Now func() time.Time
}

// Detect is the configuration for a stream: live and coloured on a terminal
// unless the environment says otherwise, plain elsewhere.
func Detect(stream io.Writer, getenv func(string) string) Config {
	config := Config{Writer: stream, Mode: Plain}
	file, ok := stream.(*os.File)
	if !ok || !term.IsTerminal(int(file.Fd())) || getenv("TERM") == "dumb" {
		return config
	}
	config.Mode = Live
	config.Colour = getenv("NO_COLOR") == ""
	config.Width = func() int { return Columns(file) }
	return config
}

// Columns is the width of a terminal, or 80 when it does not say.
func Columns(terminal *os.File) int {
	columns, _, err := term.GetSize(int(terminal.Fd()))
	if err != nil || columns <= 0 {
		return 80
	}
	return columns
}

// Display shows events. It may be used from several goroutines.
type Display struct {
	config Config

	mu       sync.Mutex
	renderer renderer
	last     int64
	closed   bool
	stop     chan struct{}
	ticked   sync.WaitGroup
}

// renderer turns events into bytes. Its methods are never called at the same
// time.
type renderer interface {
	show(Event)
	// tick is called regularly, for what moves with time alone.
	tick(now time.Time)
	// close leaves the stream ready for other output.
	close()
}

// redrawInterval is how often a live display moves.
const redrawInterval = 100 * time.Millisecond

// New returns a Display, which has to be closed.
func New(config Config) *Display {
	if config.Now == nil {
		config.Now = time.Now
	}
	if config.Width == nil {
		config.Width = func() int { return 80 }
	}
	d := &Display{config: config, stop: make(chan struct{})}
	switch config.Mode {
	case JSON:
		d.renderer = newJSONRenderer(config.Writer)
		return d
	case Live:
		d.renderer = newLiveRenderer(config)
	default:
		d.renderer = newPlainRenderer(config)
	}
	d.ticked.Go(d.tick)
	return d
}

func (d *Display) tick() {
	ticker := time.NewTicker(redrawInterval)
	defer ticker.Stop()
	for {
		select {
		case <-ticker.C:
			d.mu.Lock()
			d.renderer.tick(d.config.Now())
			d.mu.Unlock()
		case <-d.stop:
			return
		}
	}
}

// Close removes what moves. Later events are dropped.
func (d *Display) Close() {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.closed {
		return
	}
	d.closed = true
	close(d.stop)
	d.renderer.close()
}

// show passes an event on unless it is below the wanted level.
func (d *Display) show(e Event) {
	if e.Kind == KindMessage && e.Level.rank() < d.config.Level.rank() {
		return
	}
	if e.Kind == KindOutput && d.config.Quiet {
		return
	}
	e.Time = d.config.Now()
	d.mu.Lock()
	defer d.mu.Unlock()
	if !d.closed {
		d.renderer.show(e)
	}
}

// Message shows a sentence about a machine, or about no particular one when
// machine is empty; level is debug, info, warning or error.
func (d *Display) Message(machine, level, text string) {
	d.show(Event{Kind: KindMessage, Machine: machine, Level: Level(level), Text: text})
}

// Report shows the lines of a report about a failure.
func (d *Display) Report(report []string) {
	for _, line := range report {
		d.show(Event{Kind: KindReport, Text: line})
	}
}

// Note shows a sentence, Warn a warning.
func (d *Display) Note(text string) { d.Message("", string(Info), text) }

// Warn shows a warning.
func (d *Display) Warn(text string) { d.Message("", string(Warning), text) }

// Output shows a line of a machine's console or journal.
func (d *Display) Output(machine, text string) {
	d.show(Event{Kind: KindOutput, Machine: machine, Text: text})
}

// Printed shows a line that a test script printed.
func (d *Display) Printed(text string) { d.show(Event{Kind: KindPrinted, Text: text}) }

// Opened shows that a step of a test script begins.
func (d *Display) Opened(machine, header string) {
	d.show(Event{Kind: KindOpened, Machine: machine, Text: header})
}

// Closed shows that a step of a test script is over.
func (d *Display) Closed(machine, header string, took time.Duration, ok bool) {
	e := Event{Kind: KindClosed, Machine: machine, Text: header, Seconds: took.Seconds()}
	if !ok {
		e.Error = "failed"
	}
	d.show(e)
}

// Booted shows that a machine is ready.
func (d *Display) Booted(machine string, took time.Duration) {
	d.show(Event{Kind: KindBooted, Machine: machine, Seconds: took.Seconds()})
}

// Activity is something that takes time.
type Activity struct {
	display *Display
	id      int64
	verb    Verb
	name    string
	begun   time.Time
}

// Plan shows how many activities of a kind there will be, and how many bytes
// they are about where that is known.
func (d *Display) Plan(verb Verb, count int, bytes int64) {
	d.show(Event{Kind: KindPlanned, Verb: verb, Count: count, Total: bytes})
}

// Begin shows that an activity begins.
func (d *Display) Begin(verb Verb, name string) *Activity {
	d.mu.Lock()
	d.last++
	a := &Activity{display: d, id: d.last, verb: verb, name: name, begun: d.config.Now()}
	d.mu.Unlock()
	d.show(a.event(KindBegun))
	return a
}

func (a *Activity) event(kind Kind) Event {
	return Event{Kind: kind, Activity: a.id, Verb: a.verb, Text: a.name}
}

// Progress shows how far the activity is, in bytes; total is zero while it is
// not known.
func (a *Activity) Progress(done, total int64) {
	e := a.event(KindProgress)
	e.Done, e.Total = done, total
	a.display.show(e)
}

// Log is a line of the activity's log.
func (a *Activity) Log(line string) {
	e := a.event(KindLog)
	e.Machine, e.Text = a.name, line
	a.display.show(e)
}

// Done shows that the activity is over, and whether it failed.
func (a *Activity) Done(err error) {
	e := a.event(KindEnded)
	e.Seconds = a.display.config.Now().Sub(a.begun).Seconds()
	if err != nil {
		e.Error = err.Error()
	}
	a.display.show(e)
}
