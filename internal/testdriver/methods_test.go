package testdriver

import (
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestExecute(t *testing.T) {
	tests := map[string]string{
		"status and output": `assert server.execute("echo a; exit 3") == (3, "a\n")`,
		"no trimming":       `assert server.succeed("printf ' a\n\n'") == " a\n\n"`,
		"strict":            `assert server.execute("false; echo reached") == (1, "")`,
		"unset variable":    `assert server.execute("echo $nothing_here; echo reached")[0] != 0`,
		"pipefail":          `assert server.execute("false | true")[0] == 1`,
		"stderr apart":      `assert server.succeed("echo err >&2; echo out") == "out\n"`,
		"quotes":            `assert server.succeed("echo \"it's\" '$HOME'") == "it's $HOME\n"`,
		"several lines":     "assert server.succeed('''\n# comment\nfor i in 1 2; do\n  echo $i\ndone\n''') == '1\\n2\\n'",
		"unicode":           `assert server.succeed("echo ä€😀") == "ä€😀\n"`,
		"not unicode":       `assert server.succeed(r"printf '\377\n'").encode(errors="surrogateescape") == b"\xff\n"`,
		"much output":       `assert len(server.succeed("head -c 3000000 /dev/zero | tr '\\0' x")) == 3000000`,
		"environment":       `assert server.succeed("echo $USER $HOME; pwd; echo \"[$PAGER]\"") == "root /root\n/tmp\n[]\n"`,
		"timeout":           `assert server.execute("echo begun; sleep 60", timeout=1) == (124, "begun\n")`,
		"timedelta":         `from datetime import timedelta; assert server.execute("sleep 60", timeout=timedelta(seconds=0.3))[0] == 124`,
		"killed by signal":  `assert server.execute("kill -9 $$")[0] == 137`,
		"unchecked return":  `assert server.execute("echo x; false", check_return=False) == (-1, "x\n")`,
		"no input":          `assert server.succeed("cat") == ""`,
		"concatenation":     `assert server.succeed("echo a", "echo b") == "a\nb\n"`,
		"fail output":       `assert server.fail("echo a; false", "echo b; exit 2") == "a\nb\n"`,
		"background":        `assert server.succeed("sleep 0.5 >/dev/null & echo now") == "now\n"`,
		"none timeout":      `assert server.execute("true", timeout=None) == (0, "")`,
	}
	for name, script := range tests {
		t.Run(name, func(t *testing.T) { newBench(t).passes(script) })
	}
}

// The output of a command counts as complete when it is closed, not when the
// command has ended.
func TestExecuteWaitsForOutputToBeClosed(t *testing.T) {
	newBench(t).passes(`assert server.succeed("(sleep 0.3; echo late) & echo early") == "early\nlate\n"`)
}

// Standard error may stay open: it is the console's.
func TestExecuteDoesNotWaitForErrors(t *testing.T) {
	begun := time.Now()
	newBench(t).passes(`assert server.succeed("sleep 5 >/dev/null & echo now") == "now\n"`)
	if took := time.Since(begun); took > 4*time.Second {
		t.Errorf("took %v", took)
	}
}

func TestOutputHeldBeyondTheTimeout(t *testing.T) {
	b := newBench(t)
	b.passes(`assert server.execute("sleep 600 & echo early", timeout=0.2) == (124, "early\n")`)
	b.checkNothingLeft()
}

func TestDetachedCommand(t *testing.T) {
	b := newBench(t)
	file := filepath.Join(t.TempDir(), "made")
	begun := time.Now()
	b.passes(`assert server.execute("touch ` + file + `; sleep 600", check_output=False) == (-2, "")
server.wait_for_file("` + file + `")`)
	if took := time.Since(begun); took > 20*time.Second {
		t.Errorf("the run waited %v for a detached command", took)
	}
	b.checkNothingLeft()
}

func TestFailures(t *testing.T) {
	tests := []struct{ name, script, message string }{
		{"succeed", `server.succeed("true", "exit 4")`, "command `exit 4` failed (exit code 4)"},
		{"fail", `server.fail("false", "echo x")`, "command `echo x` unexpectedly succeeded"},
		{"succeed timeout", `server.succeed("sleep 9", timeout=0.2)`, "command `sleep 9` failed (exit code 124)"},
		{"wait_until_succeeds", `server.wait_until_succeeds("exit 5", 0.2)`, "action timed out after"},
		{"wait_until_fails", `server.wait_until_fails("true", timeout=0.2)`, "action timed out after"},
		{"wait_for_file", `server.wait_for_file("/nowhere", 0.2)`, "waiting for file '/nowhere': action timed out after"},
		{"wait_for_open_port", `server.wait_for_open_port(1, timeout=0.2)`, "waiting for TCP port 1 on localhost: action timed out after"},
		{"unit failed", `server.wait_for_unit("failing.service")`, `unit "failing.service" reached state "failed"`},
		{"unit inactive", `server.wait_for_unit("idle.service")`, `unit "idle.service" is inactive and there are no pending jobs`},
		{"no unit", `server.wait_for_unit("none.service")`, `unit "none.service" does not exist`},
		{"unit slow", `server.wait_for_unit("slow.service", timeout=0.2)`, `unit "slow.service" did not become active, it is activating: action timed out`},
		{"require_unit_state", `server.require_unit_state("idle.service")`, `expected unit "idle.service" to be in state "active" but it is "inactive"`},
		{"retry", `retry(lambda last: False, timeout_seconds=0)`, "action timed out after"},
		{"console", `server.wait_for_console_text("never", timeout=0.3)`, "'never' did not appear on the console within 0.3 seconds"},
		{"copy", `server.copy_from_machine("/nowhere/file")`, "copying /nowhere/file from the machine failed"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			b := newBench(t)
			b.server.unit(t, "failing.service", "activating", "failed")
			b.server.unit(t, "idle.service", "inactive")
			b.server.unit(t, "slow.service", "activating")
			_, failure := b.run(test.script)
			if failure == nil {
				t.Fatal("the script passed")
			}
			if failure.Exception != "RequestedAssertionFailed" || !strings.HasPrefix(failure.Message, test.message) {
				t.Errorf("got %s: %s", failure.Exception, failure.Message)
			}
			if test.name != "retry" && failure.Machine != "server" {
				t.Errorf("the failure is about %q", failure.Machine)
			}
		})
	}
}

func TestLastAttemptIsReported(t *testing.T) {
	_, failure := newBench(t).run(`server.wait_until_succeeds("echo almost; exit 5", timeout=0.1)`)
	if failure == nil || failure.Command == nil || failure.Command.Status != 5 || failure.Command.Output != "almost\n" {
		t.Errorf("failure: %+v", failure)
	}
}

func TestRetries(t *testing.T) {
	dir := t.TempDir()
	b := newBench(t)
	b.passes(`
count = "` + dir + `/count"
out = server.wait_until_succeeds(f"echo x >>{count}; test $(wc -l <{count}) -ge 3; cat {count}", 30)
assert out == "x\nx\nx\n", out
out = server.wait_until_fails(f"echo gone; rm {count}", timeout=30)
assert out == "gone\n", out

calls = []
def attempt(last):
    calls.append(last)
    return last
retry(attempt, timeout_seconds=0)
assert calls == [True], calls
`)
}

func TestUnits(t *testing.T) {
	b := newBench(t)
	b.server.unit(t, "slow.service", "activating", "activating", "reloading", "active")
	b.server.unit(t, "late.service", "inactive", "inactive", "active")
	b.server.unit(t, "jobs", "1 late.service start running")
	b.server.unit(t, "x.service", "active")
	b.passes(`
server.wait_for_unit("slow.service")
server.wait_for_unit("late.service", timeout=30)
server.require_unit_state("x.service")
server.require_unit_state("x.service", "active")
assert server.get_unit_info("x.service") == {"Id": "x.service", "ActiveState": "active"}
assert server.get_unit_property("x.service", "ActiveState") == "active"
assert server.systemctl("unknown-verb") == (4, "")
assert server.stop_job("x.service") == (0, "")
server.require_unit_state("x.service", require_state="inactive")
assert server.start_job("x.service")[0] == 0
server.wait_for_unit("x.service")
try:
    server.get_unit_property("x.service", "Odd")
    raise Exception("malformed output was accepted")
except AssertionError:
    pass
`)
}

func TestUnitsOfUsers(t *testing.T) {
	b := newBench(t)
	su := "#!/bin/bash\n[ \"$1 $2 $3 $4 $5\" = '-l alice --shell /bin/sh -c' ] || exit 9\nexec /bin/sh -c \"$6\"\n"
	if err := os.WriteFile(filepath.Join(b.server.dir, "su"), []byte(su), 0o755); err != nil {
		t.Fatal(err)
	}
	b.server.unit(t, "it's.service", "active")
	b.passes(`
server.wait_for_unit("it's.service", user="alice")
server.wait_for_unit("it's.service", "alice")
assert server.get_unit_property("it's.service", "ActiveState", "alice") == "active"
`)
}

func TestPorts(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_, port, _ := net.SplitHostPort(listener.Addr().String())
	b := newBench(t)
	time.AfterFunc(2*time.Second, func() { listener.Close() })
	b.passes(`
server.wait_for_open_port(` + port + `)
server.wait_for_open_port(` + port + `, "127.0.0.1", timeout=10)
server.wait_for_closed_port(` + port + `, addr="127.0.0.1", timeout=20)
`)
}

func TestUnixSockets(t *testing.T) {
	dir := t.TempDir()
	stream, err := net.Listen("unix", filepath.Join(dir, "stream"))
	if err != nil {
		t.Fatal(err)
	}
	defer stream.Close()
	datagram, err := net.ListenPacket("unixgram", filepath.Join(dir, "datagram"))
	if err != nil {
		t.Fatal(err)
	}
	defer datagram.Close()
	b := newBench(t)
	b.passes(`
server.wait_for_open_unix_socket("` + dir + `/stream")
server.wait_for_open_unix_socket("` + dir + `/datagram", is_datagram=True)
try:
    server.wait_for_open_unix_socket("` + dir + `/none", timeout=0.1)
    raise Exception("a missing socket is open")
except AssertionError:
    pass
`)
}

func TestCopies(t *testing.T) {
	dir := t.TempDir()
	b := newBench(t)
	b.passes(`
import os, pathlib
base = pathlib.Path("` + dir + `")
(base / "source/deep").mkdir(parents=True)
(base / "source/deep/file").write_text("content")
(base / "source/link").symlink_to("deep/file")
server.copy_from_host(str(base / "source"), str(base / "made/parents/target"))
assert server.succeed(f"cat {base}/made/parents/target/link") == "content"
server.copy_from_host(base / "source/deep/file", str(base / "made"))
assert (base / "made/file").read_text() == "content"
server.copy_from_host_via_shell(str(base / "source/link"), str(base / "by-link"))
assert (base / "by-link").read_text() == "content"

server.copy_from_machine(f"{base}/source", "results/a")
server.copy_from_machine(f"{base}/source/link")
server.copy_from_vm(f"{base}/by-link", "results")
out = pathlib.Path(os.environ["out"])
assert out == driver.out_dir
assert (out / "results/a/source/deep/file").read_text() == "content"
assert (out / "results/a/source/link").is_symlink()
assert (out / "link").read_text() == "content"
assert (out / "results/by-link").read_text() == "content"
`)
	entries, _ := filepath.Glob(filepath.Join(b.config.Output, ".copy-*"))
	if len(entries) > 0 {
		t.Errorf("left in the output directory: %v", entries)
	}
}

func TestCopyStaysBelowTheOutputDirectory(t *testing.T) {
	b := newBench(t)
	outside := filepath.Join(t.TempDir(), "outside")
	_, failure := b.run(`server.copy_from_machine("/etc/hostname", "` + strings.Repeat("../", 12) + outside[1:] + `")`)
	if failure == nil || failure.Exception != "ValueError" {
		t.Errorf("failure: %+v", failure)
	}
	if _, err := os.Stat(outside); err == nil {
		t.Error("a directory was made outside")
	}
}

func TestLife(t *testing.T) {
	b := newBench(t)
	b.server.bootTime = 50 * time.Millisecond
	result := b.passes(`
server.start()
server.start(allow_reboot=True)
server.connect()
assert server.is_up() and server.booted
server.shutdown()
assert not server.is_up()
server.shutdown()
server.crash()
server.succeed("true")
server.reboot()
server.succeed("true")
server.crash()
assert not server.is_up()
server.wait_for_shutdown()
client.start()
client.crash()
join_all()
`)
	if got := result.Machines["server"].Boots; got != 3 {
		t.Errorf("server booted %d times, want 3", got)
	}
}

// A machine that turns itself off is off for the driver too.
func TestMachineThatTurnsItselfOff(t *testing.T) {
	b := newBench(t)
	time.AfterFunc(700*time.Millisecond, b.server.turnOff)
	result := b.passes("server.start()\nserver.wait_for_shutdown()\nserver.succeed('true')")
	if got := result.Machines["server"].Boots; got != 2 {
		t.Errorf("server booted %d times, want 2", got)
	}
}

func TestNetworkLink(t *testing.T) {
	b := newBench(t)
	b.passes("server.block()")
	if !b.server.blocked {
		t.Error("the link was not blocked")
	}
	b = newBench(t)
	b.passes("server.block()\nserver.unblock()")
	if b.server.blocked {
		t.Error("the link is still blocked")
	}
}

func TestConsole(t *testing.T) {
	b := newBench(t)
	b.passes(`
server.start()
server.wait_for_console_text(r"Startup (?=finished)(.|\n)*journal line 29", timeout=10)
assert "journal line 3" in server.get_console_log()
server.succeed("(sleep 0.5; echo 'code 42' >&2) >/dev/null & true")
server.wait_for_console_text(r"code \d+")
try:
    server.wait_for_console_text("journal line 3", timeout=0.2)
    raise Exception("text before the previous call was found")
except AssertionError:
    pass
`)
}

func TestSerialOutput(t *testing.T) {
	b := newBench(t)
	b.passes(`
serial_stdout_off()
server.succeed("echo hidden >&2")
serial_stdout_on()
server.succeed("echo shown >&2")
assert "hidden" in server.get_console_log()
`)
	if b.events.has("server # hidden") || !b.events.has("server # shown") {
		t.Errorf("log:\n%s", strings.Join(b.events.all(), "\n"))
	}
}

func TestLog(t *testing.T) {
	b := newBench(t)
	b.passes(`
log.log("logged")
log.info("two", "parts")
log.warning("careful")
log.debug("detail")
server.log("about server")
with log.nested("outer"), server.nested("inner"):
    server.sleep(0.01)
with subtest("sub"):
    pass
print("no newline", end="")
`)
	for _, line := range []string{
		"|info|logged", "|info|two parts", "|warning|careful", "|debug|detail", "server|info|about server",
		"( outer", "server( inner", "server) sleeping for 0.01 seconds", "server) inner", ") outer", ") subtest: sub", "> no newline",
	} {
		if !b.events.has(line) {
			t.Errorf("no line %q in the log:\n%s", line, strings.Join(b.events.all(), "\n"))
		}
	}
}

func TestPollingConditions(t *testing.T) {
	b := newBench(t)
	b.passes(`
seen = []

@polling_condition
def always():
    "always true"
    seen.append("always")
    server.succeed("true")

@polling_condition(seconds_interval=0.05, description="a file exists")
def counted():
    seen.append("counted")
    return True

assert counted.description == "a file exists" and always.description == "always true"
with always, counted:
    server.succeed("true")
    assert seen.count("always") == 1 and seen.count("counted") >= 1, seen
    # Conditions are evaluated between the attempts of one request.
    before = seen.count("counted")
    try:
        server.wait_until_succeeds("false", timeout=1)
    except AssertionError:
        pass
    assert seen.count("counted") >= before + 3, seen
before = len(seen)
server.succeed("true")
assert len(seen) == before

ready = []
@polling_condition
def becomes():
    ready.append(1)
    return len(ready) > 1
becomes.wait(timeout=10)
`)
}

func TestPollingConditionThatIsViolated(t *testing.T) {
	for name, body := range map[string]string{"false": "return False", "exception": "raise ValueError('x')"} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t)
			_, failure := b.run(`
import time
begun = time.monotonic()

@polling_condition(seconds_interval=0.1)
def soon_wrong():
    if time.monotonic() - begun > 0.4:
        ` + body + `

with soon_wrong:
    server.wait_until_succeeds("false", timeout=30)
`)
			if failure == nil || failure.Exception != "PollingConditionError" || failure.Message != "polling condition failed: soon_wrong" {
				t.Errorf("failure: %+v", failure)
			}
		})
	}
}

func TestMethodsThatNeedMore(t *testing.T) {
	for _, call := range []string{
		"server.screenshot('x')", "server.send_key('ret')", "server.wait_for_x()", "server.get_tty_text(1)",
		"server.send_monitor_command('info')", "server.switch_root()", "create_machine('qemu')", "debug.breakpoint()", "server.shell_interact()",
		"server.forward_port()",
	} {
		_, failure := newBench(t).run(call)
		if failure == nil || failure.Exception != "NotSupportedError" || failure.Kind != KindScript {
			t.Errorf("%s: failure %+v", call, failure)
		}
	}
}

// Threads of a script may use machines at the same time.
func TestThreads(t *testing.T) {
	newBench(t).passes(`
import threading, time
results = {}
def work(machine, n):
    results[n] = machine.succeed(f"sleep 0.4; echo {n}")
begun = time.monotonic()
threads = [threading.Thread(target=work, args=(m, f"{m.name}{i}")) for m in machines for i in range(5)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
assert all(results[n] == n + "\n" for n in results) and len(results) == 10, results
assert time.monotonic() - begun < 3
`)
}

func TestReferenceModulesCanBeImported(t *testing.T) {
	newBench(t).passes(`
from test_driver.errors import RequestedAssertionFailed, MachineError
from test_driver.machine import BaseMachine
assert isinstance(server, BaseMachine)
try:
    server.succeed("false")
except RequestedAssertionFailed as error:
    assert "exit code 1" in str(error)
`)
}
