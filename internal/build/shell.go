package build

import (
	"encoding/json"
	"maps"
	"regexp"
	"slices"
	"strings"
)

// shellDeclarations declares attributes as variables of bash: texts, arrays
// and associative arrays. What is nested deeper is left out.
func shellDeclarations(all map[string]any) string {
	variable := regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)
	var b strings.Builder
	for _, name := range slices.Sorted(maps.Keys(all)) {
		if !variable.MatchString(name) {
			continue
		}
		switch value := all[name].(type) {
		case []any:
			if words, ok := shellWords(value); ok {
				b.WriteString("declare -a " + name + "=(" + words + ")\n")
			}
		case map[string]any:
			if words, ok := shellPairs(value); ok {
				b.WriteString("declare -A " + name + "=(" + words + ")\n")
			}
		default:
			if word, ok := shellWord(value); ok {
				b.WriteString("declare " + name + "=" + word + "\n")
			}
		}
	}
	return b.String()
}

func shellWords(values []any) (string, bool) {
	var b strings.Builder
	for _, value := range values {
		word, ok := shellWord(value)
		if !ok {
			return "", false
		}
		b.WriteString(word + " ")
	}
	return b.String(), true
}

func shellPairs(values map[string]any) (string, bool) {
	var b strings.Builder
	for _, key := range slices.Sorted(maps.Keys(values)) {
		word, ok := shellWord(values[key])
		if !ok {
			return "", false
		}
		b.WriteString("[" + quoteShell(key) + "]=" + word + " ")
	}
	return b.String(), true
}

// shellWord writes a simple value; fractions are none, as bash knows none.
func shellWord(value any) (string, bool) {
	switch value := value.(type) {
	case nil:
		return "''", true
	case bool:
		if value {
			return "1", true
		}
		return "", true
	case string:
		return quoteShell(value), true
	case json.Number:
		_, err := value.Int64()
		return value.String(), err == nil
	}
	return "", false
}

func quoteShell(text string) string { return "'" + strings.ReplaceAll(text, "'", `'\''`) + "'" }
