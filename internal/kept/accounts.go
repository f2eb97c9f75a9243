package kept

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"berth.dev/internal/root"
)

// accountFiles are generated, but a running system changes them, too: people
// set passwords, and tools add accounts.
var accountFiles = []string{"etc/passwd", "etc/group", "etc/shadow", "etc/gshadow", "etc/subuid", "etc/subgid"}

func isAccountFile(name string) bool { return slices.Contains(accountFiles, name) }

// passwordFiles keep what was set inside as long as the configuration says the
// same as before.
func keepsChanges(name string) bool { return name == "etc/shadow" || name == "etc/gshadow" }

// mergeAccounts makes the text of an account file from the one that a system
// has, the one that its old configuration gave it, and the one that its new
// configuration asks for. Accounts that nobody declared stay where accounts
// are mutable; so do passwords of declared ones until the configuration gives
// another.
func mergeAccounts(name, current, before, after string, mutable bool) string {
	if !mutable {
		return after
	}
	now, old, new := accountLines(current), accountLines(before), accountLines(after)
	var out strings.Builder
	for _, line := range splitLines(after) {
		key := accountName(line)
		if has, ok := now[key]; ok && keepsChanges(name) && old[key] == line {
			line = has
		}
		out.WriteString(line + "\n")
	}
	for _, line := range splitLines(current) {
		key := accountName(line)
		_, was := old[key]
		_, is := new[key]
		if !was && !is {
			out.WriteString(line + "\n")
		}
	}
	return out.String()
}

func splitLines(text string) []string {
	return strings.FieldsFunc(text, func(r rune) bool { return r == '\n' })
}

func accountName(line string) string {
	name, _, _ := strings.Cut(line, ":")
	return name
}

func accountLines(text string) map[string]string {
	lines := map[string]string{}
	for _, line := range splitLines(text) {
		lines[accountName(line)] = line
	}
	return lines
}

// AdoptAccounts gives accounts that were made inside a machine their numbers
// in its map, so that nobody else gets them.
func (y *Yard) AdoptAccounts(name string) error {
	file := filepath.Join(y.IDDir(name), "machine.json")
	var ids root.IDs
	if err := readJSON(file, &ids); err != nil {
		return nil // it has no accounts yet
	}
	adopted := adoptIDs(ids.Users, y.file(name, "upper/etc/passwd"))
	if adoptIDs(ids.Groups, y.file(name, "upper/etc/group")) || adopted {
		if err := writeJSON(file, ids); err != nil {
			return fmt.Errorf("keep the numbers of accounts of %s: %w", name, err)
		}
	}
	return nil
}

// adoptIDs reports whether the file has accounts that the map does not.
func adoptIDs(ids map[string]uint32, file string) bool {
	text, err := os.ReadFile(file)
	if err != nil {
		return false
	}
	adopted := false
	for _, line := range splitLines(string(text)) {
		fields := strings.Split(line, ":")
		if len(fields) < 3 {
			continue
		}
		id, err := strconv.ParseUint(fields[2], 10, 32)
		if _, known := ids[fields[0]]; err == nil && !known {
			ids[fields[0]] = uint32(id)
			adopted = true
		}
	}
	return adopted
}
