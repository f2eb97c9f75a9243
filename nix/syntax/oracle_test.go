package syntax

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"berth.dev/nix/diagnostic"
)

// TestOracle compares random programs, right and wrong, with C++ Nix.
// BERTH_ORACLE_PROGRAMS is their number, BERTH_ORACLE_SEED the first seed.
func TestOracle(t *testing.T) {
	program := instantiate(t)
	count, seed := number("BERTH_ORACLE_PROGRAMS", 200), number("BERTH_ORACLE_SEED", 1)
	comparison := comparison{t: t, program: program, dir: t.TempDir()}
	for i := range count {
		random := rand.New(rand.NewPCG(uint64(seed), uint64(i)))
		source := generate(random)
		if i%2 == 1 {
			source = corrupt(random, source)
		}
		comparison.add(source)
	}
	comparison.flush()
	t.Logf("%d programs, %d of them wrong, %d differences", count, comparison.wrong, comparison.differences)
}

func number(variable string, otherwise int) int {
	if n, err := strconv.Atoi(os.Getenv(variable)); err == nil {
		return n
	}
	return otherwise
}

// comparison asks the oracle for many correct programs at a time, but for wrong
// ones one by one: it stops at the first.
type comparison struct {
	t           *testing.T
	program     string
	dir         string
	files       []string
	answers     []string
	sources     []string
	wrong       int
	differences int
	seen        int
}

const batch = 50

func (c *comparison) add(source string) {
	file := filepath.Join(c.dir, strconv.Itoa(c.seen)+".nix")
	c.seen++
	if err := os.WriteFile(file, []byte(header+source), 0o666); err != nil {
		c.t.Fatal(err)
	}
	answer, ok := c.ours(file, source)
	if !ok {
		c.wrong++
		c.check(source, answer, c.ask(file))
		return
	}
	c.files, c.answers, c.sources = append(c.files, file), append(c.answers, answer), append(c.sources, source)
	if len(c.files) == batch {
		c.flush()
	}
}

func (c *comparison) ours(file, source string) (string, bool) {
	symbols, positions := NewSymbolTable(), diagnostic.NewTable()
	e, err := Parse([]byte(header+source), Options{
		Origin: diagnostic.File(file), BasePath: c.dir, Home: testHome,
		Symbols: symbols, Positions: positions, PipeOperators: true,
	})
	if d := new(diagnostic.Diagnostic); errors.As(err, &d) {
		at, _ := positions.Locate(d.Pos)
		return fmt.Sprintf("error: %s at %s", d.Message, at), false
	}
	return Print(e, symbols), true
}

func (c *comparison) flush() {
	text := c.ask(c.files...)
	answers := strings.Split(text, "\n")
	for i, answer := range c.answers {
		theirs := ""
		if len(answers) == len(c.answers) {
			theirs = answers[i]
		} else {
			theirs = c.ask(c.files[i])
		}
		c.check(c.sources[i], answer, theirs)
	}
	c.files, c.answers, c.sources = nil, nil, nil
}

// ask returns the trees, one on a line, or the first error.
func (c *comparison) ask(files ...string) string {
	if len(files) == 0 {
		return ""
	}
	arguments := append([]string{"--parse", "--extra-experimental-features", "pipe-operators"}, files...)
	cmd := exec.Command(c.program, arguments...)
	cmd.Env = append(os.Environ(), "HOME="+testHome)
	var out, complaint strings.Builder
	cmd.Stdout, cmd.Stderr = &out, &complaint
	if cmd.Run() == nil {
		return strings.TrimSuffix(out.String(), "\n")
	}
	text := complaint.String()
	lines := strings.SplitN(text[max(0, strings.LastIndex(text, "error: ")):], "\n", 3)
	if len(lines) < 2 {
		return text
	}
	return lines[0] + " " + strings.TrimSuffix(strings.TrimSpace(lines[1]), ":")
}

func (c *comparison) check(source, ours, theirs string) {
	if ours == theirs || placeAside(ours) && firstWords(ours) == firstWords(theirs) {
		return
	}
	c.differences++
	c.t.Errorf("%q\n  ours %s\ntheirs %s", source, ours, theirs)
}

// placeAside reports whether a message may point at another place than C++ Nix,
// which loses track at the end of a path.
func placeAside(message string) bool {
	return strings.HasPrefix(message, "error: path has") || strings.HasPrefix(message, "error: syntax error, unexpected end of")
}

// firstWords is a message without its place.
func firstWords(message string) string {
	words, _, _ := strings.Cut(message, " at ")
	return words
}
