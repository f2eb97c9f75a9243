package engine

import (
	"bufio"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"

	"berth.dev/internal/isolate"
)

// accounts reads /etc/passwd and /etc/group of an image.
type accounts struct{ passwd, group [][]string }

func readAccounts(layers stack) accounts {
	return accounts{colonLines(layers, "/etc/passwd"), colonLines(layers, "/etc/group")}
}

// colonLines are a file's lines as fields; a file that is not there has none.
func colonLines(layers stack, name string) (all [][]string) {
	physical, info, err := layers.find(name)
	if err != nil || !info.Mode().IsRegular() {
		return nil
	}
	f, err := os.Open(physical)
	if err != nil {
		return nil
	}
	defer f.Close()
	for lines := bufio.NewScanner(f); lines.Scan(); {
		all = append(all, strings.Split(lines.Text(), ":"))
	}
	return all
}

// user resolves "user[:group]", each a name or a number. It also returns the
// home directory.
func (a accounts) user(text string) (*isolate.User, string, error) {
	name, group, hasGroup := strings.Cut(text, ":")
	u, home := &isolate.User{}, "/"
	fields := find(a.passwd, name, 7)
	switch {
	case fields != nil:
		name = fields[0]
		u.UID, u.GID, home = number(fields[2]), number(fields[3]), fields[5]
	case name == "" || name == "0" || name == "root":
		name, home = "root", "/root"
	default:
		uid, err := strconv.ParseUint(name, 10, 32)
		if err != nil {
			return nil, "", fmt.Errorf("the image has no user %q", name)
		}
		u.UID = uint32(uid)
	}
	if !hasGroup {
		u.Groups = a.groupsOf(name, u.GID)
		return u, home, nil
	}
	if fields := find(a.group, group, 3); fields != nil {
		u.GID = number(fields[2])
	} else if gid, err := strconv.ParseUint(group, 10, 32); err == nil {
		u.GID = uint32(gid)
	} else {
		return nil, "", fmt.Errorf("the image has no group %q", group)
	}
	u.Groups = []uint32{u.GID}
	return u, home, nil
}

// groupsOf returns the groups that a user is a member of.
func (a accounts) groupsOf(name string, primary uint32) []uint32 {
	groups := []uint32{primary}
	for _, fields := range a.group {
		if len(fields) < 4 || !slices.Contains(strings.Split(fields[3], ","), name) {
			continue
		}
		if gid := number(fields[2]); !slices.Contains(groups, gid) {
			groups = append(groups, gid)
		}
	}
	return groups
}

// find returns the entry with a name, or with a number.
func find(lines [][]string, key string, atLeast int) []string {
	for _, column := range []int{0, 2} {
		for _, fields := range lines {
			if len(fields) >= atLeast && fields[column] == key && key != "" {
				return fields
			}
		}
	}
	return nil
}

func number(text string) uint32 {
	n, _ := strconv.ParseUint(text, 10, 32) // a broken entry stands for root's group
	return uint32(n)
}
