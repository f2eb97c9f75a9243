package root

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"berth.dev/internal/description"
)

// TestVendorServices starts packages' own units, for which nothing but the
// generic rules and the recipes prepare the root.
func TestVendorServices(t *testing.T) {
	packages := []string{"apache2", "haproxy", "memcached", "mosquitto", "bind9", "redis-server", "openssh-server",
		"mariadb-server", "postfix", "caddy", "etcd-server", "php8.4-fpm", "prometheus-node-exporter"}
	services := []string{"apache2", "haproxy", "memcached", "mosquitto", "named", "redis-server", "ssh",
		"mariadb", "postfix", "etcd", "php8.4-fpm", "prometheus-node-exporter"}
	parts := unpackParts(t, packages...)
	s := system()
	delete(s.Units, "nginx.service")
	for _, name := range services {
		s.Units[name+".service"] = description.Unit{WantedBy: []string{"multi-user.target"}}
	}
	// What a module of the service would add: first databases, keys, answers
	// to questions that the packages ask when they are installed.
	extend := func(name string, keys map[string][]string) {
		s.Units[name+".service"] = description.Unit{WantedBy: []string{"multi-user.target"}, OverrideStrategy: "asDropin",
			Sections: map[string]map[string][]string{"Service": keys}}
	}
	extend("mariadb", map[string][]string{"ExecStartPre": {"+/bin/sh -c 'test -d /var/lib/mysql/mysql || mariadb-install-db --user=mysql --skip-test-db'"}})
	extend("ssh", map[string][]string{"ExecStartPre": {"", "/usr/bin/ssh-keygen -A"}})
	mainCf := "compatibility_level = 3.9\ninet_interfaces = loopback-only\nmyhostname = server\n"
	s.Etc["postfix/main.cf"] = description.EtcFile{Text: &mainCf}
	var report strings.Builder
	for _, name := range services {
		fmt.Fprintf(&report, "echo %s $(systemctl is-active %s); ", name, name)
	}
	s.Units["report.service"] = description.Unit{
		WantedBy: []string{"multi-user.target"},
		Sections: map[string]map[string][]string{
			"Unit": {"After": {strings.Join(services, ".service ") + ".service"}},
			"Service": {"Type": {"oneshot"}, "TimeoutStartSec": {"60"}, "ExecStart": {`/bin/bash -c '{ ` + report.String() +
				`systemctl --failed --no-legend --plain; journalctl -b -p warning --no-pager -q | tail -40; } >/report 2>&1; systemctl --no-block poweroff'`}},
		},
	}
	text := boot(t, assemble(t, parts, s))
	lines := strings.Split(text, "\n")
	for _, name := range services {
		if !slices.Contains(lines, name+" active") {
			t.Errorf("%s is not active", name)
		}
	}
	if t.Failed() {
		t.Log(text)
	}
}
