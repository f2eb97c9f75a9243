package diff

import (
	"fmt"
	"strings"
)

// Lines writes the plan for people, in the order in which it is carried out.
func (p *Plan) Lines() []string {
	if p.Empty() {
		return []string{"nothing changes"}
	}
	var lines []string
	for _, reason := range p.Reboot {
		lines = append(lines, "boots anew: "+reason)
	}
	list := func(verb string, units []string) {
		if len(units) > 0 {
			lines = append(lines, verb+" "+strings.Join(units, ", "))
		}
	}
	if len(p.Reboot) == 0 {
		list("stops", p.Stop)
	}
	for _, c := range []struct {
		what    string
		changes []Change
	}{{"unit ", p.Units}, {"/etc/", p.Etc}, {"user ", p.Users}, {"group ", p.Groups}, {"container ", p.Containers}, {"port ", p.Ports}, {"package ", p.Packages}} {
		for _, change := range c.changes {
			lines = append(lines, fmt.Sprintf("%-7s  %s%s%s", change.Kind, c.what, change.Name, change.versions()))
		}
	}
	if p.Firewall {
		lines = append(lines, "changed  firewall")
	}
	if len(p.Reboot) > 0 {
		return lines
	}
	list("leaves as it is", p.Skipped)
	list("reloads", p.Reload)
	list("restarts", p.Restart)
	list("starts", p.Start)
	return lines
}

func (c Change) versions() string {
	switch {
	case c.From != "" && c.To != "":
		return " " + c.From + " -> " + c.To
	case c.From+c.To != "":
		return " " + c.From + c.To
	}
	return ""
}
