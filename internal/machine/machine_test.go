package machine

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"berth.dev/internal/description"
	"berth.dev/internal/isolate"
)

func TestBoot(t *testing.T) {
	b := newBench(t)
	var console lockedBuffer
	entries := make(chan JournalEntry, 1000)
	m := b.machine(system("server", "2"), func(c *Config) {
		c.Console = &console
		c.Journal = func(e JournalEntry) { entries <- e }
	})
	ctx := bounded(t)
	begin := time.Now()
	if err := m.Start(ctx); err != nil {
		t.Fatal(err)
	}
	started := time.Since(begin)
	if err := m.WaitCommands(ctx); err != nil {
		t.Fatal(err)
	}
	commands := time.Since(begin)
	if err := m.WaitReady(ctx); err != nil {
		t.Fatal(err)
	}
	t.Logf("first process after %s, commands after %s, booted after %s", started, commands, time.Since(begin))
	if got := b.succeed(m, "systemctl is-system-running; systemctl --failed --no-legend"); got != "running" {
		t.Errorf("the system is %q", got)
	}
	if got := b.succeed(m, "hostname; findmnt -no FSTYPE /"); got != "server\noverlay" {
		t.Errorf("got %q", got)
	}
	state, err := m.UnitState(ctx, "multi-user.target")
	if err != nil || state != (UnitState{Load: "loaded", Active: "active", Sub: "active"}) {
		t.Errorf("multi-user.target is %+v, %v", state, err)
	}
	b.succeed(m, "echo 'hello out there' > /dev/console; logger -t greeter 'hello journal'")
	waitFor(t, "the console", func() bool { return strings.Contains(console.String(), "hello out there") })
	waitForEntry(t, entries, "greeter", "hello journal")
	attached := Attach(m.Directory())
	if status, err := attached.Exec(ctx, ExecRequest{Argv: []string{"sh", "-c", "exit 5"}}); err != nil || status.Code != 5 || !attached.Running() {
		t.Errorf("through its directory: %v, %v", status, err)
	}
	found := false
	if err := attached.Journal(ctx, false, func(e JournalEntry) { found = found || e.Message == "hello journal" }); err != nil || !found {
		t.Errorf("its journal through its directory: %v, %v", found, err)
	}
	begin = time.Now()
	if err := m.Stop(ctx, 0); err != nil {
		t.Fatal(err)
	}
	t.Logf("powered off in %s", time.Since(begin))
	if m.Running() || attached.Running() {
		t.Error("the machine runs after it was stopped")
	}
	if _, err := m.Exec(ctx, ExecRequest{Argv: []string{"true"}}); !errors.Is(err, errOff) {
		t.Errorf("a command in a machine that is off: %v", err)
	}
}

func waitFor(t *testing.T, what string, condition func() bool) {
	t.Helper()
	deadline := time.Now().Add(10 * time.Second)
	for !condition() {
		if time.Now().After(deadline) {
			t.Fatalf("waited in vain for %s", what)
		}
		time.Sleep(2 * time.Millisecond)
	}
}

func waitForEntry(t *testing.T, entries <-chan JournalEntry, identifier, message string) {
	t.Helper()
	timeout := time.After(10 * time.Second)
	for {
		select {
		case e := <-entries:
			if e.Identifier == identifier && e.Message == message && !e.Time.IsZero() {
				return
			}
		case <-timeout:
			t.Fatalf("the journal never said %q", message)
		}
	}
}

func TestControllerView(t *testing.T) {
	b := newBench(t)
	s := system("server", "2")
	s.NeedsControllers, s.NeedsLogin = true, true
	s.Units["bounded.service"] = description.Unit{WantedBy: []string{"multi-user.target"},
		Sections: map[string]map[string][]string{"Service": {"ExecStart": {"/bin/sleep infinity"}, "MemoryMax": {"50M"}}}}
	m := b.machine(s, nil)
	b.start(m)
	if got := b.succeed(m, "systemctl is-system-running; systemctl --failed --no-legend"); got != "running" {
		t.Errorf("the system is %q", got)
	}
	got := b.succeed(m, "cat /sys/fs/cgroup/memory/system.slice/bounded.service/memory.limit_in_bytes 2>/dev/null || cat /sys/fs/cgroup/system.slice/bounded.service/memory.max")
	if got != "52428800" {
		t.Errorf("the unit's memory is limited to %s", got)
	}
}

func TestOpenPortAnswersAndClosedDoesNot(t *testing.T) {
	b := newBench(t)
	s := system("server", "2")
	s.Firewall.AllowedTCPPorts = []int{3000}
	for _, port := range []string{"3000", "4000"} {
		s.Units["answer"+port+".service"] = service("/bin/bash -c 'while :; do echo pong | nc -N -l " + port + "; done'")
	}
	server, client := b.machine(s, nil), b.machine(system("client", "1"), nil)
	ctx := bounded(t)
	begin := time.Now()
	if err := b.group.Start(ctx, server, client); err != nil {
		t.Fatal(err)
	}
	got := b.succeed(client, "until nc -w 1 server 3000 2>/dev/null; do sleep 0.01; done")
	t.Logf("the server answered the client after %s", time.Since(begin))
	if got != "pong" {
		t.Errorf("the open port answered %q", got)
	}
	if out, status := b.run(client, "nc -zv -w 1 server 4000"); status == 0 || !strings.Contains(out, "timed out") {
		t.Errorf("the closed port: status %d, %q", status, out)
	}
	if out, status := b.run(server, "nc -w 1 localhost 4000"); out != "pong" {
		t.Errorf("the closed port from inside: status %d, %q", status, out)
	}
	b.succeed(client, "ping -c 1 -W 1 server; ping -6 -c 1 -W 1 2001:db8:1::2")
	if err := server.Unplug(1); err != nil {
		t.Fatal(err)
	}
	if _, status := b.run(client, "nc -w 1 server 3000"); status == 0 {
		t.Error("an unplugged machine answered")
	}
	if err := server.Plug(1); err != nil {
		t.Fatal(err)
	}
	b.succeed(client, "nc -w 2 server 3000")
}

func TestFirewallFailsClosed(t *testing.T) {
	b := newBench(t)
	s := system("server", "2")
	s.Firewall.ExtraInputRules = "this is no rule"
	m := b.machine(s, nil)
	err := m.Start(bounded(t))
	if err == nil || !strings.Contains(err.Error(), "nft") {
		t.Errorf("a machine with a broken firewall: %v", err)
	}
	if m.Running() {
		t.Error("it runs")
	}
	s.Firewall.ExtraInputRules = "tcp dport 5000 accept"
	good := system("good", "3")
	good.Firewall.ExtraInputRules = s.Firewall.ExtraInputRules
	m = b.machine(good, nil)
	b.start(m)
	if rules := b.succeed(m, "nft list chain inet berth extra"); !strings.Contains(rules, "tcp dport 5000 accept") {
		t.Errorf("the extra rule is not loaded: %s", rules)
	}
}

// TestManyMachines boots more machines than the host's default limit of inotify
// instances would be enough for if they shared a user.
func TestManyMachines(t *testing.T) {
	const count = 32
	if testing.Short() {
		t.Skip("boots 32 machines")
	}
	b := newBench(t)
	var machines []*Machine
	for i := range count {
		machines = append(machines, b.machine(system(fmt.Sprintf("m%d", i), fmt.Sprint(i+1)), nil))
	}
	ctx := bounded(t)
	begin := time.Now()
	if err := b.group.Start(ctx, machines...); err != nil {
		t.Fatal(err)
	}
	for _, m := range machines {
		if err := m.WaitReady(ctx); err != nil {
			t.Error(err)
		}
	}
	t.Logf("%d machines booted in %s", count, time.Since(begin))
	b.succeed(machines[0], fmt.Sprintf("ping -c 1 -W 2 192.168.1.%d", count))
	begin = time.Now()
	if err := b.group.Close(); err != nil {
		t.Fatal(err)
	}
	t.Logf("and were gone after %s", time.Since(begin))
}

func TestResources(t *testing.T) {
	b := newBench(t)
	s := system("server", "2")
	s.Resources = description.Resources{MemoryBytes: 100 << 20, Tasks: 60}
	m := b.machine(s, nil)
	b.start(m)
	if out, status := b.run(m, "head -c 300M /dev/zero | tail -c 290M | wc -c"); status == 0 && out == fmt.Sprint(290<<20) {
		t.Error("a machine of 100 MiB held 290 MiB in memory")
	}
	if out, status := b.run(m, "for i in $(seq 100); do sleep 1 & done"); status == 0 && !strings.Contains(out, "fork") {
		t.Errorf("a machine of 60 tasks has more than 100: %s", out)
	}
}

func TestCancelledStart(t *testing.T) {
	b := newBench(t)
	m := b.machine(system("server", "2"), nil)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := m.Start(ctx); !errors.Is(err, context.Canceled) || m.Running() {
		t.Errorf("a cancelled start: %v, running %v", err, m.Running())
	}
	for _, patience := range []time.Duration{5 * time.Millisecond, 15 * time.Millisecond} {
		ctx, cancel := context.WithTimeout(t.Context(), patience)
		if err := m.Start(ctx); (err == nil) != m.Running() {
			t.Errorf("after %s: %v, running %v", patience, err, m.Running())
		}
		cancel()
		m.Kill()
	}
	b.start(m)
}

func TestPreparedDirectory(t *testing.T) {
	b := newBench(t)
	for _, kept := range []bool{false, true} {
		s := system("server", "2")
		s.Prepared = []description.PreparedDirectory{{Path: "/var/lib/thing", User: "daemon", Group: "daemon", Mode: "0750",
			Command: []string{"/bin/sh", "-c", "echo fresh > /var/lib/thing/file"}}}
		m := b.machine(s, func(c *Config) {
			if kept {
				c.Name, c.Directory = "kept", t.TempDir()
			}
		})
		b.start(m)
		const look = "stat -c '%U %a' /var/lib/thing; stat -c %U /var/lib/thing/file; cat /var/lib/thing/file"
		if got := b.succeed(m, look); got != "daemon 750\ndaemon\nfresh" {
			t.Errorf("kept %v: got %q", kept, got)
		}
		b.succeed(m, "echo used > /var/lib/thing/file")
		if err := m.Reboot(bounded(t), 0); err != nil {
			t.Fatal(err)
		}
		if got := b.succeed(m, "cat /var/lib/thing/file"); got != "used" {
			t.Errorf("kept %v, after a reboot: got %q", kept, got)
		}
	}
}

func TestExtraCommands(t *testing.T) {
	b := newBench(t, "iptables")
	s := system("server", "2")
	s.Firewall.ExtraCommands = "iptables -A nixos-fw -p tcp --dport 5000 -j nixos-fw-accept\nip46tables -I INPUT -p tcp --dport 5001 -j ACCEPT\n"
	s.Firewall.ExtraStopCommands = "ip46tables -D INPUT -p tcp --dport 5001 -j ACCEPT\n"
	for _, port := range []string{"5000", "5001", "5002"} {
		s.Units["answer"+port+".service"] = service("/bin/bash -c 'while :; do echo pong | nc -N -l " + port + "; done'")
	}
	server, client := b.machine(s, nil), b.machine(system("client", "1"), nil)
	b.start(server)
	b.start(client)
	b.succeed(server, "systemctl is-active firewall.service")
	for port, open := range map[string]bool{"5000": true, "5001": true, "5002": false} {
		if _, status := b.run(client, "nc -w 1 server "+port); (status == 0) != open {
			t.Errorf("port %s: status %d", port, status)
		}
	}
	b.succeed(server, "systemctl stop firewall.service && test $(systemctl show -P Result firewall.service) = success")
	if _, status := b.run(client, "nc -w 1 server 5000"); status == 0 {
		t.Error("the port is open after its rule was taken back")
	}
	b.succeed(server, "systemctl start firewall.service")
	b.succeed(client, "nc -w 1 server 5000")
}

func TestRebootAndPowerOffFromInside(t *testing.T) {
	b := newBench(t)
	m := b.machine(system("server", "2"), nil)
	ctx := bounded(t)
	b.start(m)
	b.succeed(m, "echo kept > /var/lib/state; echo kept > /etc/state; echo gone > /run/state")
	m.Exec(ctx, ExecRequest{Argv: []string{"systemctl", "reboot"}})
	if end, err := m.Wait(ctx); err != nil || end != Rebooted {
		t.Errorf("after a reboot: %v, %v", end, err)
	}
	b.start(m)
	if got := b.succeed(m, "cat /var/lib/state /etc/state; test ! -e /run/state"); got != "kept\nkept" {
		t.Errorf("after the reboot: %q", got)
	}
	if err := m.Reboot(ctx, 0); err != nil {
		t.Fatal(err)
	}
	if err := m.WaitReady(ctx); err != nil {
		t.Fatal(err)
	}
	m.Exec(ctx, ExecRequest{Argv: []string{"systemctl", "poweroff"}})
	if end, err := m.Wait(ctx); err != nil || end != PoweredOff {
		t.Errorf("after a power-off: %v, %v", end, err)
	}
	b.start(m)
	m.Kill()
	if m.Running() {
		t.Error("runs after it was killed")
	}
}

func TestExec(t *testing.T) {
	b := newBench(t)
	s := system("server", "2")
	s.Users = map[string]description.User{"alice": {IsNormalUser: true, Group: "users", Home: "/home/alice", CreateHome: true, Shell: "/bin/bash"}}
	s.Groups = map[string]description.Group{"users": {}}
	m := b.machine(s, nil)
	b.start(m)
	ctx := bounded(t)
	tests := []struct {
		name    string
		request ExecRequest
		status  int
		output  string
	}{
		{"status", ExecRequest{Argv: []string{"sh", "-c", "exit 7"}}, 7, ""},
		{"signal", ExecRequest{Argv: []string{"sh", "-c", "kill -9 $$"}}, 137, ""},
		{"login", ExecRequest{Argv: []string{"sh", "-c", "echo $HOME $USER $SHELL; pwd"}}, 0, "/root root /bin/bash\n/\n"},
		{"directory", ExecRequest{Argv: []string{"pwd"}, Directory: "/tmp"}, 0, "/tmp\n"},
		{"environment", ExecRequest{Argv: []string{"sh", "-c", "echo $A"}, Env: []string{"A=b c"}}, 0, "b c\n"},
		{"user", ExecRequest{Argv: []string{"sh", "-c", "id -un; id -gn; echo $HOME"}, User: "alice"}, 0, "alice\nusers\n/home/alice\n"},
		{"input", ExecRequest{Argv: []string{"cat"}, Stdin: strings.NewReader("text")}, 0, "text"},
		{"shell", ExecRequest{Shell: "shopt login_shell"}, 0, "login_shell    \ton\n"},
		{"no input", ExecRequest{Argv: []string{"cat"}}, 0, ""},
		{"session", ExecRequest{Argv: []string{"sh", "-c", "ps -o sid= -p $$ | tr -d ' ' | grep -qx $$ && echo leader"}}, 0, "leader\n"},
		{"much output", ExecRequest{Argv: []string{"sh", "-c", "head -c 300000 /dev/zero | tr '\\0' x"}}, 0, strings.Repeat("x", 300000)},
		{"long command", ExecRequest{Argv: []string{"sh", "-c", "echo ok #" + strings.Repeat("x", 120000)}}, 0, "ok\n"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			var out lockedBuffer
			test.request.Stdout = &out
			status, err := m.Exec(ctx, test.request)
			if err != nil || status.Status() != test.status || out.String() != test.output {
				t.Errorf("got %v, %v, %.100q; want %d, %.100q", status, err, out.String(), test.status, test.output)
			}
		})
	}
	t.Run("missing program", func(t *testing.T) {
		for _, name := range []string{"no-such-program", "/no/such/program"} {
			if _, err := m.Exec(ctx, ExecRequest{Argv: []string{name}}); err == nil || !strings.Contains(err.Error(), "no such") {
				t.Errorf("%s: %v", name, err)
			}
		}
	})
	t.Run("missing user", func(t *testing.T) {
		if _, err := m.Exec(ctx, ExecRequest{Argv: []string{"true"}, User: "bob"}); err == nil || !strings.Contains(err.Error(), `"bob"`) {
			t.Errorf("got %v", err)
		}
	})
	t.Run("files are passed as they are", func(t *testing.T) {
		file, err := os.CreateTemp(t.TempDir(), "out")
		if err != nil {
			t.Fatal(err)
		}
		defer file.Close()
		if _, err := m.Exec(ctx, ExecRequest{Argv: []string{"readlink", "/proc/self/fd/1"}, Stdout: file}); err != nil {
			t.Fatal(err)
		}
		text, _ := os.ReadFile(file.Name())
		if strings.HasPrefix(string(text), "pipe:") || len(text) == 0 {
			t.Errorf("standard output is %q", text)
		}
	})
	t.Run("returns when output is closed", func(t *testing.T) {
		var out lockedBuffer
		begin := time.Now()
		_, err := m.Exec(ctx, ExecRequest{Argv: []string{"sh", "-c", "(sleep 0.3; echo late) &"}, Stdout: &out})
		if err != nil || out.String() != "late\n" || time.Since(begin) < 300*time.Millisecond {
			t.Errorf("got %v, %q after %s", err, out.String(), time.Since(begin))
		}
	})
	t.Run("background processes live on", func(t *testing.T) {
		b.succeed(m, "sleep 1234 >/dev/null 2>&1 & disown")
		b.succeed(m, "pgrep -f '^sleep 1234'")
	})
	t.Run("cancelling kills all", func(t *testing.T) {
		short, cancel := context.WithTimeout(ctx, 300*time.Millisecond)
		defer cancel()
		_, err := m.Exec(short, ExecRequest{Argv: []string{"sh", "-c", "setsid sleep 4321 & sleep 4321"}, Stdout: io.Discard})
		if !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("got %v", err)
		}
		waitFor(t, "the end of the command", func() bool { _, status := b.run(m, "pgrep -f '^sleep 4321'"); return status != 0 })
	})
	t.Run("signals are passed on", func(t *testing.T) {
		signals := make(chan syscall.Signal, 1)
		var out readyBuffer
		out.ready = func() { signals <- syscall.SIGTERM }
		status, err := m.Exec(ctx, ExecRequest{Argv: []string{"sh", "-c", "trap 'exit 9' TERM; echo ready; while :; do sleep 0.01; done"}, Stdout: &out, Signals: signals})
		if err != nil || status.Code != 9 {
			t.Errorf("got %v, %v", status, err)
		}
	})
	t.Run("terminal", func(t *testing.T) {
		var out lockedBuffer
		status, err := m.Exec(ctx, ExecRequest{Argv: []string{"sh", "-c", "tty; stty size; read line; echo got $line"},
			Stdin: strings.NewReader("word\n"), Stdout: &out, Terminal: &WindowSize{Rows: 33, Columns: 77}})
		if err != nil || status.Code != 0 {
			t.Errorf("got %v, %v", status, err)
		}
		for _, want := range []string{"/dev/pts/", "33 77", "got word"} {
			if !strings.Contains(out.String(), want) {
				t.Errorf("%q is missing in %q", want, out.String())
			}
		}
	})
	t.Run("many at once", func(t *testing.T) {
		var all sync.WaitGroup
		for range 50 {
			all.Go(func() {
				if status, err := m.Exec(ctx, ExecRequest{Argv: []string{"sh", "-c", "exit 3"}}); err != nil || status.Code != 3 {
					t.Errorf("got %v, %v", status, err)
				}
			})
		}
		all.Wait()
	})
	t.Run("leaves are removed", func(t *testing.T) {
		b.succeed(m, "pkill -f '^sleep 1234'; true")
		b.succeed(m, "true")
		got := b.succeed(m, "ls -d $(systemctl show -P ControlGroup berth-agent.service | sed s,^,/sys/fs/cgroup,)/exec-* | wc -l")
		if got != "1" { // the one of ls
			t.Errorf("%s leaves are left", got)
		}
	})
	begin := time.Now()
	for range 20 {
		m.Exec(ctx, ExecRequest{Argv: []string{"/bin/true"}})
	}
	t.Logf("a command takes %s", time.Since(begin)/20)
}

// readyBuffer calls ready at the first write.
type readyBuffer struct {
	once  sync.Once
	ready func()
}

func (r *readyBuffer) Write(p []byte) (int, error) {
	r.once.Do(r.ready)
	return len(p), nil
}

const scopeStage = "__test-scope"

// moveToScope is the stage "__test-scope", run inside a machine: it asks the
// service manager there for a scope, as berth does on a host.
func moveToScope([]string) int {
	if err := isolate.RequestScope(); err != nil {
		fmt.Println(err)
		return 1
	}
	text, _ := os.ReadFile("/proc/self/cgroup")
	fmt.Print(string(text))
	return 0
}

func TestScope(t *testing.T) {
	b := newBench(t)
	s := system("server", "2")
	s.NeedsLogin = true
	m := b.machine(s, nil)
	b.start(m)
	got := b.succeed(m, programInside+" "+scopeStage)
	if !strings.Contains(got, "0::/system.slice/berth-") || !strings.Contains(got, ".scope") {
		t.Errorf("it is in %q", got)
	}
}
