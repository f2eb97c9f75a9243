package root

import (
	"bytes"
	"encoding/json"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"berth.dev/internal/debian"
	"berth.dev/internal/description"
)

// recipeNames lists the packages of the table, refusing unknown fields.
func recipeNames(t *testing.T) []string {
	t.Helper()
	decoder := json.NewDecoder(bytes.NewReader(recipesText))
	decoder.DisallowUnknownFields()
	table := map[string]recipe{}
	if err := decoder.Decode(&table); err != nil {
		t.Fatal(err)
	}
	var names []string
	for name := range table {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// viewOf writes parts: package -> path -> text. A text that begins with "-> "
// is a link.
func viewOf(t *testing.T, packages map[string]map[string]string) *view {
	t.Helper()
	v := &view{}
	for name, files := range packages {
		dir := t.TempDir()
		for path, text := range files {
			writeTestFile(t, filepath.Join(dir, path), text)
		}
		v.parts = append(v.parts, part{dir, &debian.Part{Name: name}})
	}
	slices.SortFunc(v.parts, func(a, b part) int { return strings.Compare(a.manifest.Name, b.manifest.Name) })
	return v
}

func writeTestFile(t *testing.T, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if target, ok := strings.CutPrefix(text, "-> "); ok {
		if err := os.Symlink(target, path); err != nil {
			t.Fatal(err)
		}
		return
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

func newTree(t *testing.T) (*tree, string) {
	t.Helper()
	dir := t.TempDir()
	root, err := os.OpenRoot(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { root.Close() })
	return &tree{root: root, leaveOwners: true}, dir
}

func TestRenderUnit(t *testing.T) {
	got := renderUnit(description.Unit{
		Sections: map[string]map[string][]string{
			"Install": {"WantedBy": {"multi-user.target"}},
			"Service": {"ExecStart": {"", "/bin/a", "/bin/b"}, "Type": {"oneshot"}},
			"Unit":    {"Description": {"x"}},
		},
		Environment: map[string]string{"B": `say "hi" \ there`, "A": "1"},
	}, map[string]string{"A": "0", "TZDIR": "/x"}, true)
	want := `[Unit]
Description=x

[Service]
Environment="A=1"
Environment="B=say \"hi\" \\ there"
Environment="TZDIR=/x"
ExecStart=
ExecStart=/bin/a
ExecStart=/bin/b
Type=oneshot

[Install]
WantedBy=multi-user.target
`
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if got := renderUnit(description.Unit{Text: "[Unit]\n", Environment: map[string]string{"A": "1"}}, nil, true); got != "[Unit]\n" {
		t.Errorf("a whole text became %q", got)
	}
}

func TestUnits(t *testing.T) {
	tr, dir := newTree(t)
	section := map[string]map[string][]string{"Service": {"ExecStart": {"/bin/x"}}}
	set := unitSet{
		dir: "etc/systemd/system", vendor: systemUnits,
		available: map[string]string{"shipped.service": "/usr/lib/systemd/system/shipped.service", "built.service": "/nix/store/x-built/lib/systemd/system/built.service"},
		units: map[string]description.Unit{
			"own.service":     {Sections: section, WantedBy: []string{"multi-user.target"}, Aliases: []string{"alias.service"}},
			"shipped.service": {Sections: section, WantedBy: []string{"multi-user.target"}},
			"built.service":   {RequiredBy: []string{"own.service"}},
			"dropin.service":  {Sections: section, OverrideStrategy: "asDropin"},
			"off.service":     {Disabled: true},
			"get@1.service":   {UpheldBy: []string{"own.service"}},
		},
	}
	if err := set.write(tr); err != nil {
		t.Fatal(err)
	}
	want := []string{
		"alias.service -> own.service",
		"dropin.service.d/overrides.conf",
		"multi-user.target.wants/own.service -> ../own.service",
		"multi-user.target.wants/shipped.service -> /usr/lib/systemd/system/shipped.service",
		"off.service -> /dev/null",
		"own.service",
		"own.service.requires/built.service -> /nix/store/x-built/lib/systemd/system/built.service",
		"own.service.upholds/get@1.service -> /usr/lib/systemd/system/get@.service",
		"shipped.service.d/overrides.conf",
	}
	if diff := cmp.Diff(want, filesOf(t, filepath.Join(dir, "etc/systemd/system"))); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	for _, bad := range []string{"../x.service", "a/b.service", "noext", ""} {
		set.units = map[string]description.Unit{bad: {Sections: section}}
		if err := set.write(tr); err == nil {
			t.Errorf("unit name %q was accepted", bad)
		}
	}
}

// filesOf lists files and links below a directory.
func filesOf(t *testing.T, dir string) []string {
	t.Helper()
	var list []string
	err := filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		name := strings.TrimPrefix(path, dir+"/")
		if target, err := os.Readlink(path); err == nil {
			name += " -> " + target
		}
		if e.Type()&fs.ModeCharDevice != 0 {
			name += " (whiteout)"
		}
		list = append(list, name)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(list)
	return list
}

func TestVendorUnits(t *testing.T) {
	v := viewOf(t, map[string]map[string]string{
		"systemd": {systemUnits + "/multi-user.target": "", systemUnits + "/multi-user.target.wants/getty.target": "-> ../getty.target", systemUnits + "/getty.target": "", "usr/lib/systemd/system-generators/gen": ""},
		"cron":    {systemUnits + "/cron.service": "", systemUnits + "/cron-other.service": ""},
		"nginx":   {systemUnits + "/nginx.service": ""},
		"redis":   {systemUnits + "/redis.service": "", systemUnits + "/multi-user.target.wants/redis.service": "-> ../redis.service"},
		"named":   {systemUnits + "/named.service": "", userUnits + "/agent.service": ""},
	})
	store := t.TempDir()
	writeTestFile(t, filepath.Join(store, "aaa-nginx/lib/systemd/system/nginx.service"), "-> /usr/lib/systemd/system/nginx.service")
	writeTestFile(t, filepath.Join(store, "bbb-own/etc/systemd/system/own.service"), "[Service]\n")
	writeTestFile(t, filepath.Join(store, "bbb-own/etc/systemd/system/own.service.d/more.conf"), "[Service]\n")
	writeTestFile(t, filepath.Join(store, "ccc-cron/lib/systemd"), "-> /usr/lib/systemd")
	writeTestFile(t, filepath.Join(store, "ccc-cron/nix-support/main-parts"), "/nix/store/ddd-cron_1_amd64\n")
	writeTestFile(t, filepath.Join(store, "ddd-cron_1_amd64/root", systemUnits, "cron.service"), "")
	tr, dir := newTree(t)
	c := configuration{
		assembly: &assembly{Config: Config{StoreDir: store, System: &description.System{
			UnitPackages: []string{"/nix/store/aaa-nginx", "/nix/store/bbb-own", "/nix/store/ccc-cron"},
			Units:        map[string]description.Unit{"named.service": {WantedBy: []string{"multi-user.target"}}},
			MaskedUnits:  []string{"getty.target", "named.service"},
		}}},
		tree: tr, facts: packageFacts{Units: findShippedUnits(v)},
	}
	if err := c.units(); err != nil {
		t.Fatal(err)
	}
	got := slices.DeleteFunc(filesOf(t, dir), func(name string) bool {
		return slices.ContainsFunc(append(append(alwaysMasked, loginUnits...), busUnits...), func(unit string) bool {
			return strings.HasPrefix(name, "etc/systemd/system/"+unit)
		})
	})
	hidden := " (whiteout)"
	if os.Geteuid() != 0 {
		hidden = " -> /dev/null"
	}
	want := []string{
		"etc/systemd/system-generators/gen -> /dev/null",
		"etc/systemd/system/default.target -> /usr/lib/systemd/system/multi-user.target",
		"etc/systemd/system/getty.target -> /dev/null",
		"etc/systemd/system/multi-user.target.wants/named.service -> /usr/lib/systemd/system/named.service",
		"etc/systemd/system/own.service -> /nix/store/bbb-own/etc/systemd/system/own.service",
		"etc/systemd/system/own.service.d/more.conf -> /nix/store/bbb-own/etc/systemd/system/own.service.d/more.conf",
		"usr/lib/systemd/system/cron-other.service" + hidden,
		"usr/lib/systemd/system/multi-user.target.wants/redis.service" + hidden,
		"usr/lib/systemd/system/redis.service" + hidden,
		"usr/lib/systemd/user/agent.service" + hidden,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestMasksFollowTheDescription(t *testing.T) {
	masks := func(s description.System) []string {
		c := configuration{assembly: &assembly{Config: Config{System: &s}}}
		return c.masks()
	}
	for _, c := range []struct {
		name            string
		system          description.System
		login, bus, own bool // whether they are masked
	}{
		{"slim", description.System{}, true, true, false},
		{"login", description.System{NeedsLogin: true}, false, false, false},
		{"engine", description.System{NeedsControllers: true}, true, false, false},
		{"bus user", description.System{Units: map[string]description.Unit{"a.service": {Sections: map[string]map[string][]string{"Service": {"BusName": {"x.y"}}}}}}, true, false, false},
		{"own mask", description.System{MaskedUnits: []string{"own.service"}}, true, true, true},
	} {
		list := masks(c.system)
		for unit, want := range map[string]bool{"systemd-logind.service": c.login, "dbus.socket": c.bus, "own.service": c.own} {
			if got := slices.Contains(list, unit); got != want {
				t.Errorf("%s: %s masked: %v", c.name, unit, got)
			}
		}
	}
}

func TestEtcFilesStayBelowEtc(t *testing.T) {
	text := "x"
	for _, bad := range []string{"../usr/bin/evil", "/absolute", "a/../../b", "", "."} {
		tr, _ := newTree(t)
		c := configuration{assembly: &assembly{Config: Config{System: &description.System{Etc: map[string]description.EtcFile{bad: {Text: &text}}}}}, tree: tr}
		if err := c.etc(); err == nil {
			t.Errorf("target %q was accepted", bad)
		}
	}
}

func TestCopiedEtcFilesComeFromTheStore(t *testing.T) {
	store := t.TempDir()
	writeTestFile(t, filepath.Join(store, "aaa-x/file"), "content")
	writeTestFile(t, filepath.Join(store, "bbb-y/link"), "-> /nix/store/aaa-x/file")
	writeTestFile(t, filepath.Join(store, "ccc-z/out"), "-> /usr/share/elsewhere")
	v := viewOf(t, map[string]map[string]string{"pkg": {"usr/share/packaged": "from a package"}})
	writeTestFile(t, filepath.Join(store, "ddd-p/share"), "-> /usr/share")
	for source, want := range map[string]string{
		"/nix/store/aaa-x/file": "content", "/nix/store/bbb-y/link": "content", "/nix/store/ddd-p/share/packaged": "from a package",
		"/nix/store/ccc-z/out": "", "/etc/passwd": "", "/nix/store/../../etc/passwd": "", "/nix/store/none": "",
	} {
		tr, dir := newTree(t)
		c := configuration{assembly: &assembly{parts: v, Config: Config{StoreDir: store,
			System: &description.System{Etc: map[string]description.EtcFile{"f": {Source: source, Mode: "0600"}}}}},
			tree: tr, accounts: &accounts{ids: newIDs()}}
		err := c.etc()
		got, _ := os.ReadFile(filepath.Join(dir, "etc/f"))
		if string(got) != want || (err == nil) != (want != "") {
			t.Errorf("source %s: %q, %v", source, got, err)
		}
	}
}
