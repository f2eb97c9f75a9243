package repl

import (
	"os"
	"path/filepath"
	"sort"
	"strings"
	"time"

	"berth.dev/nix/eval"
	"berth.dev/nix/syntax"
)

// completionTime is how long completion may evaluate.
const completionTime = 2 * time.Second

// Complete implements [Completer] with the variables of the dialogue.
func (s *Session) Complete(line string, end int) (start int, candidates []string) {
	typed := line[:end]
	start = strings.LastIndexAny(typed, " \t\n()[]{};=+*,!&|<>@:\"'") + 1
	if strings.HasPrefix(typed, ":") && !strings.Contains(typed, " ") {
		return 0, s.commandNames(typed)
	}
	word := typed[start:]
	switch {
	case strings.HasPrefix(typed, ":l ") || strings.HasPrefix(word, "./") || strings.HasPrefix(word, "../") || strings.HasPrefix(word, "/"):
		return start, s.files(word)
	case !strings.Contains(word, "."):
		return start, withPrefix(s.names(), word)
	}
	dot := strings.LastIndexByte(word, '.')
	for _, name := range withPrefix(s.attributes(word[:dot]), word[dot+1:]) {
		candidates = append(candidates, word[:dot+1]+name)
	}
	return start, candidates
}

func (s *Session) commandNames(typed string) []string {
	var names []string
	for _, c := range commands() {
		names = append(names, c.names...)
	}
	sort.Strings(names)
	return withPrefix(names, typed)
}

// attributes returns the names that `a.b` has, computing no longer than
// completionTime.
func (s *Session) attributes(path string) []string {
	for _, name := range strings.Split(path, ".") {
		if name == "" || name != syntax.QuoteName(name) {
			return nil // more than variables and attributes
		}
	}
	ev := s.Evaluator
	timer := time.AfterFunc(completionTime, ev.Interrupt)
	v, err := s.evaluate(path)
	if err == nil {
		err = ev.Force(v)
	}
	timer.Stop()
	ev.Resume()
	if err != nil || v.Kind() != eval.KindAttrs {
		return nil
	}
	var names []string
	for _, attr := range ev.Attrs(v) {
		names = append(names, syntax.QuoteName(attr.Name))
	}
	return names
}

// files completes a path.
func (s *Session) files(word string) []string {
	dir, base := filepath.Split(word)
	where := dir
	if !filepath.IsAbs(where) {
		where = filepath.Join(s.Dir, dir)
	}
	entries, err := os.ReadDir(where)
	if err != nil {
		return nil
	}
	var names []string
	for _, entry := range entries {
		if !strings.HasPrefix(entry.Name(), base) {
			continue
		}
		name := dir + entry.Name()
		if entry.IsDir() {
			name += "/"
		}
		names = append(names, name)
	}
	return names
}

func withPrefix(names []string, prefix string) []string {
	var found []string
	for _, name := range names {
		if strings.HasPrefix(name, prefix) && (len(found) == 0 || found[len(found)-1] != name) {
			found = append(found, name)
		}
	}
	return found
}
