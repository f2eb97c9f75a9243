package cli

import (
	"strings"
	"testing"
	"time"

	"berth.dev/internal/description"
	"berth.dev/internal/kept"
	"berth.dev/internal/ui"
)

func TestPrintRows(t *testing.T) {
	now := time.Unix(1_700_000_000, 0)
	ago := func(d time.Duration) *time.Time {
		at := now.Add(-d)
		return &at
	}
	rows := []kept.Row{
		{Name: "server", Kind: "machine", State: "degraded", Since: ago(75 * time.Minute), MemoryBytes: 107 << 20,
			Ports: []description.PortForward{{Protocol: "tcp", HostPort: 3000, GuestPort: 3000}, {Protocol: "udp", HostAddress: "127.0.0.1", HostPort: 5353, GuestPort: 53}},
			Unit:  "berth-machine-server.service"},
		{Name: "server/db", Kind: "native", State: "running", Since: ago(30 * time.Second), MemoryBytes: 47 << 20, Unit: "container@db.service"},
		{Name: "server/web", Kind: "oci", State: "starting", Ports: []description.PortForward{{HostAddress: "::1", HostPort: 8080, GuestPort: 80}}, Unit: "podman-web.service"},
		{Name: "old", Kind: "container", State: "off", Since: ago(80 * time.Hour)},
	}
	var out strings.Builder
	if err := printRows(&out, rows, now, 0, ui.NewPalette(false)); err != nil {
		t.Fatal(err)
	}
	want := `NAME        KIND       STATE        SINCE     MEMORY  PORTS                       UNIT
server      machine    degraded  1 h 15 min  107.0 MiB  3000,127.0.0.1:5353->53/udp  berth-machine-server.service
server/db   native     running         30 s   47.0 MiB  -                            container@db.service
server/web  oci        starting           -          -  [::1]:8080->80               podman-web.service
old         container  off           3 days          -  -                            -
`
	want = strings.Replace(want, "SINCE     MEMORY  PORTS                       UNIT", "SINCE     MEMORY  PORTS                        UNIT", 1)
	want = strings.Replace(want, "STATE        SINCE", "STATE          SINCE", 1)
	if out.String() != want {
		t.Errorf("got:\n%s\nwant:\n%s", out.String(), want)
	}
	out.Reset()
	if err := printRows(&out, nil, now, 0, ui.NewPalette(false)); err != nil || out.String() != "NAME  KIND  STATE  SINCE  MEMORY  PORTS  UNIT\n" {
		t.Errorf("without machines: %q, %v", out.String(), err)
	}
}
