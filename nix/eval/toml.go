package eval

import (
	"fmt"
	"sort"
	"strings"

	"github.com/pelletier/go-toml/v2"
)

// fromTOML reads a TOML document into a set.
func (t *thread) fromTOML(text string) Value {
	var document map[string]any
	if err := toml.NewDecoder(strings.NewReader(text)).Decode(&document); err != nil {
		t.failCause(err, "while parsing TOML: %s", err)
	}
	return t.tomlValue(document)
}

func (t *thread) tomlValue(v any) Value {
	switch v := v.(type) {
	case nil:
		return t.ev.emptyAttrs
	case map[string]any:
		return t.tomlTable(v)
	case []any:
		cells := make([]*Value, len(v))
		for i, e := range v {
			cells[i] = t.cell(t.tomlValue(e))
		}
		return mkList(cells)
	case string:
		return mkString(t.withoutNUL(v))
	case bool:
		return mkBool(v)
	case int64:
		return mkInt(v)
	case float64:
		return mkFloat(v)
	default:
		t.failHere(ErrOther, "while parsing TOML: Dates and times are not supported")
		panic(fmt.Sprintf("unexpected TOML value %T", v))
	}
}

func (t *thread) tomlTable(table map[string]any) Value {
	names := make([]string, 0, len(table))
	for name := range table {
		names = append(names, name)
	}
	sort.Strings(names)
	list := make([]attribute, len(names))
	for i, name := range names {
		list[i] = attribute{name: t.ev.symbols.Intern(name), value: t.cell(t.tomlValue(table[name]))}
	}
	return t.attrsFrom(list)
}
