package machine

import (
	"strings"
	"testing"

	"berth.dev/internal/description"
)

// TestEngines runs containers of Docker and Podman in a machine with
// controllers: on a bridge, with a published port, and with a limit.
func TestEngines(t *testing.T) {
	if testing.Short() {
		t.Skip("boots a machine with two container engines")
	}
	b := newBench(t, "docker.io", "docker-cli", "iptables", "podman", "crun", "netavark", "aardvark-dns", "busybox-static")
	s := system("server", "2")
	s.NeedsControllers, s.NeedsLogin = true, true
	policy := `{"default":[{"type":"insecureAcceptAnything"}]}`
	s.Etc = map[string]description.EtcFile{"containers/policy.json": {Text: &policy}}
	s.Units["docker.service"] = description.Unit{WantedBy: []string{"multi-user.target"}, Sections: map[string]map[string][]string{
		"Service": {"ExecStart": {"/usr/sbin/dockerd"}, "Type": {"notify"}, "Delegate": {"yes"}}}}
	m := b.machine(s, nil)
	b.start(m)
	b.succeed(m, "mkdir -p /tmp/image/bin && cp /usr/bin/busybox /tmp/image/bin/ && ln -s busybox /tmp/image/bin/sh")
	for engine, port := range map[string]string{"docker": "8080", "podman": "8081"} {
		b.succeed(m, "tar -C /tmp/image -c . | "+engine+" import - image")
		run := engine + " run --rm image /bin/busybox "
		if got := b.succeed(m, run+"echo hello 2>/dev/null"); got != "hello" {
			t.Errorf("%s says %q", engine, got)
		}
		b.succeed(m, engine+" run -d --name web --memory 50m -p "+port+":80 image /bin/busybox httpd -f -p 80 -h /bin")
		b.succeed(m, "for i in $(seq 50); do curl -sfI localhost:"+port+"/sh && exit; sleep 0.1; done; exit 1")
		if got := b.succeed(m, engine+" exec web /bin/busybox echo inside 2>/dev/null"); got != "inside" {
			t.Errorf("%s exec says %q", engine, got)
		}
		limit := b.succeed(m, engine+" inspect web --format '{{.HostConfig.Memory}}' 2>/dev/null")
		if limit != "52428800" {
			t.Errorf("%s limits memory to %s", engine, limit)
		}
		b.succeed(m, engine+" kill web && "+engine+" rm -f web")
	}
	if got := b.succeed(m, "docker info --format '{{.Driver}}'"); !strings.HasPrefix(got, "overlay") {
		t.Errorf("docker stores images with %s", got)
	}
}
