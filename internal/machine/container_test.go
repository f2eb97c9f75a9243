package machine

import (
	"path/filepath"
	"strings"
	"testing"
	"time"

	"berth.dev/internal/description"
)

// containerUnit is the unit of a container as the modules generate it.
func containerUnit(name string, autoStart bool) description.Unit {
	u := description.Unit{Sections: map[string]map[string][]string{
		"Service": {
			"ExecStart": {programInside + " " + containerStage + " " + name}, "Type": {"notify"}, "NotifyAccess": {"all"},
			"Slice": {"machine.slice"}, "Delegate": {"yes"}, "Restart": {"on-failure"}, "RestartForceExitStatus": {"133"},
			"SuccessExitStatus": {"133"}, "KillMode": {"mixed"}, "TimeoutStartSec": {"30s"},
		},
	}}
	if autoStart {
		u.WantedBy = []string{"multi-user.target"}
	}
	return u
}

// inner is the system of a container that answers on port 80.
func inner(name string) *description.System {
	return &description.System{
		Version: description.Version, Name: name, Platform: "x86_64-linux", IsContainer: true,
		Network:  description.Network{HostName: name},
		Firewall: description.Firewall{Enable: true, AllowPing: true, PortSet: description.PortSet{AllowedTCPPorts: []int{80}}},
		Units: map[string]description.Unit{
			"answer.service": service("/bin/bash -c 'while :; do hostname | nc -N -l 80; done'"),
			"closed.service": service("/bin/bash -c 'while :; do hostname | nc -N -l 81; done'"),
		},
	}
}

// withContainers boots a machine with containers and waits until all are up.
func withContainers(b *bench, outer *description.System, containers map[string]description.Container, systems map[string]*description.System) *Machine {
	b.t.Helper()
	outer.Containers = containers
	guests := map[string]Guest{}
	for name := range containers {
		if _, ok := outer.Units["container@"+name+".service"]; !ok {
			outer.Units["container@"+name+".service"] = containerUnit(name, true)
		}
		s, r := b.assemble(systems[name])
		guests[name] = Guest{System: s, Root: r}
	}
	m := b.machine(outer, func(c *Config) {
		c.Store = filepath.Join(cacheDir(b.t), "parts")
		c.Containers = guests
	})
	begin := time.Now()
	b.start(m)
	b.t.Logf("machine and containers are up after %s", time.Since(begin))
	return m
}

func TestContainerWithPrivateNetwork(t *testing.T) {
	b := newBench(t)
	outer := system("server", "2")
	outer.Firewall.AllowedTCPPorts = []int{8080}
	m := withContainers(b, outer, map[string]description.Container{"web": {
		PrivateNetwork: true,
		Link: &description.ContainerLink{HostAddress: "10.1.0.1", LocalAddress: "10.1.0.2",
			Forwards: []description.PortForward{{Protocol: "tcp", HostPort: 8080, GuestPort: 80}}},
		BindMounts:             map[string]description.BindMount{"/data": {HostPath: "/srv", ReadOnly: true}},
		TemporaryFileSystems:   []string{"/scratch:size=1m"},
		AdditionalCapabilities: []string{"CAP_IPC_LOCK"},
	}}, map[string]*description.System{"web": inner("web")})
	b.succeed(m, "systemctl is-active container@web.service; test -z \"$(systemctl --failed --no-legend)\"")
	if got := b.succeed(m, "until nc -w 1 10.1.0.2 80; do sleep 0.01; done"); got != "web" {
		t.Errorf("the container answers %q", got)
	}
	if out, status := b.run(m, "nc -zv -w 1 10.1.0.2 81"); status == 0 {
		t.Errorf("the container's firewall let us in: %s", out)
	}
	if got := b.succeed(m, "nc -w 1 192.168.1.2 8080"); got != "web" {
		t.Errorf("the published port answers %q", got)
	}
	client := b.machine(system("client", "1"), nil)
	b.start(client)
	if got := b.succeed(client, "nc -w 2 server 8080"); got != "web" {
		t.Errorf("from another machine the published port answers %q", got)
	}
	inside := func(command string) string {
		return b.succeed(m, programInside+" "+containerExecStage+" web /bin/bash -c '"+command+"'")
	}
	if got := inside("systemctl is-system-running; hostname; cat /proc/1/comm"); got != "running\nweb\nsystemd" {
		t.Errorf("inside: %q", got)
	}
	var terminal lockedBuffer
	status, err := m.Exec(bounded(t), ExecRequest{Argv: []string{programInside, containerExecStage, "web", "/bin/bash", "-c", "tty; stty size; hostname"},
		Stdout: &terminal, Terminal: &WindowSize{Rows: 31, Columns: 71}})
	if got := strings.ReplaceAll(terminal.String(), "\r", ""); err != nil || status.Code != 0 || got != "/dev/pts/0\n31 71\nweb\n" {
		t.Errorf("on a terminal: %v, %v, %q", status, err, got)
	}
	b.succeed(m, "echo shared > /srv/file")
	if got := inside("cat /data/file; touch /data/x 2>/dev/null || echo refused; findmnt -rno SIZE /scratch"); got != "shared\nrefused\n1M" {
		t.Errorf("mounts inside: %q", got)
	}
	inside("echo inside > /var/lib/file; echo hello | systemd-cat -t greeter")
	if got := b.succeed(m, "cat /var/lib/nixos-containers/web/var/lib/file"); got != "inside" {
		t.Errorf("its state from outside: %q", got)
	}
	b.succeed(m, "until journalctl --merge -t greeter -o cat | grep -q hello; do sleep 0.05; done")
	begin := time.Now()
	b.succeed(m, "systemctl restart container@web.service")
	t.Logf("the container restarted in %s", time.Since(begin))
	if got := inside("cat /var/lib/file"); got != "inside" {
		t.Errorf("after a restart: %q", got)
	}
	b.succeed(m, "systemctl stop container@web.service")
	if got := b.succeed(m, "systemctl show -P Result container@web.service; ip -br link | grep -c ve-web || true; nft list tables | grep -c web || true"); got != "success\n0\n0" {
		t.Errorf("after its end: %q", got)
	}
}

func TestContainerSharesNetwork(t *testing.T) {
	b := newBench(t)
	s := inner("web")
	s.Firewall.AllowedTCPPorts = nil // has no effect: the network is the outer one
	m := withContainers(b, system("server", "2"), map[string]description.Container{
		"web": {Ephemeral: true, CopyResolvConf: true},
	}, map[string]*description.System{"web": s})
	if got := b.succeed(m, "until nc -w 1 localhost 80; do sleep 0.01; done"); got != "web" {
		t.Errorf("the container answers %q", got)
	}
	exec := programInside + " " + containerExecStage + " web "
	b.succeed(m, exec+"/bin/bash -c 'echo x > /var/lib/file'")
	if got := b.succeed(m, exec+"/bin/bash -c 'ip -br -4 addr show eth1'"); !strings.Contains(got, "192.168.1.2/24") {
		t.Errorf("the container sees %q", got)
	}
	if _, status := b.run(m, exec+"/bin/bash -c 'ip link set eth1 down'"); status == 0 {
		t.Error("the container may change the network that it shares")
	}
	// Rebooting inside starts it again, with nothing of its old files.
	b.run(m, exec+"systemctl reboot")
	b.succeed(m, "until "+exec+"/bin/bash -c 'test ! -e /var/lib/file' 2>/dev/null; do sleep 0.05; done")
	if restarts := b.succeed(m, "systemctl show -P NRestarts container@web.service"); restarts != "1" {
		t.Errorf("it was restarted %s times", restarts)
	}
}

func TestContainerInContainer(t *testing.T) {
	b := newBench(t)
	middle := inner("middle")
	middle.Containers = map[string]description.Container{"core": {PrivateNetwork: true,
		Link: &description.ContainerLink{HostAddress: "10.2.0.1", LocalAddress: "10.2.0.2"}}}
	middle.Units["container@core.service"] = containerUnit("core", true)
	core, coreRoot := b.assemble(inner("core"))
	middleSystem, middleRoot := b.assemble(middle)
	outer := system("server", "2")
	outer.Containers = map[string]description.Container{"middle": {PrivateNetwork: true,
		Link: &description.ContainerLink{HostAddress: "10.1.0.1", LocalAddress: "10.1.0.2"}}}
	outer.Units["container@middle.service"] = containerUnit("middle", true)
	m := b.machine(outer, func(c *Config) {
		c.Store = filepath.Join(cacheDir(t), "parts")
		c.Containers = map[string]Guest{"middle": {System: middleSystem, Root: middleRoot,
			Containers: map[string]Guest{"core": {System: core, Root: coreRoot}}}}
	})
	b.start(m)
	got := b.succeed(m, programInside+" "+containerExecStage+" middle /bin/bash -c 'until nc -w 1 10.2.0.2 80; do sleep 0.01; done'")
	if got != "core" {
		t.Errorf("the inner container answers %q", got)
	}
}

func TestContainerRefusesWhatItCannotDo(t *testing.T) {
	b := newBench(t)
	outer := system("server", "2")
	outer.Units["container@web.service"] = containerUnit("web", false)
	m := withContainers(b, outer, map[string]description.Container{
		"web": {ExtraFlags: []string{"--bind-ro=/srv:/x --boot"}},
	}, map[string]*description.System{"web": inner("web")})
	if _, status := b.run(m, "systemctl start container@web.service"); status == 0 {
		t.Error("it was started")
	}
	if log := b.succeed(m, "journalctl -u container@web.service -o cat"); !strings.Contains(log, "extraFlags has --boot") {
		t.Errorf("the log does not say why: %s", log)
	}
}

func TestParseFlags(t *testing.T) {
	f, err := parseFlags([]string{"--bind=/a:/b:noidmap", "--bind-ro /c", "--tmpfs=/t:mode=1777 --capability=CAP_X,CAP_Y", "--setenv", "A=b", "--drop-capability=CAP_Z"})
	if err != nil {
		t.Fatal(err)
	}
	if len(f.binds) != 2 || f.binds[0].Destination != "/b" || f.binds[1].Destination != "/c" ||
		strings.Join(f.binds[1].Options, ",") != "rbind,ro" || strings.Join(f.capabilities, " ") != "CAP_X CAP_Y" ||
		f.environment[0] != "A=b" || f.tmpfs[0] != "/t:mode=1777" || f.dropped[0] != "CAP_Z" {
		t.Errorf("got %+v", f)
	}
	if _, err := parseFlags([]string{"--private-users=pick"}); err == nil {
		t.Error("an unknown flag was accepted")
	}
}
