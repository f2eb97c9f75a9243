package cli

import (
	"context"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/containerd/console"
)

// screen collects what a terminal shows.
type screen struct {
	mu   sync.Mutex
	text strings.Builder
}

func (s *screen) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.text.Write(p)
}

func (s *screen) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.text.String()
}

// typist types into a dialogue at a pseudo-terminal.
type typist struct {
	t        *testing.T
	terminal console.Console
	screen   *screen
}

// await waits until the terminal shows a text behind what was seen before.
func (p *typist) await(text string) {
	p.t.Helper()
	deadline := time.Now().Add(20 * time.Second)
	for time.Now().Before(deadline) {
		p.screen.mu.Lock()
		shown := p.screen.text.String()
		if i := strings.Index(shown, text); i >= 0 {
			p.screen.text.Reset()
			p.screen.text.WriteString(shown[i+len(text):])
			p.screen.mu.Unlock()
			return
		}
		p.screen.mu.Unlock()
		time.Sleep(5 * time.Millisecond)
	}
	p.t.Fatalf("the terminal does not show %q but %q", text, p.screen)
}

func (p *typist) enter(keys string) {
	p.t.Helper()
	if _, err := io.WriteString(p.terminal, keys); err != nil {
		p.t.Fatal(err)
	}
}

// TestReplAtTerminal types into a dialogue: completion, a line that goes on, a
// line given up, history, and the end.
func TestReplAtTerminal(t *testing.T) {
	terminal, name, err := console.NewPty()
	if err != nil {
		t.Skipf("needs a pseudo-terminal: %v", err)
	}
	defer terminal.Close()
	side, err := os.OpenFile(name, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer side.Close()
	home := t.TempDir()
	p := &typist{t, terminal, &screen{}}
	go io.Copy(p.screen, terminal)
	status := make(chan int, 1)
	go func() {
		status <- Run(context.Background(), Process{
			Args: []string{"repl"}, Stdin: side, Stdout: side, Stderr: side, Dir: home,
			Getenv: func(variable string) string {
				return map[string]string{"HOME": home, "NO_COLOR": "1", "BERTH_STATE_DIR": filepath.Join(home, "state")}[variable]
			},
		})
	}()
	p.await("berth> ")
	p.enter("builtins.stringL\t \"four\"\r")
	p.await("builtins.stringLength")
	p.await("4\r\n")
	p.await("berth> ")
	p.enter("[ 1\r")
	p.await("     | ")
	p.enter("2 ]\r")
	p.await("  2\r\n]")
	p.await("berth> ")
	p.enter("never sent\x03")
	p.await("berth> ")
	p.enter("40 + 2\r")
	p.await("42")
	p.await("berth> ")
	p.enter("\x1b[A\r") // the line before
	p.await("42")
	p.await("berth> ")
	p.enter("\x04")
	select {
	case got := <-status:
		if got != exitOK {
			t.Errorf("exit status is %d", got)
		}
	case <-time.After(10 * time.Second):
		t.Fatal("ctrl-D does not end the dialogue")
	}
	history, err := os.ReadFile(filepath.Join(home, ".local/state/berth/repl-history"))
	if err != nil || !strings.HasSuffix(string(history), "40 + 2\n") || strings.Contains(string(history), "never sent") {
		t.Errorf("history is %q, %v", history, err)
	}
}
