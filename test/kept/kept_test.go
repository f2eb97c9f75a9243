package kept

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"berth.dev/internal/description"
	"berth.dev/test/harness"
)

func TestLife(t *testing.T) {
	k := newKept(t, "life")
	port := freePort(t)
	publish := fmt.Sprintf("--publish=127.0.0.1:%d:80", port)
	r := k.up(publish)
	t.Logf("up: %v", r.Took)
	if got := fetch(t, port); got != "one\n" {
		t.Errorf("the published port answers %q", got)
	}
	row := k.row()
	if row["state"] != "running" || row["kind"] != "machine" || row["memoryBytes"].(float64) < 1<<20 {
		t.Errorf("ps says %v", row)
	}
	if r := k.Run("ps"); !strings.Contains(r.Stdout, fmt.Sprintf("127.0.0.1:%d->80", port)) {
		t.Errorf("ps does not show the port:\n%s", r.Stdout)
	}
	if r := k.up(publish); !strings.Contains(r.Stderr, "nothing in its configuration changed") {
		t.Errorf("up again says:\n%s", r.Stderr)
	}
	id := k.inside("echo kept > /var/lib/kept; echo lost > /run/lost; cat /etc/machine-id")
	r = k.Run("down", k.name)
	k.Want(r, 0)
	t.Logf("down: %v", r.Took)
	k.wantNothingLeft()
	if row := k.row(); row["state"] != "off" {
		t.Errorf("ps says of a machine that is down: %v", row)
	}
	k.Want(k.Run("down", k.name), 0)
	k.up(publish)
	if got := k.inside("cat /var/lib/kept /etc/machine-id; ls /run/lost 2>/dev/null || true"); got != "kept\n"+id {
		t.Errorf("after down and up: %q, want kept and %s", got, id)
	}
	k.Want(k.Run("restart", "--quiet", k.name), 0)
	if got := k.inside("cat /var/lib/kept"); got != "kept" {
		t.Errorf("after restart: %q", got)
	}
	if got := fetch(t, port); got != "one\n" {
		t.Errorf("after restart the published port answers %q", got)
	}
}

func TestExec(t *testing.T) {
	k := newKept(t, "exec")
	k.up()
	if r := k.Run("exec", k.name, "sh", "-c", "echo out; echo err >&2; exit 7"); r.Status != 7 || r.Stdout != "out\n" || r.Stderr != "err\n" {
		t.Errorf("got %+v", r)
	}
	if r := k.Run("exec", k.name, "sh", "-c", "kill -9 $$"); r.Status != 128+9 {
		t.Errorf("a killed command ends with %d", r.Status)
	}
	if r := k.Run("exec", "--user", "nobody", "--workdir", "/tmp", "--env", "A=b c", k.name, "sh", "-c", "id -un; pwd; echo $A"); r.Stdout != "nobody\n/tmp\nb c\n" {
		t.Errorf("got %+v", r)
	}
	cmd := k.Command(context.Background(), "exec", k.name, "tr", "a-z", "A-Z")
	cmd.Stdin = strings.NewReader("through the pipe")
	if out, err := cmd.Output(); err != nil || string(out) != "THROUGH THE PIPE" {
		t.Errorf("got %q, %v", out, err)
	}
	if r := k.Run("exec", k.name, "no-such-program"); r.Status == 0 || !strings.Contains(r.Stderr, "no-such-program") {
		t.Errorf("got %+v", r)
	}
	if r := k.Run("exec", k.name+"-not", "true"); r.Status != 1 || !strings.Contains(r.Stderr, "there is no such machine") {
		t.Errorf("got %+v", r)
	}
	// A signal is the command's, who says what it means.
	cmd = k.Command(context.Background(), "exec", k.name, "sh", "-c", "trap 'echo caught; exit 3' TERM; echo ready; while :; do sleep 0.1; done")
	var out bytes.Buffer
	ready := make(chan struct{})
	cmd.Stdout = &watcher{&out, "ready", ready, sync.Once{}}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	select {
	case <-ready:
	case <-time.After(10 * time.Second):
		cmd.Process.Kill()
		t.Fatal("the command does not begin")
	}
	cmd.Process.Signal(syscall.SIGTERM)
	cmd.Wait()
	if cmd.ProcessState.ExitCode() != 3 || !strings.Contains(out.String(), "caught") {
		t.Errorf("after a signal: status %d, %q", cmd.ProcessState.ExitCode(), out.String())
	}
}

// watcher sees a word go by.
type watcher struct {
	text *bytes.Buffer
	word string
	seen chan struct{}
	once sync.Once
}

func (w *watcher) Write(p []byte) (int, error) {
	n, err := w.text.Write(p)
	if strings.Contains(w.text.String(), w.word) {
		w.once.Do(func() { close(w.seen) })
	}
	return n, err
}

func TestLogs(t *testing.T) {
	k := newKept(t, "logs")
	k.up()
	k.inside("echo a line of the test | systemd-cat -t tester")
	if r := k.Run("logs", "-n", "50", k.name); !strings.Contains(r.Stdout, "tester[") || !strings.Contains(r.Stdout, "a line of the test") {
		t.Errorf("logs:\n%s", r.Stdout)
	}
	if r := k.Run("logs", "--unit", "idle", k.name); !strings.Contains(r.Stdout, "Started idle.service") || strings.Contains(r.Stdout, "tester") {
		t.Errorf("logs of a unit:\n%s", r.Stdout)
	}
	if r := k.Run("logs", "-n", "1", k.name); strings.Count(r.Stdout, "\n") != 1 {
		t.Errorf("one line is:\n%s", r.Stdout)
	}
	follow := k.Command(context.Background(), "logs", "-f", k.name)
	var out bytes.Buffer
	seen := make(chan struct{})
	follow.Stdout = &watcher{&out, "while following", seen, sync.Once{}}
	if err := follow.Start(); err != nil {
		t.Fatal(err)
	}
	k.inside("echo while following | systemd-cat -t tester")
	select {
	case <-seen:
	case <-time.After(10 * time.Second):
		t.Errorf("following does not show new lines:\n%s", out.String())
	}
	k.Want(k.Run("down", k.name), 0)
	if err := follow.Wait(); err != nil {
		t.Errorf("following a machine that goes down: %v", err)
	}
	if r := k.Run("logs", k.name); !strings.Contains(r.Stdout, "a line of the test") {
		t.Errorf("logs of a machine that is down:\n%s", r.Stdout)
	}
}

func TestChangeInPlace(t *testing.T) {
	k := newKept(t, "change")
	k.up()
	pids := func() map[string]string {
		made := map[string]string{}
		for _, unit := range []string{"web", "idle"} {
			made[unit] = k.inside("systemctl show --property=MainPID --value " + unit)
		}
		return made
	}
	before := pids()
	k.inside("echo mine > /etc/mine; useradd stranger; echo 'stranger:secret' | chpasswd")

	two := "two\n"
	k.system.Etc["page/index.html"] = description.EtcFile{Text: &two}
	k.system.Units["web.service"] = service("/usr/bin/python3 -u -m http.server 80 --directory /etc/page --bind 0.0.0.0")
	k.system.Units["third.service"] = service("/usr/bin/sleep infinity")
	k.system.Users = map[string]description.User{"ann": {IsNormalUser: true, Home: "/home/ann", CreateHome: true, Shell: "/bin/bash"}}
	k.write()
	want := k.name + `:
  stops web.service
  added    unit third.service
  changed  unit web.service
  changed  /etc/page/index.html
  added    user ann
  starts web.service
`
	if r := k.Run("plan", k.file); r.Stdout != want {
		t.Errorf("the plan is:\n%s\nwant:\n%s%s", r.Stdout, want, r.Stderr)
	}
	r := k.up()
	t.Logf("changed in %v", r.Took)
	if !strings.Contains(r.Stderr, "stops web.service") {
		t.Errorf("up does not say what it does:\n%s", r.Stderr)
	}
	after := pids()
	if after["idle"] != before["idle"] || after["web"] == before["web"] {
		t.Errorf("main processes were %v and are %v", before, after)
	}
	got := k.inside("cat /etc/page/index.html /etc/mine; systemctl is-active third; stat -c %U /home/ann; id -u stranger ann")
	if got != "two\n\nmine\nactive\nann\n1000\n1001" && got != "two\nmine\nactive\nann\n1000\n1001" {
		t.Errorf("the machine has %q", got)
	}
	k.Want(k.Run("restart", "--quiet", k.name), 0)
	got = k.inside("cat /etc/page/index.html /etc/mine; systemctl is-active third; id -u stranger ann; grep -c '^stranger:[$]' /etc/shadow")
	if got != "two\nmine\nactive\n1000\n1001\n1" {
		t.Errorf("after a restart the machine has %q", got)
	}

	// Going back removes what came.
	delete(k.system.Units, "third.service")
	k.system.Users = nil
	k.write()
	k.up()
	if got := k.inside("systemctl is-active third || true; id ann 2>/dev/null || echo no ann; id -u stranger"); got != "inactive\nno ann\n1000" {
		t.Errorf("after going back: %q", got)
	}
}

func TestChangeThatBootsAnew(t *testing.T) {
	k := newKept(t, "anew")
	k.up()
	k.inside("echo kept > /var/lib/kept; ! which nc")
	k.system.DebianPackages = append(k.system.DebianPackages, "netcat-openbsd")
	k.write()
	if r := k.Run("plan", k.file); !strings.Contains(r.Stdout, "boots anew: its packages changed") || !strings.Contains(r.Stdout, "netcat-openbsd") {
		t.Errorf("the plan is:\n%s", r.Stdout)
	}
	k.up()
	k.inside("which nc")
	if got := k.inside("cat /var/lib/kept"); got != "kept" {
		t.Errorf("its state is %q", got)
	}
}

func TestChangePorts(t *testing.T) {
	k := newKept(t, "ports")
	first, second := freePort(t), freePort(t)
	k.up(fmt.Sprintf("--publish=127.0.0.1:%d:80", first))
	fetch(t, first)
	pid := k.inside("systemctl show --property=MainPID --value web")
	r := k.up(fmt.Sprintf("--publish=127.0.0.1:%d:80", second))
	if !strings.Contains(r.Stderr, "port 127.0.0.1:") {
		t.Errorf("up does not say what it does:\n%s", r.Stderr)
	}
	if got := fetch(t, second); got != "one\n" {
		t.Errorf("the new port answers %q", got)
	}
	if c, err := net.Dial("tcp", fmt.Sprintf("127.0.0.1:%d", first)); err == nil {
		c.Close()
		t.Error("the old port is still open")
	}
	k.system.Firewall.AllowedTCPPorts = []int{81}
	k.write()
	k.up(fmt.Sprintf("--publish=127.0.0.1:%d:80", second))
	address, _, _ := strings.Cut(strings.Fields(k.inside("ip -4 -o address show dev eth0"))[3], "/")
	if c, err := net.DialTimeout("tcp", address+":80", time.Second); err == nil {
		c.Close()
		t.Error("a port that the firewall closed is open")
	}
	if now := k.inside("systemctl show --property=MainPID --value web"); now != pid {
		t.Errorf("the service was restarted: %s is %s", pid, now)
	}
}

func TestFailedBootGoesBack(t *testing.T) {
	k := newKept(t, "back")
	k.up()
	k.inside("echo kept > /var/lib/kept")
	busy, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer busy.Close()
	publish := fmt.Sprintf("--publish=%s:80", busy.Addr())
	r := k.Run("up", "--detach", "--quiet", publish, k.file)
	if r.Status != 1 || !strings.Contains(r.Stderr, "address already in use") {
		t.Errorf("a port that is taken, status %d:\n%s", r.Status, r.Stderr)
	}
	k.system.Network.HostName = "another"
	k.write()
	r = k.Run("up", "--detach", "--quiet", publish, k.file)
	if r.Status != 1 || !strings.Contains(r.Stderr, "address already in use") || !strings.Contains(r.Stderr, "what ran before runs again") {
		t.Errorf("status %d:\n%s", r.Status, r.Stderr)
	}
	if got := k.inside("cat /var/lib/kept"); got != "kept" {
		t.Errorf("its state is %q", got)
	}
	k.system.Network.HostName = "small"
	k.write()
	if r := k.up(); !strings.Contains(r.Stderr, "nothing in its configuration changed") {
		t.Errorf("its launch is another:\n%s", r.Stderr)
	}

	// A machine that never was leaves nothing.
	other := newKept(t, "never")
	if r := other.Run("up", "--detach", "--quiet", publish, other.file); r.Status != 1 {
		t.Errorf("status %d:\n%s", r.Status, r.Stderr)
	}
	if _, err := os.Stat(other.directory()); err == nil {
		t.Error("the directory of a machine that did not boot is left")
	}
	other.wantNothingLeft()
}

func TestKilledSupervisor(t *testing.T) {
	k := newKept(t, "killed")
	k.up(fmt.Sprintf("--publish=127.0.0.1:%d:80", freePort(t)))
	k.inside("echo kept > /var/lib/kept; sync")
	if len(k.leftovers()) == 0 {
		t.Fatal("a running machine is not found by who looks for leftovers")
	}
	syscall.Kill(k.supervisor(), syscall.SIGKILL)
	k.wantNothingLeft()
	if row := k.row(); row["state"] != "failed" || !strings.Contains(row["error"].(string), "killed") {
		t.Errorf("ps says %v", row)
	}
	k.up()
	if got := k.inside("cat /var/lib/kept"); got != "kept" {
		t.Errorf("its state is %q", got)
	}
}

func TestEphemeral(t *testing.T) {
	for _, end := range []string{"down", "kill", "poweroff"} {
		t.Run(end, func(t *testing.T) {
			k := newKept(t, "ephemeral-"+end)
			k.up("--ephemeral")
			switch end {
			case "down":
				k.Want(k.Run("down", k.name), 0)
			case "kill":
				syscall.Kill(k.supervisor(), syscall.SIGKILL)
			case "poweroff":
				k.Run("exec", k.name, "systemctl", "poweroff")
			}
			k.wantNothingLeft()
			for _, path := range []string{k.directory(), filepath.Join(k.StateDir, "nix/var/nix/gcroots/berth/machines", k.name)} {
				if _, err := os.Lstat(path); err == nil {
					t.Errorf("%s is left", path)
				}
			}
			if row := k.row(); row != nil {
				t.Errorf("ps says %v", row)
			}
		})
	}
}

func TestTwoAtOnce(t *testing.T) {
	first, second := newKept(t, "first"), newKept(t, "second")
	var both sync.WaitGroup
	for _, k := range []*kept{first, second} {
		both.Go(func() { k.up() })
	}
	both.Wait()
	// They reach each other, as the host reaches them.
	address := strings.Fields(second.inside("ip -4 -o address show dev eth0"))[3]
	address, _, _ = strings.Cut(address, "/")
	if got := first.inside(fmt.Sprintf("python3 -c 'import urllib.request; print(urllib.request.urlopen(\"http://%s/\", timeout=5).read())'", address)); got != `b'one\n'` {
		t.Errorf("one machine gets from the other %q", got)
	}
	// One going down leaves the other its uplink.
	first.Want(first.Run("down", first.name), 0)
	forwarding, err := os.ReadFile("/proc/sys/net/ipv4/ip_forward")
	if err != nil || strings.TrimSpace(string(forwarding)) != "1" {
		t.Errorf("ip_forward is %s, %v while a machine is up", forwarding, err)
	}
	// Two commands about one machine: one of them does it.
	results := make([]harness.Result, 2)
	for i := range results {
		both.Go(func() { results[i] = first.Run("up", "--detach", "--quiet", first.file) })
	}
	both.Wait()
	for _, r := range results {
		if r.Status != 0 && !strings.Contains(r.Stderr, "another command") {
			t.Errorf("status %d:\n%s", r.Status, r.Stderr)
		}
	}
	if row := first.row(); row["state"] != "running" {
		t.Errorf("ps says %v", row)
	}
}
