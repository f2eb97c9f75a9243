package kept

import (
	"slices"
	"strings"
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
