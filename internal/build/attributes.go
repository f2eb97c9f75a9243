package build

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"

	"berth.dev/nix/derivation"
)

// attributes reads what a derivation says about its own build: from the
// environment or, when that is structured, from its JSON text.
type attributes struct {
	drv        *derivation.Derivation
	structured map[string]any // nil without structured attributes
}

func (w *work) attributes() (*attributes, error) {
	a := &attributes{drv: w.drv}
	text, ok := w.drv.Get("__json")
	if !ok {
		return a, nil
	}
	decoder := json.NewDecoder(strings.NewReader(text))
	decoder.UseNumber()
	if err := decoder.Decode(&a.structured); err != nil {
		return nil, fmt.Errorf("cannot process __json attribute of '%s': %w", w.path, err)
	}
	return a, nil
}

func (a *attributes) isStructured() bool { return a.structured != nil }

// text returns an attribute as a string; true is "1" as in an environment.
func (a *attributes) text(name string) (string, bool) {
	if !a.isStructured() {
		return a.drv.Get(name)
	}
	switch value := a.structured[name].(type) {
	case string:
		return value, true
	case bool:
		if value {
			return "1", true
		}
		return "", true
	case json.Number:
		return value.String(), true
	}
	return "", false
}

// list returns an attribute that is a list of strings, or words in one string.
func (a *attributes) list(name string) ([]string, bool) {
	if !a.isStructured() {
		text, ok := a.drv.Get(name)
		return strings.Fields(text), ok
	}
	return stringsOf(a.structured[name])
}

func (a *attributes) flag(name string) bool {
	text, _ := a.text(name)
	return text == "1"
}

// outputCheck returns a list from outputChecks.<output>.<name>.
func (a *attributes) outputCheck(output, name string) ([]string, bool) {
	checks, _ := a.structured["outputChecks"].(map[string]any)
	check, _ := checks[output].(map[string]any)
	return stringsOf(check[name])
}

func stringsOf(value any) ([]string, bool) {
	items, ok := value.([]any)
	if !ok {
		return nil, false
	}
	words := make([]string, 0, len(items))
	for _, item := range items {
		if word, ok := item.(string); ok {
			words = append(words, word)
		}
	}
	return words, true
}

// marshal prints JSON as Nix does: keys sorted, no escapes for HTML.
func marshal(value any) (string, error) {
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	err := encoder.Encode(value)
	return strings.TrimSuffix(b.String(), "\n"), err
}
