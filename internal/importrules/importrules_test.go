package importrules

import (
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

type listed struct {
	ImportPath   string
	Imports      []string
	TestImports  []string
	XTestImports []string
}

// list asks the go tool for every package of the module.
func list(t *testing.T) []listed {
	t.Helper()
	cmd := exec.Command("go", "list", "-json=ImportPath,Imports,TestImports,XTestImports", module+"...")
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	var pkgs []listed
	dec := json.NewDecoder(strings.NewReader(string(out)))
	for {
		var p listed
		if err := dec.Decode(&p); errors.Is(err, io.EOF) {
			return pkgs
		} else if err != nil {
			t.Fatal(err)
		}
		pkgs = append(pkgs, p)
	}
}

func within(pkg, prefix string) bool {
	return prefix == "" || pkg == prefix || strings.HasPrefix(pkg, strings.TrimSuffix(prefix, "/")+"/")
}

// find returns the most specific row for a package.
func find(pkg string) *row {
	var best *row
	for i := range table {
		if within(pkg, table[i].pkg) && (best == nil || len(table[i].pkg) > len(best.pkg)) {
			best = &table[i]
		}
	}
	return best
}

func TestImports(t *testing.T) {
	for _, p := range list(t) {
		pkg := strings.TrimPrefix(p.ImportPath, module)
		r := find(pkg)
		if r == nil {
			t.Errorf("%s has no row in the import table", pkg)
			continue
		}
		for _, imp := range p.Imports {
			target, ours := strings.CutPrefix(imp, module)
			if !ours || within(target, r.pkg) {
				continue
			}
			if !slices.ContainsFunc(r.may, func(m string) bool { return within(target, m) }) {
				t.Errorf("%s imports %s; its row allows %q", pkg, target, r.may)
			}
		}
	}
}

func TestForbidden(t *testing.T) {
	imports := map[string][]string{}
	for _, p := range list(t) {
		imports[p.ImportPath] = p.Imports
	}
	for prefix, banned := range forbidden {
		for pkg := range imports {
			if !within(strings.TrimPrefix(pkg, module), prefix) {
				continue
			}
			for _, imp := range reachable(imports, pkg) {
				if slices.Contains(banned, imp) {
					t.Errorf("%s reaches %s", pkg, imp)
				}
			}
		}
	}
}

// reachable returns every import of a package and of the packages of berth
// that it imports.
func reachable(imports map[string][]string, pkg string) []string {
	seen := map[string]bool{}
	var all []string
	var visit func(string)
	visit = func(p string) {
		if seen[p] {
			return
		}
		seen[p] = true
		for _, imp := range imports[p] {
			all = append(all, imp)
			visit(imp)
		}
	}
	visit(pkg)
	return all
}

// TestTableGoesUp holds the table itself to its promise: no row may import a
// package whose row stands further down.
func TestTableGoesUp(t *testing.T) {
	index := func(pkg string) int {
		return slices.IndexFunc(table, func(r row) bool { return r.pkg == pkg })
	}
	for i, r := range table {
		for _, m := range r.may {
			if j := index(m); j > i {
				t.Errorf("%s may import %s, which stands above it", r.pkg, m)
			}
		}
	}
}
