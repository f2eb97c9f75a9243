package machine

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestJournalLines(t *testing.T) {
	text := `{"__REALTIME_TIMESTAMP":"1700000000000001","MESSAGE":"hello","PRIORITY":"6","SYSLOG_IDENTIFIER":"greeter","_PID":"12","_SYSTEMD_UNIT":"greeter.service"}
{"MESSAGE":[104,105,255],"_COMM":"prog","__REALTIME_TIMESTAMP":"0"}
not json
{"MESSAGE":["first","second"],"UNIT":"about.service","_SYSTEMD_UNIT":"init.scope","__REALTIME_TIMESTAMP":"0"}
`
	want := []JournalEntry{
		{Time: time.UnixMicro(1700000000000001), Message: "hello", Priority: 6, Identifier: "greeter", PID: 12, Unit: "greeter.service"},
		{Time: time.UnixMicro(0), Message: "hi\xff", Identifier: "prog"},
		{Time: time.UnixMicro(0), Message: "first", Unit: "about.service"},
	}
	for _, piece := range []int{1, 7, len(text)} {
		var got []JournalEntry
		lines := &journalLines{deliver: func(e JournalEntry) { got = append(got, e) }}
		for rest := []byte(text); len(rest) > 0; {
			n := min(piece, len(rest))
			lines.Write(rest[:n])
			rest = rest[n:]
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("in pieces of %d (-want +got):\n%s", piece, diff)
		}
	}
}
