package root

import (
	"encoding/json"
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"

	"berth.dev/internal/description"
)

// renderUnit writes a unit file: [Unit] first, [Install] last, keys sorted.
func renderUnit(u description.Unit, global map[string]string, isService bool) string {
	if u.Text != "" {
		return u.Text
	}
	environment := map[string]string{}
	if isService {
		maps.Copy(environment, global)
	}
	maps.Copy(environment, u.Environment)
	sections := slices.Collect(maps.Keys(u.Sections))
	if len(environment) > 0 && !slices.Contains(sections, "Service") {
		sections = append(sections, "Service")
	}
	rank := map[string]string{"Unit": "0", "Install": "2"}
	slices.SortFunc(sections, func(a, b string) int {
		return strings.Compare(orElse(rank[a], "1")+a, orElse(rank[b], "1")+b)
	})
	var text strings.Builder
	for i, section := range sections {
		if i > 0 {
			text.WriteString("\n")
		}
		fmt.Fprintf(&text, "[%s]\n", section)
		if section == "Service" {
			writeEnvironment(&text, environment)
		}
		keys := u.Sections[section]
		for _, key := range slices.Sorted(maps.Keys(keys)) {
			for _, value := range keys[key] {
				fmt.Fprintf(&text, "%s=%s\n", key, value)
			}
		}
	}
	return text.String()
}

func orElse(s, other string) string {
	if s == "" {
		return other
	}
	return s
}

// writeEnvironment quotes each assignment as systemd.syntax(7) unquotes it.
func writeEnvironment(text *strings.Builder, environment map[string]string) {
	for _, name := range slices.Sorted(maps.Keys(environment)) {
		quoted, _ := json.Marshal(name + "=" + environment[name])
		fmt.Fprintf(text, "Environment=%s\n", quoted)
	}
}

// A unitSet is one directory of units: those of the system or of its users.
type unitSet struct {
	dir    string // etc/systemd/system
	vendor string // usr/lib/systemd/system
	units  map[string]description.Unit
	// available are vendor units, by name: the link target that stands for
	// the unit, absolute inside the root.
	available map[string]string
	global    map[string]string
}

// write renders all units with their links.
func (s *unitSet) write(t *tree) error {
	for _, name := range slices.Sorted(maps.Keys(s.units)) {
		if !isUnitName(name) {
			return fmt.Errorf("%q is not the name of a unit", name)
		}
		if err := s.unit(t, name, s.units[name]); err != nil {
			return fmt.Errorf("unit %s: %w", name, err)
		}
	}
	return nil
}

func (s *unitSet) unit(t *tree, name string, u description.Unit) error {
	if u.Disabled {
		return t.link(path.Join(s.dir, name), "/dev/null")
	}
	content := u.Text != "" || len(u.Sections) > 0 || len(u.Environment) > 0
	text := renderUnit(u, s.global, strings.HasSuffix(name, ".service"))
	_, shipped := s.available[name]
	var err error
	switch {
	case content && (u.OverrideStrategy == "asDropin" || shipped):
		err = t.file(path.Join(s.dir, name+".d", "overrides.conf"), text, 0o444, owner{})
	case content:
		err = t.file(path.Join(s.dir, name), text, 0o444, owner{})
	}
	if err != nil {
		return err
	}
	return s.links(t, name, u, content && !shipped)
}

// links makes the enabling links of a unit and its aliases.
func (s *unitSet) links(t *tree, name string, u description.Unit, own bool) error {
	target := "/" + path.Join(s.vendor, templateOf(name))
	if at, ok := s.available[name]; ok {
		target = at
	} else if own {
		target = "../" + name
	}
	for suffix, wanters := range map[string][]string{".wants": u.WantedBy, ".requires": u.RequiredBy, ".upholds": u.UpheldBy} {
		for _, wanter := range wanters {
			if !isUnitName(wanter) {
				return fmt.Errorf("%q is not the name of a unit", wanter)
			}
			if err := t.link(path.Join(s.dir, wanter+suffix, name), target); err != nil {
				return err
			}
		}
	}
	for _, alias := range u.Aliases {
		if !isUnitName(alias) {
			return fmt.Errorf("%q is not the name of a unit", alias)
		}
		if err := t.link(path.Join(s.dir, alias), strings.TrimPrefix(target, "../")); err != nil {
			return err
		}
	}
	return nil
}

// templateOf returns getty@.service for getty@tty1.service.
func templateOf(name string) string {
	prefix, instance, ok := strings.Cut(name, "@")
	if !ok {
		return name
	}
	return prefix + "@" + path.Ext(instance)
}

// isUnitName accepts what systemd.unit(5) allows, and no path.
func isUnitName(name string) bool {
	if name == "" || len(name) > 255 || !strings.Contains(name, ".") || strings.HasPrefix(name, ".") {
		return false
	}
	for _, c := range name {
		if !strings.ContainsRune(`:_.\-@`, c) && (c > 0x7f || !isAlphanumeric(byte(c))) {
			return false
		}
	}
	return true
}

func isAlphanumeric(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9'
}
