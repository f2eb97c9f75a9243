package diff

import (
	"bufio"
	"maps"
	"slices"
	"strings"

	"berth.dev/internal/description"
)

// content is a unit as the service manager reads it: section, key, values.
type content map[string]map[string][]string

// read normalises a unit. An empty value resets what came before it.
func read(u description.Unit, environment map[string]string, isService bool) content {
	c := content{}
	if u.Text != "" {
		c.parse(u.Text)
		return c
	}
	for section, keys := range u.Sections {
		for key, values := range keys {
			for _, value := range values {
				c.add(section, key, value)
			}
		}
	}
	all := map[string]string{}
	if isService {
		maps.Copy(all, environment)
	}
	maps.Copy(all, u.Environment)
	for _, name := range slices.Sorted(maps.Keys(all)) {
		c.add("Service", "Environment", name+"="+all[name])
	}
	return c
}

func (c content) parse(text string) {
	section, pending := "", ""
	for lines := bufio.NewScanner(strings.NewReader(text)); lines.Scan(); {
		line := strings.TrimSpace(lines.Text())
		if strings.HasPrefix(line, "#") || strings.HasPrefix(line, ";") {
			continue
		}
		if before, continued := strings.CutSuffix(line, `\`); continued {
			pending += before + " "
			continue
		}
		line, pending = pending+line, ""
		if name, ok := strings.CutPrefix(line, "["); ok {
			section = strings.TrimSuffix(name, "]")
		} else if key, value, ok := strings.Cut(line, "="); ok {
			c.add(section, strings.TrimSpace(key), strings.TrimSpace(value))
		}
	}
}

func (c content) add(section, key, value string) {
	if c[section] == nil {
		c[section] = map[string][]string{}
	}
	if value == "" {
		c[section][key] = nil
		return
	}
	c[section][key] = append(c[section][key], value)
}

// flag reads a boolean key of [Unit].
func (c content) flag(key string, otherwise bool) bool {
	values := c["Unit"][key]
	if len(values) == 0 {
		return otherwise
	}
	switch strings.ToLower(values[len(values)-1]) {
	case "1", "yes", "true", "on", "y", "t":
		return true
	}
	return false
}

// indifferent are the keys of [Unit] that do not matter to a unit that runs.
var indifferent = map[string]bool{
	"Description": true, "Documentation": true, "OnFailure": true, "OnSuccess": true, "OnFailureJobMode": true,
	"IgnoreOnIsolate": true, "StopWhenUnneeded": true, "RefuseManualStart": true, "RefuseManualStop": true,
	"AllowIsolate": true, "CollectMode": true, "SourcePath": true,
}

// need is what a difference asks for, the stronger the greater.
type need int

const (
	needNothing need = iota
	needReload
	needRestart
)

// compare says what a unit that runs needs to become another.
func compare(before, after content) need {
	worst := needNothing
	for section := range union(before, after) {
		if section == "Install" {
			continue
		}
		for key := range union(before[section], after[section]) {
			if !slices.Equal(before[section][key], after[section][key]) {
				worst = max(worst, needOf(section, key, len(after[section][key]) == 0))
			}
		}
	}
	return worst
}

func needOf(section, key string, removed bool) need {
	switch {
	case section == "Unit" && indifferent[key]:
		return needNothing
	case section == "Service" && key == "ExecReload" && removed:
		return needNothing
	case section == "Unit" && key == "X-Reload-Triggers",
		section == "Mount" && key == "Options",
		section == "Service" && key == "ExecReload":
		return needReload
	}
	return needRestart
}

func union[V any](a, b map[string]V) map[string]bool {
	keys := map[string]bool{}
	for key := range a {
		keys[key] = true
	}
	for key := range b {
		keys[key] = true
	}
	return keys
}
