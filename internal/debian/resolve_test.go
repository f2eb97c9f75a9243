package debian

import (
	"errors"
	"io"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// stanza makes a Packages paragraph with what every one has.
func stanza(name, version string, fields ...string) string {
	return "Package: " + name + "\nVersion: " + version + "\nArchitecture: amd64\nSHA256: " + strings.Repeat("ab", 32) +
		"\nSize: 10\nFilename: pool/main/" + name + "_" + version + ".deb\n" + strings.Join(fields, "\n") + "\n\n"
}

// indexOf writes and opens the compact index of Packages files.
func indexOf(t *testing.T, packages ...string) *Index {
	t.Helper()
	path := filepath.Join(t.TempDir(), "test.index")
	var readers []io.Reader
	for _, p := range packages {
		readers = append(readers, strings.NewReader(p))
	}
	if err := WriteIndex(path, readers...); err != nil {
		t.Fatal(err)
	}
	x, err := OpenIndex(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { x.Close() })
	return x
}

func TestResolve(t *testing.T) {
	x := indexOf(t, strings.Join([]string{
		stanza("app", "1", "Depends: lib (>= 2) | other, awk, tool | replacement"),
		stanza("lib", "1.9"), // too old for app; the update below fixes that only in one case
		stanza("other", "1", "Depends: cycle-a"),
		stanza("cycle-a", "1", "Depends: cycle-b"),
		stanza("cycle-b", "1", "Depends: cycle-a"),
		stanza("mawk", "1", "Provides: awk", "Priority: required"),
		stanza("gawk", "1", "Provides: awk", "Priority: optional"),
		stanza("busy-awk", "1", "Provides: awk", "Priority: required"),
		stanza("replacement", "1", "Provides: tool (= 3)"),
		stanza("strict", "1", "Depends: awk (>= 1)"),
		stanza("needs-tool", "1", "Pre-Depends: tool (>= 2)"),
		stanza("lonely", "1", "Depends: missing (>= 1) | absent"),
		stanza("enemy", "1", "Conflicts: tool (<< 4)"),
		stanza("breaker", "1", "Breaks: lib (<< 2)", "Depends: lib"),
		stanza("self", "1", "Conflicts: virtual", "Provides: virtual"),
	}, ""), stanza("lib", "1.8", "Depends: absent"))
	for _, c := range []struct {
		name  string
		seeds []string
		want  string // names, or what the error says
	}{
		{"alternatives, providers by priority and name, cycles", []string{"app"}, "app busy-awk cycle-a cycle-b other replacement"},
		{"a selected provider is enough", []string{"gawk", "app"}, "app cycle-a cycle-b gawk other replacement"},
		{"unversioned provision", []string{"strict"}, "error: awk (>= 1)"},
		{"versioned provision", []string{"needs-tool"}, "needs-tool replacement"},
		{"virtual seed", []string{"tool"}, "replacement"},
		{"no candidate", []string{"lonely"}, "error: missing (>= 1) | absent"},
		{"unknown seed", []string{"nothing"}, `error: no package "nothing"`},
		{"conflict with a provided version", []string{"enemy", "replacement"}, "error: enemy says Conflicts: tool (<< 4)"},
		{"breaks", []string{"breaker"}, "error: breaker says Breaks: lib (<< 2)"},
		{"conflict with itself", []string{"self"}, "self"},
		{"nothing", nil, ""},
	} {
		closure, err := Resolve(c.seeds, x)
		if got := describeClosure(closure, err); got != c.want {
			t.Errorf("%s: got %q, expected %q", c.name, got, c.want)
		}
	}
}

func describeClosure(closure []Record, err error) string {
	if err != nil {
		return "error: " + reason(err)
	}
	var names []string
	for _, r := range closure {
		names = append(names, r.Name)
	}
	return strings.Join(names, " ")
}

// reason says what a typed error is about.
func reason(err error) string {
	var unsatisfied *UnsatisfiedError
	var missing *MissingError
	var conflict *ConflictError
	switch {
	case errors.As(err, &unsatisfied):
		return unsatisfied.Group.String()
	case errors.As(err, &missing):
		return `no package "` + missing.Name + `"`
	case errors.As(err, &conflict):
		return conflict.Package + " says " + conflict.Field + ": " + conflict.Relation.String()
	}
	return err.Error()
}

func TestNewestVersionOverSuitesWins(t *testing.T) {
	x := indexOf(t, stanza("a", "1.0-1", "Essential: yes", "Description: first\n and more"), stanza("a", "1.0-1+deb13u1", "Essential: yes", "Section: misc"))
	r, ok, err := x.Package("a")
	if err != nil || !ok {
		t.Fatal(r, ok, err)
	}
	if r.Version != "1.0-1+deb13u1" || !r.Essential || r.Section != "misc" || r.Size != 10 {
		t.Errorf("got %+v", r)
	}
	if diff := cmp.Diff([]string{"a"}, x.Essential()); diff != "" {
		t.Error(diff)
	}
}

// TestLockedClosureNeedsNoIndex resolves from a lock alone what an index gave
// before, and new names from both.
func TestLockedClosureNeedsNoIndex(t *testing.T) {
	x := indexOf(t, stanza("app", "1", "Depends: absent | lib, awk")+stanza("lib", "1")+stanza("mawk", "1", "Provides: awk")+stanza("new", "1", "Depends: lib, app"))
	closure, err := Resolve([]string{"app"}, x)
	if err != nil {
		t.Fatal(err)
	}
	lock := &Lock{Packages: closure}
	again, err := Resolve([]string{"app"}, lock, failing{})
	if err != nil {
		t.Fatal("the lock was not enough: ", err)
	}
	if diff := cmp.Diff(closure, again); diff != "" {
		t.Error(diff)
	}
	newer := indexOf(t, stanza("lib", "2")+stanza("new", "1", "Depends: lib, app"))
	mixed, err := Resolve([]string{"new"}, lock, newer)
	if err != nil {
		t.Fatal(err)
	}
	at := slices.IndexFunc(mixed, func(r Record) bool { return r.Name == "lib" })
	if at < 0 || mixed[at].Version != "1" {
		t.Errorf("the locked lib was replaced: %+v", mixed)
	}
}

// failing is a universe that must not be asked.
type failing struct{}

func (failing) Package(string) (Record, bool, error) {
	return Record{}, false, errors.New("the index was opened")
}
func (failing) Providers(string) ([]Provider, error) { return nil, errors.New("the index was opened") }

func TestSuggest(t *testing.T) {
	x := indexOf(t, stanza("curl", "1")+stanza("libcurl4", "1")+stanza("cups", "1")+stanza("postgresql-17", "1")+stanza("postgresql-client", "1")+stanza("postgresql", "1"))
	for wanted, first := range map[string]string{"curll": "curl", "crul": "curl", "postgresq": "postgresql", "Postgresql-": "postgresql", "zzzzzz": ""} {
		got := near(wanted, x.Names)
		if strings.Join(got[:min(1, len(got))], "") != first {
			t.Errorf("near(%q) = %v, expected %q first", wanted, got, first)
		}
	}
}
