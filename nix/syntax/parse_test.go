package syntax

import (
	"bytes"
	"errors"
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"berth.dev/nix/diagnostic"
	"berth.dev/test/oracle"
)

// The files in testdata hold cases of this form:
//
//	### name
//	source
//	--->
//	printed tree, or "error: message" and "at line:column"
//
// They were recorded from C++ Nix 2.34.8 with -record. header stands in front of
// every source, so that names need no definition; it is not in the printed tree.
// Cases named "..., place aside" point at a better place than C++ Nix does.
const header = "with {};\n"

const (
	testBase = "/usr" // the oracle runs there
	testHome = "/home/user"
)

var record = flag.Bool("record", false, "write what the oracle says into testdata")

// instantiate returns the nix-instantiate of C++ Nix.
func instantiate(t *testing.T) string {
	t.Helper()
	nix := oracle.Open(t)
	if nix.Version != oracle.Written {
		t.Skipf("drift: Debian has Nix %s, this comparison was written for %s", nix.Version, oracle.Written)
	}
	return nix.Script(t, "nix-instantiate")
}

// ask returns what the oracle makes of a source, in the form of testdata.
func ask(t *testing.T, program, source string) string {
	t.Helper()
	cmd := exec.Command(program, "--parse", "--extra-experimental-features", "pipe-operators", "-")
	cmd.Dir = testBase
	cmd.Env = append(os.Environ(), "HOME="+testHome)
	cmd.Stdin = strings.NewReader(header + source)
	var out, complaint bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &complaint
	if err := cmd.Run(); err != nil {
		if exit := new(exec.ExitError); !errors.As(err, &exit) {
			t.Fatal(err)
		}
		return oracleError(complaint.String())
	}
	return withoutHeader(strings.TrimSuffix(out.String(), "\n"))
}

func oracleError(text string) string {
	lines := strings.SplitN(text[strings.Index(text, "error: "):], "\n", 3)
	at := strings.TrimSpace(lines[1])
	return lines[0] + "\n" + strings.TrimSuffix(strings.Replace(at, "«stdin»:", "", 1), ":")
}

func withoutHeader(printed string) string {
	return strings.TrimSuffix(strings.TrimPrefix(printed, "(with { }; "), ")")
}

// answer returns what Parse makes of a source, in the form of testdata.
func answer(source string) string {
	symbols, positions := NewSymbolTable(), diagnostic.NewTable()
	e, err := Parse([]byte(header+source), Options{
		Origin: diagnostic.Origin{Kind: diagnostic.OriginStdin}, BasePath: testBase, Home: testHome,
		Symbols: symbols, Positions: positions, PipeOperators: true,
	})
	if d := new(diagnostic.Diagnostic); errors.As(err, &d) {
		at, _ := positions.Locate(d.Pos)
		return "error: " + d.Message + "\nat " + strings.TrimPrefix(at.String(), "«stdin»:")
	}
	return withoutHeader(Print(e, symbols))
}

type testCase struct{ name, source, want string }

func readCases(t testing.TB, file string) (cases []testCase) {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	for _, part := range strings.Split("\n"+string(data), "\n### ")[1:] {
		name, rest, _ := strings.Cut(part, "\n")
		source, want, _ := strings.Cut(rest, "\n--->\n")
		cases = append(cases, testCase{name, source, strings.TrimSuffix(want, "\n")})
	}
	return cases
}

func TestParse(t *testing.T) {
	for _, file := range []string{"okay.txt", "fail.txt"} {
		file = filepath.Join("testdata", file)
		cases := readCases(t, file)
		if *record {
			recordCases(t, file, cases)
			continue
		}
		if len(cases) == 0 {
			t.Fatalf("%s: no cases", file)
		}
		for _, c := range cases {
			t.Run(c.name, func(t *testing.T) {
				got, want := answer(c.source), c.want
				if strings.HasSuffix(c.name, ", place aside") {
					got, want = firstLine(got), firstLine(want)
				}
				if got != want {
					t.Errorf("%s\n got %s\nwant %s", c.source, got, want)
				}
			})
		}
	}
}

func firstLine(text string) string {
	line, _, _ := strings.Cut(text, "\n")
	return line
}

func recordCases(t *testing.T, file string, cases []testCase) {
	program := instantiate(t)
	var b strings.Builder
	for _, c := range cases {
		b.WriteString("### " + c.name + "\n" + c.source + "\n--->\n" + ask(t, program, c.source) + "\n")
	}
	if err := os.WriteFile(file, []byte(b.String()), 0o666); err != nil {
		t.Fatal(err)
	}
}
