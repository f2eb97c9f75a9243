package machine

import (
	"bufio"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"syscall"
)

// account is a line of /etc/passwd.
type account struct {
	name        string
	uid, gid    uint32
	home, shell string
}

// becomeUser sets who a command runs as, and completes its environment with
// what a login would set.
func becomeUser(attributes *os.ProcAttr, name string) error {
	root := account{"root", 0, 0, "/root", "/bin/bash"}
	a := &root
	if name != "" && name != "root" {
		var err error
		if a, err = findAccount(name); err != nil {
			return err
		}
		attributes.Sys.Credential = &syscall.Credential{Uid: a.uid, Gid: a.gid, Groups: groupsOf(a)}
	}
	defaults := []string{
		"PATH=" + defaultPath, "HOME=" + a.home, "USER=" + a.name, "LOGNAME=" + a.name, "SHELL=" + a.shell, "LANG=C.UTF-8",
	}
	for _, variable := range defaults {
		key := variable[:strings.IndexByte(variable, '=')+1]
		if !slices.ContainsFunc(attributes.Env, func(v string) bool { return strings.HasPrefix(v, key) }) {
			attributes.Env = append(attributes.Env, variable)
		}
	}
	return nil
}

// defaultPath is where programs are found inside.
const defaultPath = "/run/wrappers/bin:/run/current-system/sw/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

func findAccount(name string) (*account, error) {
	var found *account
	err := eachLine("/etc/passwd", func(fields []string) {
		if found == nil && len(fields) >= 7 && fields[0] == name {
			uid, _ := strconv.ParseUint(fields[2], 10, 32)
			gid, _ := strconv.ParseUint(fields[3], 10, 32)
			found = &account{name, uint32(uid), uint32(gid), fields[5], fields[6]}
		}
	})
	if err == nil && found == nil {
		err = fmt.Errorf("there is no user %q", name)
	}
	return found, err
}

func groupsOf(a *account) []uint32 {
	groups := []uint32{a.gid}
	eachLine("/etc/group", func(fields []string) {
		if len(fields) >= 4 && slices.Contains(strings.Split(fields[3], ","), a.name) {
			if gid, err := strconv.ParseUint(fields[2], 10, 32); err == nil {
				groups = append(groups, uint32(gid))
			}
		}
	})
	return groups
}

func eachLine(path string, f func(fields []string)) error {
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	defer file.Close()
	lines := bufio.NewScanner(file)
	for lines.Scan() {
		f(strings.Split(lines.Text(), ":"))
	}
	return lines.Err()
}
