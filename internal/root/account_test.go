package root

import (
	"os/exec"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"berth.dev/internal/debian"
	"berth.dev/internal/description"
)

func id(n uint32) *uint32 { return &n }

func TestSHA512Crypt(t *testing.T) {
	// The test vectors of the method's specification that use 5000 rounds.
	for _, c := range []struct{ salt, password, want string }{
		{"saltstring", "Hello world!", "svn8UoSVapNtMuq1ukKS4tPQd8iKwSMHWjl/O817G3uBnIFNjnQJuesI68u4OTLiBFdcbYEdFCoEOfaS35inz1"},
	} {
		if got := sha512Crypt(c.password, c.salt); got != c.want {
			t.Errorf("password %q, salt %q:\n got %s\nwant %s", c.password, c.salt, got, c.want)
		}
	}
}

// TestHashPasswordAsOpenSSL compares with another implementation.
func TestHashPasswordAsOpenSSL(t *testing.T) {
	openssl, err := exec.LookPath("openssl")
	if err != nil {
		t.Skip("needs openssl to compare with: ", err)
	}
	for _, password := range []string{"x", "a longer pass phrase with ümläuts", strings.Repeat("0123456789", 11)} {
		ours := hashPassword("alice", password)
		salt := strings.Split(ours, "$")[2]
		theirs, err := exec.Command(openssl, "passwd", "-6", "-salt", salt, password).Output()
		if err != nil {
			t.Skip("openssl passwd: ", err)
		}
		if got := strings.TrimSpace(string(theirs)); got != ours {
			t.Errorf("password %q:\nours   %s\ntheirs %s", password, ours, got)
		}
	}
}

func merge(t *testing.T, s *description.System, requests *accountRequests, ids *IDs) (*accounts, error) {
	t.Helper()
	if ids == nil {
		ids = newIDs()
	}
	return mergeAccounts(s, requests, ids, func(string, description.User) (string, error) { return isLocked, nil })
}

func TestNumbers(t *testing.T) {
	requests := &accountRequests{}
	requests.addUser(user{Name: "root", UID: id(0), Group: "root"})
	requests.addGroup(group{Name: "staff", GID: id(50)})
	requests.addUser(user{Name: "daemon", UID: id(1), Group: "daemon"})
	requests.addUser(user{Name: "redis", Group: "redis"})
	s := &description.System{
		Users: map[string]description.User{
			"postgres": {UID: id(71), Group: "postgres", IsSystemUser: true},
			"web":      {Group: "web", IsSystemUser: true},
			"claims":   {UID: id(1), Group: "web", IsSystemUser: true}, // daemon's number
			"alice":    {IsNormalUser: true, ExtraGroups: []string{"web", "staff"}},
			"bob":      {IsNormalUser: true},
		},
		Groups: map[string]description.Group{"postgres": {GID: id(71)}, "web": {Members: []string{"redis"}}, "users": {GID: id(100)}},
	}
	a, err := merge(t, s, requests, nil)
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]uint32{"root": 0, "claims": 1, "postgres": 71, "web": 999, "daemon": 998, "redis": 997, "alice": 1000, "bob": 1001}
	if diff := cmp.Diff(want, a.ids.Users); diff != "" {
		t.Errorf("users (-want +got):\n%s", diff)
	}
	for _, g := range a.groups {
		members := map[string][]string{"web": {"alice", "redis"}, "staff": {"alice"}}[g.Name]
		if diff := cmp.Diff(members, g.Members); diff != "" && len(members)+len(g.Members) > 0 {
			t.Errorf("members of %s: %s", g.Name, diff)
		}
	}
	if who, err := a.owner("redis", "+71"); err != nil || who != (owner{997, 71}) {
		t.Errorf("owner is %v, %v", who, err)
	}
	if _, err := a.owner("nobody-knows", ""); err == nil {
		t.Error("an unknown user has a number")
	}
}

func TestNumbersNeverMove(t *testing.T) {
	s := &description.System{Users: map[string]description.User{"m": {Group: "m", IsSystemUser: true}, "z": {Group: "z", IsSystemUser: true}}}
	first, err := merge(t, s, &accountRequests{}, nil)
	if err != nil {
		t.Fatal(err)
	}
	m := first.ids.Users["m"]
	s.Users["a"] = description.User{Group: "a", IsSystemUser: true}
	delete(s.Users, "m")
	second, err := merge(t, s, &accountRequests{}, first.ids)
	if err != nil {
		t.Fatal(err)
	}
	if second.ids.Users["z"] != first.ids.Users["z"] || second.ids.Users["a"] == m {
		t.Errorf("first %v, second %v", first.ids.Users, second.ids.Users)
	}
	s.Users["m"] = description.User{Group: "m", IsSystemUser: true}
	third, err := merge(t, s, &accountRequests{}, second.ids)
	if err != nil {
		t.Fatal(err)
	}
	if third.ids.Users["m"] != m {
		t.Errorf("m returned as %d, it was %d", third.ids.Users["m"], m)
	}
}

func TestDeclaredNumbersThatCollide(t *testing.T) {
	s := &description.System{Users: map[string]description.User{"a": {UID: id(7), Group: "g"}, "b": {UID: id(7), Group: "g"}}}
	if _, err := merge(t, s, &accountRequests{}, nil); err == nil || !strings.Contains(err.Error(), "users a and b both have id 7") {
		t.Errorf("got %v", err)
	}
}

func TestSubordinateRanges(t *testing.T) {
	s := &description.System{Users: map[string]description.User{
		"a": {IsNormalUser: true, AutoSubIDRange: true}, "b": {IsNormalUser: true, AutoSubIDRange: true},
		"c": {IsNormalUser: true, SubUIDRanges: []description.IDRange{{Start: 5000000, Count: 10}}},
	}}
	a, err := merge(t, s, &accountRequests{}, nil)
	if err != nil {
		t.Fatal(err)
	}
	subuid, subgid := a.subordinate(s.Users)
	if subuid != "a:100000:65536\nb:165536:65536\nc:5000000:10\n" || subgid != "a:100000:65536\nb:165536:65536\n" {
		t.Errorf("subuid %q, subgid %q", subuid, subgid)
	}
}

func TestSysusers(t *testing.T) {
	a := &accountRequests{}
	a.addGroup(group{Name: "nogroup", GID: id(65534)})
	a.addUser(user{Name: "sync", UID: id(4), Group: "nogroup"})
	a.addSysusers(`# comment
u  web   -       "Web server" /var/www  /bin/bash
u! db    42      -
u  sync  4:65534 -
u  low   5:65534 -
u  other -:web   -
g  extra 77
m  web   extra
r  -     500-900
u  bad%n -
`)
	var got []string
	for _, u := range a.Users {
		got = append(got, u.Name+" "+u.Group+" "+u.Home+" "+u.Shell+" "+u.Description)
	}
	want := []string{"sync nogroup   ", "web web /var/www /bin/bash Web server", "db db / /usr/sbin/nologin ",
		"low nogroup / /usr/sbin/nologin ", "other web / /usr/sbin/nologin "}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	for _, g := range a.Groups {
		if g.Name == "extra" && (g.GID == nil || *g.GID != 77 || cmp.Diff([]string{"web"}, g.Members) != "") {
			t.Errorf("group extra: %+v", g)
		}
		if g.Name == "sync" || g.Name == "low" {
			t.Errorf("group %s was made up", g.Name)
		}
	}
}

func TestServiceUsers(t *testing.T) {
	v := viewOf(t, map[string]map[string]string{
		"server": {
			"usr/lib/systemd/system/server.service":  "[Service]\nUser=server\nGroup=servers\n",
			"usr/lib/systemd/system/dynamic.service": "[Service]\nDynamicUser=yes\nUser=dynamic\n",
			"usr/lib/systemd/system/inst@.service":   "[Service]\nUser=%i\n",
			"usr/lib/tmpfiles.d/server.conf":         "d /run/server 0755 spool 33\nd /run/x - - -\n",
		},
	})
	a := &accountRequests{}
	a.addServiceUsers(v)
	var names []string
	for _, u := range a.Users {
		names = append(names, u.Name)
	}
	if diff := cmp.Diff([]string{"server", "spool"}, names); diff != "" {
		t.Errorf("users (-want +got):\n%s", diff)
	}
}

func TestParseAlternatives(t *testing.T) {
	got := parseAlternatives(`#!/bin/sh
set -e
# update-alternatives --install /usr/bin/no no /usr/bin/comment 1
if [ "$1" = configure ]; then
	update-alternatives --quiet --install /usr/bin/awk awk /usr/bin/mawk 5 \
		--slave /usr/share/man/man1/awk.1.gz awk.1.gz /usr/share/man/man1/mawk.1.gz \
		--slave /usr/bin/nawk nawk /usr/bin/mawk || true
	for b in java javac; do update-alternatives --install /usr/bin/$b $b /usr/lib/jvm/bin/$b 10; done
	update-alternatives --install "/usr/sbin/iptables" iptables /usr/sbin/iptables-nft 20; true
fi
`)
	want := []alternative{
		{link: "/usr/bin/awk", name: "awk", path: "/usr/bin/mawk", priority: 5, slaves: []alternative{
			{link: "/usr/share/man/man1/awk.1.gz", name: "awk.1.gz", path: "/usr/share/man/man1/mawk.1.gz"},
			{link: "/usr/bin/nawk", name: "nawk", path: "/usr/bin/mawk"},
		}},
		{link: "/usr/sbin/iptables", name: "iptables", path: "/usr/sbin/iptables-nft", priority: 20},
	}
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(alternative{})); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestRecipesAreReadable checks the table: known fields, usable modes, owners
// that somebody makes.
func TestRecipesAreReadable(t *testing.T) {
	v := &view{}
	for _, name := range recipeNames(t) {
		v.parts = append(v.parts, part{manifest: &debian.Part{Name: name}})
	}
	recipes, err := recipesFor(v)
	if err != nil {
		t.Fatal(err)
	}
	known := map[string]bool{"": true, "root": true, "adm": true, "nogroup": true}
	for _, r := range recipes {
		for _, u := range r.Users {
			known[u.Name] = true
		}
		for _, g := range r.Groups {
			known[g] = true
		}
	}
	for i, r := range recipes {
		if r.Why == "" {
			t.Errorf("the recipe of %s does not say why", v.parts[i].manifest.Name)
		}
		for _, files := range [][]recipeFile{r.Directories, r.Files, r.Modes} {
			for _, f := range files {
				if !known[f.User] || !known[f.Group] || parseMode(f.Mode, 0) == 0 || !strings.HasPrefix(f.Path, "/") {
					t.Errorf("%s: %+v", v.parts[i].manifest.Name, f)
				}
			}
		}
	}
}
