package root

import (
	"path"
	"slices"
	"strconv"
	"strings"
)

// An alternative is one `update-alternatives --install link name path
// priority`, with the slaves that follow the choice.
type alternative struct {
	link, name, path string
	priority         int
	slaves           []alternative
}

// alternatives makes the links of update-alternatives: of each name the choice
// of the highest priority among those whose program exists.
func (t *tree) alternatives(v *view, recipes []recipe) error {
	best := map[string]alternative{}
	offer := func(a alternative) {
		old, taken := best[a.name]
		if (!taken || a.priority > old.priority) && v.exists(a.path) {
			best[a.name] = a
		}
	}
	for _, p := range v.parts {
		for _, a := range parseAlternatives(p.manifest.Scripts["postinst"]) {
			offer(a)
		}
	}
	for _, r := range recipes {
		for _, a := range r.Alternatives {
			for _, m := range v.glob(clean(a.Path)) {
				offer(alternative{link: a.Link, name: path.Base(a.Link), path: "/" + m.name, priority: a.Priority})
			}
		}
	}
	names := make([]string, 0, len(best))
	for name := range best {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		if err := t.alternative(v, best[name]); err != nil {
			return err
		}
	}
	return nil
}

func (t *tree) alternative(v *view, a alternative) error {
	for _, a := range append([]alternative{a}, a.slaves...) {
		link := mergeUsr(clean(a.link))
		if _, shipped := v.find(link); shipped || !v.exists(a.path) {
			continue
		}
		if err := t.link("etc/alternatives/"+a.name, a.path); err != nil {
			return err
		}
		if err := t.link(link, "/etc/alternatives/"+a.name); err != nil {
			return err
		}
	}
	return nil
}

// parseAlternatives finds the calls of update-alternatives in a maintainer
// script whose words are literal; computed ones need a recipe.
func parseAlternatives(script string) []alternative {
	var found []alternative
	script = strings.ReplaceAll(script, "\\\n", " ")
	for line := range strings.Lines(script) {
		_, call, ok := strings.Cut(line, "update-alternatives ")
		if !ok || strings.HasPrefix(strings.TrimSpace(line), "#") {
			continue
		}
		call, _, _ = strings.Cut(call, ";")
		call, _, _ = strings.Cut(call, "||")
		call, _, _ = strings.Cut(call, "&&")
		words := strings.Fields(call)
		for i, w := range words {
			words[i] = strings.Trim(w, `"'`)
		}
		if a, ok := parseInstall(words); ok {
			found = append(found, a)
		}
	}
	return found
}

func parseInstall(words []string) (alternative, bool) {
	var a alternative
	for i := 0; i < len(words); {
		arguments := map[string]int{"--install": 4, "--slave": 3}[words[i]]
		if arguments == 0 || i+arguments >= len(words) {
			i++
			continue
		}
		w := words[i+1 : i+1+arguments]
		if strings.ContainsAny(strings.Join(w, ""), "$`") {
			return a, false
		}
		if words[i] == "--install" {
			priority, err := strconv.Atoi(w[3])
			if err != nil {
				return a, false
			}
			a.link, a.name, a.path, a.priority = w[0], w[1], w[2], priority
		} else {
			a.slaves = append(a.slaves, alternative{link: w[0], name: w[1], path: w[2]})
		}
		i += 1 + arguments
	}
	return a, a.link != ""
}
