package ui

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/containerd/console"
	"github.com/google/go-cmp/cmp"
)

// clock is a time that moves when a test says so.
type clock struct{ now time.Time }

func newClock() *clock                { return &clock{time.Unix(1_700_000_000, 0)} }
func (c *clock) pass(d time.Duration) { c.now = c.now.Add(d) }
func (c *clock) config(w io.Writer) Config {
	return Config{Writer: w, Now: func() time.Time { return c.now }, Width: func() int { return 40 }}
}

// screen is what a terminal shows after some bytes: the sequences that this
// package uses, and nothing else.
type screen struct {
	rows   []string
	row    int
	column int
}

var sequence = regexp.MustCompile(`^\x1b\[([0-9;]*)([A-Za-z])`)

func render(t *testing.T, text string) []string {
	t.Helper()
	s := &screen{rows: []string{""}}
	for len(text) > 0 {
		if m := sequence.FindStringSubmatch(text); m != nil {
			s.control(t, m[1], m[2])
			text = text[len(m[0]):]
			continue
		}
		c, size := utf8.DecodeRuneInString(text)
		s.put(c)
		text = text[size:]
	}
	for len(s.rows) > 0 && s.rows[len(s.rows)-1] == "" {
		s.rows = s.rows[:len(s.rows)-1]
	}
	return s.rows
}

func (s *screen) control(t *testing.T, arguments, final string) {
	t.Helper()
	switch final {
	case "A":
		n, err := strconv.Atoi(arguments)
		if err != nil || n > s.row {
			t.Fatalf("cursor moves up %q from row %d", arguments, s.row)
		}
		s.row -= n
	case "J":
		s.rows = s.rows[:s.row+1]
		s.rows[s.row] = s.rows[s.row][:s.column]
	case "m":
	default:
		t.Fatalf("unexpected sequence %s%s", arguments, final)
	}
}

func (s *screen) put(c rune) {
	switch c {
	case '\r':
		s.column = 0
	case '\n':
		s.row, s.column = s.row+1, 0
		if s.row == len(s.rows) {
			s.rows = append(s.rows, "")
		}
	default:
		s.rows[s.row] = s.rows[s.row][:s.column] + string(c)
		s.column += utf8.RuneLen(c)
	}
}

func TestLiveAreaStaysBelowTheLog(t *testing.T) {
	var out bytes.Buffer
	c := newClock()
	r := newLiveRenderer(c.config(&out))
	show := func(e Event) { e.Time = c.now; r.show(e) }
	show(Event{Kind: KindBegun, Activity: 1, Verb: Fetch, Text: "libc6"})
	show(Event{Kind: KindBegun, Activity: 2, Verb: Fetch, Text: "a-package-with-a-very-long-name-indeed"})
	show(Event{Kind: KindProgress, Activity: 1, Done: 1 << 20, Total: 4 << 20})
	c.pass(3 * time.Second)
	show(Event{Kind: KindMessage, Text: "hello"})
	r.tick(c.now)
	want := []string{
		"hello",
		"fetched 0 of 2 (1.0 MiB of 4.0 MiB)",
		"⠙ fetching libc6  25% of 4.0 MiB  3 s",
		"⠙ fetching a-package-with-a-very-…  3 s",
	}
	if diff := cmp.Diff(want, render(t, out.String())); diff != "" {
		t.Errorf("screen (-want +got):\n%s", diff)
	}
	show(Event{Kind: KindEnded, Activity: 1, Verb: Fetch, Text: "libc6"})
	show(Event{Kind: KindEnded, Activity: 2, Verb: Fetch, Text: "other", Error: "no such file"})
	r.tick(c.now)
	want = []string{"hello", "failed to fetch other: no such file"}
	if diff := cmp.Diff(want, render(t, out.String())); diff != "" {
		t.Errorf("screen after the end (-want +got):\n%s", diff)
	}
}

func TestLiveAreaShowsStepsThatTakeLong(t *testing.T) {
	var out bytes.Buffer
	c := newClock()
	r := newLiveRenderer(c.config(&out))
	show := func(e Event) { e.Time = c.now; r.show(e) }
	show(Event{Kind: KindOpened, Machine: "server", Text: "must succeed: true\nfalse"})
	r.tick(c.now)
	if got := render(t, out.String()); len(got) != 2 {
		t.Errorf("a short step is in the area: %q", got)
	}
	c.pass(2 * time.Second)
	r.tick(c.now)
	want := []string{"server: must succeed: true", "server: false", "⠹ server: must succeed: true …  2 s"}
	if diff := cmp.Diff(want, render(t, out.String())); diff != "" {
		t.Errorf("screen (-want +got):\n%s", diff)
	}
	show(Event{Kind: KindClosed, Machine: "server", Text: "must succeed: true\nfalse", Seconds: 2, Error: "failed"})
	r.tick(c.now)
	if diff := cmp.Diff(want[:2], render(t, out.String())); diff != "" {
		t.Errorf("screen after the step failed (-want +got):\n%s", diff)
	}
}

func TestLiveAreaIsBounded(t *testing.T) {
	var out bytes.Buffer
	c := newClock()
	r := newLiveRenderer(c.config(&out))
	for i := range 12 {
		r.show(Event{Kind: KindBegun, Time: c.now, Activity: int64(i + 1), Verb: Unpack, Text: fmt.Sprint(i)})
	}
	r.tick(c.now)
	got := render(t, out.String())
	if len(got) != liveLines+2 || got[len(got)-1] != "  and 7 more" {
		t.Errorf("area of twelve activities: %q", got)
	}
	r.close()
	if got := render(t, out.String()); len(got) != 0 {
		t.Errorf("left on the screen after close: %q", got)
	}
}

func TestPlainLines(t *testing.T) {
	tests := []struct {
		name   string
		events []Event
		want   string
	}{
		{"message", []Event{{Kind: KindMessage, Machine: "server", Text: "starting machine"}}, "server: starting machine\n"},
		{"warning", []Event{{Kind: KindMessage, Level: Warning, Text: "old"}}, "warning: old\n"},
		{"report", []Event{{Kind: KindReport, Text: "!!! no\x1b[2J"}, {Kind: KindReport, Text: "    output"}}, "!!! no\n    output\n"},
		{"output", []Event{{Kind: KindOutput, Machine: "server", Text: "\x1b[32m[ OK ]\x1b[0m Started \x07x"}}, "server # [ OK ] Started x\n"},
		{"printed", []Event{{Kind: KindPrinted, Text: "42"}}, "42\n"},
		{"step", []Event{
			{Kind: KindOpened, Machine: "a", Text: "must succeed: x"},
			{Kind: KindClosed, Machine: "a", Text: "must succeed: x", Seconds: 1.234},
		}, "a: must succeed: x\na: (finished: must succeed: x, in 1.23 seconds)\n"},
		{"failed step", []Event{{Kind: KindClosed, Text: "x", Error: "failed"}}, ""},
		{"booted", []Event{{Kind: KindBooted, Machine: "a", Seconds: 0.5}}, "a: booted in 0.50 seconds\n"},
		{"one activity", []Event{{Kind: KindBegun, Activity: 1, Verb: Build, Text: "x"}, {Kind: KindEnded, Activity: 1, Verb: Build, Text: "x"}}, "building x\n"},
		{"many activities", []Event{
			{Kind: KindBegun, Activity: 1, Verb: Fetch, Text: "x"}, {Kind: KindBegun, Activity: 2, Verb: Fetch, Text: "y"},
			{Kind: KindProgress, Activity: 1, Done: 10, Total: 10}, {Kind: KindEnded, Activity: 1, Verb: Fetch}, {Kind: KindEnded, Activity: 2, Verb: Fetch},
		}, "fetching x\nfetched 2 of 2 (10 B)\n"},
		{"planned", []Event{
			{Kind: KindPlanned, Verb: Fetch, Count: 3, Total: 2048}, {Kind: KindBegun, Activity: 1, Verb: Fetch, Text: "x"},
			{Kind: KindProgress, Activity: 1, Done: 1024, Total: 1024}, {Kind: KindEnded, Activity: 1, Verb: Fetch},
			{Kind: KindBegun, Activity: 2, Verb: Fetch, Text: "y"}, {Kind: KindBegun, Activity: 3, Verb: Fetch, Text: "z"},
			{Kind: KindEnded, Activity: 2, Verb: Fetch}, {Kind: KindEnded, Activity: 3, Verb: Fetch},
		}, "fetching x\nfetched 3 of 3 (1.0 KiB of 2.0 KiB)\n"},
		{"failed build", []Event{
			{Kind: KindBegun, Activity: 1, Verb: Build, Text: "x"}, {Kind: KindLog, Activity: 1, Verb: Build, Machine: "x", Text: "gcc: \x1b[1mno"},
			{Kind: KindEnded, Activity: 1, Verb: Build, Text: "x", Error: "exit status 1"},
		}, "building x\nfailed to build x: exit status 1\n    gcc: no\n"},
		{"failed activity", []Event{{Kind: KindBegun, Activity: 1, Verb: Unpack, Text: "x"}, {Kind: KindEnded, Activity: 1, Verb: Unpack, Text: "x", Error: "bad"}}, "unpacking x\nfailed to unpack x: bad\n"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			var out bytes.Buffer
			r := newPlainRenderer(newClock().config(&out))
			c := newClock()
			for _, e := range test.events {
				e.Time = c.now
				c.pass(time.Second)
				r.show(e)
			}
			r.close()
			if diff := cmp.Diff(test.want, out.String()); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestPlainSaysHowFarItIs(t *testing.T) {
	var out bytes.Buffer
	c := newClock()
	r := newPlainRenderer(c.config(&out))
	for i := range 3 {
		r.show(Event{Kind: KindBegun, Time: c.now, Activity: int64(i + 1), Verb: Fetch, Text: "x"})
	}
	for range 3 {
		c.pass(4 * time.Second)
		r.tick(c.now)
	}
	if want := "fetching x\nfetched 0 of 3\n"; out.String() != want {
		t.Errorf("got %q, want %q", out.String(), want)
	}
}

func TestJSONLines(t *testing.T) {
	var out bytes.Buffer
	config := newClock().config(&out)
	config.Mode = JSON
	d := New(config)
	a := d.Begin(Fetch, "libc6")
	a.Progress(1, 2)
	a.Progress(2, 2)
	a.Done(errors.New("refused"))
	d.Message("server", "warning", "a < b")
	d.Close()
	d.Note("after the end")
	var kinds []Kind
	decoder := json.NewDecoder(&out)
	for decoder.More() {
		var e Event
		if err := decoder.Decode(&e); err != nil {
			t.Fatal(err)
		}
		kinds = append(kinds, e.Kind)
	}
	if diff := cmp.Diff([]Kind{KindBegun, KindProgress, KindEnded, KindMessage}, kinds); diff != "" {
		t.Errorf("events (-want +got):\n%s", diff)
	}
}

func TestLevelsAndQuiet(t *testing.T) {
	var out bytes.Buffer
	config := newClock().config(&out)
	config.Level, config.Quiet = Warning, true
	d := New(config)
	d.Note("note")
	d.Output("server", "line")
	d.Warn("careful")
	d.Close()
	if want := "warning: careful\n"; out.String() != want {
		t.Errorf("got %q, want %q", out.String(), want)
	}
}

// openTerminal returns both ends of a pseudo-terminal.
func openTerminal(t *testing.T) (console.Console, *os.File) {
	t.Helper()
	master, path, err := console.NewPty()
	if err != nil {
		t.Skipf("needs pseudo-terminals: %v", err)
	}
	t.Cleanup(func() { master.Close() })
	if err := master.Resize(console.WinSize{Width: 60, Height: 24}); err != nil {
		t.Fatal(err)
	}
	slave, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { slave.Close() })
	return master, slave
}

func TestDetect(t *testing.T) {
	_, terminal := openTerminal(t)
	tests := []struct {
		name        string
		stream      io.Writer
		environment map[string]string
		mode        Mode
		colour      bool
	}{
		{"terminal", terminal, nil, Live, true},
		{"NO_COLOR", terminal, map[string]string{"NO_COLOR": "1"}, Live, false},
		{"dumb", terminal, map[string]string{"TERM": "dumb"}, Plain, false},
		{"buffer", new(bytes.Buffer), nil, Plain, false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			c := Detect(test.stream, func(name string) string { return test.environment[name] })
			if c.Mode != test.mode || c.Colour != test.colour {
				t.Errorf("got %s, colour %v", c.Mode, c.Colour)
			}
		})
	}
	if got := Detect(terminal, func(string) string { return "" }).Width(); got != 60 {
		t.Errorf("width %d, want 60", got)
	}
}

// A terminal user sees that something is going on before the first second is
// over, and nothing of it stays.
func TestProgressOnATerminal(t *testing.T) {
	master, terminal := openTerminal(t)
	received := make(chan string)
	go func() {
		var all strings.Builder
		buffer := make([]byte, 4096)
		for {
			n, err := master.Read(buffer)
			all.Write(buffer[:n])
			if err != nil || strings.Contains(all.String(), "the end") {
				received <- all.String()
				return
			}
		}
	}()
	d := New(Detect(terminal, func(string) string { return "" }))
	a := d.Begin(Evaluate, "tests")
	d.Message("server", "info", "starting machine")
	time.Sleep(3 * redrawInterval)
	a.Done(nil)
	d.Close()
	fmt.Fprintln(terminal, "the end")
	text := <-received
	if n := strings.Count(text, "evaluating tests"); n < 3 {
		t.Errorf("the activity was drawn %d times:\n%q", n, text)
	}
	if diff := cmp.Diff([]string{"server: starting machine", "the end"}, render(t, text)); diff != "" {
		t.Errorf("screen (-want +got):\n%s", diff)
	}
}

func TestTable(t *testing.T) {
	table := Table{
		Header: []string{"NAME", "SIZE", "STATE"}, Right: []bool{false, true},
		Rows: [][]string{{"api", "1.0 MiB", "running"}, {"数据", "12 B", "stopped since yesterday"}},
	}
	var out bytes.Buffer
	if err := table.Write(&out, 30, NewPalette(false)); err != nil {
		t.Fatal(err)
	}
	want := "NAME     SIZE  STATE\napi   1.0 MiB  running\n数据     12 B  stopped since …\n"
	if diff := cmp.Diff(want, out.String()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestBytesAndDurations(t *testing.T) {
	for n, want := range map[int64]string{0: "0 B", 1023: "1023 B", 1024: "1.0 KiB", 1 << 20: "1.0 MiB", 1<<20 - 1: "1.0 MiB", 5 << 40: "5.0 TiB"} {
		if got := Bytes(n); got != want {
			t.Errorf("Bytes(%d) = %q, want %q", n, got, want)
		}
	}
	for d, want := range map[time.Duration]string{
		1234 * time.Millisecond: "1.23 s", 12345 * time.Millisecond: "12.3 s", 125 * time.Second: "2 min 5 s", 2*time.Hour + time.Minute: "2 h 1 min",
	} {
		if got := Duration(d); got != want {
			t.Errorf("Duration(%v) = %q, want %q", d, got, want)
		}
	}
}

func TestClean(t *testing.T) {
	tests := map[string]string{
		"plain\ttext":               "plain\ttext",
		"\x1b[1;31mred\x1b[0m":      "red",
		"\x1b]0;title\atext":        "text",
		"\x1b]8;;x\x1b\\link":       "link",
		"bell\a back\b\x1b":         "bell back",
		"broken \x1b[12":            "broken ",
		"\x1b(Bcharset, \xff\u009b": "Bcharset, \ufffd",
	}
	for in, want := range tests {
		if got := clean(in); got != want {
			t.Errorf("clean(%q) = %q, want %q", in, got, want)
		}
	}
}
