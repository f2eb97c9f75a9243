package diff

import (
	"strings"
	"testing"

	"berth.dev/internal/description"
)

// text makes a unit of its text.
func text(lines ...string) description.Unit {
	return description.Unit{Text: strings.Join(lines, "\n") + "\n"}
}

type unitsByName = map[string]description.Unit

func systemOf(units unitsByName) Version {
	return Version{System: &description.System{Units: units}}
}

// service is a unit with one changing line and others.
func service(command string, more ...string) description.Unit {
	return text(append([]string{"[Service]", "ExecStart=" + command}, more...)...)
}

// show writes what a plan does to units in one line.
func show(p *Plan) string {
	var words []string
	for _, l := range []struct {
		verb  string
		units []string
	}{{"stop", p.Stop}, {"reload", p.Reload}, {"restart", p.Restart}, {"start", p.Start}, {"targets", p.Targets}, {"skip", p.Skipped}} {
		if len(l.units) > 0 {
			words = append(words, l.verb+" "+strings.Join(l.units, ","))
		}
	}
	return strings.Join(words, "; ")
}

func TestUnits(t *testing.T) {
	tests := []struct {
		name          string
		before, after unitsByName
		active        string
		want          string
	}{
		{"equal", unitsByName{"a.service": service("x")}, unitsByName{"a.service": service("x")}, "a.service", ""},
		{"changed", unitsByName{"a.service": service("x")}, unitsByName{"a.service": service("y")}, "a.service",
			"stop a.service; start a.service"},
		{"changed but not running", unitsByName{"a.service": service("x")}, unitsByName{"a.service": service("y")}, "", ""},
		{"gone", unitsByName{"a.service": service("x")}, nil, "a.service", "stop a.service"},
		{"gone but stays", unitsByName{"a.service": service("x", "[Unit]", "X-StopOnRemoval=false")}, nil, "a.service", ""},
		{"disabled", unitsByName{"a.service": service("x")}, unitsByName{"a.service": {Disabled: true}}, "a.service", "stop a.service"},
		{"new", nil, unitsByName{"a.service": {Sections: service("x").Sections, WantedBy: []string{"multi-user.target"}}}, "multi-user.target",
			"targets multi-user.target"},
		{"new in a target that does not run", nil, unitsByName{"a.service": {WantedBy: []string{"odd.target"}}}, "multi-user.target", "targets multi-user.target"},
		{"not ours", nil, nil, "dbus.service run-u1.service", ""},
		{"an instance of a template", unitsByName{"a@.service": service("x")}, unitsByName{"a@.service": service("y")}, "a@1.service a@2.service",
			"stop a@1.service,a@2.service; start a@1.service,a@2.service"},
		{"an instance with a file of its own", unitsByName{"a@.service": service("x"), "a@1.service": service("z")},
			unitsByName{"a@.service": service("y"), "a@1.service": service("z")}, "a@1.service", ""},
		{"the agent stays", unitsByName{"berth-agent.service": service("x")}, unitsByName{"berth-agent.service": service("y")}, "berth-agent.service", ""},

		{"its own target", unitsByName{"a.target": text("[Unit]", "Description=a")}, unitsByName{"a.target": text("[Unit]", "Description=b")}, "a.target", "targets a.target"},
		{"a target that stops", nil, unitsByName{"a.target": text("[Unit]", "X-StopOnReconfiguration=true")}, "a.target", "stop a.target; targets a.target"},
		{"a target for nobody to start", nil, unitsByName{"a.target": text("[Unit]", "RefuseManualStart=yes")}, "a.target", ""},
		{"a target only for people", nil, unitsByName{"a.target": text("[Unit]", "X-OnlyManualStart=yes")}, "a.target", ""},
		{"a sleep target", nil, unitsByName{"suspend.target": text("[Unit]")}, "suspend.target", ""},
		{"a target that is gone", unitsByName{"a.target": text("[Unit]")}, nil, "a.target", "stop a.target"},

		{"install section", unitsByName{"a.service": service("x")}, unitsByName{"a.service": service("x", "[Install]", "WantedBy=y.target")}, "a.service", ""},
		{"indifferent keys", unitsByName{"a.service": service("x", "[Unit]", "Description=1", "OnFailure=f.service")},
			unitsByName{"a.service": service("x", "[Unit]", "Description=2", "Documentation=man:x", "CollectMode=inactive")}, "a.service", ""},
		{"order of start", unitsByName{"a.service": service("x")}, unitsByName{"a.service": service("x", "[Unit]", "After=b.service")}, "a.service",
			"stop a.service; start a.service"},
		{"an empty value resets", unitsByName{"a.service": service("x")}, unitsByName{"a.service": service("old", "ExecStart=", "ExecStart=x")}, "a.service", ""},
		{"a comment and a continued line", unitsByName{"a.service": service("x 1  2")}, unitsByName{"a.service": service(`x 1 \`, "# why", " 2")}, "a.service", ""},
		{"sections as text", unitsByName{"a.service": service("x")},
			unitsByName{"a.service": {Sections: map[string]map[string][]string{"Service": {"ExecStart": {"x"}}}}}, "a.service", ""},
		{"environment", unitsByName{"a.service": {Sections: map[string]map[string][]string{"Service": {"ExecStart": {"x"}}}}},
			unitsByName{"a.service": {Sections: map[string]map[string][]string{"Service": {"ExecStart": {"x"}}}, Environment: map[string]string{"A": "1"}}},
			"a.service", "stop a.service; start a.service"},

		{"reload triggers", unitsByName{"a.service": service("x", "[Unit]", "X-Reload-Triggers=1")},
			unitsByName{"a.service": service("x", "[Unit]", "X-Reload-Triggers=2")}, "a.service", "reload a.service"},
		{"reload triggers and more", unitsByName{"a.service": service("x", "[Unit]", "X-Reload-Triggers=1")},
			unitsByName{"a.service": service("y", "[Unit]", "X-Reload-Triggers=2")}, "a.service", "stop a.service; start a.service"},
		{"restart triggers", unitsByName{"a.service": service("x", "[Unit]", "X-Restart-Triggers=1")},
			unitsByName{"a.service": service("x", "[Unit]", "X-Restart-Triggers=2")}, "a.service", "stop a.service; start a.service"},
		{"reload command added", unitsByName{"a.service": service("x")}, unitsByName{"a.service": service("x", "ExecReload=r")}, "a.service", "reload a.service"},
		{"reload command removed", unitsByName{"a.service": service("x", "ExecReload=r")}, unitsByName{"a.service": service("x")}, "a.service", ""},
		{"mount options", unitsByName{"m.mount": text("[Mount]", "Options=ro")}, unitsByName{"m.mount": text("[Mount]", "Options=rw")}, "m.mount", "reload m.mount"},

		{"mount", unitsByName{"m.mount": text("[Mount]", "What=/a")}, unitsByName{"m.mount": text("[Mount]", "What=/b")}, "m.mount", "restart m.mount"},
		{"root", unitsByName{"-.mount": text("[Mount]", "What=/a")}, unitsByName{"-.mount": text("[Mount]", "What=/b")}, "-.mount", "reload -.mount"},
		{"path and slice", unitsByName{"p.path": text("[Path]", "PathExists=/a"), "s.slice": text("[Slice]", "TasksMax=1")},
			unitsByName{"p.path": text("[Path]", "PathExists=/b"), "s.slice": text("[Slice]", "TasksMax=2")}, "p.path s.slice", ""},
		{"socket", unitsByName{"s.socket": text("[Socket]", "ListenStream=1")}, unitsByName{"s.socket": text("[Socket]", "ListenStream=2")}, "s.socket", ""},
		{"timer", unitsByName{"t.timer": text("[Timer]", "OnCalendar=daily")}, unitsByName{"t.timer": text("[Timer]", "OnCalendar=weekly")}, "t.timer", "restart t.timer"},

		{"reload if changed", unitsByName{"a.service": service("x")}, unitsByName{"a.service": service("y", "[Unit]", "X-ReloadIfChanged=true")}, "a.service", "reload a.service"},
		{"no restart if changed", unitsByName{"a.service": service("x")}, unitsByName{"a.service": service("y", "[Unit]", "X-RestartIfChanged=false")}, "a.service", "skip a.service"},
		{"refuses to stop", unitsByName{"a.service": service("x")}, unitsByName{"a.service": service("y", "[Unit]", "RefuseManualStop=true")}, "a.service", "skip a.service"},
		{"only by hand", unitsByName{"a.service": service("x")}, unitsByName{"a.service": service("y", "[Unit]", "X-OnlyManualStart=true")}, "a.service", "skip a.service"},
		{"in one step", unitsByName{"a.service": service("x")}, unitsByName{"a.service": service("y", "[Unit]", "X-StopIfChanged=false")}, "a.service", "restart a.service"},

		{"activated by a socket", unitsByName{"a.service": service("x"), "a.socket": text("[Socket]")},
			unitsByName{"a.service": service("y"), "a.socket": text("[Socket]")}, "a.service a.socket", "stop a.service,a.socket; start a.socket"},
		{"activated by a new socket", unitsByName{"a.service": service("x")},
			unitsByName{"a.service": service("y"), "a.socket": text("[Socket]")}, "a.service", "stop a.service; start a.socket"},
		{"named sockets", unitsByName{"a.service": service("x"), "b.socket": text("[Socket]"), "c.socket": text("[Socket]")},
			unitsByName{"a.service": service("y", "Sockets=b.socket c.socket"), "b.socket": text("[Socket]"), "c.socket": text("[Socket]")},
			"a.service b.socket", "stop a.service,b.socket; start b.socket"},
		{"not activated by its socket", unitsByName{"a.service": service("x"), "a.socket": text("[Socket]")},
			unitsByName{"a.service": service("y", "[Unit]", "X-NotSocketActivated=true"), "a.socket": text("[Socket]")}, "a.service a.socket",
			"stop a.service; start a.service"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			// What targets do is one test's matter each.
			p := Compare(systemOf(test.before), systemOf(test.after), strings.Fields(test.active))
			if got := show(p); got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}

func TestGlobalEnvironmentConcernsServices(t *testing.T) {
	units := unitsByName{"a.service": service("x"), "t.timer": text("[Timer]", "OnCalendar=daily")}
	units["b.service"] = description.Unit{Sections: map[string]map[string][]string{"Service": {"ExecStart": {"x"}}}}
	before, after := systemOf(units), systemOf(units)
	after.System.GlobalEnvironment = map[string]string{"LANG": "C"}
	p := Compare(before, after, []string{"b.service", "t.timer"})
	if got := show(p); got != "stop b.service; start b.service" {
		t.Errorf("got %q", got)
	}
}

func TestContainersWhoseSettingsChanged(t *testing.T) {
	version := func(port int, restart bool) Version {
		v := systemOf(unitsByName{"container@db.service": service("x")})
		v.System.Containers = map[string]description.Container{"db": {System: "/s", RestartIfChanged: restart,
			Link: &description.ContainerLink{Forwards: []description.PortForward{{HostPort: port}}}}}
		return v
	}
	running := []string{"container@db.service"}
	if got := show(Compare(version(1, true), version(2, true), running)); got != "stop container@db.service; start container@db.service" {
		t.Errorf("got %q", got)
	}
	if got := show(Compare(version(1, false), version(2, false), running)); got != "skip container@db.service" {
		t.Errorf("that does not want to: got %q", got)
	}
	if got := show(Compare(version(1, true), version(2, true), nil)); got != "" {
		t.Errorf("that does not run: got %q", got)
	}
}
