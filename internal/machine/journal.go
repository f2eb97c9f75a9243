package machine

import (
	"bytes"
	"context"
	"encoding/json"
	"strconv"
	"time"
)

// JournalEntry is one entry of a machine's journal.
type JournalEntry struct {
	Time     time.Time
	Message  string
	Priority int
	// Identifier is the program's name as it logs, Unit the unit it belongs
	// to.
	Identifier string
	Unit       string
	PID        int
}

// followJournal delivers the journal from its beginning until the system ends.
func (r *run) followJournal(deliver func(JournalEntry)) {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	select {
	case <-r.agent:
	case <-r.ended:
		return
	}
	go func() {
		<-r.ended
		cancel()
	}()
	execute(ctx, r.shared, ExecRequest{
		Argv:   []string{"/bin/sh", "-c", followScript},
		Stdout: &journalLines{deliver: deliver},
	})
}

// followScript waits for the first journal file: journalctl does not notice
// when the directory appears after it has started, and the agent is there
// before the journal.
const followScript = `until test -n "$(find /run/log/journal /var/log/journal -name system.journal 2>/dev/null)"; do sleep 0.01; done
exec journalctl --follow --no-tail --output=json --quiet`

// journalLines cuts what is written to it into entries.
type journalLines struct {
	deliver func(JournalEntry)
	rest    []byte
}

// Write implements io.Writer.
func (l *journalLines) Write(p []byte) (int, error) {
	l.rest = append(l.rest, p...)
	for {
		line, rest, found := bytes.Cut(l.rest, []byte{'\n'})
		if !found {
			return len(p), nil
		}
		if entry, ok := parseEntry(line); ok {
			l.deliver(entry)
		}
		l.rest = rest
	}
}

// field is a value of journalctl's JSON: a string, a list of bytes when the
// text is not UTF-8, or a list of values of which the first counts here.
type field string

// UnmarshalJSON implements json.Unmarshaler.
func (f *field) UnmarshalJSON(text []byte) error {
	var s string
	if json.Unmarshal(text, &s) == nil {
		*f = field(s)
		return nil
	}
	var octets []int
	if json.Unmarshal(text, &octets) == nil {
		b := make([]byte, len(octets))
		for i, o := range octets {
			b[i] = byte(o)
		}
		*f = field(b)
		return nil
	}
	var several []field
	if json.Unmarshal(text, &several) == nil && len(several) > 0 {
		*f = several[0]
	}
	return nil
}

func (f field) number() int {
	n, _ := strconv.Atoi(string(f))
	return n
}

func parseEntry(line []byte) (JournalEntry, bool) {
	var fields struct {
		Message    field `json:"MESSAGE"`
		Priority   field `json:"PRIORITY"`
		Identifier field `json:"SYSLOG_IDENTIFIER"`
		Command    field `json:"_COMM"`
		Unit       field `json:"_SYSTEMD_UNIT"`
		About      field `json:"UNIT"`
		PID        field `json:"_PID"`
		Time       field `json:"__REALTIME_TIMESTAMP"`
	}
	if json.Unmarshal(line, &fields) != nil {
		return JournalEntry{}, false
	}
	entry := JournalEntry{Message: string(fields.Message), Priority: fields.Priority.number(),
		Identifier: string(fields.Identifier), Unit: string(fields.Unit), PID: fields.PID.number()}
	if entry.Identifier == "" {
		entry.Identifier = string(fields.Command)
	}
	if fields.About != "" {
		entry.Unit = string(fields.About)
	}
	entry.Time = time.UnixMicro(int64(fields.Time.number()))
	return entry, true
}
