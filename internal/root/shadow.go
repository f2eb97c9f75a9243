package root

import (
	"fmt"
	"strings"

	"berth.dev/internal/description"
)

// write renders the account files.
func (a *accounts) write(t *tree, declared map[string]description.User) error {
	var passwd, shadow, groups, gshadow strings.Builder
	for _, u := range a.users {
		fmt.Fprintf(&passwd, "%s:x:%d:%d:%s:%s:%s\n", u.Name, u.uid, u.gid, u.Description, u.Home, u.Shell)
		// Days of the last change and between changes are left empty, except
		// that the first must not be zero: that asks for a new password.
		fmt.Fprintf(&shadow, "%s:%s:1::::::\n", u.Name, u.Password)
	}
	for _, g := range a.groups {
		members := strings.Join(g.Members, ",")
		fmt.Fprintf(&groups, "%s:x:%d:%s\n", g.Name, g.gid, members)
		fmt.Fprintf(&gshadow, "%s:*::%s\n", g.Name, members)
	}
	subuid, subgid := a.subordinate(declared)
	for name, text := range map[string]string{"passwd": passwd.String(), "group": groups.String(), "subuid": subuid, "subgid": subgid} {
		if err := t.file("etc/"+name, text, 0o644, owner{}); err != nil {
			return err
		}
	}
	for name, text := range map[string]string{"shadow": shadow.String(), "gshadow": gshadow.String()} {
		if err := t.file("etc/"+name, text, 0o640, owner{0, gidShadow}); err != nil {
			return err
		}
	}
	return nil
}

// subordinate renders /etc/subuid and /etc/subgid: declared ranges, and for
// accounts that ask for one the range they had before or the next free one.
func (a *accounts) subordinate(declared map[string]description.User) (subuid, subgid string) {
	line := func(name string, start, count uint32) string { return fmt.Sprintf("%s:%d:%d\n", name, start, count) }
	for _, u := range a.users {
		d := declared[u.Name]
		for _, r := range d.SubUIDRanges {
			subuid += line(u.Name, r.Start, r.Count)
		}
		for _, r := range d.SubGIDRanges {
			subgid += line(u.Name, r.Start, r.Count)
		}
		if d.AutoSubIDRange {
			start := a.subordinateStart(u.Name)
			subuid += line(u.Name, start, subordinateCount)
			subgid += line(u.Name, start, subordinateCount)
		}
	}
	return subuid, subgid
}

func (a *accounts) subordinateStart(name string) uint32 {
	if start, ok := a.ids.Subordinate[name]; ok {
		return start
	}
	next := uint32(subordinateFirst)
	for _, start := range a.ids.Subordinate {
		next = max(next, start+subordinateCount)
	}
	a.ids.Subordinate[name] = next
	return next
}

// password chooses what stands in /etc/shadow for a declared account: the
// first of file, plain, hashed, initial plain and initial hashed password. The
// root is made anew, so that initial passwords count like the others.
func (c *configuration) password(name string, d description.User) (string, error) {
	switch {
	case d.HashedPasswordFile != "":
		text, err := c.readInside(d.HashedPasswordFile)
		if err != nil {
			c.warnings = append(c.warnings, fmt.Sprintf("the password of user %s is locked: its file cannot be read: %v", name, err))
			return isLocked, nil
		}
		line, _, _ := strings.Cut(text, "\n")
		return checkPassword(name, strings.TrimSpace(line))
	case d.Password != "":
		return hashPassword(name, d.Password), nil
	case d.HashedPassword != "":
		return checkPassword(name, d.HashedPassword)
	case d.InitialPassword != "":
		return hashPassword(name, d.InitialPassword), nil
	case d.InitialHashedPassword != "":
		return checkPassword(name, d.InitialHashedPassword)
	}
	return isLocked, nil
}

func checkPassword(name, hashed string) (string, error) {
	if strings.ContainsAny(hashed, ":\n") {
		return "", fmt.Errorf("user %s: the hashed password contains a colon or a line break", name)
	}
	return hashed, nil
}
