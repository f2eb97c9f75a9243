package catalogue

import (
	"strings"
	"testing"
)

func TestFind(t *testing.T) {
	all := []Package{
		{Name: "libpq", Description: "client library of PostgreSQL"},
		{Name: "my-postgres-tool"}, {Name: "postgresql", Description: "a database"}, {Name: "sqlite", Description: "a database"},
	}
	for query, want := range map[string]string{
		"postgres":       "postgresql my-postgres-tool libpq",
		"POSTGRES tool":  "my-postgres-tool",
		"client library": "libpq",
		"database":       "postgresql sqlite",
		"nothing":        "",
	} {
		var got []string
		for _, p := range Find(all, strings.Fields(query), func(p Package) (string, string) { return p.Name, p.Description }) {
			got = append(got, p.Name)
		}
		if joined := strings.Join(got, " "); joined != want {
			t.Errorf("%s finds %q, want %q", query, joined, want)
		}
	}
}
