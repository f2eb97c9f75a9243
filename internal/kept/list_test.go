package kept

import (
	"fmt"
	"strings"
	"testing"

	"berth.dev/internal/description"
)

func TestParsePublish(t *testing.T) {
	tests := []struct{ text, want string }{
		{"8080:80", "{tcp  8080  80}"},
		{"8080:80/udp", "{udp  8080  80}"},
		{"127.0.0.1:8080:80/tcp", "{tcp 127.0.0.1 8080  80}"},
		{"[::1]:8080:80", "{tcp ::1 8080  80}"},
		{"80", "error"}, {"", "error"}, {":80", "error"}, {"0:80", "error"}, {"80:70000", "error"}, {"80:80/sctp", "error"}, {"a:b", "error"},
	}
	for _, test := range tests {
		p, err := ParsePublish(test.text)
		got := fmt.Sprint(p)
		if err != nil {
			got = "error"
		}
		if got != test.want {
			t.Errorf("%q: got %s, want %s", test.text, got, test.want)
		}
	}
}

func TestParseContents(t *testing.T) {
	l := &Launch{Name: "m", System: &description.System{
		Units: map[string]description.Unit{
			"docker-web.service": {Sections: map[string]map[string][]string{"Service": {"ExecStart": {"docker run --publish 8080:80 -p '53:53/udp' web"}}}},
		},
		Containers: map[string]description.Container{
			"db":  {Link: &description.ContainerLink{Forwards: []description.PortForward{{Protocol: "tcp", HostPort: 5432}}}},
			"off": {},
		},
	}}
	text := `broken.service loaded failed failed A broken one
---
Id=container@db.service
ActiveState=active
SubState=running
StateChangeTimestamp=@1700000000
ControlGroup=/machine.slice/container@db.service

Id=docker-web.service
ActiveState=failed
StateChangeTimestamp=
ControlGroup=

Id=podman-strange.service
ActiveState=active
`
	c := parseContents(l, text, func(group string) int64 { return int64(len(group)) })
	if got := strings.Join(c.failed, " "); got != "broken.service" {
		t.Errorf("failed units: %q", got)
	}
	var lines []string
	for _, r := range c.rows {
		since := int64(0)
		if r.Since != nil {
			since = r.Since.Unix()
		}
		lines = append(lines, fmt.Sprint(r.Name, " ", r.Kind, " ", r.State, " ", since, " ", r.MemoryBytes, " ", r.Ports, " ", r.Unit))
	}
	want := `m/db native running 1700000000 35 [{tcp  5432  0}] container@db.service
m/off native off 0 0 [] container@off.service
m/web oci failed 0 0 [{tcp  8080  80} {udp  53  53}] docker-web.service`
	if got := strings.Join(lines, "\n"); got != want {
		t.Errorf("got:\n%s\nwant:\n%s", got, want)
	}
}

func TestCheckName(t *testing.T) {
	for _, name := range []string{"server", "a", "web-1", "A_b"} {
		if err := CheckName(name); err != nil {
			t.Error(err)
		}
	}
	for _, name := range []string{"", "-a", ".a", "a/b", "a b", "ä", strings.Repeat("a", 64)} {
		if CheckName(name) == nil {
			t.Errorf("%q was accepted", name)
		}
	}
}

func TestHostUnit(t *testing.T) {
	y := &Yard{Dir: "/var/lib/berth/machines", RunDirectory: "/var/lib/berth/run"}
	kept := y.hostUnit(&Launch{Name: "web", Kind: KindMachine}, "/opt/my programs/berth%1")
	want := `# Made by berth; 'berth down web' removes it.
[Unit]
Description=berth machine web
Wants=network-online.target
After=network-online.target

[Service]
Type=notify
ExecStart="/opt/my programs/berth%%1" __supervise /var/lib/berth/machines/web /var/lib/berth/run
Delegate=yes
KillMode=mixed
TimeoutStopSec=90
Restart=on-failure
RestartSec=1
LimitNOFILE=infinity
TasksMax=infinity

[Install]
WantedBy=multi-user.target
`
	if kept != want {
		t.Errorf("got:\n%s", kept)
	}
	if e := y.hostUnit(&Launch{Name: "web", Ephemeral: true}, "/berth"); strings.Contains(e, "[Install]") {
		t.Errorf("an ephemeral machine would survive a reboot:\n%s", e)
	}
}
