package debian

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestParseRelations(t *testing.T) {
	got, err := ParseRelations("libc6 (>= 2.38), python3:any (>=3.9~), awk, \n mail-transport-agent | exim4 (= 4-1),, old (< 2)")
	if err != nil {
		t.Fatal(err)
	}
	want := []Group{
		{{"libc6", ">=", "2.38"}},
		{{"python3", ">=", "3.9~"}},
		{{Name: "awk"}},
		{{Name: "mail-transport-agent"}, {"exim4", "=", "4-1"}},
		{{"old", "<=", "2"}},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	for _, bad := range []string{"a (>= 1", "a b", "| a", "a (~ 1)", "(>= 1)"} {
		if got, err := ParseRelations(bad); err == nil {
			t.Errorf("%q was read as %v", bad, got)
		}
	}
}

func TestAcceptsProvided(t *testing.T) {
	for _, c := range []struct {
		relation Relation
		version  string
		want     bool
	}{
		{Relation{Name: "x"}, "", true},
		{Relation{"x", ">=", "1"}, "", false}, // an unversioned provision fulfils no versioned dependency
		{Relation{"x", ">=", "1"}, "1.5", true},
		{Relation{"x", "<<", "1"}, "1.5", false},
	} {
		if got := c.relation.AcceptsProvided(c.version); got != c.want {
			t.Errorf("%s by a provision in version %q: %v", c.relation, c.version, got)
		}
	}
}
