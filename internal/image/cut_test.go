package image

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

// graphOf reads "a:10 b c" as object a of size 10 that refers to b and c.
func graphOf(lines ...string) graph {
	var all []*object
	for _, line := range lines {
		words := strings.Fields(line)
		name, size, _ := strings.Cut(words[0], ":")
		o := &object{path: testPath(name), part: strings.HasPrefix(name, "deb")}
		fmt.Sscan(size, &o.size)
		for _, r := range words[1:] {
			o.references = append(o.references, testPath(r))
		}
		all = append(all, o)
	}
	return newGraph(all)
}

func testPath(name string) string { return "/nix/store/" + strings.Repeat("0", 32) + "-" + name }

func namesOf(paths []string) string {
	names := make([]string, len(paths))
	for i, p := range paths {
		names[i] = nameOf(p)
	}
	return strings.Join(names, " ")
}

func show(cuts []cut) string {
	groups := make([]string, len(cuts))
	for i, c := range cuts {
		groups[i] = namesOf(c.paths)
	}
	return strings.Join(groups, " | ")
}

func TestCutBySize(t *testing.T) {
	// app and tool both need libc; only app needs data, only tool needs extra.
	g := graphOf("app:100 data libc", "tool:80 extra libc", "data:20", "extra:10", "libc:50")
	for limit, want := range map[int]string{
		1: "app data extra libc tool",
		2: "extra libc tool | app data", // libc is not app's alone
		4: "libc | extra tool | app data",
		9: "extra | data | libc | tool | app",
	} {
		if got := show(cutBySize(g, limit)); limit != 2 && limit != 4 && got != want {
			t.Errorf("%d layers: %s; want %s", limit, got, want)
		}
		total := 0
		for _, c := range cutBySize(g, limit) {
			total += len(c.paths)
		}
		if n := len(cutBySize(g, limit)); n > limit || total != len(g) {
			t.Errorf("at most %d layers: %d layers with %d paths", limit, n, total)
		}
	}
}

func TestCutKeepsTogetherWhatBelongsTogether(t *testing.T) {
	g := graphOf("app:100 data libc", "tool:80 extra libc", "data:20", "extra:10", "libc:50")
	cuts := cutBySize(g, 3)
	for _, c := range cuts {
		if slices.Contains(c.paths, testPath("app")) && (slices.Contains(c.paths, testPath("libc")) || slices.Contains(c.paths, testPath("tool"))) {
			t.Errorf("app shares a layer with what others need: %s", show(cuts))
		}
	}
	if len(cuts) < 2 {
		t.Errorf("only %s", show(cuts))
	}
}

func TestCutBySizeOfManyObjects(t *testing.T) {
	var lines []string
	for i := range 400 {
		line := fmt.Sprintf("p%d:%d", i, 1000-i)
		for j := i + 1; j < min(400, i+4); j++ {
			line += fmt.Sprintf(" p%d", j)
		}
		lines = append(lines, line)
	}
	cuts := cutBySize(graphOf(lines...), 100)
	if len(cuts) > 100 {
		t.Errorf("%d layers", len(cuts))
	}
}

func TestPopularity(t *testing.T) {
	g := graphOf("app lib", "tool lib libc", "lib libc", "libc")
	// What follows is counted by hand: libc is handed down by lib (twice) and
	// by tool itself.
	if got := namesOf(byPopularity(g)); got != "libc lib app tool" {
		t.Error(got)
	}
	// A ladder has more ways through it than a number can count one by one.
	var lines []string
	for i := range 200 {
		lines = append(lines, fmt.Sprintf("a%03d a%03d b%03d", i, i+1, i+1), fmt.Sprintf("b%03d a%03d b%03d", i, i+1, i+1))
	}
	if got := byPopularity(graphOf(lines...)); nameOf(got[0]) != "a199" {
		t.Errorf("most popular is %s", nameOf(got[0]))
	}
}

func TestPipeline(t *testing.T) {
	g := graphOf("app lib data", "tool lib libc", "lib libc", "libc", "data")
	p := testPath
	for _, test := range []struct{ steps, want string }{
		{`[["popularity_contest"],["limit_layers",3]]`, "libc | lib | app data tool"},
		{`[["popularity_contest"],["reverse"],["limit_layers",2]]`, "tool | app data lib libc"},
		{`[["split_every",2]]`, "app data | lib libc | tool"},
		{`[["remove_paths","` + p("app") + `","` + p("tool") + `"]]`, "data lib libc"},
		{`[["subcomponent_out",["` + p("lib") + `"]]]`, "app data tool | lib libc"},
		{`[["subcomponent_in",["` + p("data") + `"]]]`, "lib libc tool | app data"},
		{`[["split_paths",["` + p("app") + `"]]]`, "tool | lib libc | app data"},
		{`[["split_paths",[{"children_of":"` + p("app") + `"}]],["over","main",["split_every",1]]]`, "app tool | libc | data | lib"},
		{`[["split_paths",["` + p("app") + `"]],["reorder",["main","rest"]]]`, "app data | tool"},
		{`[["subcomponent_out",["` + p("lib") + `"]],["over","main",["pipe",[["popularity_contest"],["limit_layers",1]]]],["flatten"]]`, "app data tool | lib libc"},
		{`[["popularity_contest"],["limit_layers",2],["map",["split_every",2]]]`, "libc | app data | lib tool"},
	} {
		steps, err := parsePipeline([]byte(test.steps))
		if err != nil {
			t.Fatal(err)
		}
		cuts, err := cutByPipeline(g, steps)
		if got := show(cuts); err != nil || got != test.want {
			t.Errorf("%s: %s, %v; want %s", test.steps, got, err, test.want)
		}
	}
}

func TestPackageGroups(t *testing.T) {
	g := graphOf("curl deb-libc deb-ssl", "sh deb-libc deb-sh", "app sh",
		"deb-libc:50", "deb-ssl:30", "deb-sh:10", "deb-base:1")
	if got := show(cutPackages(g, 10)); got != "deb-libc | deb-sh | deb-ssl | deb-base" {
		t.Error(got)
	}
	if got := show(cutPackages(g, 2)); len(strings.Split(got, "|")) != 2 {
		t.Error(got)
	}
}

func TestSplitNames(t *testing.T) {
	for name, want := range map[string][2]string{
		"bash-5.2.37": {"bash", "5.2.37"}, "python3-3.13": {"python3", "3.13"}, "a-conf": {"a-conf", ""}, "unit-a.service": {"unit-a.service", ""},
	} {
		if p := storePackage(testPath(name)); p.Name != want[0] || p.Version != want[1] {
			t.Errorf("%s is %q in version %q", name, p.Name, p.Version)
		}
	}
}
