package root

import (
	"fmt"
	"strconv"
	"strings"
)

// A user is an account as somebody asked for it. UID is nil where any free id
// will do.
type user struct {
	Name        string   `json:"name"`
	UID         *uint32  `json:"uid,omitempty"`
	Group       string   `json:"group"`
	Groups      []string `json:"groups,omitempty"`
	Description string   `json:"description,omitempty"`
	Home        string   `json:"home"`
	Shell       string   `json:"shell"`
	// Password is the second field of /etc/shadow.
	Password string `json:"password"`
	// normal accounts belong to people; declared ones come from the
	// description, and their numbers are not negotiable.
	normal, declared bool
}

// A group is a group as somebody asked for it.
type group struct {
	Name     string   `json:"name"`
	GID      *uint32  `json:"gid,omitempty"`
	Members  []string `json:"members,omitempty"`
	declared bool
}

const (
	noHome   = "/nonexistent"
	noShell  = "/usr/sbin/nologin"
	noLogin  = "*" // a password that never matches, of an account that has none
	isLocked = "!"
)

// accountRequests are the accounts that the packages of a closure want.
// Earlier requests for a name win.
type accountRequests struct {
	Users  []user  `json:"users"`
	Groups []group `json:"groups"`
}

func (a *accountRequests) addUser(u user) {
	for i := range a.Users {
		if old := &a.Users[i]; old.Name == u.Name {
			old.Groups = append(old.Groups, u.Groups...)
			return
		}
	}
	a.Users = append(a.Users, u)
	a.addGroup(group{Name: u.Group})
}

func (a *accountRequests) addGroup(g group) {
	for i := range a.Groups {
		if old := &a.Groups[i]; old.Name == g.Name {
			old.Members = append(old.Members, g.Members...)
			return
		}
	}
	a.Groups = append(a.Groups, g)
}

func (a *accountRequests) hasUser(name string) bool {
	for _, u := range a.Users {
		if u.Name == name {
			return true
		}
	}
	return false
}

// requestedAccounts collects the accounts of a view: Debian's fixed ones,
// those of recipes, of sysusers.d, and the users that units and tmpfiles.d
// name.
func requestedAccounts(v *view, recipes []recipe) (*accountRequests, error) {
	a := &accountRequests{}
	if err := a.addMasters(v); err != nil {
		return nil, err
	}
	for _, r := range recipes {
		for _, name := range r.Groups {
			a.addGroup(group{Name: name})
		}
		for _, u := range r.Users {
			a.addUser(u.account())
		}
	}
	for _, m := range v.glob("usr/lib/sysusers.d/*.conf") {
		if text, ok := v.read(m.name); ok {
			a.addSysusers(text)
		}
	}
	a.addServiceUsers(v)
	return a, nil
}

func (r recipeUser) account() user {
	u := user{Name: r.Name, UID: r.UID, Group: r.Group, Groups: r.Groups, Home: r.Home, Shell: r.Shell, Password: isLocked}
	if u.Group == "" {
		u.Group = u.Name
	}
	if u.Home == "" {
		u.Home = noHome
	}
	if u.Shell == "" {
		u.Shell = noShell
	}
	return u
}

// The accounts of a root without base-passwd, such as one of a single service.
const (
	smallPasswd = "root:*:0:0:root:/root:/bin/bash\nnobody:*:65534:65534:nobody:/nonexistent:/usr/sbin/nologin\n"
	smallGroup  = "root:*:0:\ntty:*:5:\nmail:*:8:\nshadow:*:42:\nstaff:*:50:\nnogroup:*:65534:\n"
)

func (a *accountRequests) addMasters(v *view) error {
	passwd, ok := v.read("usr/share/base-passwd/passwd.master")
	groups, ok2 := v.read("usr/share/base-passwd/group.master")
	if !ok || !ok2 {
		passwd, groups = smallPasswd, smallGroup
	}
	names := map[uint32]string{}
	for line := range strings.Lines(groups) {
		f := strings.Split(strings.TrimSpace(line), ":")
		if len(f) != 4 {
			return fmt.Errorf("read group.master: line %q", line)
		}
		gid, err := parseID(f[2])
		if err != nil {
			return fmt.Errorf("read group.master: %w", err)
		}
		names[gid] = f[0]
		a.addGroup(group{Name: f[0], GID: &gid})
	}
	for line := range strings.Lines(passwd) {
		f := strings.Split(strings.TrimSpace(line), ":")
		if len(f) != 7 {
			return fmt.Errorf("read passwd.master: line %q", line)
		}
		uid, err := parseID(f[2])
		if err != nil {
			return fmt.Errorf("read passwd.master: %w", err)
		}
		gid, err := parseID(f[3])
		if err != nil {
			return fmt.Errorf("read passwd.master: %w", err)
		}
		a.addUser(user{Name: f[0], UID: &uid, Group: names[gid], Description: f[4], Home: f[5], Shell: f[6], Password: noLogin})
	}
	return nil
}

func parseID(s string) (uint32, error) {
	n, err := strconv.ParseUint(s, 10, 32)
	if err != nil || n == 1<<32-1 {
		return 0, fmt.Errorf("%q is not an id", s)
	}
	return uint32(n), nil
}
