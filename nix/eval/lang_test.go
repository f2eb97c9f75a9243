package eval

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"berth.dev/nix/nar"
)

// disk is the operating system's file system.
type disk struct{}

func (disk) Lstat(p string) (nar.Node, error)     { return nar.Disk(p).Stat("") }
func (disk) ReadFile(p string) ([]byte, error)    { return os.ReadFile(p) }
func (disk) Open(p string) (io.ReadCloser, error) { return os.Open(p) }

func (disk) ReadDir(p string) ([]DirEntry, error) {
	entries, err := os.ReadDir(p)
	if err != nil {
		return nil, err
	}
	list := make([]DirEntry, len(entries))
	for i, e := range entries {
		node, err := nar.Disk(filepath.Join(p, e.Name())).Stat("")
		if err != nil {
			return nil, err
		}
		list[i] = DirEntry{Name: e.Name(), Kind: node.Kind}
	}
	return list, nil
}

// newTestEvaluator returns an evaluator with a store in memory.
func newTestEvaluator(t testing.TB) *Evaluator {
	t.Helper()
	store := NewMemoryStore()
	return New(Config{Files: store.Files(disk{}), Store: store, Environment: Environment{System: "x86_64-linux"}})
}

// strict evaluates everything in a value and writes it, or the error.
func strict(ev *Evaluator, v *Value, err error) string {
	if err == nil {
		err = ev.ForceDeep(v)
	}
	text := ""
	if err == nil {
		text, err = ev.Print(v, PrintInstantiate)
	}
	if err != nil {
		message, _, _ := strings.Cut(err.Error(), "\n")
		return "error: " + message
	}
	return text
}

func langDirectory(t testing.TB) string {
	t.Helper()
	directory, err := filepath.Abs("testdata/lang")
	if err != nil {
		t.Fatal(err)
	}
	return directory
}

// TestLists evaluates files that hold a list of expressions, and compares the
// value or error of each with what C++ Nix printed.
func TestLists(t *testing.T) {
	directory := langDirectory(t)
	files, err := filepath.Glob(filepath.Join(directory, "eval-*.nix"))
	if err != nil || len(files) == 0 {
		t.Fatal("no test programs", err)
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			ev := newTestEvaluator(t)
			list, err := ev.EvalFile(file)
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for i, v := range list.List() {
				text := strict(ev, v, nil)
				if failed := strings.HasPrefix(text, "error: "); failed != strings.HasPrefix(filepath.Base(file), "eval-fail") {
					t.Errorf("expression %d: %s", i, text)
				}
				got = append(got, strings.ReplaceAll(text, directory, "$DIR"))
			}
			programs := make([]string, len(got))
			for i := range programs {
				programs[i] = "builtins.elemAt (import " + file + ") " + itoa(int64(i))
			}
			compare(t, got, golden(file), programs)
		})
	}
}

// TestTexts evaluates the lines of a file, each a program that fails.
func TestTexts(t *testing.T) {
	directory := langDirectory(t)
	data, err := os.ReadFile(filepath.Join(directory, "eval-fail.lines"))
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	lines := strings.Split(strings.TrimRight(string(data), "\n"), "\n")
	for _, line := range lines {
		ev := newTestEvaluator(t)
		v, err := ev.EvalString(line, directory)
		text := strict(ev, v, err)
		if !strings.HasPrefix(text, "error: ") {
			t.Errorf("%s: got %s", line, text)
		}
		got = append(got, strings.ReplaceAll(text, directory, "$DIR"))
	}
	compare(t, got, filepath.Join(directory, "eval-fail.lines.err"), lines)
}

// golden names the file with the expected lines of a program.
func golden(file string) string {
	extension := ".exp"
	if strings.HasPrefix(filepath.Base(file), "eval-fail") {
		extension = ".err"
	}
	return strings.TrimSuffix(file, ".nix") + extension
}

// compare checks lines against a golden file, or records that.
func compare(t *testing.T, got []string, file string, programs []string) {
	t.Helper()
	if *update {
		r := openReference(t, filepath.Dir(file))
		var out bytes.Buffer
		for _, program := range programs {
			out.WriteString(r.alone(program) + "\n")
		}
		if err := os.WriteFile(file, out.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	want := strings.Split(strings.TrimSuffix(string(data), "\n"), "\n")
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("differs from C++ Nix (-want +got):\n%s", diff)
	}
	t.Run("reference", func(t *testing.T) { compareLive(t, want, filepath.Dir(file), programs) })
}

// compareLive checks that the golden file is what C++ Nix says today.
func compareLive(t *testing.T, want []string, directory string, programs []string) {
	r := openReference(t, directory)
	var asked, expected []string
	for i, answer := range want {
		if *everything || !strings.HasPrefix(answer, "error: ") || i%someFailures == 0 {
			asked, expected = append(asked, programs[i]), append(expected, answer)
		}
	}
	if diff := cmp.Diff(expected, r.answers(asked)); diff != "" {
		t.Errorf("golden file differs from C++ Nix (-golden +live):\n%s", diff)
	}
}
