package diff

import (
	"strings"
	"testing"

	"berth.dev/internal/description"
)

func TestReasonsToBootAnew(t *testing.T) {
	tests := []struct {
		name   string
		change func(v *Version)
		want   string
	}{
		{"nothing", func(*Version) {}, ""},
		{"packages", func(v *Version) { v.Packages = []string{"curl_8.1_amd64", "bash_5.2_amd64"} }, "its packages changed: +bash, curl"},
		{"many packages", func(v *Version) { v.Packages = strings.Fields("a_1_x b_1_x c_1_x d_1_x e_1_x") }, "its packages changed: +a, +b, +c, -curl and 2 more"},
		{"host name", func(v *Version) { v.System.Network.HostName = "other" }, "its host name changed"},
		{"addresses", func(v *Version) {
			v.System.Network.Interfaces = map[string]description.Interface{"eth1": {Addresses: []string{"10.0.0.1/8"}}}
		}, "its network changed"},
		{"an open port", func(v *Version) { v.System.Firewall.AllowedTCPPorts = []int{80} }, ""},
		{"a rule of one's own", func(v *Version) { v.System.Firewall.ExtraInputRules = "accept" }, "rules of its firewall changed that are made while it boots"},
		{"no firewall", func(v *Version) { v.System.Firewall.Enable = false }, "rules of its firewall changed that are made while it boots"},
		{"published ports", func(v *Version) { v.Ports = []description.PortForward{{HostPort: 80}} }, ""},
		{"limits", func(v *Version) { v.System.Resources.MemoryBytes = 1 << 30 }, "its limits changed"},
		{"sessions", func(v *Version) { v.System.NeedsLogin = true }, "sessions of users came or went"},
		{"controllers", func(v *Version) { v.System.NeedsControllers = true }, "it needs another view of control groups"},
		{"unit packages", func(v *Version) { v.System.UnitPackages = []string{"/nix/store/x"} }, "packages that bring units changed"},
		{"users", func(v *Version) { v.System.Users = map[string]description.User{"ann": {Home: "/home/ann"}} }, ""},
		{"files", func(v *Version) { v.System.Etc = map[string]description.EtcFile{"motd": {Source: "/x"}} }, ""},
	}
	version := func() Version {
		return Version{System: &description.System{Network: description.Network{HostName: "m"}, Firewall: description.Firewall{Enable: true}}, Packages: []string{"curl_8.0_amd64"}}
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			after := version()
			test.change(&after)
			if got := strings.Join(Compare(version(), after, nil).Reboot, "; "); got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}

func TestLines(t *testing.T) {
	hello, ciao := "hello", "ciao"
	before := systemOf(unitsByName{"a.service": service("x"), "r.service": service("x", "[Unit]", "X-Reload-Triggers=1"), "old.service": service("x")})
	before.System.Etc = map[string]description.EtcFile{"motd": {Text: &hello}, "gone": {Text: &hello}}
	after := systemOf(unitsByName{"a.service": service("y"), "r.service": service("x", "[Unit]", "X-Reload-Triggers=2"), "new.service": service("x")})
	after.System.Etc = map[string]description.EtcFile{"motd": {Text: &ciao}}
	after.System.Users = map[string]description.User{"ann": {Home: "/home/ann"}}
	p := Compare(before, after, []string{"a.service", "r.service", "old.service"})
	want := `stops a.service, old.service
changed  unit a.service
added    unit new.service
removed  unit old.service
changed  unit r.service
removed  /etc/gone
changed  /etc/motd
added    user ann
reloads r.service
starts a.service`
	if got := strings.Join(p.Lines(), "\n"); got != want {
		t.Errorf("got:\n%s\nwant:\n%s", got, want)
	}
	after.Packages = []string{"curl_8_amd64"}
	lines := Compare(before, after, []string{"a.service"}).Lines()
	if lines[0] != "boots anew: its packages changed: +curl" || strings.Contains(strings.Join(lines, "\n"), "starts") {
		t.Errorf("a plan with a new boot:\n%s", strings.Join(lines, "\n"))
	}
	if got := Compare(before, before, nil).Lines(); len(got) != 1 || got[0] != "nothing changes" {
		t.Errorf("no change: %q", got)
	}
}
