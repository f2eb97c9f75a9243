package root

import (
	"slices"
	"strings"
)

// addSysusers reads a sysusers.d(5) file: u (user), g (group), m (member).
// Ranges and ids taken from files are left to the allocation.
func (a *accountRequests) addSysusers(text string) {
	for line := range strings.Lines(text) {
		f := splitQuoted(line)
		if len(f) < 2 || strings.ContainsAny(f[1], "%#") {
			continue
		}
		for len(f) < 6 {
			f = append(f, "-")
		}
		for i := range f[2:] {
			if f[i+2] == "-" {
				f[i+2] = ""
			}
		}
		switch strings.TrimRight(f[0], "!") {
		case "u":
			a.addSysuser(f[1], f[2], f[3], f[4], f[5])
		case "g":
			a.addGroup(group{Name: f[1], GID: optionalID(f[2])})
		case "m":
			a.addGroup(group{Name: f[2], Members: []string{f[1]}})
		}
	}
}

func (a *accountRequests) addSysuser(name, id, description, home, shell string) {
	uid, own, _ := strings.Cut(id, ":")
	u := user{Name: name, UID: optionalID(uid), Group: name, Description: description, Home: home, Shell: shell, Password: isLocked}
	if u.Home == "" {
		u.Home = "/"
	}
	if u.Shell == "" {
		u.Shell = noShell
	}
	switch gid := optionalID(own); {
	case a.hasUser(name):
		return
	case gid != nil:
		u.Group = a.groupOf(name, *gid)
	case own != "":
		u.Group = own
	default:
		a.addGroup(group{Name: name, GID: u.UID})
	}
	a.addUser(u)
}

// groupOf returns the group that has a number, a new one where none has.
func (a *accountRequests) groupOf(name string, gid uint32) string {
	for _, g := range a.Groups {
		if g.GID != nil && *g.GID == gid {
			return g.Name
		}
	}
	a.addGroup(group{Name: name, GID: &gid})
	return name
}

func optionalID(s string) *uint32 {
	id, err := parseID(s)
	if err != nil {
		return nil
	}
	return &id
}

// splitQuoted splits a configuration line into words, keeping quoted ones
// whole.
func splitQuoted(line string) []string {
	line, _, _ = strings.Cut(line, "#")
	var words []string
	for line = strings.TrimSpace(line); line != ""; line = strings.TrimSpace(line) {
		if quote := line[:1]; quote == `"` || quote == "'" {
			word, rest, _ := strings.Cut(line[1:], quote)
			words, line = append(words, word), rest
			continue
		}
		end := strings.IndexAny(line, " \t")
		if end < 0 {
			end = len(line)
		}
		words, line = append(words, line[:end]), line[end:]
	}
	return words
}

// addServiceUsers adds the users and groups that shipped units and tmpfiles.d
// rules name and nobody has declared.
func (a *accountRequests) addServiceUsers(v *view) {
	for _, m := range v.glob("usr/lib/systemd/system/*.service") {
		if text, ok := v.read(m.name); ok && !strings.Contains(text, "\nDynamicUser=yes") && !strings.Contains(text, "\nDynamicUser=true") {
			for line := range strings.Lines(text) {
				a.addServiceLine(strings.TrimSpace(line))
			}
		}
	}
	for _, m := range v.glob("usr/lib/tmpfiles.d/*.conf") {
		text, _ := v.read(m.name)
		for line := range strings.Lines(text) {
			if f := splitQuoted(line); len(f) >= 5 {
				a.addNamed(f[3], f[4])
			}
		}
	}
}

func (a *accountRequests) addServiceLine(line string) {
	if name, ok := strings.CutPrefix(line, "User="); ok {
		a.addNamed(name, "")
	} else if name, ok := strings.CutPrefix(line, "Group="); ok {
		a.addNamed("", name)
	}
}

// addNamed adds a system user and a group unless they are ids, placeholders
// or there already.
func (a *accountRequests) addNamed(userName, groupName string) {
	usable := func(name string) bool {
		return name != "" && name != "-" && isAccountName(name)
	}
	if usable(userName) && !a.hasUser(userName) {
		a.addUser(recipeUser{Name: userName}.account())
	}
	if usable(groupName) && !slices.ContainsFunc(a.Groups, func(g group) bool { return g.Name == groupName }) {
		a.addGroup(group{Name: groupName})
	}
}

// isAccountName accepts letters, digits, '_', '-' and '.', beginning with a
// letter or '_', at most 31.
func isAccountName(name string) bool {
	for i, c := range name {
		letter := c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c == '_'
		inside := c >= '0' && c <= '9' || c == '-' || c == '.'
		if !letter && (i == 0 || !inside) {
			return false
		}
	}
	return name != "" && len(name) <= 31
}
