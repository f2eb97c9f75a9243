package testdriver

import (
	"fmt"
	"strings"
	"testing"
)

// The text of a machine that writes without end does not grow without end, and
// offsets stay right.
func TestMachineLogIsBounded(t *testing.T) {
	l, err := newMachineLog("", "server")
	if err != nil {
		t.Fatal(err)
	}
	long := strings.Repeat("x", 1<<20)
	for range 40 {
		l.add(Line{Journal, long})
	}
	_, end, _ := l.since(0)
	if end != 40*(len(long)+1) {
		t.Errorf("the text ends at %d", end)
	}
	for i := range 3 {
		l.add(Line{Journal, fmt.Sprint("line ", i)})
	}
	if text, _, _ := l.since(end); text != "line 0\nline 1\nline 2\n" {
		t.Errorf("got %q", text)
	}
	if len(l.text) > searchable {
		t.Errorf("%d bytes are kept", len(l.text))
	}
}
