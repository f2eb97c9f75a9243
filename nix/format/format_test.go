package format

import (
	"errors"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"berth.dev/nix/diagnostic"
	"berth.dev/nix/syntax"
	"github.com/google/go-cmp/cmp"
)

func source(t testing.TB, text string) string {
	t.Helper()
	out, err := Source([]byte(text), diagnostic.File("f.nix"), diagnostic.NewTable())
	if err != nil {
		t.Fatalf("%v in\n%s", err, text)
	}
	return string(out)
}

// TestCases reads testdata/*.txt: what stands in front of a line of dashes is
// formatted and compared with what stands behind it.
func TestCases(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatalf("no cases: %v", err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for i, part := range strings.Split(string(text), "====\n") {
			input, want, ok := strings.Cut(part, "----\n")
			if !ok {
				t.Fatalf("%s: case %d has no line of dashes", file, i+1)
			}
			got := source(t, input)
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("%s, case %d (-want +got):\n%s", file, i+1, diff)
			}
			if again := source(t, got); again != got {
				t.Errorf("%s, case %d changes again:\n%s", file, i+1, cmp.Diff(got, again))
			}
		}
	}
}

// TestRepository formats every Nix file of the repository.
func TestRepository(t *testing.T) {
	count := 0
	err := filepath.WalkDir("../..", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || filepath.Ext(name) != ".nix" {
			return err
		}
		text, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		out, err := Source(text, diagnostic.File(name), diagnostic.NewTable())
		var found *diagnostic.Diagnostic
		if errors.As(err, &found) {
			return nil // a test of the parser
		}
		if err != nil {
			t.Errorf("%s: %v", name, err)
			return nil
		}
		count++
		checkStable(t, string(text), string(out))
		return nil
	})
	if err != nil || count < 100 {
		t.Errorf("formatted %d files: %v", count, err)
	}
}

// checkStable checks what must hold for all programs, besides the tree, which
// Source itself compares.
func checkStable(t *testing.T, before, after string) {
	t.Helper()
	if again := source(t, after); again != after {
		t.Errorf("formatting twice differs (-once +twice):\n%s\nof\n%s", cmp.Diff(after, again), before)
	}
	if diff := cmp.Diff(comments(before), comments(after)); diff != "" {
		t.Errorf("comments differ (-before +after):\n%s\nof\n%s", diff, before)
	}
}

// comments returns the comments of a program, without the indentation of
// their lines.
func comments(text string) []string {
	var all []string
	end := 0
	for _, token := range syntax.Tokens(text) {
		var l lexeme
		g := gap{text: text, at: end, end: token.Start, first: end == 0, last: token.Class == syntax.TokenEnd}
		g.read(&l)
		if g.after != nil {
			l.before = append([]comment{*g.after}, l.before...)
		}
		for _, c := range l.before {
			lines := strings.Split(c.text, "\n")
			for i := range lines {
				lines[i] = strings.TrimSpace(lines[i])
			}
			all = append(all, strings.Join(lines, "\n"))
		}
		end = token.End
	}
	return all
}

// TestScrambled formats the programs of the repository after all their blanks
// were replaced by others, with comments in between.
func TestScrambled(t *testing.T) {
	count := 0
	err := filepath.WalkDir("../..", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || filepath.Ext(name) != ".nix" {
			return err
		}
		text, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		count++
		random := rand.New(rand.NewPCG(1, uint64(count)))
		scrambled := scramble(random, string(text))
		var found *diagnostic.Diagnostic
		out, err := Source([]byte(scrambled), diagnostic.File(name), diagnostic.NewTable())
		switch {
		case errors.As(err, &found): // a test of the parser
		case err != nil:
			t.Errorf("%s: %v", name, err)
		default:
			checkStable(t, scrambled, string(out))
		}
		return nil
	})
	if err != nil || count < 100 {
		t.Errorf("formatted %d files: %v", count, err)
	}
}

func scramble(random *rand.Rand, text string) string {
	fillers := []string{" ", " ", " ", "  ", "\n", "\n\n\n", " # c\n", "\n# c\n", " /* c */ ", "\n/* a\n   b */\n", "\n  /** d */"}
	var b strings.Builder
	end := 0
	for _, token := range syntax.Tokens(text) {
		if token.Start > end || random.IntN(4) == 0 {
			b.WriteString(fillers[random.IntN(len(fillers))])
			b.WriteByte(' ')
		}
		b.WriteString(text[token.Start:token.End])
		end = token.End
	}
	return b.String()
}

// TestDeepNesting formats what the parser just accepts.
func TestDeepNesting(t *testing.T) {
	for _, text := range []string{
		strings.Repeat("(", 9000) + "1" + strings.Repeat(")", 9000),
		strings.Repeat("[", 4000) + strings.Repeat("]", 4000),
		"1" + strings.Repeat(" + 1", 50000),
	} {
		source(t, text)
	}
}

func FuzzSource(f *testing.F) {
	for _, seed := range []string{
		"{ a ? 1, b, ... }@c: let x = 1; in x", "# c\n[ 1 /* d */ (a: b) ''\n  x ${y}\n'' ]", "a.b or c // { inherit (x) y; }",
		"{ a, # x\n b # y\n}: http://x", "- ./x/y", "if a then b else if c then d else e", "with a; assert b; c", "{ a = 1 /* x */; }",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		out, err := Source([]byte(text), diagnostic.File("f"), diagnostic.NewTable())
		var found *diagnostic.Diagnostic
		if errors.As(err, &found) {
			return
		}
		if err != nil {
			t.Fatal(err)
		}
		checkStable(t, text, string(out))
	})
}
