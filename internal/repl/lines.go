package repl

import (
	"bufio"
	"errors"
	"io"
	"os"
	"strings"
	"sync/atomic"

	"golang.org/x/term"
)

// Plain reads lines that nobody types. It shows no prompts.
type Plain struct{ reader *bufio.Reader }

// NewPlain reads from a stream.
func NewPlain(r io.Reader) *Plain { return &Plain{bufio.NewReader(r)} }

// ReadLine implements [Lines].
func (p *Plain) ReadLine(string) (string, error) {
	line, err := p.reader.ReadString('\n')
	if errors.Is(err, io.EOF) && line != "" {
		err = nil
	}
	return strings.TrimRight(line, "\r\n"), err
}

// Terminal reads lines that someone types, with editing, history and
// completion. The terminal is in raw mode only while a line is read, so that
// ctrl-C is a signal at all other times.
type Terminal struct {
	in       *os.File
	out      io.Writer
	history  *History
	complete Completer
	editor   *term.Terminal
	keys     *keys
}

// Completer returns what the word that ends at a byte of the line could become,
// and where the word starts.
type Completer func(line string, end int) (start int, candidates []string)

// NewTerminal returns a reader of typed lines.
func NewTerminal(in *os.File, out io.Writer, history *History, complete Completer) *Terminal {
	t := &Terminal{in: in, out: out, history: history, complete: complete}
	t.reset()
	return t
}

func (t *Terminal) reset() {
	t.keys = &keys{in: t.in, out: t.out}
	t.editor = term.NewTerminal(t.keys, "")
	t.editor.History = t.history
	t.editor.AutoCompleteCallback = t.onKey
}

// ReadLine implements [Lines].
func (t *Terminal) ReadLine(prompt string) (string, error) {
	state, err := term.MakeRaw(int(t.in.Fd()))
	if err != nil {
		return "", err
	}
	defer term.Restore(int(t.in.Fd()), state)
	if width, height, err := term.GetSize(int(t.in.Fd())); err == nil && width > 0 && height > 0 {
		_ = t.editor.SetSize(width, height)
	}
	t.editor.SetPrompt(prompt)
	t.editor.SetBracketedPasteMode(true)
	line, err := t.editor.ReadLine()
	t.editor.SetBracketedPasteMode(false)
	switch {
	case errors.Is(err, term.ErrPasteIndicator):
		return line, nil
	case errors.Is(err, io.EOF):
		cancelled := t.keys.cancelled.Load()
		_, _ = io.WriteString(t.out, "\r\n")
		if cancelled {
			t.reset() // drops what was typed
			return "", ErrCancelled
		}
	}
	return line, err
}

// keys notes a ctrl-C, which the editor does not tell from a ctrl-D.
type keys struct {
	in        io.Reader
	out       io.Writer
	cancelled atomic.Bool
}

const ctrlC = 3

func (k *keys) Read(buf []byte) (int, error) {
	n, err := k.in.Read(buf)
	for _, b := range buf[:n] {
		if b == ctrlC {
			k.cancelled.Store(true)
		}
	}
	return n, err
}

func (k *keys) Write(buf []byte) (int, error) { return k.out.Write(buf) }

// onKey completes the word before the cursor.
func (t *Terminal) onKey(line string, pos int, key rune) (string, int, bool) {
	if key != '\t' {
		return "", 0, false
	}
	start, candidates := t.complete(line, pos)
	if len(candidates) == 0 {
		return line, pos, true
	}
	common := commonPrefix(candidates)
	if len(candidates) > 1 && common == line[start:pos] {
		t.show(candidates)
		return line, pos, true
	}
	return line[:start] + common + line[pos:], start + len(common), true
}

// show lists candidates above the line that is being edited.
func (t *Terminal) show(candidates []string) {
	const most = 100
	rest := ""
	if len(candidates) > most {
		rest = " … and " + count(len(candidates)-most, "more")
		candidates = candidates[:most]
	}
	_, _ = io.WriteString(t.editor, strings.Join(candidates, "  ")+strings.TrimSuffix(rest, "s")+"\n")
}

func commonPrefix(words []string) string {
	prefix := words[0]
	for _, word := range words[1:] {
		for !strings.HasPrefix(word, prefix) {
			prefix = prefix[:len(prefix)-1]
		}
	}
	return prefix
}

// History remembers lines in a file.
type History struct {
	file  string // empty: in memory only
	lines []string
}

// historyLimit is how many lines are remembered.
const historyLimit = 1000

// ReadHistory reads the lines of earlier dialogues; a file that is absent or
// cannot be read has none.
func ReadHistory(file string) *History {
	h := &History{file: file}
	if text, err := os.ReadFile(file); err == nil {
		h.lines = strings.Split(strings.TrimSuffix(string(text), "\n"), "\n")
		h.lines = h.lines[max(0, len(h.lines)-historyLimit):]
	}
	return h
}

// Add implements term.History. A line that cannot be saved is remembered for
// this dialogue.
func (h *History) Add(line string) {
	if strings.TrimSpace(line) == "" || len(h.lines) > 0 && h.lines[len(h.lines)-1] == line {
		return
	}
	h.lines = append(h.lines, line)
	if h.file == "" {
		return
	}
	if f, err := os.OpenFile(h.file, os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o600); err == nil {
		_, _ = f.WriteString(line + "\n")
		_ = f.Close()
	}
}

// Len implements term.History.
func (h *History) Len() int { return len(h.lines) }

// At implements term.History; 0 is the newest line.
func (h *History) At(i int) string { return h.lines[len(h.lines)-1-i] }
