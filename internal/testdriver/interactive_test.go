package testdriver

import (
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/containerd/console"
)

// user is somebody at a terminal.
type user struct {
	t      *testing.T
	master console.Console
	mu     sync.Mutex
	seen   strings.Builder
}

func newUser(t *testing.T) (*user, *Terminal) {
	t.Helper()
	master, path, err := console.NewPty()
	if err != nil {
		t.Skipf("needs pseudo-terminals: %v", err)
	}
	slave, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { slave.Close(); master.Close() })
	u := &user{t: t, master: master}
	go func() {
		buffer := make([]byte, 4096)
		for {
			n, err := master.Read(buffer)
			u.mu.Lock()
			u.seen.Write(buffer[:n])
			u.mu.Unlock()
			if err != nil {
				return
			}
		}
	}()
	return u, &Terminal{Input: slave, Output: slave, Error: slave, Environment: []string{"TERM=dumb"}}
}

// waits until the terminal shows a text after what was seen before.
func (u *user) waits(text string) {
	u.t.Helper()
	deadline := time.Now().Add(20 * time.Second)
	for time.Now().Before(deadline) {
		u.mu.Lock()
		_, after, found := strings.Cut(u.seen.String(), text)
		if found {
			u.seen.Reset()
			u.seen.WriteString(after)
		}
		u.mu.Unlock()
		if found {
			return
		}
		time.Sleep(20 * time.Millisecond)
	}
	u.t.Fatalf("the terminal does not show %q but %q", text, u.seen.String())
}

func (u *user) types(line string) {
	u.t.Helper()
	if _, err := u.master.Write([]byte(line + "\n")); err != nil {
		u.t.Fatal(err)
	}
}

func TestInteractive(t *testing.T) {
	b := newBench(t)
	var u *user
	u, b.config.Terminal = newUser(t)
	b.config.Interactive = true
	done := make(chan *Result)
	go func() { done <- b.passes("print('test', 'ran')\nserver.succeed('true')") }()
	u.waits("machines: client, server; nothing is started yet")
	u.waits(">>> ")
	u.types("server.is_up()")
	u.waits("False")
	u.types("server.succeed('echo $((40+2))')")
	u.waits(`'42\n'`)
	u.types("server.fail('true')")
	u.waits("!!! RequestedAssertionFailed: command `true` unexpectedly succeeded")
	u.types("undefined")
	u.waits("NameError")
	u.types("test_script()")
	u.waits("test ran")
	u.types("client.is_up()")
	u.waits("False")
	u.types("exit()")
	result := <-done
	if got := result.Machines["client"].Boots; got != 0 {
		t.Errorf("client booted %d times", got)
	}
	b.checkNothingLeft()
}

func TestInterruptAtThePrompt(t *testing.T) {
	b := newBench(t)
	var u *user
	u, b.config.Terminal = newUser(t)
	b.config.Interactive = true
	done := make(chan *Result)
	go func() { done <- b.passes("") }()
	u.waits(">>> ")
	// What a terminal does on Ctrl-C when it controls the process.
	u.types("import os, signal, threading; threading.Timer(1, os.kill, (os.getpid(), signal.SIGINT)).start()")
	u.types("server.succeed('sleep 600')")
	u.waits("KeyboardInterrupt")
	u.types("server.succeed('echo $((40+2))')")
	u.waits(`'42\n'`)
	u.types("exit()")
	<-done
	b.checkNothingLeft()
}
