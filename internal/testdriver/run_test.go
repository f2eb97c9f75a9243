package testdriver

import (
	"context"
	"encoding/json"
	"encoding/xml"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"berth.dev/internal/description"
)

func TestScriptPasses(t *testing.T) {
	b := newBench(t)
	result := b.passes(`
start_all()
with subtest("greeting"):
    print("hello", "world")
server.succeed("true")
`)
	if !result.Passed || len(result.Subtests) != 1 || !result.Subtests[0].Passed {
		t.Errorf("result: %+v", result)
	}
	if got := result.Machines["server"]; got.Boots != 1 || got.Commands != 1 || got.BootSeconds <= 0 {
		t.Errorf("server: %+v", got)
	}
	for _, line := range []string{"( start all machines", "client booted", "( subtest: greeting", "> hello world", ") subtest: greeting", "server) must succeed: true", "server # systemd[1]: journal line 0"} {
		if !b.events.has(line) {
			t.Errorf("no line %q in the log:\n%s", line, strings.Join(b.events.all(), "\n"))
		}
	}
}

func TestMachinesAreStoppedAtTheEnd(t *testing.T) {
	for _, script := range []string{"start_all()\nserver.succeed('true')", "server.fail('true')"} {
		b := newBench(t)
		b.run(script)
		if b.server.off != nil || b.client.off != nil {
			t.Errorf("a machine runs after %q", script)
		}
	}
}

func TestUnusedMachinesAreNotStarted(t *testing.T) {
	b := newBench(t)
	result := b.passes("server.succeed('true')\nassert not client.is_up()\nassert server.is_up()")
	if got := result.Machines["client"].Boots; got != 0 {
		t.Errorf("client booted %d times", got)
	}
}

// A failing line is reported with its place, the command, its output and the
// journal of its machine.
func TestFailureReport(t *testing.T) {
	b := newBench(t)
	_, failure := b.run(`
def check():
    server.succeed("echo before; echo why >&2; exit 7")

client.succeed("true")
check()
`)
	if failure == nil {
		t.Fatal("the script passed")
	}
	if failure.ExitCode() != ExitScript {
		t.Errorf("exit code %d", failure.ExitCode())
	}
	report := strings.Join(failure.Report(), "\n")
	for _, want := range []string{
		`!!!   File "script.py", line 6, in <module>`,
		"!!!     check()",
		`!!!   File "script.py", line 3, in check`,
		`!!!     server.succeed("echo before; echo why >&2; exit 7")`,
		"!!! RequestedAssertionFailed: command `echo before; echo why >&2; exit 7` failed (exit code 7)",
		"command on server: echo before; echo why >&2; exit 7",
		"exit code 7, output:\n    before\nstandard error:\n    why\n",
		"last journal lines of server:\n    systemd[1]: journal line 10\n",
		"systemd[1]: journal line 29",
	} {
		if !strings.Contains(report, want) {
			t.Errorf("the report lacks %q:\n%s", want, report)
		}
	}
	if !b.events.has("server # why") {
		t.Error("standard error is not in the log")
	}
	if want := "test script failed at script.py:3: command"; !strings.HasPrefix(failure.Error(), want) {
		t.Errorf("error %q does not start with %q", failure, want)
	}
}

func TestExceptionsOfTheScript(t *testing.T) {
	tests := []struct {
		name, script, exception, message string
		line                             int
	}{
		{"assert", "x = 1\nassert x == 2, 'x is wrong'", "AssertionError", "x is wrong", 2},
		{"key", "{}['name']", "KeyError", "'name'", 1},
		{"unittest", "t.assertEqual(1, 2)", "RequestedAssertionFailed", "1 != 2", 1},
		{"unittest in", "t.assertIn('a', ['b'])", "RequestedAssertionFailed", "'a' not found in ['b']", 1},
		{"log.error", "log.error('enough')", "SystemExit", "the script ended the run with exit code 1", 1},
		{"exit", "import sys\nsys.exit(3)", "SystemExit", "the script ended the run with exit code 3", 2},
		{"cause", "try:\n    server.fail('true')\nexcept Exception as e:\n    raise ValueError('wrapped') from e", "ValueError", "wrapped", 4},
		{"argument", "server.succeed('true', timeout='soon')", "TypeError", "a duration is a number of seconds or a timedelta, not 'soon'", 1},
		{"command", "server.succeed(['ls', '-l'])", "TypeError", "a command is text for the shell, not ['ls', '-l']", 1},
		{"port", "server.wait_for_open_port(70000)", "ValueError", "there is no TCP port 70000", 1},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			_, failure := newBench(t).run(test.script)
			if failure == nil {
				t.Fatal("the script passed")
			}
			if failure.Exception != test.exception || failure.Message != test.message || failure.Kind != KindScript {
				t.Errorf("got %s %s: %s", failure.Kind, failure.Exception, failure.Message)
			}
			if len(failure.Traceback) == 0 || failure.Traceback[0].Line != test.line || failure.Traceback[0].File != "script.py" {
				t.Errorf("traceback %+v, want line %d", failure.Traceback, test.line)
			}
		})
	}
}

// The command that failed is known even if the script raised something else
// because of it.
func TestCauseOfAnExceptionIsReported(t *testing.T) {
	_, failure := newBench(t).run("try:\n    server.succeed('exit 3')\nexcept Exception as e:\n    raise ValueError('wrapped') from e")
	if failure == nil || failure.Command == nil || failure.Command.Status != 3 || failure.Machine != "server" {
		t.Errorf("failure: %+v", failure)
	}
}

func TestSystemExitZeroPasses(t *testing.T) {
	newBench(t).passes("import sys\nsys.exit(0)")
}

func TestMachineThatDoesNotBoot(t *testing.T) {
	b := newBench(t)
	b.server.bootError = errors.New("no space left")
	_, failure := b.run("start_all()\nclient.succeed('true')\nserver.wait_for_unit('x.service')")
	if failure == nil || failure.Kind != KindMachine || failure.ExitCode() != ExitMachine {
		t.Fatalf("failure: %+v", failure)
	}
	if want := "machine server did not boot: no space left"; failure.Message != want || failure.Machine != "server" {
		t.Errorf("got %q on %s", failure.Message, failure.Machine)
	}
	if report := strings.Join(failure.Report(), "\n"); !strings.Contains(report, "last console lines of server:\n    Starting up") {
		t.Errorf("the report lacks the console:\n%s", report)
	}
}

func TestBootTimeout(t *testing.T) {
	b := newBench(t)
	b.server.bootTime = time.Hour
	b.config.BootTimeout = 100 * time.Millisecond
	_, failure := b.run("server.succeed('true')")
	if failure == nil || failure.Kind != KindMachine {
		t.Errorf("failure: %+v", failure)
	}
}

func TestLintFailsBeforeAnythingStarts(t *testing.T) {
	tests := []struct {
		name, script, message string
		line, column          int
	}{
		{"syntax", "start_all()\nif True\n    pass", "SyntaxError: expected ':'", 2, 8},
		{"indentation", "if True:\npass", "IndentationError: expected an indented block after 'if' statement on line 1", 2, 1},
		{"undefined", "start_all()\nsever.succeed('true')", "undefined name 'sever'; did you mean 'server'?", 2, 1},
		{"undefined in function", "def f(x):\n    y = x\n    return x + y + zzzzz\n", "undefined name 'zzzzz'", 3, 20},
		{"undefined in comprehension", "print([a for a in range(3) if b])", "undefined name 'b'", 1, 31},
		{"undefined in class", "class A:\n    x = 1\n    def f(self):\n        return x\n", "undefined name 'x'", 4, 16},
		{"method", "server.suceed('true')", "a machine has no method 'suceed'; did you mean 'succeed'?", 1, 8},
		{"keyword", "server.wait_for_unit('x', tiemout=3)", "wait_for_unit: got an unexpected keyword argument 'tiemout'", 1, 8},
		{"too few", "server.wait_for_unit()", "wait_for_unit: missing a required argument: 'unit'", 1, 8},
		{"too many", "with subtest('x'):\n    server.shutdown(1)", "shutdown: too many positional arguments", 2, 12},
		{"machine alias", "machine.succeed('true')", "undefined name 'machine'", 1, 1},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			b := newBench(t)
			result, failure := b.run(test.script)
			if failure == nil || failure.Kind != KindLint || failure.ExitCode() != ExitLint {
				t.Fatalf("failure: %+v", failure)
			}
			p := failure.Problems[0]
			if !strings.HasPrefix(p.Message, test.message) || p.Line != test.line || p.Column != test.column {
				t.Errorf("got %d:%d %q", p.Line, p.Column, p.Message)
			}
			if result.Machines["server"].Boots != 0 {
				t.Error("a machine was started")
			}
		})
	}
}

func TestLintReportHasACaret(t *testing.T) {
	_, failure := newBench(t).run("if True:\n\tserver.succeed(command)")
	if failure == nil {
		t.Fatal("the script passed")
	}
	want := "script.py:2:17: error: undefined name 'command'\n    \tserver.succeed(command)\n    \t               ^"
	if got := strings.Join(failure.Report(), "\n"); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

// Names that are bound in any way are not reported.
func TestLintAcceptsPython(t *testing.T) {
	b := newBench(t)
	b.config.Test.Script = `
import json, os.path as path
from datetime import timedelta
global_value = 1
class Base:
    field = "abc" * global_value
    other = [c for c in field] if False else field
    def method(self, *args, key=None, **kwargs):
        return super().__repr__() + str(self.field) + later() + str((args, key, kwargs))
def later():
    global made
    made = 3
    return "x"
later()
print(made, __name__, __file__, __doc__)
for i, (a, b) in enumerate([(1, 2)]):
    pass
with open("/dev/null") as f, subtest("s"):
    pass
try:
    pass
except Exception as error:
    print(error)
if (n := 3) > 2:
    print(i, a, b, n, [c for c in range(n)], {k: v for k, v in {}.items()}, lambda z: z + n)
match n:
    case 3 as caught:
        print(caught)
@polling_condition
def holds():
    "it holds"
def outer():
    inner = 1
    def g():
        nonlocal inner
        inner += 1
        return inner
    return g()
print(json, path, timedelta, f"{n!r:>{n}}", machines, driver, vlans, log, t, server.name)
x: int = 1
`
	if err := Lint(t.Context(), b.config.Test, b.config.Interpreter, b.events); err != nil {
		t.Error(err)
	}
	b.config.Test.Script = "from os import *\nprint(getcwd())"
	if err := Lint(t.Context(), b.config.Test, b.config.Interpreter, b.events); err != nil {
		t.Errorf("names that come from a star: %v", err)
	}
}

func TestSkipLint(t *testing.T) {
	b := newBench(t)
	b.config.Test.SkipLint, b.config.Test.SkipTypeCheck = true, true
	_, failure := b.run("undefined_name")
	if failure == nil || failure.Exception != "NameError" {
		t.Errorf("failure: %+v", failure)
	}
}

func TestGlobalTimeoutStopsAScriptThatHangs(t *testing.T) {
	scripts := map[string]string{
		"in python":  "import time\nstart_all()\ntime.sleep(600)",
		"in command": "start_all()\nserver.succeed('sleep 600')",
		"swallowing": "start_all()\nwhile True:\n    try:\n        server.succeed('sleep 600')\n    except BaseException:\n        pass",
		"in retry":   "client.wait_until_succeeds('false')",
	}
	for name, script := range scripts {
		t.Run(name, func(t *testing.T) {
			b := newBench(t)
			b.config.Test.GlobalTimeout = 3 // Python has started by then, also on a busy machine
			begun := time.Now()
			_, failure := b.run(script)
			if failure == nil || failure.Kind != KindTimeout || failure.ExitCode() != ExitTimeout {
				t.Fatalf("failure: %+v", failure)
			}
			if want := `!!!   File "script.py", line `; name != "in python" && !strings.Contains(strings.Join(failure.Report(), "\n"), want) {
				t.Errorf("the report does not say where the script was: %q", failure.Report())
			}
			if took := time.Since(begun); took > 10*time.Second {
				t.Errorf("took %v", took)
			}
			b.checkNothingLeft()
		})
	}
}

func TestCancelStopsAScriptThatHangs(t *testing.T) {
	b := newBench(t)
	b.config.Test.Script = "start_all()\nserver.succeed('sleep 600')"
	ctx, cancel := context.WithCancelCause(t.Context())
	cause := errors.New("interrupted")
	time.AfterFunc(500*time.Millisecond, func() { cancel(cause) })
	if _, err := Run(ctx, b.config); !errors.Is(err, cause) {
		t.Errorf("error %v", err)
	}
	b.checkNothingLeft()
}

// checkNothingLeft fails if a process of the run is alive.
func (b *bench) checkNothingLeft() {
	b.test.Helper()
	for _, pid := range b.python.pids {
		if syscall.Kill(pid, 0) == nil {
			b.test.Errorf("python %d is left", pid)
		}
	}
	for _, m := range []*localMachine{b.server, b.client} {
		if m.off != nil {
			b.test.Error("a machine is left")
		}
		for _, session := range m.killed {
			left := sessionMembers(session)
			for wait := time.Now().Add(3 * time.Second); len(left) > 0 && time.Now().Before(wait); left = sessionMembers(session) {
				time.Sleep(10 * time.Millisecond) // killed, but not collected yet
			}
			if len(left) > 0 {
				b.test.Errorf("processes %v of a command are left", left)
			}
		}
	}
}

func TestPythonThatDies(t *testing.T) {
	b := newBench(t)
	_, failure := b.run("import os, signal\nprint('x', flush=True)\nos.write(2, b'last words')\nos.kill(os.getpid(), signal.SIGKILL)")
	if failure == nil || !strings.Contains(failure.Message, "ended early: signal: killed") {
		t.Errorf("failure: %+v", failure)
	}
	if !b.events.has("> last words") {
		t.Error("what Python wrote itself is not in the log")
	}
}

func TestReports(t *testing.T) {
	b := newBench(t)
	b.run(`
server.succeed("echo to the console >&2")
with subtest("good"):
    pass
with subtest("bad"):
    server.succeed("false")
`)
	read := func(name string) []byte {
		text, err := os.ReadFile(filepath.Join(b.config.Output, name))
		if err != nil {
			t.Fatal(err)
		}
		return text
	}
	var result Result
	if err := json.Unmarshal(read("report.json"), &result); err != nil {
		t.Fatal(err)
	}
	if result.Passed || result.Failure.Command.Command != "false" || len(result.Subtests) != 2 {
		t.Errorf("report.json: %+v", result)
	}
	var suite junitSuite
	if err := xml.Unmarshal(read("junit.xml"), &suite); err != nil {
		t.Fatal(err)
	}
	if suite.Tests != 3 || suite.Failures != 2 || suite.Cases[0].Failure != nil || suite.Cases[1].Name != "bad" {
		t.Errorf("junit.xml: %+v", suite)
	}
	if got := string(read("logs/server.console.log")); got != "Starting up\nStartup finished\nto the console\n" {
		t.Errorf("console log %q", got)
	}
	if got := string(read("logs/server.journal.log")); strings.Count(got, "\n") != 30 {
		t.Errorf("journal log %q", got)
	}
	if !b.events.has(`|error|subtest "bad" failed`) {
		t.Error("the log does not say which subtest failed")
	}
}

func TestMachineAliasAndMangledNames(t *testing.T) {
	b := newBench(t)
	b.config.Test.Machines = map[string]description.TestMachine{"2nd-node.a": {}}
	b.config.Machines = map[string]Machine{"2nd-node.a": b.server}
	b.passes(`
assert machine is _nd_node_a and machine.name == "2nd-node.a"
assert machines == [machine]
machine.succeed("true")
`)
}

func TestVariable(t *testing.T) {
	for name, want := range map[string]string{"server": "server", "web-1": "web_1", "1st": "_st", "ä.b": "__b"} {
		if got := variable(name); got != want {
			t.Errorf("variable(%q) = %q, want %q", name, got, want)
		}
	}
}
